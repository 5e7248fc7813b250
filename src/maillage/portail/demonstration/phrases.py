"""Les phrases inventées de la démonstration, et comment en tirer une qui se lise bien."""

import re
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import yaml
from django.conf import settings

from maillage.socle.recherche import sans_accent

FICHIER = "demonstration/phrases-2026.yaml"
_DEBUT_DE_PHRASE = re.compile(r"(^|[.!?] )([a-zà-ÿ])")


@dataclass(frozen=True)
class Phrases:
    """Le fichier des phrases, lu une fois."""

    genres: dict[str, dict[str, Any]]
    motifs: dict[str, list[str]]
    lieux: list[str]
    axes: dict[str, dict[str, list[str]]]
    articles: dict[str, str]
    exceptions: dict[str, str]
    vitrine: dict[str, Any]

    def genre(self, code: str, titre: str) -> dict[str, Any]:
        """Le genre d'une action, d'après les mots de son titre."""
        if code in self.exceptions:
            return self.genres[self.exceptions[code]]
        simple = sans_accent(titre).replace("’", "'")
        return next(g for g in self.genres.values() if re.search(g["mots"], simple))

    def axe(self, code: str) -> dict[str, list[str]]:
        """Fonctions et partenaires de l'axe d'une fiche : « V2.A1.03 » donne ceux de « V2.A1 »."""
        return self.axes[code.rpartition(".")[0]]


def lire_les_phrases() -> Phrases:
    chemin = Path(settings.DONNEES) / FICHIER
    return Phrases(**yaml.safe_load(chemin.read_text(encoding="utf-8")))


class Conteur:
    """Tire des phrases pour une fiche, sans redire deux fois la même tant qu'il en reste."""

    def __init__(self, hasard: Random, phrases: Phrases, avec: str):
        self.hasard = hasard
        self.phrases = phrases
        self.avec = avec
        self.lieux = hasard.sample(phrases.lieux, 3)
        self._restes: dict[int, list[str]] = {}
        self._rangs: dict[int, int] = {}

    def dire(self, choix: list[str]) -> str:
        """Une phrase de ce choix, complétée."""
        reste = self._restes.setdefault(id(choix), [])
        if not reste:
            reste += self.hasard.sample(choix, len(choix))
        return self._completer(reste.pop())

    def phrase(self, choix: list[str]) -> str:
        """La même, avec ses majuscules."""
        return _majuscules(self.dire(choix))

    def suivante(self, choix: list[str]) -> str:
        """La prochaine phrase de cette liste, dans son ordre ; vide quand tout est dit."""
        rang = self._rangs.get(id(choix), 0)
        if rang == len(choix):
            return ""
        self._rangs[id(choix)] = rang + 1
        return _majuscules(self._completer(choix[rang]))

    def _completer(self, modele: str) -> str:
        lieu, lieu2 = self.hasard.sample(self.lieux, 2)
        return modele.format(lieu=lieu, lieu2=lieu2, n=self.hasard.randint(6, 28), avec=self.avec)


def _majuscules(texte: str) -> str:
    return _DEBUT_DE_PHRASE.sub(lambda m: m[1] + m[2].upper(), texte)
