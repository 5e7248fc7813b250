"""Le chemin fait : taux d'un indicateur, moyenne pondérée, répartition. Fonctions pures.

Source : Loir-et-Cher, schéma 2024-2028, partie 3, « Démarche d'évaluation » (trois niveaux
d'indicateurs), et l'exigence PLA-4 : ne jamais montrer un chiffre sans dire sur quoi il repose.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

HAUSSE = "hausse"
BAISSE = "baisse"


def taux_indicateur(
    initiale: Decimal | None,
    actuelle: Decimal | None,
    cible: Decimal | None,
    sens: str = "",
) -> float | None:
    """Part du chemin fait entre le point de départ et la cible, en pourcentage de 0 à 100.

    `100 × (actuelle - initiale) / (cible - initiale)`, borné. Le signe du dénominateur porte la
    direction : pour un indicateur à faire baisser, les deux différences sont négatives.
    Rend None quand le taux n'a pas de sens : une des trois valeurs manque, la cible est égale au
    point de départ, ou elle va à l'opposé du sens déclaré.
    """
    if initiale is None or actuelle is None or cible is None or cible == initiale:
        return None
    if (sens == HAUSSE and cible < initiale) or (sens == BAISSE and cible > initiale):
        return None
    brut = 100 * (actuelle - initiale) / (cible - initiale)
    return float(min(Decimal(100), max(Decimal(0), Decimal(brut))))


@dataclass(frozen=True, slots=True)
class Agregat:
    """Une moyenne et ce sur quoi elle repose. `valeur` est None si rien n'est calculable."""

    valeur: float | None
    calculables: int
    total: int

    def __add__(self, autre: "Agregat") -> "Agregat":
        raise TypeError("Deux moyennes ne s’additionnent pas : agréger les éléments eux-mêmes.")


def agreger(elements: Iterable[tuple[float | None, float]]) -> Agregat:
    """Moyenne pondérée de couples (taux ou None, poids ≥ 0).

    Un taux absent ne compte ni comme 0 ni comme 100 : il est laissé de côté, et dit.
    Lève `ValueError` pour un poids négatif.
    """
    somme = 0.0
    poids_total = 0.0
    calculables = total = 0
    for taux, poids in elements:
        if poids < 0:
            raise ValueError("Un poids ne peut pas être négatif.")
        total += 1
        if taux is None or poids == 0:
            continue
        calculables += 1
        somme += taux * poids
        poids_total += poids
    return Agregat(somme / poids_total if poids_total else None, calculables, total)
