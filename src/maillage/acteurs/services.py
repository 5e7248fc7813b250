"""Les écritures des comptes, des rôles, des invitations, des organisations et des personnes.

Chaque service prend ses arguments par leur nom, écrit dans une transaction, laisse une ligne au
journal et vérifie le droit de `par`. `par=None` : une commande ou le système.
"""

import datetime
import logging

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from maillage.journal.services import consigner

from .empreintes import empreinte_des_valeurs, valeurs_de
from .models import Attribution, Collectivite, Compte, Invitation, Organisation, Personne, Role
from .permissions import GERER_LES_COMPTES, GERER_LES_ORGANISATIONS, exiger

journal = logging.getLogger("maillage.acteurs")

CHAMPS_ORGANISATION = ("nom", "sigle", "siret", "nature", "site")
CHAMPS_PERSONNE = ("nom", "fonction", "courriel", "organisation")


class OperationRefusee(Exception):
    """L'état des choses ne permet pas l'opération. Le message dit pourquoi et que faire."""


class InvitationFermee(OperationRefusee):
    """L'invitation a expiré, a déjà servi ou a été retirée."""


class ConflitDeSaisie(OperationRefusee):
    """Quelqu'un a changé l'objet depuis que la page a été ouverte.

    `actuel` : l'objet tel qu'il est maintenant en base.
    """

    def __init__(self, actuel):
        self.actuel = actuel
        super().__init__(
            "Quelqu’un a changé ces informations pendant que vous écriviez. "
            "Rien n’est enregistré, et votre saisie est gardée."
        )


# --- Invitations ---------------------------------------------------------------------------
@transaction.atomic
def inviter(
    *,
    courriel: str,
    role: str,
    collectivite: Collectivite,
    organisation: Organisation | None = None,
    par: Compte | None,
) -> tuple[Invitation, str]:
    """Ouvre une invitation de 14 jours. Rend (invitation, jeton) ; le jeton n'est pas gardé.

    Une invitation encore ouverte pour la même adresse et le même rôle est retirée.
    Lève `OperationRefusee` si l'organisation manque ou n'est pas de cette collectivité.
    """
    exiger(GERER_LES_COMPTES, par, collectivite)
    courriel = courriel.strip().lower()
    _verifier_l_organisation(role, organisation, collectivite)
    maintenant = timezone.now()
    Invitation.objects.filter(
        collectivite=collectivite,
        courriel=courriel,
        role=role,
        organisation=organisation,
        acceptee_le=None,
        retiree_le=None,
    ).update(retiree_le=maintenant)
    jeton, empreinte = Invitation.tirer_jeton()
    invitation = Invitation.objects.create(
        collectivite=collectivite,
        courriel=courriel,
        role=role,
        organisation=organisation,
        empreinte=empreinte,
        invitee_par=par,
        creee_le=maintenant,
        expire_le=maintenant + datetime.timedelta(days=Invitation.DUREE_JOURS),
    )
    consigner(verbe="invite", objet=invitation, par=par, collectivite=collectivite)
    return invitation, jeton


def envoyer_l_invitation(*, invitation: Invitation, lien: str) -> bool:
    """Envoie le lien par courriel. Rend faux si l'envoi échoue ; l'invitation reste ouverte.

    À appeler une fois la transaction validée : un courriel parti ne se reprend pas.
    """
    contexte = {"invitation": invitation, "lien": lien, "jours": Invitation.DUREE_JOURS}
    try:
        send_mail(
            f"Maillage : votre accès à l’espace de {invitation.collectivite.nom}",
            render_to_string("acteurs/courriels/invitation.txt", contexte),
            None,
            [invitation.courriel],
        )
    except OSError:  # SMTPException en est une
        journal.exception("invitation %s : courriel non envoyé", invitation.pk)
        return False
    return True


@transaction.atomic
def retirer_invitation(*, invitation: Invitation, par: Compte | None) -> None:
    """Ferme une invitation ouverte. Lève `OperationRefusee` si elle ne l'est plus."""
    exiger(GERER_LES_COMPTES, par, invitation)
    invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if not invitation.est_ouverte:
        raise OperationRefusee("Cette invitation n’est plus ouverte : il n’y a rien à retirer.")
    invitation.retiree_le = timezone.now()
    invitation.save(update_fields=["retiree_le"])
    consigner(
        verbe="retire l’invitation", objet=invitation, par=par, collectivite=invitation.collectivite
    )


def invitation_ouverte(jeton: str) -> Invitation | None:
    """L'invitation que ce jeton ouvre encore ; None si elle est fermée ou inconnue."""
    invitation = (
        Invitation.objects.select_related("collectivite", "organisation", "invitee_par")
        .filter(empreinte=Invitation.empreinte_de(jeton), collectivite__est_active=True)
        .first()
    )
    return invitation if invitation is not None and invitation.est_ouverte else None


@transaction.atomic
def accepter_invitation(
    *, jeton: str, compte: Compte | None = None, nom: str = "", mot_de_passe: str = ""
) -> Compte:
    """Donne le rôle de l'invitation à `compte`, ou ouvre un compte à l'adresse invitée.

    Lève `InvitationFermee` ; `OperationRefusee` si un compte existe déjà à cette adresse (il doit
    se connecter), ou si le compte présenté est un compte de démonstration.
    """
    invitation = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("collectivite")
        .filter(empreinte=Invitation.empreinte_de(jeton))
        .first()
    )
    if invitation is None or not invitation.est_ouverte:
        raise InvitationFermee("Ce lien d’invitation n’est plus valable.")
    if compte is None:
        if Compte.objects.filter(courriel__iexact=invitation.courriel).exists():
            raise OperationRefusee(
                "Un compte existe déjà pour cette adresse. Connectez-vous, puis rouvrez ce lien."
            )
        compte = Compte.objects.create_user(invitation.courriel, mot_de_passe, nom=nom.strip())
    elif compte.est_demonstration:
        raise OperationRefusee("Un compte de démonstration ne peut pas accepter d’invitation.")
    attribution, _ = Attribution.objects.update_or_create(
        compte=compte,
        collectivite=invitation.collectivite,
        role=invitation.role,
        organisation=invitation.organisation,
        defaults={"date_debut": None, "date_fin": None},
    )
    invitation.acceptee_le = timezone.now()
    invitation.save(update_fields=["acceptee_le"])
    consigner(
        verbe="accepte l’invitation",
        objet=attribution,
        par=compte,
        collectivite=invitation.collectivite,
    )
    return compte


# --- Rôles ---------------------------------------------------------------------------------
@transaction.atomic
def donner_role(
    *,
    compte: Compte,
    role: str,
    collectivite: Collectivite,
    organisation: Organisation | None = None,
    date_debut: datetime.date | None = None,
    date_fin: datetime.date | None = None,
    par: Compte | None,
) -> Attribution:
    """Donne un rôle de plus à un compte déjà connu de la collectivité.

    Un compte inconnu s'invite (`inviter`) : on n'attache pas quelqu'un sans qu'il l'accepte.
    """
    exiger(GERER_LES_COMPTES, par, collectivite)
    _verifier_l_organisation(role, organisation, collectivite)
    if par is not None and not compte.attributions.filter(collectivite=collectivite).exists():
        raise OperationRefusee("Ce compte n’est pas connu ici. Envoyez-lui une invitation.")
    if compte.attributions.filter(
        collectivite=collectivite, role=role, organisation=organisation
    ).exists():
        raise OperationRefusee("Ce compte a déjà ce rôle. Changez plutôt ses dates.")
    attribution = Attribution(
        compte=compte,
        collectivite=collectivite,
        role=role,
        organisation=organisation,
        date_debut=date_debut,
        date_fin=date_fin,
    )
    _verifier_les_dates(date_debut, date_fin)
    attribution.save()
    consigner(
        verbe="donne le rôle",
        objet=attribution,
        par=par,
        collectivite=collectivite,
        changements={"dates": [None, _periode(attribution)]},
    )
    return attribution


@transaction.atomic
def dater_role(
    *,
    attribution: Attribution,
    date_debut: datetime.date | None,
    date_fin: datetime.date | None,
    par: Compte | None,
) -> Attribution:
    """Change les dates d'un rôle. Refuse de donner une fin au dernier administrateur."""
    exiger(GERER_LES_COMPTES, par, attribution)
    _proteger_la_demonstration(attribution.compte)
    _verifier_les_dates(date_debut, date_fin)
    _verrouiller(attribution.collectivite)
    avant = _periode(attribution)
    attribution.date_debut, attribution.date_fin = date_debut, date_fin
    attribution.save(update_fields=["date_debut", "date_fin"])
    _garder_un_administrateur(attribution.collectivite)
    consigner(
        verbe="change les dates du rôle",
        objet=attribution,
        par=par,
        collectivite=attribution.collectivite,
        changements={"dates": [avant, _periode(attribution)]},
    )
    return attribution


@transaction.atomic
def retirer_role(*, attribution: Attribution, par: Compte | None) -> None:
    """Retire un rôle, avec effet immédiat. Refuse de retirer le dernier administrateur."""
    exiger(GERER_LES_COMPTES, par, attribution)
    _proteger_la_demonstration(attribution.compte)
    collectivite = attribution.collectivite
    _verrouiller(collectivite)
    consigner(
        verbe="retire le rôle",
        objet=attribution,
        par=par,
        collectivite=collectivite,
        changements={"dates": [_periode(attribution), None]},
    )
    attribution.delete()
    _garder_un_administrateur(collectivite)


@transaction.atomic
def desactiver_compte(*, compte: Compte, collectivite: Collectivite, par: Compte | None) -> None:
    """Ferme un compte ; ses rôles restent écrits, prêts pour une réouverture.

    Lève `OperationRefusee` si le compte sert aussi une autre collectivité : on retire alors ses
    rôles d'ici, sans toucher à ce qui ne nous appartient pas. De même pour le dernier
    administrateur.
    """
    exiger(GERER_LES_COMPTES, par, collectivite)
    _verifier_que_le_compte_est_d_ici(compte, collectivite)
    _proteger_la_demonstration(compte)
    _verrouiller(collectivite)
    compte.is_active = False
    compte.save(update_fields=["is_active"])
    _garder_un_administrateur(collectivite)
    consigner(verbe="désactive le compte", objet=compte, par=par, collectivite=collectivite)


@transaction.atomic
def reactiver_compte(*, compte: Compte, collectivite: Collectivite, par: Compte | None) -> None:
    """Rouvre un compte désactivé, avec les rôles qu'il avait."""
    exiger(GERER_LES_COMPTES, par, collectivite)
    _verifier_que_le_compte_est_d_ici(compte, collectivite)
    compte.is_active = True
    compte.save(update_fields=["is_active"])
    consigner(verbe="rouvre le compte", objet=compte, par=par, collectivite=collectivite)


@transaction.atomic
def changer_de_nom(*, compte: Compte, nom: str, par: Compte) -> None:
    """Chacun change son propre nom affiché, et lui seul."""
    if par != compte or compte.est_demonstration:
        raise PermissionDenied("On ne change que le nom de son propre compte.")
    avant, compte.nom = compte.nom, nom.strip()
    compte.save(update_fields=["nom"])
    consigner(
        verbe="change son nom", objet=compte, par=par, changements={"nom": [avant, compte.nom]}
    )


def _verifier_l_organisation(role, organisation, collectivite) -> None:
    if organisation is not None:
        if organisation.collectivite_id != collectivite.pk:
            raise OperationRefusee("Cette organisation n’appartient pas à votre collectivité.")
        if organisation.est_archivee:
            raise OperationRefusee("Cette organisation est archivée : restaurez-la d’abord.")
    elif Role(role).est_partenaire:
        raise OperationRefusee("Un rôle de partenaire demande une organisation.")


def _verifier_les_dates(debut, fin) -> None:
    if debut and fin and fin < debut:
        raise OperationRefusee("La fin du rôle vient avant son début.")


def _periode(attribution: Attribution) -> dict:
    return {
        "du": attribution.date_debut.isoformat() if attribution.date_debut else None,
        "au": attribution.date_fin.isoformat() if attribution.date_fin else None,
    }


def _verrouiller(collectivite: Collectivite) -> None:
    """Deux administrateurs ne peuvent pas se retirer l'un l'autre en même temps."""
    Collectivite.objects.select_for_update().get(pk=collectivite.pk)


def _garder_un_administrateur(collectivite: Collectivite) -> None:
    """À appeler après l'écriture : la transaction entière est annulée s'il n'en reste pas."""
    restent = Attribution.objects.en_vigueur().filter(
        collectivite=collectivite,
        role=Role.ADMINISTRATEUR,
        date_fin__isnull=True,
        compte__is_active=True,
    )
    if not restent.exists():
        raise OperationRefusee(
            "Il doit toujours rester un administrateur, sans date de fin. "
            "Donnez d’abord ce rôle à quelqu’un d’autre. Rien n’est changé."
        )


def _verifier_que_le_compte_est_d_ici(compte: Compte, collectivite: Collectivite) -> None:
    lieux = set(compte.attributions.values_list("collectivite_id", flat=True))
    if collectivite.pk not in lieux:
        raise PermissionDenied("Ce compte n’est pas de votre collectivité.")
    if len(lieux) > 1:
        raise OperationRefusee(
            "Ce compte n’est pas tenu par votre seule collectivité. "
            "Retirez-lui ses rôles ici : il n’entrera plus dans votre espace."
        )


def _proteger_la_demonstration(compte: Compte) -> None:
    if compte.est_demonstration:
        raise OperationRefusee(
            "Ce compte de démonstration sert aux visiteurs suivants : il reste comme il est."
        )


# --- Organisations et personnes ------------------------------------------------------------
@transaction.atomic
def creer_organisation(
    *, collectivite: Collectivite, valeurs: dict, par: Compte | None
) -> Organisation:
    """Ajoute une organisation. Lève `ValidationError` (SIRET faux, nom déjà pris)."""
    exiger(GERER_LES_ORGANISATIONS, par, collectivite)
    organisation = Organisation(collectivite=collectivite, **valeurs)
    return _enregistrer(organisation, {}, CHAMPS_ORGANISATION, "crée l’organisation", par)


@transaction.atomic
def modifier_organisation(
    *, organisation: Organisation, valeurs: dict, vu: str, par: Compte | None
) -> Organisation:
    """Change une organisation. `vu` : l'empreinte de ce que la page montrait.

    Lève `ConflitDeSaisie` si l'organisation a changé entre-temps, `ValidationError` sinon.
    """
    exiger(GERER_LES_ORGANISATIONS, par, organisation)
    actuelle = Organisation.objects.select_for_update().get(pk=organisation.pk)
    avant = _comparer(actuelle, vu, CHAMPS_ORGANISATION)
    for champ, valeur in valeurs.items():
        setattr(actuelle, champ, valeur)
    return _enregistrer(actuelle, avant, CHAMPS_ORGANISATION, "modifie l’organisation", par)


@transaction.atomic
def archiver_organisation(*, organisation: Organisation, par: Compte | None) -> None:
    """Retire l'organisation des listes de choix. Ce qui la cite ne change pas."""
    _archiver(organisation, True, "archive l’organisation", par)


@transaction.atomic
def restaurer_organisation(*, organisation: Organisation, par: Compte | None) -> None:
    """Remet une organisation archivée dans les listes de choix."""
    _archiver(organisation, False, "restaure l’organisation", par)


def _archiver(organisation, archivee: bool, verbe: str, par) -> None:
    exiger(GERER_LES_ORGANISATIONS, par, organisation)
    organisation.est_archivee = archivee
    organisation.save(update_fields=["est_archivee"])
    collectivite = organisation.collectivite
    consigner(
        verbe=verbe,
        objet=organisation,
        par=par,
        collectivite=collectivite,
        cachets=[collectivite.cachet],
    )


@transaction.atomic
def creer_personne(*, collectivite: Collectivite, valeurs: dict, par: Compte | None) -> Personne:
    """Ajoute une personne, nommée par sa fonction au moins."""
    exiger(GERER_LES_ORGANISATIONS, par, collectivite)
    personne = Personne(collectivite=collectivite, **valeurs)
    return _enregistrer(personne, {}, CHAMPS_PERSONNE, "ajoute la personne", par)


@transaction.atomic
def modifier_personne(
    *, personne: Personne, valeurs: dict, vu: str, par: Compte | None
) -> Personne:
    """Change une personne. Mêmes règles que `modifier_organisation`."""
    exiger(GERER_LES_ORGANISATIONS, par, personne)
    actuelle = Personne.objects.select_for_update().get(pk=personne.pk)
    avant = _comparer(actuelle, vu, CHAMPS_PERSONNE)
    for champ, valeur in valeurs.items():
        setattr(actuelle, champ, valeur)
    return _enregistrer(actuelle, avant, CHAMPS_PERSONNE, "modifie la personne", par)


def _comparer(actuel, vu: str, champs) -> dict:
    avant = valeurs_de(actuel, champs)
    if empreinte_des_valeurs(avant) != vu:
        raise ConflitDeSaisie(actuel)
    return avant


def _enregistrer(objet, avant: dict, champs, verbe: str, par):
    rattachee = getattr(objet, "organisation", None)
    if rattachee is not None and rattachee.collectivite_id != objet.collectivite_id:
        raise ValidationError(
            {"organisation": "Cette organisation n’appartient pas à votre collectivité."}
        )
    if isinstance(objet, Organisation):
        objet.normaliser_le_nom()
    objet.full_clean()
    apres = valeurs_de(objet, champs)
    changements = {
        champ: [avant.get(champ), apres[champ]]
        for champ in champs
        if avant.get(champ) != apres[champ]
    }
    if avant and not changements:
        return objet
    objet.save()
    consigner(
        verbe=verbe,
        objet=objet,
        par=par,
        collectivite=objet.collectivite,
        changements=changements,
        cachets=[objet.collectivite.cachet],
    )
    return objet


# --- Démonstration -------------------------------------------------------------------------
@transaction.atomic
def creer_comptes_de_demonstration(
    collectivite: Collectivite,
    *,
    organisations=(),
    roles=tuple(Role.values),
    par: Compte | None = None,
) -> dict[str, Compte]:
    """Un compte par rôle, sans mot de passe, que la page de démonstration ouvre d'un clic.

    Rend {rôle: compte}. On peut l'appeler deux fois : rien n'est créé en double. Les partenaires
    sont rattachés tour à tour aux `organisations` (à défaut, aux premières de la collectivité) ;
    sans organisation, ils ne sont pas créés. Lève `OperationRefusee` hors démonstration.
    """
    if not settings.EST_DEMONSTRATION:
        raise OperationRefusee("Les comptes de démonstration n’existent qu’en démonstration.")
    organisations = list(organisations) or list(
        Organisation.objects.de(collectivite).filter(est_archivee=False)[:3]
    )
    crees: dict[str, Compte] = {}
    for role in map(Role, roles):
        organisation = None
        if role.est_partenaire:
            if not organisations:
                continue
            rang = [r for r in Role if r.est_partenaire].index(role)
            organisation = organisations[rang % len(organisations)]
        nom_local = role.value.replace("_", "-")
        compte, nouveau = Compte.objects.get_or_create(
            courriel=f"{nom_local}@{collectivite.slug}.demonstration.invalid",
            defaults={"nom": f"{role.label} (démonstration)", "est_demonstration": True},
        )
        if nouveau:
            compte.set_unusable_password()
            compte.save(update_fields=["password"])
        attribution = compte.attributions.filter(collectivite=collectivite, role=role).first()
        if attribution is None:
            Attribution.objects.create(
                compte=compte, collectivite=collectivite, role=role, organisation=organisation
            )
            consigner(
                verbe="crée le compte de démonstration",
                objet=compte,
                par=par,
                collectivite=collectivite,
                origine="commande",
            )
        crees[role.value] = compte
    return crees


@transaction.atomic
def fermer_les_comptes_de_demonstration(*, par: Compte | None = None) -> int:
    """Désactive tous les comptes de démonstration. Rend combien. Sert à passer en production."""
    fermes = 0
    for compte in Compte.objects.filter(est_demonstration=True, is_active=True):
        compte.is_active = False
        compte.save(update_fields=["is_active"])
        consigner(
            verbe="ferme le compte de démonstration", objet=compte, par=par, origine="commande"
        )
        fermes += 1
    return fermes
