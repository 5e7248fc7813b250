"""Comparer et citer des textes français ; reconnaître une cellule qui ne dit rien."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

INSECABLE = "\u00a0"
FINE_INSECABLE = "\u202f"
MOINS = "\u2212"

SANS_VALEUR = frozenset(
    {
        "",
        "na",
        "n a",
        "nc",
        "nd",
        "ns",
        "so",
        "s o",
        "neant",
        "sans objet",
        "aucun",
        "aucune",
        "non applicable",
        "non communique",
        "non connu",
        "non defini",
        "non definie",
        "non renseigne",
        "non renseignee",
        "a definir",
        "a preciser",
        "a determiner",
        "a completer",
        "en cours de definition",
    }
)
"""Façons (normalisées) d'écrire « je n'ai pas de valeur » dans un tableau."""


class ValeurIllisible(ValueError):
    """Une valeur dont le sens n'est pas certain ; `message` se montre tel quel à la personne."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@lru_cache(maxsize=8192)
def normaliser(texte: str) -> str:
    """Texte en minuscules, sans accents ni ponctuation, mots séparés par une seule espace.

    Sert à comparer des intitulés et des noms, jamais à les enregistrer.
    """
    simple = texte.replace("œ", "oe").replace("Œ", "oe").replace("æ", "ae").replace("Æ", "ae")
    decompose = unicodedata.normalize("NFKD", simple).casefold()
    garde = (c for c in decompose if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in garde).split())


def nettoyer_espaces(texte: str) -> str:
    """Espaces insécables, fines et de largeur nulle ramenées à des espaces ordinaires."""
    return " ".join(re.sub(r"[\u200b\u2060\ufeff]", "", texte).split())


def est_sans_valeur(valeur: object) -> bool:
    """Vrai quand la cellule ne dit rien : vide, tiret, « à définir », « sans objet »…"""
    if valeur is None:
        return True
    return isinstance(valeur, str) and normaliser(valeur[:80]) in SANS_VALEUR


def citer(valeur: object) -> str:
    texte = nettoyer_espaces(str(valeur))
    return f"«{INSECABLE}{texte[:60]}{'…' if len(texte) > 60 else ''}{INSECABLE}»"
