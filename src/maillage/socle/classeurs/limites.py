"""Bornes de lecture : au-delà, le fichier est refusé plutôt que de peser sur le serveur.

Mesures à l'origine des bornes : un vrai plan de 161 fiches pèse moins de 1 Mo et 15 000 cellules ;
10 000 fiches de 40 colonnes font environ 4 Mo compressés et 35 Mo de XML.
"""

from __future__ import annotations

from dataclasses import dataclass

MO = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limites:
    """Octets pour `fichier`, `decompresse` et `entree_suspecte` ; le reste se compte."""

    fichier: int = 20 * MO
    decompresse: int = 250 * MO
    """Somme des tailles annoncées par l'archive, et plafond de ce qui est vraiment lu."""
    taux: int = 300
    """Taux de compression au-delà duquel une entrée de plus de `entree_suspecte` est piégée."""
    entree_suspecte: int = 10 * MO
    entrees: int = 2_000
    feuilles: int = 100
    lignes: int = 20_000
    colonnes: int = 200
    cellules: int = 1_000_000
    fusions: int = 50_000
    texte: int = 100_000
    """Caractères dans une cellule ; Excel s'arrête à 32 767."""
    profondeur: int = 64
    """Niveaux d'imbrication XML."""


LIMITES = Limites()
