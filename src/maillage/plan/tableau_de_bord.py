"""Où en est le plan : la répartition, la fraîcheur, les taux et ce qui les appuie, le budget.

Tout se calcule sur les fiches que la personne peut voir. Le nombre de requêtes ne dépend pas du
nombre de fiches.
"""

import datetime
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from maillage.calcul.avancement import Agregat

from .lecture import Cadre, FicheLue
from .models import LigneBudget, Schema
from .models.fiche import FicheQuerySet
from .passe import lire_le_passe
from .synthese import repartition, synthese


def debut_du_semestre(jour: datetime.date) -> datetime.date:
    """Le 1er janvier ou le 1er juillet d'avant, à un mois de distance au moins."""
    debut = datetime.date(jour.year, 7 if jour.month >= 7 else 1, 1)
    if (jour - debut).days >= 31:
        return debut
    return datetime.date(jour.year - (debut.month == 1), 7 if debut.month == 1 else 1, 1)


def date_demandee(texte: str, jour: datetime.date | None = None) -> datetime.date:
    """La date de comparaison (« 2026-07-01 ») ; le début du semestre si elle manque ou se lit mal.

    Une date à venir est ramenée à aujourd'hui.
    """
    jour = jour or timezone.localdate()
    try:
        demandee = datetime.date.fromisoformat(texte)
    except ValueError:
        return debut_du_semestre(jour)
    return min(demandee, jour)


@dataclass(frozen=True, slots=True)
class Alors:
    """Où en était le plan à une date : météos, points, chemin fait."""

    date: datetime.date
    meteos: Counter
    avec_point: int
    taux: Agregat

    def repartition(self) -> list[dict]:
        return repartition(self.meteos)


def situation_au(
    retenues: FicheQuerySet, schema: Schema, cadre: Cadre, date: datetime.date
) -> Alors:
    """Météos et chemin fait à cette date, d'après les points encore valables aujourd'hui.

    Les fiches d'aujourd'hui, lues ce jour-là : un même ensemble se compare. Quatre requêtes.
    """
    presentes = [f.lue for f in lire_le_passe(retenues, cadre, [date]).fiches[0].values()]
    meteos = Counter(fiche.meteo for fiche in presentes)
    taux = synthese(schema, cadre.divisions, presentes).taux
    return Alors(date, meteos, len(presentes) - meteos[""], taux)


@dataclass(slots=True)
class BudgetDeLAnnee:
    """Sommes de l'année, en euros. `fiches` : combien de fiches disent au moins un montant."""

    annee: int
    prevu: Decimal = Decimal(0)
    engage: Decimal = Decimal(0)
    realise: Decimal = Decimal(0)
    fiches: int = 0
    demonstration: bool = False


def budget_de_l_annee(fiches: list[FicheLue], annee: int) -> BudgetDeLAnnee:
    """Les totaux de l'année. Sommés en décimal : SQLite sommerait des flottants."""
    total = BudgetDeLAnnee(annee)
    vues = set()
    for fiche_id, prevu, engage, realise, invente in LigneBudget.objects.filter(
        fiche__in=[f.pk for f in fiches], annee=annee
    ).values_list("fiche_id", "prevu", "engage", "realise", "est_demonstration"):
        total.prevu += prevu or 0
        total.engage += engage or 0
        total.realise += realise or 0
        total.demonstration |= invente
        vues.add(fiche_id)
    total.fiches = len(vues)
    return total


def a_regarder(fiches: list[FicheLue]) -> dict[str, list[FicheLue]]:
    """Ce qui demande une décision : bloquées, arbitrages demandés, orages, plus vieux retards."""
    retards = sorted(
        (f for f in fiches if f.fraicheur == "en_retard"),
        key=lambda f: f.prochaine_echeance or datetime.date.max,
    )
    return {
        "bloquees": [f for f in fiches if f.bloquee_par],
        "arbitrages": [f for f in fiches if f.arbitrage_demande],
        "orages": [f for f in fiches if f.meteo == "orage"],
        "retards": retards,
    }
