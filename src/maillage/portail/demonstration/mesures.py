"""Inventer ce qu’une fiche porte : indicateurs, valeurs, budget, jalons, risques. Tout est marqué.

Fonctions pures ; les montants sont des ordres de grandeur, en euros.
"""

import datetime
from decimal import Decimal
from random import Random
from typing import Any

from maillage.plan.ecriture import plus_mois
from maillage.plan.etat import decimal_texte

from .annee import Recit
from .phrases import Conteur

ANNEES = range(2024, 2029)
FIN_DU_PLAN = datetime.date(2028, 12, 31)
DEPART = datetime.date(2024, 12, 31)
# Ordre de grandeur annuel, en milliers d'euros, par genre d'action.
_BUDGETS = {
    "participation": (6, 30), "formation": (10, 45), "ateliers": (8, 40), "numerique": (25, 140),
    "recensement": (5, 25), "rencontre": (4, 18), "information": (6, 28), "soutien": (40, 220),
    "lieu": (60, 320), "accompagnement": (25, 120),
}  # fmt: skip
# Taux à partir duquel chacune des quatre étapes d'une fiche est franchie.
_SEUILS_DES_JALONS = (4, 18, 60, 95)
_MARQUE = {"demonstration": True}
_SOURCES = ("Suivi du service", "Tableau de bord du pilote", "Enquête auprès des participants")

Valeurs = dict[str, list[tuple[datetime.date, Decimal]]]


def indicateurs(
    genre: dict, recit: Recit, tirage: Random, jour: datetime.date
) -> tuple[list[dict[str, Any]], Valeurs]:
    """Deux ou trois indicateurs, leurs valeurs dans le temps ; quelques-uns non calculables."""
    lignes, valeurs = [], {}
    combien = tirage.choice((2, 2, 3))
    for libelle, unite, niveau, sens, depart, bas, haut in genre["indicateurs"][:combien]:
        cible = _arrondir(tirage.uniform(bas, haut), haut)
        if depart is not None and tirage.random() < 0.12:
            depart = None  # le point de départ n'a jamais été mesuré
        sans_cible = tirage.random() < 0.08
        lignes.append(
            ligne_indicateur(
                libelle,
                unite,
                niveau,
                sens,
                depart,
                None if sans_cible else cible,
                source=tirage.choice(_SOURCES),
            )
        )
        if tirage.random() < 0.1 or not recit.points:
            continue  # première mesure à venir
        valeurs[libelle] = _serie(depart, cible, recit, tirage)
    return lignes, valeurs


def ligne_indicateur(
    libelle, unite, niveau, sens, depart, cible, source="Suivi du service"
) -> dict:
    return {
        "libelle": libelle,
        "niveau": niveau,
        "unite": unite,
        "sens": sens,
        "initiale": None if depart is None else decimal_texte(Decimal(str(depart))),
        "date_initiale": None if depart is None else DEPART.isoformat(),
        "cible": None if cible is None else decimal_texte(Decimal(str(cible))),
        "date_cible": None if cible is None else FIN_DU_PLAN.isoformat(),
        "periodicite": "trimestrielle" if niveau == "realisation" else "annuelle",
        "source": source,
        "methode": "",
        "poids": "1",
        **_MARQUE,
    }


def _arrondir(valeur: float, ordre: float) -> int:
    pas = 50 if ordre >= 400 else 10 if ordre >= 100 else 1
    return max(pas, round(valeur / pas) * pas)


def _serie(depart, cible, recit: Recit, tirage: Random) -> list[tuple[datetime.date, Decimal]]:
    """Une valeur un trimestre sur deux environ, qui suit l'avancement avec un peu de jeu."""
    base = depart if depart is not None else cible * 0.75
    serie = []
    for rang, point in enumerate(recit.points):
        dernier = rang == len(recit.points) - 1
        if not dernier and tirage.random() < 0.45:
            continue
        part = (point.taux or 0) / 100 * tirage.uniform(0.8, 1.12)
        brute = base + (cible - base) * min(part, 1.05)
        serie.append((point.date, Decimal(max(0, round(brute)))))
    return serie


def budget(
    nom_du_genre: str, financeurs: list[str], recit: Recit, tirage: Random, jour: datetime.date
) -> list[dict[str, Any]]:
    """Une ligne par année et par financeur : prévu partout, engagé et réalisé jusqu'à ce jour."""
    bas, haut = _BUDGETS[nom_du_genre]
    total = tirage.randint(bas, haut) * 1000
    parts = _parts(len(financeurs), tirage)
    premiere = 2024 if tirage.random() < 0.3 else 2025
    lignes = []
    for financeur, part in zip(financeurs, parts, strict=True):
        section = (
            "investissement"
            if nom_du_genre in {"lieu", "numerique"} and tirage.random() < 0.35
            else "fonctionnement"
        )
        for annee in ANNEES:
            if annee < premiere:
                continue
            prevu = round(total * part * tirage.uniform(0.85, 1.2) / 500) * 500
            if prevu == 0:
                continue
            lignes.append(
                ligne_budget(
                    annee, financeur, section, prevu, *_execution(annee, prevu, recit, tirage, jour)
                )
            )
    return lignes


def ligne_budget(annee, financeur, section, prevu, engage, realise) -> dict[str, Any]:
    return {
        "annee": annee,
        "financeur": financeur,
        "section": section,
        "prevu": _texte(prevu),
        "engage": _texte(engage),
        "realise": _texte(realise),
        **_MARQUE,
    }


def _texte(montant: int | None) -> str | None:
    return None if montant is None else decimal_texte(Decimal(montant))


def _parts(nombre: int, tirage: Random) -> list[float]:
    poids = [1.6] + [tirage.uniform(0.3, 0.8) for _ in range(nombre - 1)]
    return [p / sum(poids) for p in poids]


def _execution(annee: int, prevu: int, recit: Recit, tirage: Random, jour: datetime.date):
    """Engagé et réalisé d'une année ; rien pour les années à venir, rien sans point d'étape."""
    if annee > jour.year or not recit.points:
        return None, None
    elan = {"soleil": 0.95, "couvert": 0.8, "nuage": 0.55, "orage": 0.3}[recit.profil.meteo]
    temps = 1.0 if annee < jour.year else jour.timetuple().tm_yday / 365
    engage = round(prevu * min(1.0, elan * tirage.uniform(0.85, 1.1) * (0.3 + 0.7 * temps)) / 100)
    realise = round(engage * (0.97 if annee < jour.year else temps * tirage.uniform(0.6, 0.9)))
    return engage * 100, realise * 100


def jalons(genre: dict, recit: Recit, tirage: Random, jour: datetime.date) -> list[dict[str, Any]]:
    """Quatre étapes datées, réalisées à mesure que la fiche avance."""
    titres = genre["jalons"]
    prevue = datetime.date(2025, tirage.randint(1, 6), tirage.choice((10, 15, 20, 28)))
    atteints = sum(recit.taux > seuil for seuil in _SEUILS_DES_JALONS)
    lignes = []
    for rang, titre in enumerate(titres):
        realisee = None
        if rang < atteints:
            ecart = datetime.timedelta(days=tirage.choice((-12, 0, 6, 20, 45)))
            prevue = min(prevue, recit.points[-1].date)
            realisee = min(prevue + ecart, recit.points[-1].date)
        elif prevue < jour and tirage.random() < 0.7:
            prevue = plus_mois(jour, tirage.randint(1, 4))  # l'étape a été reprogrammée
        lignes.append(
            {
                "titre": titre,
                "date_prevue": prevue.isoformat(),
                "date_realisee": realisee.isoformat() if realisee else None,
                **_MARQUE,
            }
        )
        prevue = plus_mois(prevue, tirage.randint(3, 6))
    return lignes


def risques(
    genre: dict, conteur: Conteur, tirage: Random, proprietaire: str
) -> list[dict[str, Any]]:
    """Un ou deux risques propres au genre d'action."""
    return [
        {
            "libelle": libelle,
            "gravite": gravite,
            "probabilite": max(1, min(4, probabilite + tirage.choice((-1, 0, 0, 1)))),
            "parade": parade,
            "proprietaire": proprietaire if tirage.random() < 0.7 else "",
            "partage_avec": partage,
            **_MARQUE,
        }
        for libelle, gravite, probabilite, parade, partage in tirage.sample(
            genre["risques"], tirage.choice((1, 1, 2))
        )
    ]
