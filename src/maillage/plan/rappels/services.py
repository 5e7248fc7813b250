"""Régler les rappels, se mettre en pause, répondre par un lien."""

import datetime
import uuid

from django.db import transaction
from django.utils import timezone

from maillage.acteurs.models import Collectivite, Compte
from maillage.journal.services import consigner

from ..models import LigneEnvoi, PauseRappels, PeriodeCalme, PointEtape, ReglageRappels
from ..suivi import ajouter_point

_FAMILLE = uuid.UUID("6a1f4b1e-5f0e-4c1c-9a3e-0d6f2f6c8f41")


def regler(
    *, collectivite: Collectivite, actifs: bool, fins_de_semaine: bool, par: Compte
) -> ReglageRappels:
    """Allume ou éteint les rappels de la collectivité, et dit s'ils partent le week-end."""
    with transaction.atomic():
        reglage, _ = ReglageRappels.objects.update_or_create(
            collectivite=collectivite,
            defaults={"actifs": actifs, "fins_de_semaine": fins_de_semaine},
        )
        consigner(
            verbe="rappels réglés",
            objet=reglage,
            par=par,
            collectivite=collectivite,
            changements={"actifs": actifs, "fins_de_semaine": fins_de_semaine},
        )
        return reglage


def ajouter_une_periode(
    *,
    collectivite: Collectivite,
    libelle: str,
    debut: datetime.date,
    fin: datetime.date,
    par: Compte,
) -> PeriodeCalme:
    with transaction.atomic():
        periode = PeriodeCalme.objects.create(
            collectivite=collectivite, libelle=libelle, debut=debut, fin=fin
        )
        consigner(
            verbe="période sans rappel ajoutée", objet=periode, par=par, collectivite=collectivite
        )
        return periode


def retirer_une_periode(*, periode: PeriodeCalme, par: Compte) -> None:
    with transaction.atomic():
        consigner(
            verbe="période sans rappel retirée",
            objet=periode,
            par=par,
            collectivite=periode.collectivite,
        )
        periode.delete()


def mettre_en_pause(
    *,
    compte: Compte,
    collectivite: Collectivite,
    jusqu_au: datetime.date | None,
    origine: str = "ecran",
) -> PauseRappels:
    """Plus de rappels, jusqu'à cette date comprise ou jusqu'à nouvel ordre."""
    with transaction.atomic():
        pause, _ = PauseRappels.objects.update_or_create(
            compte=compte, defaults={"jusqu_au": jusqu_au, "depuis": timezone.now()}
        )
        consigner(
            verbe="rappels mis en pause",
            objet=compte,
            par=compte,
            collectivite=collectivite,
            changements={"jusqu_au": str(jusqu_au or "")},
            origine=origine,
        )
        return pause


def reprendre(*, compte: Compte, collectivite: Collectivite, origine: str = "ecran") -> None:
    """Remet les rappels en route. Sans effet s'ils le sont déjà."""
    with transaction.atomic():
        supprimees, _ = PauseRappels.objects.filter(compte=compte).delete()
        if supprimees:
            consigner(
                verbe="rappels repris",
                objet=compte,
                par=compte,
                collectivite=collectivite,
                origine=origine,
            )


def repondre(*, ligne: LigneEnvoi, saisie, valeurs) -> PointEtape:
    """Publie le point d'étape dit par le lien d'un rappel, signé du compte qui l'a reçu.

    Un lien ne publie qu'un point : envoyé deux fois, il rend le point déjà écrit. Lève
    `PointRefuse` ou `ValeurRefusee` sans rien écrire ; le lien sert alors encore.
    """
    with transaction.atomic():
        prise = LigneEnvoi.objects.select_for_update(of=("self",)).get(pk=ligne.pk)
        if prise.point_id:
            return PointEtape.objects.get(pk=prise.point_id)
        point = ajouter_point(
            fiche=ligne.fiche,
            saisie=saisie,
            par=ligne.envoi.compte,
            jeton=uuid.uuid5(_FAMILLE, f"ligne:{ligne.pk}"),
            valeurs=valeurs,
            origine="lien",
        )
        prise.point, prise.repondu_le = point, timezone.now()
        prise.save(update_fields=["point", "repondu_le"])
        return point
