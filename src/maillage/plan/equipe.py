"""L'équipe d'une fiche et les référents d'une division : qui peut y écrire, sans en être pilote."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from maillage.acteurs.models import RANGS, Compte, Role
from maillage.journal.services import consigner

from .models import Contributeur, Division, FicheAction, Referent


class EquipeRefusee(ValueError):
    """Rien n'a été écrit ; le message dit pourquoi."""


def _comptes_de_rang(collectivite, rang: str, organisation_id: int | None = None):
    """Comptes actifs dont un rôle en vigueur atteint ce rang dans la collectivité."""
    jour = timezone.localdate()
    roles = [role.value for role in Role if role.rang >= RANGS[rang]]
    internes = Q(attributions__role__in=[r for r in roles if not Role(r).est_partenaire])
    partenaires = Q(
        attributions__role__in=[r for r in roles if Role(r).est_partenaire],
        attributions__organisation=organisation_id,
    )
    return (
        Compte.objects.filter(
            internes | partenaires if organisation_id else internes,
            Q(attributions__date_debut__isnull=True) | Q(attributions__date_debut__lte=jour),
            Q(attributions__date_fin__isnull=True) | Q(attributions__date_fin__gte=jour),
            attributions__collectivite=collectivite,
            is_active=True,
        )
        .distinct()
        .order_by("nom", "courriel")
    )


def contributeurs_possibles(fiche: FicheAction):
    """Qui peut être inscrit : contributeurs de la collectivité, ou partenaires de l'organisation
    pilote, pas encore inscrits."""
    return _comptes_de_rang(
        fiche.schema.collectivite, "contributeur", fiche.pilote_organisation_id
    ).exclude(contributions__fiche=fiche)


def referents_possibles(division: Division):
    """Qui peut répondre d'une division : les référents d'axe qui n'en répondent pas encore."""
    return _comptes_de_rang(division.schema.collectivite, "referent_axe").exclude(
        divisions_suivies__division=division
    )


def inscrire_contributeur(*, fiche: FicheAction, compte: Compte, par) -> Contributeur:
    """Inscrit un compte ; deux fois la même demande n'en fait qu'une. Lève `EquipeRefusee`."""
    with transaction.atomic():
        deja = Contributeur.objects.filter(fiche=fiche, compte=compte).first()
        if deja:
            return deja
        if not contributeurs_possibles(fiche).filter(pk=compte.pk).exists():
            raise EquipeRefusee("Ce compte n’a pas de rôle qui permette de contribuer ici.")
        inscription = Contributeur.objects.create(fiche=fiche, compte=compte)
        consigner(
            verbe="contributeur inscrit", objet=fiche, par=par,
            collectivite=fiche.schema.collectivite, changements={"compte": compte.pk},
        )  # fmt: skip
        return inscription


def retirer_contributeur(*, fiche: FicheAction, compte: Compte, par) -> None:
    """Retire un compte de l'équipe ; ce qu'il a écrit reste."""
    with transaction.atomic():
        nombre, _ = Contributeur.objects.filter(fiche=fiche, compte=compte).delete()
        if nombre:
            consigner(
                verbe="contributeur retiré", objet=fiche, par=par,
                collectivite=fiche.schema.collectivite, changements={"compte": compte.pk},
            )  # fmt: skip


def nommer_referent(*, division: Division, compte: Compte, par) -> Referent:
    """Fait d'un compte le référent d'une division. Lève `EquipeRefusee`."""
    with transaction.atomic():
        deja = Referent.objects.filter(division=division, compte=compte).first()
        if deja:
            return deja
        if not referents_possibles(division).filter(pk=compte.pk).exists():
            raise EquipeRefusee("Ce compte n’a pas le rôle de référent d’axe dans la collectivité.")
        referent = Referent.objects.create(division=division, compte=compte)
        consigner(
            verbe="référent nommé", objet=division, par=par,
            collectivite=division.schema.collectivite, changements={"compte": compte.pk},
        )  # fmt: skip
        return referent


def retirer_referent(*, division: Division, compte: Compte, par) -> None:
    """Décharge un compte d'une division."""
    with transaction.atomic():
        nombre, _ = Referent.objects.filter(division=division, compte=compte).delete()
        if nombre:
            consigner(
                verbe="référent déchargé", objet=division, par=par,
                collectivite=division.schema.collectivite, changements={"compte": compte.pk},
            )  # fmt: skip
