"""Le plan vu d'en haut : l'arbre des divisions, la répartition des météos, le chemin fait.

Une moyenne dit toujours sur combien de fiches elle repose ; à côté d'elle, la répartition.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from maillage.calcul.avancement import Agregat, agreger
from maillage.socle.icones import METEOS

from .lecture import FicheLue
from .models import Division, Schema


@dataclass(slots=True)
class Compte:
    """Ce que l'on compte d'un ensemble de fiches."""

    total: int
    meteos: Counter
    fraicheurs: Counter
    bloquees: int
    arbitrages: int
    indicateurs_calculables: int
    indicateurs_total: int
    demonstration: bool

    @classmethod
    def de(cls, fiches: Sequence[FicheLue]) -> "Compte":
        return cls(
            total=len(fiches),
            meteos=Counter(f.meteo for f in fiches),
            fraicheurs=Counter(f.fraicheur for f in fiches),
            bloquees=sum(1 for f in fiches if f.bloquee_par),
            arbitrages=sum(1 for f in fiches if f.arbitrage_demande),
            indicateurs_calculables=sum(f.indicateurs_calculables for f in fiches),
            indicateurs_total=sum(f.indicateurs_total for f in fiches),
            demonstration=any(f.suivi_demonstration for f in fiches),
        )

    @property
    def avec_point(self) -> int:
        return self.total - self.meteos[""]

    @property
    def a_actualiser(self) -> int:
        """Échéance atteinte, sans compter les fiches en retard."""
        return self.fraicheurs["a_actualiser"]

    @property
    def en_retard(self) -> int:
        return self.fraicheurs["en_retard"]

    @property
    def a_jour(self) -> int:
        return self.fraicheurs["a_jour"]

    def repartition(self) -> list[dict]:
        """Les météos, de la plus sereine à « pas encore de point », avec leur compte."""
        return repartition(self.meteos)


def repartition(meteos: Counter) -> list[dict]:
    """Chaque météo, dans l'ordre, avec son mot et son nombre."""
    return [
        {"code": code, "mot": forme.mot, "nombre": meteos[code]} for code, forme in METEOS.items()
    ]


@dataclass(slots=True)
class Noeud:
    """Une division, ses fiches directes, ses sous-divisions, et ce qu'elles disent ensemble."""

    division: Division
    niveau: str
    enfants: list["Noeud"] = field(default_factory=list)
    fiches: list[FicheLue] = field(default_factory=list)
    compte: Compte = field(init=False)
    taux: Agregat = field(init=False)

    def toutes(self) -> Iterator[FicheLue]:
        """Ses fiches et celles de tout ce qu'elle porte, dans l'ordre du plan."""
        yield from self.fiches
        for enfant in self.enfants:
            yield from enfant.toutes()

    def rangees(self) -> list["Rangee"]:
        """Les lignes que cette racine donne au plan en une page."""
        return rangees(self)

    def calculer(self) -> None:
        for enfant in self.enfants:
            enfant.calculer()
        self.compte = Compte.de(list(self.toutes()))
        self.taux = remonter(self.fiches, self.enfants)


def remonter(fiches: Iterable[FicheLue], enfants: Iterable[Noeud]) -> Agregat:
    """Le taux d'une division : moyenne pondérée de ses fiches et de ses sous-divisions.

    Un taux absent n'entre pas dans la moyenne. `calculables` et `total` comptent des fiches, à
    toute profondeur : c'est ce sur quoi la moyenne repose.
    """
    fiches, enfants = list(fiches), list(enfants)
    moyenne = agreger(
        [(f.taux_indicateurs, float(f.poids)) for f in fiches]
        + [(e.taux.valeur, float(e.division.poids)) for e in enfants]
    )
    directes = sum(1 for f in fiches if f.taux_indicateurs is not None and f.poids)
    portees = sum(e.taux.calculables for e in enfants if e.division.poids)
    total = len(fiches) + sum(e.taux.total for e in enfants)
    return Agregat(moyenne.valeur, directes + portees, total)


@dataclass(slots=True)
class Synthese:
    """Un plan entier : ses racines, ses fiches, son compte, son taux."""

    schema: Schema
    racines: list[Noeud]
    compte: Compte
    taux: Agregat

    @property
    def a_des_niveaux(self) -> bool:
        return any(racine.enfants for racine in self.racines)


def synthese(schema: Schema, divisions: Iterable[Division], fiches: Iterable[FicheLue]) -> Synthese:
    """Range les fiches d'un plan dans ses divisions. Aucune requête.

    `divisions` : celles du plan, parents avant enfants ; les autres plans sont laissés de côté.
    """
    noeuds: dict[int, Noeud] = {}
    racines: list[Noeud] = []
    for division in divisions:
        if division.schema_id != schema.pk:
            continue
        noeud = Noeud(division, schema.nom_du_niveau(division.profondeur))
        noeuds[division.pk] = noeud
        if division.parent_id in noeuds:
            noeuds[division.parent_id].enfants.append(noeud)
        else:
            racines.append(noeud)
    toutes = []
    for fiche in fiches:
        if fiche.division_id in noeuds:
            noeuds[fiche.division_id].fiches.append(fiche)
            toutes.append(fiche)
    for racine in racines:
        racine.calculer()
    return Synthese(schema, racines, Compte.de(toutes), remonter([], racines))


@dataclass(frozen=True, slots=True)
class Rangee:
    """Une ligne du plan en une page : une division, et ses fiches par groupes de la plus fine."""

    noeud: Noeud

    @property
    def groupes(self) -> list[tuple[str, list[FicheLue]]]:
        """(nom de la division la plus fine, ses fiches), dans l'ordre du plan, sans les vides."""
        trouves: list[tuple[str, list[FicheLue]]] = []

        def descendre(noeud: Noeud) -> None:
            if noeud.fiches:
                trouves.append((noeud.division.nom, noeud.fiches))
            for enfant in noeud.enfants:
                descendre(enfant)

        descendre(self.noeud)
        return trouves


def rangees(racine: Noeud) -> list[Rangee]:
    """Les lignes d'une racine : une par sous-division, et la racine elle-même si elle a des fiches.

    Plus bas, on ne fait plus de ligne : les niveaux fins se lisent dans l'ordre des tuiles.
    """
    propres = Noeud(racine.division, racine.niveau, fiches=racine.fiches)
    propres.calculer()
    directes = [Rangee(propres)] if racine.fiches or not racine.enfants else []
    return directes + [Rangee(enfant) for enfant in racine.enfants]
