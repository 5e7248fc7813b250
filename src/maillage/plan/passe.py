"""Le plan tel qu'il était un jour donné : chaque fiche, sa météo, ses mesures, son taux.

Une date vaut jusqu'à minuit, heure locale. Ce que disait la fiche vient de sa dernière version
d'alors ; la météo, du dernier point daté d'avant, s'il n'a pas été retiré depuis ; le taux, des
dernières valeurs d'alors, avec le départ, la cible et le poids que la fiche donnait ce jour-là.
Les divisions et leur poids n'ont pas d'histoire : ce sont ceux d'aujourd'hui.
Six requêtes au plus, quel que soit le nombre de fiches et de versions.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from maillage.calcul.avancement import agreger, taux_indicateur
from maillage.indicateurs.models import ValeurIndicateur
from maillage.socle.francais import normaliser

from .etat import Etat, par_lots
from .lecture import CHAMPS_LUS, Cadre, FicheLue
from .models import Confidentialite, FicheAction, IndicateurFiche, PointEtape, VersionFiche


class PointLu(NamedTuple):
    """Ce que dit un point d'étape, pour une comparaison."""

    pk: int
    date: datetime.date
    meteo: str
    taux: int | None
    avancement: str
    bloquee_par: str
    est_demonstration: bool


@dataclass(frozen=True, slots=True)
class MesureDatee:
    """Un indicateur d'une fiche, tel qu'il se lisait ce jour-là. Le taux va de 0 à 100, ou None."""

    cle: str
    libelle: str
    unite: str
    sens: str
    initiale: Decimal | None
    valeur: Decimal | None
    date_valeur: datetime.date | None
    cible: Decimal | None
    poids: Decimal
    taux: float | None


@dataclass(slots=True)
class FicheDatee:
    """Une fiche un jour donné. `etat` est None quand elle dit encore la même chose."""

    lue: FicheLue
    presente: bool
    archivee: bool
    etat: Etat | None
    point: PointLu | None
    mesures: list[MesureDatee] = field(default_factory=list)


@dataclass(slots=True)
class Passe:
    """Les mêmes fiches à plusieurs dates, et leurs points d'étape jusqu'à la dernière."""

    dates: list[datetime.date]
    fiches: list[dict[int, FicheDatee]]
    points: dict[int, list[PointLu]]

    def presentes(self, rang: int) -> list[FicheLue]:
        """Les fiches du plan à cette date, archives ôtées."""
        return [f.lue for f in self.fiches[rang].values() if f.presente and not f.archivee]


def fin_du_jour(jour: datetime.date) -> datetime.datetime:
    """Minuit, heure locale, à la fin de ce jour."""
    lendemain = jour + datetime.timedelta(days=1)
    return timezone.make_aware(datetime.datetime.combine(lendemain, datetime.time()))


def lire_le_passe(
    fiches: QuerySet, cadre: Cadre, dates: Iterable[datetime.date], *, public: bool = False
) -> Passe:
    """Les fiches de ce queryset, archives comprises si elles y sont, à chacune de ces dates.

    `public` : une fiche qui n'était pas publique ce jour-là n'y était pas.
    """
    dates = list(dates)
    lignes = _lire_les_fiches(fiches, dates)
    sous_requete = fiches.order_by().values("pk")
    points = _lire_les_points(sous_requete, max(dates))
    etats = _lire_les_etats(lignes, dates, points)
    liens = _lire_les_liens(sous_requete, dates)
    divisions = {(d.schema_id, d.code): d.pk for d in cadre.divisions}
    par_date = []
    for rang, date in enumerate(dates):
        fin = fin_du_jour(date)
        trouvees = {}
        for ligne in lignes:
            pk = ligne.lue.pk
            etat = etats.get((pk, rang))
            point = next((p for p in reversed(points.get(pk, ())) if p.date <= date), None)
            presente = ligne.creee_le < fin or point is not None
            archivee = ligne.archivee if etat is None else bool(etat.get("archivee"))
            if public and etat is not None:
                presente &= etat.get("confidentialite") == Confidentialite.PUBLIQUE
            mesures = _mesures(liens.get(pk, ()), etat, rang)
            trouvees[pk] = FicheDatee(
                _dater(ligne.lue, etat, point, mesures, divisions),
                presente, archivee, etat, point, mesures,
            )  # fmt: skip
        par_date.append(trouvees)
    return Passe(dates, par_date, points)


class _Ligne(NamedTuple):
    lue: FicheLue
    creee_le: datetime.datetime
    archivee: bool
    derniere: int | None
    versions: tuple[int | None, ...]


def _version(**filtres: Any) -> Subquery:
    versions = VersionFiche.objects.filter(fiche=OuterRef("pk"), **filtres)
    return Subquery(versions.order_by("-numero").values("pk")[:1])


def _lire_les_fiches(fiches: QuerySet, dates: list[datetime.date]) -> list[_Ligne]:
    annotations = {f"_v{r}": _version(date__lt=fin_du_jour(d)) for r, d in enumerate(dates)}
    colonnes = [*CHAMPS_LUS, "creee_le", "archivee_le", "_derniere", *annotations]
    nombre = len(CHAMPS_LUS)
    return [
        _Ligne(
            FicheLue._make((*ligne[:nombre], "")),
            ligne[nombre], ligne[nombre + 1] is not None, ligne[nombre + 2], ligne[nombre + 3 :],
        )
        for ligne in fiches.annotate(_derniere=_version(), **annotations).values_list(*colonnes)
    ]  # fmt: skip


def _lire_les_points(fiches: QuerySet, au: datetime.date) -> dict[int, list[PointLu]]:
    """Les points valables, du plus ancien au plus récent."""
    points: dict[int, list[PointLu]] = defaultdict(list)
    for fiche_id, *champs in (
        PointEtape.objects.valables()
        .filter(fiche__in=fiches, date__lte=au)
        .order_by("date", "pk")
        .values_list("fiche_id", *PointLu._fields)
    ):
        points[fiche_id].append(PointLu._make(champs))
    return points


def _lire_les_etats(lignes, dates, points) -> dict[tuple[int, int], Etat]:
    """(fiche, rang de la date) -> état d'alors, quand ce n'est pas celui d'aujourd'hui.

    Une fiche suivie avant sa première version gardée est lue dans celle-ci.
    """
    voulus: dict[int, list[tuple[int, int]]] = defaultdict(list)
    premieres: dict[int, list[int]] = defaultdict(list)
    for ligne in lignes:
        if len(dates) > 1 and len(set(ligne.versions)) > 1:
            differe = True  # il faut les deux états pour les comparer
        else:
            differe = any(v != ligne.derniere for v in ligne.versions)
        if not differe:
            continue
        for rang, version in enumerate(ligne.versions):
            if version is not None:
                voulus[version].append((ligne.lue.pk, rang))
            elif ligne.derniere is not None:
                premieres[ligne.lue.pk].append(rang)
    etats: dict[tuple[int, int], Etat] = {}
    for lot in par_lots(list(voulus)):
        for pk, etat in VersionFiche.objects.filter(pk__in=lot).values_list("pk", "etat"):
            for place in voulus[pk]:
                etats[place] = etat
    for lot in par_lots(list(premieres)):
        vues = set()
        for pk, etat in (
            VersionFiche.objects.filter(fiche__in=lot, numero__lte=1)
            .order_by("numero")
            .values_list("fiche_id", "etat")
        ):
            if pk not in vues:
                vues.add(pk)
                etats |= {(pk, rang): etat for rang in premieres[pk]}
    return etats


def _valeur(champ: str, jour: datetime.date) -> Subquery:
    valeurs = ValeurIndicateur.objects.filter(
        indicateur=OuterRef("indicateur"), date__lte=jour, valeur__isnull=False
    )
    return Subquery(valeurs.order_by("-date").values(champ)[:1])


def _lire_les_liens(fiches: QuerySet, dates: list[datetime.date]) -> dict[int, list[dict]]:
    """Les indicateurs de chaque fiche, retirés compris, avec la valeur à chaque date."""
    annotations: dict[str, Subquery] = {}
    for rang, jour in enumerate(dates):
        annotations |= {f"v{rang}": _valeur("valeur", jour), f"d{rang}": _valeur("date", jour)}
    liens: dict[int, list[dict]] = defaultdict(list)
    for lien in (
        IndicateurFiche.tous.filter(fiche__in=fiches)
        .annotate(**annotations)
        .order_by("ordre", "pk")
        .values(
            "fiche_id", "initiale", "cible", "poids", "retire_le", "indicateur__libelle",
            "indicateur__libelle_normalise", "indicateur__unite", "indicateur__sens", *annotations,
        )
    ):  # fmt: skip
        liens[lien["fiche_id"]].append(lien)
    return liens


def _nombre(texte: str | None) -> Decimal | None:
    return None if texte in (None, "") else Decimal(texte)


def _mesures(liens: Iterable[dict], etat: Etat | None, rang: int) -> list[MesureDatee]:
    if etat is None:
        definitions = [
            (lien["indicateur__libelle_normalise"], lien["indicateur__libelle"],
             lien["indicateur__unite"], lien["indicateur__sens"], lien["initiale"], lien["cible"],
             lien["poids"])
            for lien in liens
            if lien["retire_le"] is None
        ]  # fmt: skip
    else:
        definitions = [
            (normaliser(li["libelle"])[:250], li["libelle"], li.get("unite") or "",
             li.get("sens") or "", _nombre(li.get("initiale")), _nombre(li.get("cible")),
             _nombre(li.get("poids")) or Decimal(0))
            for li in etat.get("indicateurs") or ()
        ]  # fmt: skip
    valeurs = {
        lien["indicateur__libelle_normalise"]: (lien[f"v{rang}"], lien[f"d{rang}"])
        for lien in liens
    }
    rendu = []
    for cle, libelle, unite, sens, initiale, cible, poids in definitions:
        valeur, date = valeurs.get(cle, (None, None))
        taux = taux_indicateur(initiale, valeur, cible, sens)
        rendu.append(
            MesureDatee(cle, libelle, unite, sens, initiale, valeur, date, cible, poids, taux)
        )
    return rendu


def _dater(
    lue: FicheLue, etat: Etat | None, point: PointLu | None, mesures: list[MesureDatee], divisions
) -> FicheLue:
    total = agreger((m.taux, float(m.poids)) for m in mesures)
    change: dict[str, Any] = {
        "meteo": point.meteo if point else "",
        "taux": point.taux if point else None,
        "avancement": point.avancement if point else "a_lancer",
        "dernier_point_le": point.date if point else None,
        "bloquee_par": point.bloquee_par if point else "",
        "suivi_demonstration": bool(point and point.est_demonstration),
        "taux_indicateurs": total.valeur,
        "indicateurs_calculables": total.calculables,
        "indicateurs_total": total.total,
    }
    if etat is not None:
        change["poids"] = _nombre(etat.get("poids")) or Decimal(0)
        place = (lue.schema_id, etat.get("division"))
        change["division_id"] = divisions.get(place, lue.division_id)
    return lue._replace(**change)


def fiches_avec_archives(cadre: Cadre) -> QuerySet:
    """Les fiches publiques, archivées comprises : on peut dire qu'elles sont parties."""
    return FicheAction.objects.filter(
        schema__in=[s.pk for s in cadre.schemas], confidentialite=Confidentialite.PUBLIQUE
    )
