"""L'accès, refusé tant qu'il n'est pas déclaré.

Chaque vue dit qui entre : `@acces_public`, `@acces_connecte`, `@acces_role("pilote")`.
L'intergiciel trouve la collectivité dans l'adresse, puis applique ce que la vue déclare. Une vue
sans déclaration est refusée à tous : l'oubli ferme la porte au lieu de l'ouvrir.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect

from .authentification import a_un_second_facteur
from .models import RANGS, Collectivite, Droits
from .reprise import vers_la_connexion
from .visites import noter_la_visite

journal = logging.getLogger("maillage.acces")

# Vues de bibliothèques, dont l'accès est tenu par elles-mêmes : préfixe de module -> genre.
_VUES_TIERCES = {
    "allauth.": "public",
    "django.views.static": "public",
    "django.contrib.staticfiles": "public",
}
# Ce qu'un compte de démonstration, que tous partagent, peut ouvrir chez allauth.
_OUVERT_AUX_DEMONSTRATIONS = {"account_login", "account_logout", "account_inactive"}


@dataclass(frozen=True, slots=True)
class Acces:
    """Qui entre : `public`, `connecte`, ou `role` avec un rang minimal dans la collectivité."""

    genre: str
    role: str = ""
    partenaires: bool = True

    def admet(self, droits: Droits) -> bool:
        if droits.rang >= RANGS[self.role]:
            return True
        return self.partenaires and droits.rang_partenaire >= RANGS[self.role]


def _declarer(vue: Callable, acces: Acces) -> Callable:
    vue.acces = acces  # type: ignore[attr-defined]
    return vue


def acces_public(vue: Callable) -> Callable:
    """Tout le monde."""
    return _declarer(vue, Acces("public"))


def acces_connecte(vue: Callable) -> Callable:
    """Tout compte actif, quelle que soit sa collectivité."""
    return _declarer(vue, Acces("connecte"))


def acces_role(role: str, *, partenaires: bool = True) -> Callable:
    """Au moins ce rang (`lecteur`, `contributeur`, `pilote`, `referent_axe`, `administrateur`).

    `partenaires=False` ferme la vue aux rôles partenaires, même de rang suffisant. Ce que chacun
    voit derrière la porte reste l'affaire des `visibles_par` et de `permissions.py`.
    """
    if role not in RANGS:
        raise ValueError(f"rôle inconnu : {role}")
    return lambda vue: _declarer(vue, Acces("role", role, partenaires))


def acces_de(vue: Callable) -> Acces | None:
    """La déclaration d'une vue, ou celle de sa bibliothèque."""
    declare = getattr(vue, "acces", None)
    if declare is not None:
        return declare
    module = getattr(vue, "__module__", "")
    for prefixe, genre in _VUES_TIERCES.items():
        if module.startswith(prefixe):
            return Acces(genre)
    return None


def collectivite_active(slug: str) -> Collectivite | None:
    """La collectivité de cette adresse, avec son département et son découpage ; None sinon."""
    return (
        Collectivite.objects.actives()
        .select_related("departement", "decoupage")
        .filter(slug=slug)
        .first()
    )


class AccesMiddleware:
    """Pose `request.collectivite` et `request.droits`, puis ouvre ou ferme la porte."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.collectivite = None
        request.droits = None
        return self.get_response(request)

    def process_view(self, request, vue, args, kwargs):
        if slug := kwargs.get("collectivite"):
            request.collectivite = collectivite_active(slug)
            if request.collectivite is None:
                raise Http404("Cette collectivité n’est pas installée ici.")
        acces = acces_de(vue)
        if acces is None:
            journal.error("vue sans accès déclaré : %s.%s", vue.__module__, vue.__name__)
            raise PermissionDenied("Cette page n’a pas déclaré qui peut la voir.")
        if acces.genre == "public":
            _proteger_les_comptes_partages(request, vue)
            return None
        if not request.user.is_authenticated:
            return vers_la_connexion(request)
        if acces.genre == "connecte":
            return None
        if request.collectivite is None:
            raise PermissionDenied("Cette page demande une collectivité.")
        request.droits = request.user.droits_dans(request.collectivite)
        if not request.droits:
            raise PermissionDenied(
                f"Votre compte n’a pas d’accès à l’espace de travail de {request.collectivite.nom}."
            )
        if not acces.admet(request.droits):
            raise PermissionDenied("Votre rôle ne permet pas d’ouvrir cette page.")
        if second_facteur_manquant(request.user, request.droits):
            messages.warning(
                request,
                "Ici, chaque administrateur protège son compte par un second facteur. "
                "Activez le vôtre : votre espace s’ouvrira ensuite.",
            )
            return redirect("mfa_activate_totp")
        noter_la_visite(request)
        return None


def second_facteur_manquant(compte, droits: Droits) -> bool:
    """Vrai si l'installation exige le second facteur de ce compte et qu'il ne l'a pas activé."""
    return (
        settings.SECOND_FACTEUR == "obligatoire"
        and droits.au_moins("administrateur")
        and not compte.est_demonstration
        and not a_un_second_facteur(compte)
    )


def _proteger_les_comptes_partages(request, vue) -> None:
    """Un visiteur de la démonstration ne ferme pas la porte aux suivants."""
    if not vue.__module__.startswith("allauth.") or not request.user.is_authenticated:
        return
    nom = request.resolver_match.url_name
    if request.user.est_demonstration and nom not in _OUVERT_AUX_DEMONSTRATIONS:
        raise PermissionDenied(
            "Un compte de démonstration est partagé : il n’a ni mot de passe, ni second facteur."
        )
