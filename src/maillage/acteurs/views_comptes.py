"""Les comptes d'une collectivité : inviter, donner, dater et retirer des rôles."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from . import services
from .acces import acces_role
from .authentification import a_un_second_facteur
from .forms import FormulaireDates, FormulaireInvitation, FormulaireRole
from .models import Attribution, Compte, Invitation
from .reprise import formulaire_repris

lire_ou_envoyer = require_http_methods(["GET", "HEAD", "POST"])
reserve = acces_role("administrateur", partenaires=False)

_LIEN = "lien_d_invitation"


@reserve
@require_safe
@never_cache
def comptes(request, collectivite):
    """Qui entre dans l'espace, avec quels rôles, depuis quand ; les invitations en cours."""
    ici = request.collectivite
    liste = (
        Compte.objects.filter(attributions__collectivite=ici)
        .distinct()
        .order_by("-is_active", "nom")
    )
    roles: dict[int, list[Attribution]] = {}
    for attribution in ici.attributions.select_related("organisation").order_by("role"):
        roles.setdefault(attribution.compte_id, []).append(attribution)
    return render(
        request,
        "acteurs/comptes.html",
        {
            "comptes": [{"compte": compte, "roles": roles[compte.pk]} for compte in liste],
            "invitations": ici.invitations.filter(
                acceptee_le=None, retiree_le=None, expire_le__gt=timezone.now()
            ).select_related("organisation", "invitee_par"),
            "lien": request.session.pop(_LIEN, None),
            "second_facteur": request.user.est_demonstration or a_un_second_facteur(request.user),
            "aujourdhui": timezone.localdate(),
        },
    )


@reserve
@lire_ou_envoyer
def inviter(request, collectivite):
    """Inviter quelqu'un : le lien part par courriel, et s'affiche une fois."""
    ici = request.collectivite
    formulaire = formulaire_repris(request, FormulaireInvitation, collectivite=ici)
    if request.method == "POST" and formulaire.is_valid():
        try:
            invitation, jeton = services.inviter(
                **formulaire.cleaned_data, collectivite=ici, par=request.user
            )
        except services.OperationRefusee as refus:
            formulaire.add_error(None, str(refus))
        else:
            lien = request.build_absolute_uri(reverse("compte:invitation", args=[jeton]))
            envoye = services.envoyer_l_invitation(invitation=invitation, lien=lien)
            request.session[_LIEN] = {
                "adresse": lien,
                "courriel": invitation.courriel,
                "envoye": envoye,
            }
            return redirect("acteurs:comptes", ici.slug)
    return _formulaire(
        request,
        formulaire,
        titre="Inviter une personne",
        chapo="Elle reçoit un lien par courriel. Le lien sert une fois, pendant quatorze jours.",
        bouton="Envoyer l’invitation",
    )


@reserve
@lire_ou_envoyer
def invitation_retirer(request, collectivite, pk):
    """Fermer une invitation que personne n'a encore acceptée."""
    invitation = get_object_or_404(Invitation, pk=pk, collectivite=request.collectivite)
    return _confirmer(
        request,
        lambda: services.retirer_invitation(invitation=invitation, par=request.user),
        fait="L’invitation est retirée.",
        titre=f"Retirer l’invitation de {invitation.courriel} ?",
        consequences=["Le lien envoyé ne s’ouvrira plus."],
        bouton="Retirer l’invitation",
    )


@reserve
@require_safe
@never_cache
def compte(request, collectivite, pk):
    """Un compte, ses rôles ici, ce que l'on peut en faire."""
    vu = _compte_d_ici(request, pk)
    return render(
        request,
        "acteurs/compte.html",
        {
            "compte": vu,
            "roles": request.collectivite.attributions.filter(compte=vu).select_related(
                "organisation"
            ),
            "aujourdhui": timezone.localdate(),
        },
    )


@reserve
@lire_ou_envoyer
def role_donner(request, collectivite, pk):
    """Donner un rôle de plus à un compte déjà connu ici."""
    vu, ici = _compte_d_ici(request, pk), request.collectivite
    formulaire = formulaire_repris(request, FormulaireRole, collectivite=ici)
    if request.method == "POST" and formulaire.is_valid():
        try:
            services.donner_role(
                compte=vu, collectivite=ici, par=request.user, **formulaire.cleaned_data
            )
        except services.OperationRefusee as refus:
            formulaire.add_error(None, str(refus))
        else:
            messages.success(request, f"{vu} a un rôle de plus.")
            return redirect("acteurs:compte", ici.slug, vu.pk)
    return _formulaire(
        request,
        formulaire,
        titre=f"Donner un rôle à {vu}",
        chapo="Sans dates, le rôle vaut tout de suite et sans fin.",
        bouton="Donner ce rôle",
        compte=vu,
    )


@reserve
@lire_ou_envoyer
def role_dater(request, collectivite, pk):
    """Changer le début et la fin d'un rôle."""
    attribution = _attribution_d_ici(request, pk)
    formulaire = formulaire_repris(
        request,
        FormulaireDates,
        initial={"date_debut": attribution.date_debut, "date_fin": attribution.date_fin},
    )
    if request.method == "POST" and formulaire.is_valid():
        try:
            services.dater_role(
                attribution=attribution, par=request.user, **formulaire.cleaned_data
            )
        except services.OperationRefusee as refus:
            formulaire.add_error(None, str(refus))
        else:
            messages.success(request, "Les dates du rôle sont changées.")
            return redirect("acteurs:compte", collectivite, attribution.compte_id)
    return _formulaire(
        request,
        formulaire,
        titre=f"Dates du rôle « {attribution.get_role_display()} »",
        chapo=f"Compte : {attribution.compte}.",
        bouton="Enregistrer les dates",
        compte=attribution.compte,
    )


@reserve
@lire_ou_envoyer
def role_retirer(request, collectivite, pk):
    """Retirer un rôle, tout de suite."""
    attribution = _attribution_d_ici(request, pk)
    return _confirmer(
        request,
        lambda: services.retirer_role(attribution=attribution, par=request.user),
        fait="Le rôle est retiré.",
        titre=f"Retirer le rôle « {attribution.get_role_display()} » à {attribution.compte} ?",
        consequences=["Ce rôle cesse tout de suite."],
        garde="ce que la personne a écrit, signé de son nom.",
        bouton="Retirer ce rôle",
    )


@reserve
@lire_ou_envoyer
def compte_fermer(request, collectivite, pk):
    """Fermer un compte. Ses rôles restent écrits, pour une réouverture."""
    vu = _compte_d_ici(request, pk)
    return _confirmer(
        request,
        lambda: services.desactiver_compte(
            compte=vu, collectivite=request.collectivite, par=request.user
        ),
        fait=f"Le compte de {vu} est fermé.",
        titre=f"Fermer le compte de {vu} ?",
        consequences=[
            "La personne ne peut plus se connecter.",
            "Si elle est connectée, elle ne l’est plus.",
        ],
        garde="ses rôles et ce qu’elle a écrit. Vous pourrez rouvrir le compte.",
        bouton="Fermer le compte",
    )


@reserve
@lire_ou_envoyer
def compte_rouvrir(request, collectivite, pk):
    """Rouvrir un compte fermé."""
    vu = _compte_d_ici(request, pk)
    return _confirmer(
        request,
        lambda: services.reactiver_compte(
            compte=vu, collectivite=request.collectivite, par=request.user
        ),
        fait=f"Le compte de {vu} est rouvert.",
        titre=f"Rouvrir le compte de {vu} ?",
        consequences=["La personne retrouve ses rôles et son mot de passe."],
        bouton="Rouvrir le compte",
        danger=False,
    )


def _compte_d_ici(request, pk) -> Compte:
    """404 si le compte n'a aucun rôle dans cette collectivité."""
    return get_object_or_404(
        Compte.objects.filter(attributions__collectivite=request.collectivite).distinct(), pk=pk
    )


def _attribution_d_ici(request, pk) -> Attribution:
    return get_object_or_404(
        Attribution.objects.select_related("compte", "collectivite", "organisation"),
        pk=pk,
        collectivite=request.collectivite,
    )


def _formulaire(request, formulaire, *, titre, chapo, bouton, compte=None):
    return render(
        request,
        "acteurs/comptes_formulaire.html",
        {
            "formulaire": formulaire,
            "titre_page": titre,
            "chapo": chapo,
            "bouton": bouton,
            "compte": compte,
        },
    )


def _confirmer(request, faire, *, fait, titre, consequences, bouton, garde="", danger=True):
    """Une page de confirmation, puis l'acte ; un refus du service s'affiche sur la liste."""
    liste = reverse("acteurs:comptes", args=[request.collectivite.slug])
    if request.method == "POST":
        try:
            faire()
        except services.OperationRefusee as refus:
            messages.error(request, str(refus))
        else:
            messages.success(request, fait)
        return redirect(liste)
    return render(
        request,
        "acteurs/comptes_confirmation.html",
        {
            "titre": titre,
            "consequences": consequences,
            "garde": garde,
            "bouton": bouton,
            "danger": danger,
            "annuler": liste,
        },
    )
