"""Le compte de chacun : où il arrive, ce qu'il peut changer, l'invitation, la démonstration."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from . import services
from .acces import acces_connecte, acces_public
from .authentification import MOTEUR, a_un_second_facteur
from .forms import FormulaireAcceptation, FormulaireNom
from .models import Compte, Role
from .permissions import EN_CLAIR
from .reprise import formulaire_repris

lire_ou_envoyer = require_http_methods(["GET", "HEAD", "POST"])


@acces_connecte
@require_safe
@never_cache
def apres_connexion(request):
    """L'espace de la collectivité du compte ; un choix s'il y en a plusieurs."""
    attributions = _attributions(request.user)
    collectivites = list({a.collectivite_id: a.collectivite for a in attributions}.values())
    if any(a.role == Role.ADMINISTRATEUR for a in attributions):
        _conseiller_le_second_facteur(request)
    if len(collectivites) == 1:
        return redirect("portail:a_faire", collectivites[0].slug)
    return render(request, "acteurs/apres_connexion.html", {"collectivites": collectivites})


@acces_connecte
@lire_ou_envoyer
@never_cache
def compte(request):
    """Mon compte : mon nom, mon mot de passe, mon second facteur, mes rôles."""
    formulaire = formulaire_repris(request, FormulaireNom, initial={"nom": request.user.nom})
    if request.method == "POST" and formulaire.is_valid():
        services.changer_de_nom(
            compte=request.user, nom=formulaire.cleaned_data["nom"], par=request.user
        )
        messages.success(request, "Votre nom est changé.")
        return redirect("compte:compte")
    attributions = _attributions(request.user)
    return render(
        request,
        "acteurs/mon_compte.html",
        {
            "formulaire": formulaire,
            "attributions": attributions,
            "second_facteur": a_un_second_facteur(request.user),
            "administre": any(a.role == Role.ADMINISTRATEUR for a in attributions),
        },
    )


@acces_public
@lire_ou_envoyer
@never_cache
@sensitive_post_parameters("mot_de_passe")
def invitation(request, jeton):
    """Accepter une invitation : ouvrir son compte, ou donner le rôle au compte connecté."""
    ouverte = services.invitation_ouverte(jeton)
    if ouverte is None:
        return render(request, "acteurs/invitation_fermee.html", status=404)
    connecte = request.user.is_authenticated
    existe = not connecte and Compte.objects.filter(courriel__iexact=ouverte.courriel).exists()
    contexte = {"invitation": ouverte, "existe": existe, "adresse": request.path}
    if connecte or existe:
        if connecte and request.method == "POST":
            return _accepter(request, jeton, compte=request.user)
        return render(request, "acteurs/invitation.html", contexte)
    formulaire = formulaire_repris(request, FormulaireAcceptation)
    if request.method == "POST" and formulaire.is_valid():
        return _accepter(request, jeton, **formulaire.cleaned_data)
    return render(request, "acteurs/invitation.html", {**contexte, "formulaire": formulaire})


def _accepter(request, jeton, **reponse):
    try:
        compte = services.accepter_invitation(jeton=jeton, **reponse)
    except services.OperationRefusee as refus:
        messages.error(request, str(refus))
        return redirect("compte:invitation", jeton)
    if not request.user.is_authenticated:
        login(request, compte, backend=MOTEUR)
    messages.success(request, "Votre accès est ouvert.")
    return redirect("compte:apres_connexion")


@acces_public
@lire_ou_envoyer
@never_cache
def demonstration(request):
    """Entrer d'un clic, avec un rôle. N'existe pas hors démonstration."""
    if not settings.EST_DEMONSTRATION:
        raise Http404
    comptes = Compte.objects.filter(est_demonstration=True, is_active=True)
    if request.method == "POST":
        compte = get_object_or_404(comptes, courriel=request.POST.get("compte", ""))
        login(request, compte, backend=MOTEUR)
        return redirect(_suite(request) or "compte:apres_connexion")
    return render(
        request,
        "acteurs/demonstration.html",
        {"groupes": _par_collectivite(comptes), "suite": _suite(request)},
    )


def _par_collectivite(comptes) -> list[dict]:
    rangs = {role: rang for rang, role in enumerate(Role.values)}
    groupes: dict = {}
    for compte in comptes.prefetch_related(
        "attributions__collectivite", "attributions__organisation"
    ):
        for attribution in compte.attributions.all():
            attribution.en_clair = EN_CLAIR[attribution.role]
            groupes.setdefault(attribution.collectivite, []).append(attribution)
    return [
        {"collectivite": lieu, "attributions": sorted(liste, key=lambda a: rangs[a.role])}
        for lieu, liste in sorted(groupes.items(), key=lambda paire: -len(paire[1]))
    ]


def _suite(request) -> str:
    suite = request.POST.get("next") or request.GET.get("next") or ""
    sur = url_has_allowed_host_and_scheme(
        suite, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return suite if sur else ""


def _attributions(compte) -> list:
    return list(
        compte.attributions.en_vigueur()
        .filter(collectivite__est_active=True)
        .select_related("collectivite", "organisation")
        .order_by("collectivite__nom", "role")
    )


def _conseiller_le_second_facteur(request) -> None:
    if request.user.est_demonstration or a_un_second_facteur(request.user):
        return
    messages.warning(
        request,
        format_html(
            "Votre rôle ouvre toutes les portes : protégez-le par un second facteur. "
            '<a href="{}">Activer le second facteur</a>',
            reverse("mfa_activate_totp"),
        ),
    )
