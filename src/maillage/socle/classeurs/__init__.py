"""Classeurs .xlsx, .ods et .csv : lus avec des bornes, écrits sans perte."""

from .ecriture import Colonne, FeuilleEcrite, ecrire
from .entetes import (
    ColonneInconnue,
    ColonneReconnue,
    Entetes,
    Vocabulaire,
    cle_intitule,
    trouver_entetes,
)
from .lecture import lire
from .limites import LIMITES, Limites
from .modele import Cellule, Classeur, ClasseurRefuse, Feuille, Ligne, Plage, Probleme
from .remplissage import intercalaire, remplir_vers_le_bas

__all__ = [
    "LIMITES",
    "Cellule",
    "Classeur",
    "ClasseurRefuse",
    "Colonne",
    "ColonneInconnue",
    "ColonneReconnue",
    "Entetes",
    "Feuille",
    "FeuilleEcrite",
    "Ligne",
    "Limites",
    "Plage",
    "Probleme",
    "Vocabulaire",
    "cle_intitule",
    "ecrire",
    "intercalaire",
    "lire",
    "remplir_vers_le_bas",
    "trouver_entetes",
]
