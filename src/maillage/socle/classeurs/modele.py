"""Un classeur lu : des feuilles, des lignes non vides, des cellules typées, et les refus.

Les valeurs sont `str`, `int`, `Decimal`, `bool`, `date`, `datetime`, `time`, `timedelta` ou `None`.
Les nombres ne sont jamais des flottants : ils portent les quinze chiffres que le tableur montre.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from maillage.socle.francais import INSECABLE, booleen_fr, date_fr, nombre_fr, pourcentage_fr

Valeur = str | int | Decimal | bool | dt.date | dt.datetime | dt.time | dt.timedelta | None

PROBLEMES_MONTRES = 50
"""Au-delà, la liste ne se lit plus : on compte le reste."""


def lettre_colonne(colonne: int) -> str:
    """1 donne « A », 28 donne « AB »."""
    lettres = ""
    while colonne > 0:
        colonne, reste = divmod(colonne - 1, 26)
        lettres = chr(65 + reste) + lettres
    return lettres


def reference(ligne: int, colonne: int) -> str:
    """(12, 3) donne « C12 »."""
    return f"{lettre_colonne(colonne)}{ligne}"


@dataclass(frozen=True, slots=True)
class Plage:
    """Rectangle de cellules, bornes comprises, numérotées depuis 1 : « B4:B9 »."""

    ligne_debut: int
    colonne_debut: int
    ligne_fin: int
    colonne_fin: int

    def __str__(self) -> str:
        debut = reference(self.ligne_debut, self.colonne_debut)
        return f"{debut}:{reference(self.ligne_fin, self.colonne_fin)}"


@dataclass(frozen=True, slots=True)
class Probleme:
    """Ce qui empêche de lire, et où. `ligne`, `colonne` et `reference` manquent pour un fichier."""

    message: str
    feuille: str | None = None
    ligne: int | None = None
    colonne: int | None = None
    reference: str | None = None

    def __str__(self) -> str:
        lieu = []
        if self.feuille:
            lieu.append(f"feuille «{INSECABLE}{self.feuille}{INSECABLE}»")
        if self.reference:
            lieu.append(f"cellule {self.reference}")
        elif self.ligne:
            lieu.append(f"ligne {self.ligne}")
        tete = ", ".join(lieu)
        return f"{tete[0].upper()}{tete[1:]} : {self.message}" if tete else self.message


class ClasseurRefuse(Exception):
    """Le fichier ne peut pas être lu (ou écrit) sans risque ; rien n'a été enregistré.

    `problemes` est montré tel quel à la personne ; `omis` compte ceux qui n'y sont pas.
    """

    def __init__(self, nom: str, problemes: Iterable[Probleme]) -> None:
        tous = list(problemes)
        self.nom = nom
        self.problemes = tous[:PROBLEMES_MONTRES]
        self.omis = len(tous) - len(self.problemes)
        super().__init__(str(self))

    def __str__(self) -> str:
        lignes = [
            f"Le fichier «{INSECABLE}{self.nom}{INSECABLE}» est refusé. Rien n’a été enregistré."
        ]
        lignes += [f"- {probleme}" for probleme in self.problemes]
        if self.omis:
            lignes.append(f"- et d’autres problèmes ({self.omis}).")
        return "\n".join(lignes)


def texte_de(valeur: Valeur, *, format_pourcentage: bool = False, zeros: int = 0) -> str:
    """Ce que l'écran du tableur montre, en français, sans blancs autour."""
    if valeur is None:
        return ""
    if isinstance(valeur, str):
        return valeur.replace("\r\n", "\n").replace("\r", "\n").strip()
    if isinstance(valeur, bool):
        return booleen_fr(valeur)
    if isinstance(valeur, int | Decimal):
        if format_pourcentage:
            return pourcentage_fr(valeur * 100)
        if zeros and isinstance(valeur, int):
            return f"{valeur:0{zeros}d}"
        return nombre_fr(valeur).replace("\u202f", "").replace("\u2212", "-")
    if isinstance(valeur, dt.datetime):
        return f"{date_fr(valeur.date())} {valeur:%H:%M}"
    if isinstance(valeur, dt.date):
        return date_fr(valeur)
    if isinstance(valeur, dt.time):
        return f"{valeur:%H:%M}"
    return str(valeur)


@dataclass(slots=True)
class Cellule:
    """Une cellule lue.

    `valeur` est brute et sans perte ; `texte` est ce que l'écran montre. Dans une cellule au format
    pourcentage, `valeur` vaut 0.45 et `texte` « 45 % ». `fusion` nomme la plage fusionnée ;
    `propagee` dit que la valeur vient d'une autre cellule (fusion, ou groupe rempli vers le bas).
    """

    valeur: Valeur
    ligne: int
    colonne: int
    format_pourcentage: bool = False
    fusion: str | None = None
    propagee: bool = False
    zeros: int = 0

    @property
    def reference(self) -> str:
        return reference(self.ligne, self.colonne)

    @property
    def texte(self) -> str:
        return texte_de(self.valeur, format_pourcentage=self.format_pourcentage, zeros=self.zeros)

    @property
    def est_vide(self) -> bool:
        return self.valeur is None or (isinstance(self.valeur, str) and not self.valeur.strip())


@dataclass(slots=True)
class Ligne:
    """Une ligne qui porte au moins une cellule remplie ; `cellules` ignore les vides."""

    numero: int
    cellules: dict[int, Cellule] = field(default_factory=dict)
    masquee: bool = False

    def cellule(self, colonne: int) -> Cellule:
        """La cellule de cette colonne (numérotée depuis 1), vide si rien n'y est écrit."""
        return self.cellules.get(colonne) or Cellule(None, self.numero, colonne)

    def valeurs(self) -> list[Valeur]:
        """Les valeurs de la colonne A à la dernière remplie."""
        fin = max(self.cellules, default=0)
        return [self.cellule(colonne).valeur for colonne in range(1, fin + 1)]

    @property
    def entierement_propagee(self) -> bool:
        """Vrai quand tout vient de fusions : la ligne ne dit rien par elle-même."""
        return all(cellule.propagee for cellule in self.cellules.values())


@dataclass(slots=True)
class Feuille:
    """Une feuille lue. `problemes` ne bloquent que si la feuille sert (voir `Classeur`)."""

    nom: str
    lignes: list[Ligne] = field(default_factory=list)
    masquee: bool = False
    colonnes_masquees: list[int] = field(default_factory=list)
    fusions: list[Plage] = field(default_factory=list)
    problemes: list[Probleme] = field(default_factory=list)

    @property
    def largeur(self) -> int:
        """Numéro de la dernière colonne remplie."""
        return max((max(ligne.cellules) for ligne in self.lignes if ligne.cellules), default=0)

    @property
    def lignes_masquees(self) -> list[int]:
        return [ligne.numero for ligne in self.lignes if ligne.masquee]

    def ligne(self, numero: int) -> Ligne:
        """La ligne de ce numéro, vide si rien n'y est écrit."""
        return next((x for x in self.lignes if x.numero == numero), None) or Ligne(numero)

    def __iter__(self) -> Iterator[Ligne]:
        return iter(self.lignes)


@dataclass(slots=True)
class Classeur:
    """Un fichier lu. `avertissements` : ce qui a été lu mais mérite d'être dit."""

    nom: str
    format: str
    feuilles: list[Feuille] = field(default_factory=list)
    avertissements: list[str] = field(default_factory=list)

    @property
    def problemes(self) -> list[Probleme]:
        return [probleme for feuille in self.feuilles for probleme in feuille.problemes]

    def feuille(self, nom: str) -> Feuille:
        """La feuille de ce nom ; lève `KeyError` si elle n'existe pas."""
        for feuille in self.feuilles:
            if feuille.nom == nom:
                return feuille
        raise KeyError(nom)

    def exiger_sans_probleme(self, feuilles: Iterable[str] | None = None) -> None:
        """Lève `ClasseurRefuse` si une feuille citée (toutes par défaut) porte un problème."""
        retenues = None if feuilles is None else set(feuilles)
        problemes = [p for p in self.problemes if retenues is None or p.feuille in retenues]
        if problemes:
            raise ClasseurRefuse(self.nom, problemes)
