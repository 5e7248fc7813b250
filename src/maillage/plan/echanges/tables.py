"""Les tables d'un export : mêmes colonnes en feuilles (.xlsx, .ods) et en une table (.csv).

Une seule description sert à écrire et à relire : ce qui sort rentre.
"""

from dataclasses import dataclass

from ..etat import PAR_CLE
from .vocabulaire import CHAMPS_POINT, CHAMPS_SIMPLES

MONTANTS = {"prevu", "engage", "realise"}


@dataclass(frozen=True, slots=True)
class ColonneDeTable:
    """Une colonne : sa clé, son intitulé dans sa feuille, la sorte de ses valeurs."""

    cle: str
    intitule: str
    sorte: str


@dataclass(frozen=True, slots=True)
class Table:
    """Une table : sa feuille, le mot qui la nomme dans un .csv, ses colonnes.

    `requises` : les clés sans lesquelles une feuille de ce nom n'est pas cette table.
    `cle_de_fiche` : vrai quand chaque ligne dit d'abord le code de sa fiche.
    """

    cle: str
    feuille: str
    mot: str
    colonnes: tuple[ColonneDeTable, ...]
    requises: tuple[str, ...]
    cle_de_fiche: bool = True

    def intitule_csv(self, colonne: ColonneDeTable) -> str:
        return f"{self.mot} : {colonne.intitule[0].lower()}{colonne.intitule[1:]}"


def _enfant(cle: str, feuille: str, mot: str, requises: tuple[str, ...]) -> Table:
    colonnes = tuple(
        ColonneDeTable(
            c,
            libelle,
            "montant"
            if c in MONTANTS
            else "date_fin"
            if c in {"date_prevue", "date_cible"}
            else sorte,
        )
        for c, libelle, sorte in PAR_CLE[cle].colonnes
    )
    return Table(cle, feuille, mot, colonnes, requises)


DIVISIONS = Table(
    "divisions",
    "Plan",
    "Division",
    (
        ColonneDeTable("code", "Code", "texte"),
        ColonneDeTable("niveau", "Niveau", "texte"),
        ColonneDeTable("parent", "Dans", "texte"),
        ColonneDeTable("nom", "Nom", "texte"),
        ColonneDeTable("ambition", "Ambition", "texte"),
        ColonneDeTable("presentation", "Présentation", "long"),
        ColonneDeTable("poids", "Poids", "decimal"),
        ColonneDeTable("ordre", "Rang", "entier"),
    ),
    ("code", "nom"),
    cle_de_fiche=False,
)
FICHES = Table(
    "fiches",
    "Fiches",
    "Fiche",
    tuple(ColonneDeTable(c.cle, c.libelle, c.sorte) for c in CHAMPS_SIMPLES),
    ("code",),
    cle_de_fiche=False,
)
NOTES = Table(
    "notes",
    "Notes",
    "Note",
    (
        ColonneDeTable("intitule", "Intitulé", "texte"),
        ColonneDeTable("texte", "Texte", "long"),
    ),
    ("intitule", "texte"),
)
VALEURS = Table(
    "valeurs",
    "Valeurs",
    "Valeur",
    (
        ColonneDeTable("indicateur", "Indicateur", "texte"),
        ColonneDeTable("date", "Date", "date"),
        ColonneDeTable("valeur", "Valeur", "decimal"),
        ColonneDeTable("statut", "Statut", "choix"),
        ColonneDeTable("commentaire", "Commentaire", "texte"),
        ColonneDeTable("demonstration", "Donnée de démonstration", "oui_non"),
    ),
    ("indicateur", "date", "valeur"),
)
POINTS = Table(
    "points",
    "Points d’étape",
    "Point",
    tuple(ColonneDeTable(*champ) for champ in CHAMPS_POINT),
    ("date", "meteo"),
)
ENFANTS = (
    _enfant("jalons", "Jalons", "Jalon", ("titre",)),
    _enfant("budgets", "Budget", "Budget", ("annee", "financeur")),
    _enfant("risques", "Risques", "Risque", ("libelle",)),
    _enfant("textes", "Textes", "Texte", ("reference",)),
    _enfant("indicateurs", "Indicateurs", "Indicateur", ("libelle",)),
)
TABLES = (DIVISIONS, FICHES, *ENFANTS, VALEURS, POINTS, NOTES)
PAR_MOT = {table.mot: table for table in TABLES}

FEUILLE_AIDE = "Lisez-moi"
CODE_FICHE = "Code de la fiche"
COLONNE_LIGNE = "Ligne"


def intitules_csv() -> list[tuple[Table, ColonneDeTable, str]]:
    """Toutes les colonnes d'un .csv, dans l'ordre. Les fiches gardent leurs intitulés nus."""
    return [
        (table, colonne, colonne.intitule if table is FICHES else table.intitule_csv(colonne))
        for table in (FICHES, *(t for t in TABLES if t is not FICHES))
        for colonne in table.colonnes
    ]
