"""Dates et périodes écrites en français."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from .nombres import nombre_fr
from .texte import ValeurIllisible, citer, est_sans_valeur, nettoyer_espaces, normaliser

ANNEE_MIN, ANNEE_MAX = 1900, 2150
"""Bornes des années acceptées : au-delà, c'est une faute de frappe."""

MOIS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
_MOIS_ABREGES = {
    "janv": 1,
    "jan": 1,
    "fevr": 2,
    "fev": 2,
    "mar": 3,
    "avr": 4,
    "juil": 7,
    "jul": 7,
    "aou": 8,
    "sept": 9,
    "sep": 9,
    "oct": 10,
    "nov": 11,
    "dec": 12,
}
_JOURS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_ORDINAUX = {
    "premier": 1,
    "deuxieme": 2,
    "second": 2,
    "troisieme": 3,
    "quatrieme": 4,
    "1er": 1,
    "2e": 2,
    "2eme": 2,
    "2nd": 2,
    "3e": 3,
    "3eme": 3,
    "4e": 4,
    "4eme": 4,
}

Precision = Literal["jour", "mois", "trimestre", "semestre", "annee"]


@dataclass(frozen=True, slots=True)
class DateLue:
    """Une date et ce que la personne a vraiment écrit : `date` est le premier jour de la période.

    « oct. 2024 » se lit 2024-10-01, précision « mois » : le jour n'est pas une information.
    """

    date: dt.date
    precision: Precision = "jour"

    @property
    def fin(self) -> dt.date:
        """Dernier jour de la période dite (le jour même pour une date complète)."""
        duree = {"jour": 0, "mois": 1, "trimestre": 3, "semestre": 6, "annee": 12}[self.precision]
        if not duree:
            return self.date
        rang = self.date.year * 12 + self.date.month - 1 + duree - 1
        annee, mois = rang // 12, rang % 12 + 1
        return dt.date(annee, mois, calendar.monthrange(annee, mois)[1])

    def __str__(self) -> str:
        return periode_fr(self)


def lire_date(valeur: object) -> DateLue | None:
    """Date d'une cellule ou d'un texte français.

    Accepte les dates et numéros de série Excel, « 17/10/2024 », « 17 octobre 2024 »,
    « oct. 2024 », « 10/2024 », « T3 2025 », « S1 2025 », « fin 2025 », « 2025 » et l'ISO 8601.
    Lève `ValeurIllisible` pour une date impossible ou ambiguë.
    """
    if isinstance(valeur, DateLue):
        return valeur
    if isinstance(valeur, dt.datetime):
        return _borner(DateLue(valeur.date()))
    if isinstance(valeur, dt.date):
        return _borner(DateLue(valeur))
    if est_sans_valeur(valeur):
        return None
    if isinstance(valeur, bool) or not isinstance(valeur, str | int | float | Decimal):
        raise ValeurIllisible(f"{citer(valeur)} n’est pas une date.")
    if not isinstance(valeur, str):
        return _date_de_nombre(Decimal(str(valeur)))
    texte = nettoyer_espaces(valeur)
    lue = _date_chiffree(texte) or _date_en_lettres(texte)
    if lue is None:
        raise ValeurIllisible(
            f"{citer(valeur)} n’est pas une date lisible. "
            "Écrire par exemple 17/10/2024, octobre 2024, T3 2025 ou 2025."
        )
    return _borner(lue)


def _borner(lue: DateLue) -> DateLue:
    if not ANNEE_MIN <= lue.date.year <= ANNEE_MAX:
        raise ValeurIllisible(
            f"L’année {lue.date.year} n’est pas plausible. Vérifier l’année de la date."
        )
    return lue


def _date_de_nombre(nombre: Decimal) -> DateLue:
    """Un nombre nu : une année, ou le numéro de série d'Excel (jours depuis le 30/12/1899)."""
    if not nombre.is_finite() or abs(nombre) > 10**9:
        raise ValeurIllisible("Ce nombre n’est pas une date. Écrire par exemple 17/10/2024.")
    if nombre == nombre.to_integral_value() and ANNEE_MIN <= nombre <= ANNEE_MAX:
        return DateLue(dt.date(int(nombre), 1, 1), "annee")
    if 20_000 <= nombre <= 91_000:
        return DateLue(dt.date(1899, 12, 30) + dt.timedelta(days=int(nombre)))
    raise ValeurIllisible(
        f"Le nombre {nombre_fr(nombre)} n’est pas une date. Écrire par exemple 17/10/2024."
    )


def _jour(annee: int, mois: int, jour: int, texte: str) -> DateLue:
    if not 1 <= mois <= 12:
        precision = " Le jour s’écrit avant le mois." if 1 <= jour <= 12 < mois <= 31 else ""
        raise ValeurIllisible(
            f"La date {citer(texte)} n’existe pas : il n’y a pas de mois {mois}.{precision}"
        )
    if annee < 1 or annee > 9999:
        raise ValeurIllisible(f"L’année {annee} n’est pas plausible. Vérifier l’année de la date.")
    dernier = calendar.monthrange(annee, mois)[1]
    if not 1 <= jour <= dernier:
        raise ValeurIllisible(
            f"La date {citer(texte)} n’existe pas : "
            f"{MOIS[mois - 1]} {annee} compte {dernier} jours."
        )
    return DateLue(dt.date(annee, mois, jour))


def _mois(annee: int, mois: int, texte: str) -> DateLue:
    return DateLue(_jour(annee, mois, 1, texte).date, "mois")


def _partie(annee: int, rang: int, nombre: int, texte: str) -> DateLue:
    """Trimestre (`nombre` = 4) ou semestre (`nombre` = 2) de rang donné."""
    nom: Precision = "trimestre" if nombre == 4 else "semestre"
    if not 1 <= rang <= nombre:
        raise ValeurIllisible(
            f"La période {citer(texte)} n’existe pas : une année compte {nombre} {nom}s."
        )
    return DateLue(dt.date(annee, 1 + (rang - 1) * 12 // nombre, 1), nom)


def _annee(texte: str) -> int:
    """Année sur quatre chiffres, ou deux : 00 à 79 pour 2000, 80 à 99 pour 1900."""
    nombre = int(texte)
    if len(texte) == 4:
        return nombre
    return nombre + (2000 if nombre < 80 else 1900)


_HEURE = r"(?:[ T]+(?:à )?\d{1,2}(?:[:hH]\d{0,2}(?::\d{2}(?:[.,]\d+)?)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
_RE_JMA = re.compile(r"(\d{1,2})[/.\- ]+(\d{1,2})[/.\- ]+(\d{4}|\d{2})" + _HEURE, re.ASCII)
_RE_AMJ = re.compile(r"(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})" + _HEURE, re.ASCII)
_RE_MA = re.compile(r"(\d{1,2})[/.\-](\d{4})", re.ASCII)
_RE_AM = re.compile(r"(\d{4})[/.\-](\d{1,2})", re.ASCII)


def _date_chiffree(texte: str) -> DateLue | None:
    if trouve := _RE_JMA.fullmatch(texte):
        jour, mois, annee = trouve.groups()
        return _jour(_annee(annee), int(mois), int(jour), texte)
    if trouve := _RE_AMJ.fullmatch(texte):
        annee, mois, jour = trouve.groups()
        return _jour(int(annee), int(mois), int(jour), texte)
    if trouve := _RE_MA.fullmatch(texte):
        return _mois(int(trouve[2]), int(trouve[1]), texte)
    if trouve := _RE_AM.fullmatch(texte):
        return _mois(int(trouve[1]), int(trouve[2]), texte)
    if re.fullmatch(r"\d{4}", texte, re.ASCII):
        return DateLue(dt.date(max(int(texte), 1), 1, 1), "annee")
    if re.fullmatch(r"\d{5}", texte, re.ASCII):
        return _date_de_nombre(Decimal(texte))
    return None


def _numero_mois(mot: str) -> int | None:
    for rang, nom in enumerate(MOIS, start=1):
        if mot == normaliser(nom):
            return rang
    return _MOIS_ABREGES.get(mot)


def _date_en_lettres(texte: str) -> DateLue | None:
    mots = normaliser(texte).split()
    if mots and mots[0] in _JOURS:
        mots = mots[1:]
    moment = None
    if mots and mots[0] in {"debut", "mi", "fin", "courant", "annee", "an"}:
        moment, mots = mots[0], mots[1:]
    mots = [mot for mot in mots if mot not in {"le", "de", "du", "en", "l", "d"}]
    phrase = " ".join(mots)
    if trouve := re.fullmatch(r"(\d{1,2})(?:er|re)? ([a-z]+) (\d{4}|\d{2})", phrase, re.ASCII):
        if moment is None and (mois := _numero_mois(trouve[2])):
            return _jour(_annee(trouve[3]), mois, int(trouve[1]), texte)
    if (trouve := re.fullmatch(r"([a-z]+) ?(\d{4}|\d{2})", phrase, re.ASCII)) and (
        mois := _numero_mois(trouve[1])
    ):
        return _mois(_annee(trouve[2]), mois, texte)
    if moment in {None, "fin", "debut", "mi"} and (lue := _trimestre(mots, texte)):
        return lue
    if moment and re.fullmatch(r"\d{4}", phrase, re.ASCII):
        annee = int(phrase)
        if moment in {"debut", "fin"}:
            return _partie(annee, 1 if moment == "debut" else 4, 4, texte)
        if moment == "mi":
            return DateLue(dt.date(max(annee, 1), 7, 1), "trimestre")
        return DateLue(dt.date(max(annee, 1), 1, 1), "annee")
    return None


def _trimestre(mots: list[str], texte: str) -> DateLue | None:
    phrase = re.sub(r"(\d{4})(?=[tsq]\d)|(?<=\d[ts])(?=\d{4}\b)", r"\1 ", " ".join(mots))
    mots = phrase.split()
    annees = [mot for mot in mots if re.fullmatch(r"\d{4}", mot, re.ASCII)]
    reste = " ".join(mot for mot in mots if mot not in annees)
    if len(annees) != 1 or int(annees[0]) < 1:
        return None
    annee = int(annees[0])
    if trouve := re.fullmatch(r"([tsq]) ?(\d)|(\d) ?([ts])", reste, re.ASCII):
        lettre, rang = trouve[1] or trouve[4], int(trouve[2] or trouve[3])
        return _partie(annee, rang, 2 if lettre == "s" else 4, texte)
    if trouve := re.fullmatch(r"(\w+) (?:trimestre|trim|semestre|sem)", reste):
        rang_dit = _ORDINAUX.get(trouve[1], int(trouve[1]) if trouve[1].isdecimal() else None)
        if rang_dit is not None:
            return _partie(annee, rang_dit, 2 if " sem" in reste else 4, texte)
    if trouve := re.fullmatch(r"(?:trimestre|trim|semestre|sem) (\d)", reste, re.ASCII):
        return _partie(annee, int(trouve[1]), 2 if reste.startswith("sem") else 4, texte)
    return None


def date_fr(date: dt.date, *, longue: bool = False) -> str:
    """« 17/10/2024 », ou « 17 octobre 2024 » (« 1er octobre 2024 ») en forme longue."""
    if not longue:
        return f"{date.day:02d}/{date.month:02d}/{date.year:04d}"
    jour = "1er" if date.day == 1 else str(date.day)
    return f"{jour} {MOIS[date.month - 1]} {date.year:04d}"


def periode_fr(lue: DateLue, *, longue: bool = False) -> str:
    """Une date avec sa précision : « 17/10/2024 », « octobre 2024 », « T3 2025 », « 2025 »."""
    annee, mois = lue.date.year, lue.date.month
    if lue.precision == "mois":
        return f"{MOIS[mois - 1]} {annee:04d}"
    if lue.precision == "trimestre":
        return f"T{(mois - 1) // 3 + 1} {annee:04d}"
    if lue.precision == "semestre":
        return f"S{(mois - 1) // 6 + 1} {annee:04d}"
    if lue.precision == "annee":
        return f"{annee:04d}"
    return date_fr(lue.date, longue=longue)
