"""Les jalons du plan dans le temps : par mois, et en frise (Gantt) par division.

Un jalon est à la date où il a été réalisé, sinon à celle où il est prévu. Sans aucune date, il
n'est pas au calendrier, et la page dit combien sont dans ce cas.
"""

import datetime
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import QuerySet

from maillage.socle.mise_en_mots import accorder, date_en_mots

from .models import Division, Jalon, Schema

MOTS = {"realise": "Réalisé", "retard": "En retard", "prevu": "Prévu"}


class JalonLu(NamedTuple):
    """Un jalon et la fiche qui le porte."""

    pk: int
    fiche_id: int
    schema_id: int
    division_id: int
    code: str
    titre_fiche: str
    titre: str
    prevue: datetime.date | None
    realisee: datetime.date | None
    demonstration: bool

    @property
    def date(self) -> datetime.date | None:
        return self.realisee or self.prevue

    def etat(self, jour: datetime.date) -> str:
        """« realise », « retard » (prévu avant aujourd'hui, pas réalisé) ou « prevu »."""
        if self.realisee:
            return "realise"
        return "retard" if self.prevue and self.prevue < jour else "prevu"


def lire_les_jalons(fiches: QuerySet) -> list[JalonLu]:
    """Les jalons de ces fiches, par date puis par place dans le plan. Une requête."""
    lignes = (
        Jalon.objects.filter(fiche__in=fiches.order_by().values("pk"))
        .order_by("fiche__division__chemin", "fiche__code", "ordre", "pk")
        .values_list(
            "pk", "fiche_id", "fiche__schema_id", "fiche__division_id", "fiche__code",
            "fiche__titre", "titre", "date_prevue", "date_realisee", "est_demonstration",
        )
    )  # fmt: skip
    jalons = [JalonLu._make(ligne) for ligne in lignes]
    return sorted(jalons, key=lambda j: j.date or datetime.date.max)


@dataclass(slots=True)
class Mois:
    """Un mois et ses jalons, chacun avec son état et le mot qui le dit."""

    premier: datetime.date
    jalons: list[tuple[JalonLu, str, str]] = field(default_factory=list)

    @property
    def nom(self) -> str:
        return date_en_mots(self.premier, "mois")


def par_mois(jalons: Iterable[JalonLu], jour: datetime.date) -> list[Mois]:
    """Du plus ancien au plus récent ; les mois vides n'y sont pas."""
    mois: dict[datetime.date, Mois] = {}
    for jalon in jalons:
        if jalon.date is None:
            continue
        premier = jalon.date.replace(day=1)
        etat = jalon.etat(jour)
        mois.setdefault(premier, Mois(premier)).jalons.append((jalon, etat, MOTS[etat]))
    return [mois[premier] for premier in sorted(mois)]


def annees(jalons: Iterable[JalonLu]) -> list[tuple[int, int]]:
    """(année, nombre de jalons), dans l'ordre."""
    return sorted(Counter(j.date.year for j in jalons if j.date).items())


# --- La frise ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fenetre:
    """Ce que montre la frise : du premier jour d'une année au dernier d'une autre."""

    debut: datetime.date
    fin: datetime.date

    def place(self, jour: datetime.date) -> float:
        """De 0 à 100, bornée."""
        part = (jour - self.debut).days / ((self.fin - self.debut).days or 1)
        return round(100 * min(1.0, max(0.0, part)), 2)

    @property
    def annees(self) -> list[int]:
        return list(range(self.debut.year, self.fin.year + 1))


def fenetre(schema: Schema, jalons: Iterable[JalonLu], annee: int | None = None) -> Fenetre:
    """L'année demandée ; sinon les années du plan, et celles des jalons qui en sortent."""
    if annee:
        return Fenetre(datetime.date(annee, 1, 1), datetime.date(annee, 12, 31))
    ans = [j.date.year for j in jalons if j.date] + [schema.annee_debut, schema.annee_fin]
    return Fenetre(datetime.date(min(ans), 1, 1), datetime.date(max(ans), 12, 31))


@dataclass(frozen=True, slots=True)
class Frise:
    """Une ligne de la frise, en pourcentages de la largeur, et la même chose en mots."""

    jalons: list[tuple[float, str]]
    duree: tuple[float, float] | None
    annees: list[float]
    aujourdhui: float | None
    en_mots: str


@dataclass(slots=True)
class Groupe:
    """Une division et les lignes de ses fiches."""

    division: Division
    lignes: list[tuple[NamedTuple, Frise]] = field(default_factory=list)


def frises(
    fiches: Iterable, periodes: dict[int, tuple], jalons: Iterable[JalonLu],
    divisions: Iterable[Division], vue: Fenetre, jour: datetime.date,
) -> list[Groupe]:  # fmt: skip
    """Les fiches par division, dans l'ordre du plan.

    `periodes` : {fiche: (début, fin)} ; une fin sans début part du début de la fenêtre, et
    l'inverse.
    """
    par_fiche: dict[int, list[JalonLu]] = {}
    for jalon in jalons:
        par_fiche.setdefault(jalon.fiche_id, []).append(jalon)
    groupes = {d.pk: Groupe(d) for d in divisions}
    reperes = [vue.place(datetime.date(an, 1, 1)) for an in vue.annees[1:]]
    ici = vue.place(jour) if vue.debut <= jour <= vue.fin else None
    for fiche in fiches:
        siens = par_fiche.get(fiche.pk, [])
        montres = [j for j in siens if j.date and vue.debut <= j.date <= vue.fin]
        groupes[fiche.division_id].lignes.append(
            (
                fiche,
                Frise(
                    [(vue.place(j.date), j.etat(jour)) for j in montres if j.date],
                    _duree(periodes.get(fiche.pk, (None, None)), vue),
                    reperes, ici, _en_mots(siens, jour),
                ),
            )
        )  # fmt: skip
    return [g for g in groupes.values() if g.lignes]


def _duree(periode, vue: Fenetre) -> tuple[float, float] | None:
    debut, fin = periode
    if debut is None and fin is None:
        return None
    debut, fin = debut or vue.debut, fin or vue.fin
    if fin < vue.debut or debut > vue.fin:
        return None
    x = vue.place(debut)
    return x, max(0.4, round(vue.place(fin) - x, 2))


def _en_mots(jalons: list[JalonLu], jour: datetime.date) -> str:
    """« 4 jalons : 2 réalisés, 1 en retard, le prochain le 3 mars 2027 »."""
    if not jalons:
        return "aucun jalon"
    comptes = Counter(j.etat(jour) for j in jalons)
    dits = []
    if comptes["realise"]:
        dits.append(accorder(comptes["realise"], "réalisé"))
    if comptes["retard"]:
        dits.append(f"{comptes['retard']} en retard")
    prochain = next((j.date for j in jalons if j.date and j.etat(jour) == "prevu"), None)
    if prochain:
        dits.append(f"le prochain le {date_en_mots(prochain)}")
    elif comptes["prevu"]:
        dits.append(f"{comptes['prevu']} sans date")
    return f"{accorder(len(jalons), 'jalon')} : {', '.join(dits)}"
