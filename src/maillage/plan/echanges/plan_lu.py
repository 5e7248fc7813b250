"""Ce qu'un classeur demande au plan, avec la cellule d'où vient chaque chose."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from maillage.socle.classeurs import Probleme
from maillage.socle.classeurs.modele import reference

from .place import Noeud


@dataclass(frozen=True, slots=True)
class Lieu:
    """Une ligne d'une feuille, et la colonne de chaque champ qu'elle porte."""

    feuille: str
    ligne: int
    colonnes: Mapping[str, int] = field(default_factory=dict)

    def probleme(self, message: str, cle: str = "") -> Probleme:
        colonne = self.colonnes.get(cle)
        return Probleme(
            message,
            self.feuille,
            self.ligne,
            colonne,
            reference(self.ligne, colonne) if colonne else None,
        )


@dataclass(slots=True)
class Demande:
    """Une fiche, telle que le classeur la dit. Une clé absente garde la valeur en place.

    `ajouts` : noms à joindre à une liste en place. `notes_vues` : intitulés que le classeur connaît
    (ceux qui sont vides effacent leur note) ; `notes_entieres` : il les donne toutes.
    """

    code: str
    lieu: Lieu
    etat: dict[str, Any] = field(default_factory=dict)
    lignes: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    lieux: dict[str, list[Lieu]] = field(default_factory=dict)
    ajouts: dict[str, list[str]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    notes_vues: set[str] = field(default_factory=set)
    notes_entieres: bool = False
    place: Noeud | None = None

    def ajouter_ligne(self, cle: str, ligne: dict[str, Any], lieu: Lieu) -> None:
        self.lignes.setdefault(cle, []).append(ligne)
        self.lieux.setdefault(cle, []).append(lieu)

    def probleme(self, cle: str, message: str, rang: int | None = None, colonne: str = ""):
        """Le problème, à la cellule la plus précise que l'on connaisse."""
        lieux = self.lieux.get(cle, [])
        if rang is not None and rang < len(lieux):
            return lieux[rang].probleme(message, colonne)
        return self.lieu.probleme(message, cle)


@dataclass(slots=True)
class PointLu:
    """Un point d'étape dit par le classeur ; `valeurs` n'a que les champs présents."""

    code: str
    lieu: Lieu
    valeurs: dict[str, Any]


@dataclass(slots=True)
class ValeurLue:
    """Une valeur d'indicateur dite par le classeur."""

    code: str
    lieu: Lieu
    valeurs: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ColonneVue:
    """Une colonne du classeur et ce qu'on en fait ; `champ` vide : gardée en note."""

    feuille: str
    colonne: int
    intitule: str
    champ: str
    libelle: str
    suggestions: tuple[str, ...] = ()
    decidee: bool = False
    """Vrai quand la collectivité a déjà répondu pour cet intitulé."""


@dataclass(slots=True)
class PlanLu:
    """Tout ce qu'un classeur demande, et tout ce qui empêche de l'écouter."""

    demandes: dict[str, Demande] = field(default_factory=dict)
    points: list[PointLu] = field(default_factory=list)
    valeurs: list[ValeurLue] = field(default_factory=list)
    divisions_neuves: list[Noeud] = field(default_factory=list)
    divisions_changees: list[tuple[Noeud, dict[str, Any], Lieu]] = field(default_factory=list)
    colonnes: list[ColonneVue] = field(default_factory=list)
    feuilles: list[str] = field(default_factory=list)
    problemes: list[Probleme] = field(default_factory=list)
    avertissements: list[str] = field(default_factory=list)
    est_un_export: bool = False
    """Vrai quand le classeur porte nos tables : il peut n'avoir aucune fiche."""
    titre_manque: bool = False
    """Vrai quand aucune colonne n'a été reconnue comme code ni titre : il faut les désigner."""

    def avertir(self, phrase: str) -> None:
        if phrase not in self.avertissements:
            self.avertissements.append(phrase)
