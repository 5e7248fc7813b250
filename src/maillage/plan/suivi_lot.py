"""Le suivi en lot : des centaines de points et de valeurs, avec les mêmes règles qu’un seul.

Sert à la démonstration et à la reprise d'un suivi tenu ailleurs. Tout ou rien.
"""

import datetime
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from maillage.acteurs.models import Compte
from maillage.indicateurs.models import ValeurIndicateur
from maillage.indicateurs.services import recopier_les_dernieres
from maillage.journal.services import consigner

from .ecriture import recalculer_les_taux
from .models import FicheAction, IndicateurFiche, PointEtape, Schema
from .suivi import (
    PointRefuse,
    Saisie,
    _signature,
    fiches_mesurees_par,
    recopier_le_suivi,
    verifier_saisie,
)


@dataclass(frozen=True, slots=True)
class PointAAjouter:
    """Un point, sa fiche, et qui le signe. `fonction` sert quand l'auteur n'a pas de compte."""

    fiche: FicheAction
    saisie: Saisie
    auteur: Compte | None = None
    fonction: str = ""
    cree_le: datetime.datetime | None = None
    jeton: uuid.UUID | None = None


def ajouter_points_en_lot(
    *,
    schema: Schema,
    points: Iterable[PointAAjouter],
    par,
    origine: str = "import",
    est_demonstration: bool = False,
) -> int:
    """Ajoute ces points dans l'ordre de leurs dates. Rend combien.

    Lève `PointRefuse` sans rien écrire ; ses clés portent la fiche et la date du point fautif
    (« V2.A1.03, 2026-01-31, motif_meteo »).
    """
    par_fiche: dict[int, list[PointAAjouter]] = defaultdict(list)
    fiches: dict[int, FicheAction] = {}
    for point in points:
        par_fiche[point.fiche.pk].append(point)
        fiches[point.fiche.pk] = point.fiche
    if not fiches:
        return 0
    with transaction.atomic():
        Schema.objects.select_for_update().get(pk=schema.pk)
        fautes: dict[str, str] = {}
        anciens = _points_connus(list(fiches))
        neufs: list[PointEtape] = []
        for pk, demandes in par_fiche.items():
            fiche = fiches[pk]
            suite = list(anciens[pk])
            for demande in sorted(demandes, key=lambda p: p.saisie.date):
                date = demande.saisie.date
                precedent = next((p for p in reversed(suite) if p.date <= date), None)
                try:
                    if fiche.archivee_le:
                        raise PointRefuse({"": "Cette fiche est archivée."})
                    verifier_saisie(fiche, demande.saisie, precedent)
                except PointRefuse as refus:
                    for champ, message in refus.champs.items():
                        fautes[f"{fiche.code}, {date.isoformat()}, {champ}"] = message
                    continue
                neuf = _point(demande, est_demonstration)
                neufs.append(neuf)
                suite.append(neuf)
                suite.sort(key=lambda p: p.date)
        if fautes:
            raise PointRefuse(fautes)
        PointEtape.objects.bulk_create(neufs, batch_size=500)
        recopier_le_suivi(fiches.values())
        consigner(
            verbe="points d’étape ajoutés",
            objet=schema,
            par=par,
            collectivite=schema.collectivite,
            changements={"points": len(neufs), "fiches": len(fiches)},
            origine=origine,
            cachets=[schema.cachet, *(fiche.cachet for fiche in fiches.values())],
        )
        return len(neufs)


def _points_connus(fiches_ids: list[int]) -> dict[int, list[PointEtape]]:
    connus: dict[int, list[PointEtape]] = defaultdict(list)
    for debut in range(0, len(fiches_ids), 400):
        lot = fiches_ids[debut : debut + 400]
        for point in PointEtape.objects.valables().filter(fiche__in=lot).order_by("date", "pk"):
            connus[point.fiche_id].append(point)
    return connus


def _point(demande: PointAAjouter, est_demonstration: bool) -> PointEtape:
    return PointEtape(
        fiche=demande.fiche,
        auteur=demande.auteur,
        fonction_auteur=demande.fonction or _signature(demande.auteur),
        jeton=demande.jeton or uuid.uuid4(),
        cree_le=demande.cree_le or timezone.now(),
        est_demonstration=est_demonstration,
        **{champ: getattr(demande.saisie, champ) for champ in Saisie.__slots__},
    )


def donner_valeurs_en_lot(
    *,
    schema: Schema,
    valeurs: Iterable[tuple[IndicateurFiche, datetime.date, Decimal]],
    par,
    origine: str = "import",
    est_demonstration: bool = False,
) -> int:
    """Donne ces valeurs, remplace celles des mêmes dates, remet les taux à jour. Rend combien."""
    valeurs = list(valeurs)
    if not valeurs:
        return 0
    with transaction.atomic():
        Schema.objects.select_for_update().get(pk=schema.pk)
        indicateurs = {lien.indicateur_id: lien.indicateur for lien, _, _ in valeurs}
        ValeurIndicateur.objects.bulk_create(
            [
                ValeurIndicateur(
                    indicateur_id=lien.indicateur_id,
                    date=date,
                    valeur=valeur,
                    est_demonstration=est_demonstration,
                )
                for lien, date, valeur in valeurs
            ],
            batch_size=500,
            update_conflicts=True,
            unique_fields=["indicateur", "date"],
            update_fields=["valeur", "statut", "commentaire", "est_demonstration"],
        )
        recopier_les_dernieres(indicateurs.values())
        fiches = fiches_mesurees_par(indicateurs)
        recalculer_les_taux(fiches)
        consigner(
            verbe="valeurs données",
            objet=schema,
            par=par,
            collectivite=schema.collectivite,
            changements={"valeurs": len(valeurs), "indicateurs": len(indicateurs)},
            origine=origine,
            cachets=[schema.cachet, *(f"fiche:{pk}" for pk in fiches)],
        )
        return len(valeurs)
