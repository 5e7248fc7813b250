"""Les pages qui ne dépendent d'aucune collectivité."""

from django.conf import settings
from django.db import connection
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from maillage.acteurs.acces import acces_public
from maillage.acteurs.models import Collectivite

from .lecture import plans_des_collectivites


@acces_public
@require_safe
def accueil(request):
    """Les collectivités installées ici ; en démonstration, l'entrée d'un clic."""
    installations = plans_des_collectivites(list(Collectivite.objects.actives()))
    return render(
        request,
        "portail/installation.html",
        {"installations": installations, "adresse_essai": _adresse_d_essai()},
    )


def _adresse_d_essai() -> str:
    """La page des comptes d'un clic : elle n'existe qu'en démonstration."""
    if not settings.EST_DEMONSTRATION:
        return ""
    try:
        return reverse("compte:demonstration")
    except NoReverseMatch:
        return ""


@acces_public
@require_safe
def sante(request):
    """État du service, pour la supervision : la base répond-elle ?"""
    with connection.cursor() as curseur:
        curseur.execute("SELECT 1")
    return JsonResponse({"etat": "ok", "base": connection.vendor})


@acces_public
@require_safe
def accessibilite(request):
    """Déclaration d'accessibilité : « non conforme » tant qu'aucun audit n'a eu lieu."""
    return render(
        request,
        "portail/accessibilite.html",
        {"contact": getattr(settings, "CONTACT_ACCESSIBILITE", "")},
    )


@acces_public
@require_safe
def robots(request):
    return HttpResponse("User-agent: *\nDisallow: /compte/\n", content_type="text/plain")


@acces_public
@require_safe
def composants(request):
    """Tous les composants, dans tous leurs états. Hors production seulement."""
    if not settings.EST_DEMONSTRATION and not settings.DEBUG:
        raise Http404
    from maillage.socle.catalogue import contexte_catalogue

    return render(request, "socle/composants_catalogue.html", contexte_catalogue())
