"""Les matrices du plan : ses parties en lignes, un mot commun (territoire, étape, public) en haut.

Une fiche compte dans chaque colonne qu'elle nomme : une ligne ne se somme pas.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from .filtres import SANS_MOT, TOUT_LE_DEPARTEMENT
from .lecture import Cadre, FicheLue
from .models import Division, FicheAction, Schema


@dataclass(frozen=True, slots=True)
class Dimension:
    """Un axe de lecture : son adresse, son nom, son filtre, la relation et l'absence."""

    cle: str
    titre: str
    colonnes: str
    filtre: str
    relation: str
    cle_etrangere: str
    absence: tuple[str, str]


DIMENSIONS = {
    d.cle: d
    for d in (
        Dimension("territoires", "Actions par territoire", "Territoires", "territoire",
                  "territoires", "territoireaction_id",
                  (TOUT_LE_DEPARTEMENT, "Tout le département")),
        Dimension("etapes", "Actions par étape de la vie", "Étapes de la vie", "etape",
                  "etapes", "etapeparcours_id", (SANS_MOT, "Non précisée")),
        Dimension("publics", "Actions par public", "Publics", "public",
                  "publics", "publiccible_id", (SANS_MOT, "Non précisé")),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Colonne:
    """`pk` est None pour l'absence."""

    pk: int | None
    valeur: str
    nom: str


@dataclass(slots=True)
class Case:
    """Les fiches d'une partie du plan sous une colonne."""

    nombre: int
    meteos: Counter
    url: str


@dataclass(slots=True)
class Rangee:
    """Une partie du plan, ou une fiche : `fiche` est alors donnée."""

    nom: str
    code: str
    profondeur: int
    cases: list[Case] = field(default_factory=list)
    total: int = 0
    url: str = ""
    fiche: FicheLue | None = None


@dataclass(slots=True)
class Matrice:
    dimension: Dimension
    colonnes: list[Colonne]
    rangees: list[Rangee]
    totaux: list[Case]
    total: int

    @property
    def plus_forte(self) -> int:
        """Le plus grand nombre d'une case."""
        return max((c.nombre for r in self.rangees for c in r.cases), default=0)


def _colonnes(dimension: Dimension, cadre: Cadre) -> list[Colonne]:
    if dimension.cle == "territoires":
        trouvees = [Colonne(t.pk, t.slug, t.nom) for t in cadre.territoires]
    elif dimension.cle == "etapes":
        trouvees = [Colonne(e.pk, e.slug, e.nom_simple) for e in cadre.etapes]
    else:
        trouvees = [Colonne(p.pk, p.slug, p.nom) for p in cadre.publics]
    return [*trouvees, Colonne(None, *dimension.absence)]


def _mots(dimension: Dimension, fiches: Iterable[FicheLue]) -> dict[int, set[int | None]]:
    """{fiche: colonnes qu'elle nomme} ; {None} sans aucune. Une requête par lot."""
    through = getattr(FicheAction, dimension.relation).through
    mots: dict[int, set[int | None]] = defaultdict(set)
    ids = [f.pk for f in fiches]
    for debut in range(0, len(ids), 400):
        for fiche_id, mot in through.objects.filter(
            ficheaction__in=ids[debut : debut + 400]
        ).values_list("ficheaction_id", dimension.cle_etrangere):
            mots[fiche_id].add(mot)
    return {pk: mots.get(pk) or {None} for pk in ids}


def matrice(
    dimension: Dimension, cadre: Cadre, schema: Schema, fiches: list[FicheLue], *,
    table: str, partie: Division | None = None, garde: dict[str, list[str]] | None = None,
) -> Matrice:  # fmt: skip
    """La matrice d'un plan, ou d'une de ses parties avec ses fiches une à une.

    `table` : l'adresse de la liste des fiches ; `garde` : les filtres à y redire.
    """
    colonnes = _colonnes(dimension, cadre)
    mots = _mots(dimension, fiches)
    if dimension.cle == "publics":  # une colonne par public : celles qui servent ici, seulement
        utiles = set().union(*mots.values()) if mots else set()
        colonnes = [c for c in colonnes if c.pk in utiles]

    def adresse(code: str, colonne: Colonne | None) -> str:
        parametres: dict[str, str | list[str]] = {"schema": schema.slug, **(garde or {})}
        if code:
            parametres["axe"] = code
        if colonne is not None:
            parametres[dimension.filtre] = colonne.valeur
        return f"{table}?{urlencode(parametres, doseq=True)}"

    def cases(code: str, siennes: list[FicheLue]) -> list[Case]:
        rendu = []
        for colonne in colonnes:
            ici = [f for f in siennes if colonne.pk in mots[f.pk]]
            rendu.append(Case(len(ici), Counter(f.meteo for f in ici), adresse(code, colonne)))
        return rendu

    rangees = []
    divisions = [d for d in cadre.divisions if d.schema_id == schema.pk]
    chemins = {d.pk: d.chemin for d in divisions}
    plancher = partie.profondeur + 1 if partie else 0
    for division in divisions:
        if partie and not division.chemin.startswith(partie.chemin):
            continue
        siennes = [f for f in fiches if chemins[f.division_id].startswith(division.chemin)]
        profonde = division.profondeur > plancher + (0 if partie else 1)
        if siennes and division != partie and not profonde:
            rangees.append(
                Rangee(division.nom, division.code, division.profondeur - plancher,
                       cases(division.code, siennes), len(siennes), adresse(division.code, None))
            )  # fmt: skip
        if division == partie:
            rangees += [
                Rangee(f.titre, f.code, 1, cases("", [f]), 1, fiche=f)
                for f in fiches
                if f.division_id == division.pk
            ]
    code = partie.code if partie else ""
    return Matrice(dimension, colonnes, rangees, cases(code, fiches), len(fiches))
