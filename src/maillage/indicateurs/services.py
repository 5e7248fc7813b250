"""Donner une valeur à un indicateur, et tenir à jour ce que les listes en montrent."""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from django.db import transaction

from maillage.journal.services import consigner
from maillage.socle.lots import mettre_a_jour

from .models import Indicateur, ValeurIndicateur

LONGUEUR_TRACE = 24  # valeurs gardées sur l'indicateur pour sa courbe de poche


class ValeurRefusee(ValueError):
    """La valeur n'a pas été écrite ; le message dit pourquoi."""


def donner_valeur(
    *,
    indicateur: Indicateur,
    date: datetime.date,
    valeur: Decimal | None,
    par,
    statut: str = ValeurIndicateur.Statut.DEFINITIF,
    commentaire: str = "",
    est_demonstration: bool = False,
    origine: str = "ecran",
    cachets: Iterable[str] = (),
) -> ValeurIndicateur:
    """Écrit la valeur de ce jour ; la corrige si elle existait, et le journal garde l'ancienne.

    `valeur` None se dit avec le statut « absent ». Lève `ValeurRefusee`.
    """
    if (valeur is None) != (statut == ValeurIndicateur.Statut.ABSENT):
        raise ValeurRefusee("Donnez un nombre, ou dites que la valeur est absente.")
    if valeur is not None and abs(valeur) >= Decimal(10) ** 14:
        raise ValeurRefusee("Ce nombre est trop grand pour être vrai.")
    with transaction.atomic():
        Indicateur.objects.select_for_update().get(pk=indicateur.pk)
        ancienne = ValeurIndicateur.objects.filter(indicateur=indicateur, date=date).first()
        avant = str(ancienne.valeur) if ancienne else None
        ligne, _ = ValeurIndicateur.objects.update_or_create(
            indicateur=indicateur,
            date=date,
            defaults={
                "valeur": valeur,
                "statut": statut,
                "commentaire": commentaire,
                "est_demonstration": est_demonstration,
            },
        )
        recopier_les_dernieres([indicateur])
        consigner(
            verbe="valeur corrigée" if ancienne else "valeur donnée",
            objet=indicateur,
            par=par,
            collectivite=indicateur.collectivite,
            changements={
                "valeur": {
                    "date": date.isoformat(),
                    "avant": avant,
                    "apres": str(valeur) if valeur is not None else None,
                }
            },
            origine=origine,
            cachets=cachets,
        )
        return ligne


def recopier_les_dernieres(indicateurs: Iterable[Indicateur]) -> None:
    """Recopie sur chaque indicateur sa dernière valeur et sa trace. Deux requêtes par lot."""
    indicateurs = list(indicateurs)
    for debut in range(0, len(indicateurs), 400):
        lot = indicateurs[debut : debut + 400]
        series: dict[int, list[tuple[datetime.date, Decimal]]] = defaultdict(list)
        for pk, date, valeur in (
            ValeurIndicateur.objects.filter(indicateur__in=lot, valeur__isnull=False)
            .order_by("date")
            .values_list("indicateur_id", "date", "valeur")
        ):
            if valeur is not None:
                series[pk].append((date, valeur))
        for indicateur in lot:
            serie = series[indicateur.pk]
            indicateur.derniere_date, indicateur.derniere_valeur = (
                serie[-1] if serie else (None, None)
            )
            indicateur.trace = [
                [date.isoformat(), float(valeur)] for date, valeur in serie[-LONGUEUR_TRACE:]
            ]
        mettre_a_jour(lot, ["derniere_date", "derniere_valeur", "trace"])
