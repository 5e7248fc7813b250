"""Sommer un budget sans jamais perdre un centime : fonctions pures, en `Decimal`.

Un montant absent (None) n'est pas zéro : la somme de montants tous absents est absente. L'addition
est associative et commutative : un total ne dépend ni de l'ordre, ni de l'axe choisi pour grouper.
"""

from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, TypeVar

C = TypeVar("C", bound=Hashable)
MESURES = ("prevu", "engage", "realise")


class LigneLue(NamedTuple):
    """Une ligne de budget : la fiche, sa division, l'année, le financeur, la section, en euros."""

    fiche: int
    division: int
    annee: int
    financeur: int
    section: str
    prevu: Decimal | None
    engage: Decimal | None
    realise: Decimal | None
    demonstration: bool = False


def plus(a: Decimal | None, b: Decimal | None) -> Decimal | None:
    """La somme ; absente si les deux le sont."""
    if a is None:
        return b
    return a if b is None else a + b


@dataclass(frozen=True, slots=True)
class Montants:
    """Trois sommes en euros, chacune absente quand aucune ligne ne la dit."""

    prevu: Decimal | None = None
    engage: Decimal | None = None
    realise: Decimal | None = None

    def __add__(self, autre: "Montants") -> "Montants":
        return Montants(*(plus(getattr(self, m), getattr(autre, m)) for m in MESURES))

    def __bool__(self) -> bool:
        """Vrai si au moins un montant est dit, fût-il nul."""
        return any(getattr(self, m) is not None for m in MESURES)

    @property
    def a_engager(self) -> Decimal | None:
        """Prévu moins engagé ; négatif quand on a engagé plus que prévu. Absent sans prévu."""
        return None if self.prevu is None else self.prevu - (self.engage or 0)

    @property
    def a_realiser(self) -> Decimal | None:
        """Engagé moins réalisé. Absent sans engagement."""
        return None if self.engage is None else self.engage - (self.realise or 0)

    @property
    def part_engagee(self) -> Decimal | None:
        """Engagé pour cent de prévu ; None sans prévu ou sans engagement dit."""
        if not self.prevu or self.engage is None:
            return None
        return self.engage * 100 / self.prevu


def montants_de(ligne: LigneLue) -> Montants:
    return Montants(ligne.prevu, ligne.engage, ligne.realise)


def total(lignes: Iterable[LigneLue]) -> Montants:
    """La somme de toutes les lignes."""
    somme = Montants()
    for ligne in lignes:
        somme += montants_de(ligne)
    return somme


def totaliser(lignes: Iterable[LigneLue], axe: Callable[[LigneLue], C]) -> dict[C, Montants]:
    """Les sommes par valeur d'un axe. Leur somme est toujours `total(lignes)`."""
    sommes: dict[C, Montants] = {}
    for ligne in lignes:
        cle = axe(ligne)
        sommes[cle] = sommes.get(cle, Montants()) + montants_de(ligne)
    return sommes


@dataclass(frozen=True, slots=True)
class Scenario:
    """Ce qui reste, ce qui part, et les fiches que ce retrait touche.

    `privees` : {fiche: (reste, part)} des fiches touchées. `sans_financement` : celles, parmi
    elles, à qui il ne reste aucun euro prévu, engagé ou réalisé.
    """

    reste: Montants
    part: Montants
    lignes_restantes: list[LigneLue]
    lignes_retirees: list[LigneLue]
    privees: dict[int, tuple[Montants, Montants]]
    sans_financement: list[int]


def finance(montants: Montants) -> bool:
    """Un euro au moins est prévu, engagé ou réalisé."""
    return any(getattr(montants, m) for m in MESURES)


def retirer(
    lignes: Iterable[LigneLue], financeurs: Collection[int], annees: Collection[int] = ()
) -> Scenario:
    """Ce que devient un budget si ces financeurs se retirent, ces années-là (vide : toutes).

    Chaque ligne reste ou part, jamais les deux : reste + part = total.
    """
    restantes: list[LigneLue] = []
    retirees: list[LigneLue] = []
    for ligne in lignes:
        part = ligne.financeur in financeurs and (not annees or ligne.annee in annees)
        (retirees if part else restantes).append(ligne)
    reste_par_fiche = totaliser(restantes, lambda li: li.fiche)
    part_par_fiche = totaliser(retirees, lambda li: li.fiche)
    privees = {
        fiche: (reste_par_fiche.get(fiche, Montants()), part)
        for fiche, part in part_par_fiche.items()
        if finance(part)
    }
    return Scenario(
        reste=total(restantes),
        part=total(retirees),
        lignes_restantes=restantes,
        lignes_retirees=retirees,
        privees=privees,
        sans_financement=[f for f, (reste, _) in privees.items() if not finance(reste)],
    )
