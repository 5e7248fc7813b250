"""Ce que montrent les pages du portail : le récent, le territoire, la commune, l'étape."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from maillage.acteurs.models import Collectivite
from maillage.plan.filtres import sans_territoire
from maillage.plan.lecture import Cadre, FicheLue, fiches_publiques, lire
from maillage.plan.lecture_fiche import premiere_phrase
from maillage.plan.models import EtapeParcours, FicheAction, PointEtape, Schema
from maillage.socle.mise_en_mots import accorder
from maillage.territoires.models import Commune, Epci, TerritoireAction

RECENTS = 6


def changements_recents(cadre: Cadre, nombre: int = RECENTS) -> list[dict]:
    """Les derniers points d'étape publics, un par fiche. Deux requêtes, quel que soit le plan."""
    fiches = {
        f.pk: f
        for f in lire(
            fiches_publiques(cadre)
            .filter(dernier_point_le__isnull=False)
            .order_by("-dernier_point_le", "code")[:nombre]
        )
    }
    points: dict[int, PointEtape] = {}
    for point in PointEtape.objects.valables().filter(fiche__in=fiches).order_by("date", "pk"):
        points[point.fiche_id] = point
    adresse = cadre.adresses()
    return [
        {
            "quand": points[pk].date,
            "fiche": fiche,
            "url": adresse(fiche),
            "meteo": points[pk].meteo,
            "dit": premiere_phrase(points[pk].faits_marquants),
        }
        for pk, fiche in fiches.items()
        if pk in points
    ]


def etapes_et_comptes(cadre: Cadre) -> list[dict]:
    """Les étapes de la vie, pour la frise, et combien d'actions publiques chacune compte."""
    liens = FicheAction.etapes.through.objects.filter(
        ficheaction__in=fiches_publiques(cadre).order_by().values("pk")
    )
    comptes = Counter(liens.values_list("etapeparcours_id", flat=True))
    return [{"etape": etape, "nombre": comptes[etape.pk]} for etape in cadre.etapes]


def frise(cadre: Cadre, adresse_etape, ici: EtapeParcours | None = None) -> list[dict]:
    """Les étapes, pour `composants/frise.html`."""
    return [
        {
            "nom": ligne["etape"].nom_simple,
            "url": adresse_etape(ligne["etape"]),
            "detail": ligne["etape"].nom,
            "nombre": accorder(ligne["nombre"], "action"),
            "ici": ligne["etape"] == ici,
        }
        for ligne in etapes_et_comptes(cadre)
    ]


def fiches_du_territoire(cadre: Cadre, territoire: TerritoireAction) -> list[FicheLue]:
    """Les actions publiques qui nomment ce territoire."""
    return lire(fiches_publiques(cadre).filter(territoires=territoire))


def fiches_de_tout_le_departement(cadre: Cadre) -> list[FicheLue]:
    """Les actions publiques qui ne nomment aucun territoire : elles valent partout."""
    return lire(fiches_publiques(cadre).filter(sans_territoire()))


@dataclass(frozen=True, slots=True)
class EpciEtCommunes:
    """Un EPCI et celles de ses communes qui sont du territoire (ou du département)."""

    epci: Epci | None
    communes: list[Commune]

    @property
    def population(self) -> int:
        """Habitants de ces communes (population municipale)."""
        return sum(c.population or 0 for c in self.communes)


def communes_par_epci(communes) -> list[EpciEtCommunes]:
    """Range des communes par EPCI, de la plus peuplée des intercommunalités à la moins peuplée."""
    ranges: dict[str, list[Commune]] = {}
    epcis: dict[str, Epci | None] = {}
    for commune in communes.select_related("epci"):
        cle = commune.epci_id or ""
        ranges.setdefault(cle, []).append(commune)
        epcis[cle] = commune.epci
    groupes = [EpciEtCommunes(epcis[cle], liste) for cle, liste in ranges.items()]
    return sorted(groupes, key=lambda g: (g.epci is None, -g.population))


def nombre_de_communes(
    territoires: list[TerritoireAction], communes: Iterable[Commune]
) -> Counter[int]:
    """Combien de ces communes chaque territoire compte. Trois requêtes pour tous ensemble."""
    pks = [t.pk for t in territoires]
    par_epci = dict(
        TerritoireAction.epcis.through.objects.filter(territoireaction__in=pks).values_list(
            "epci_id", "territoireaction_id"
        )
    )
    en_plus = dict(
        TerritoireAction.communes_en_plus.through.objects.filter(
            territoireaction__in=pks
        ).values_list("commune_id", "territoireaction_id")
    )
    exclues = set(
        TerritoireAction.communes_exclues.through.objects.filter(
            territoireaction__in=pks
        ).values_list("commune_id", "territoireaction_id")
    )
    comptes: Counter[int] = Counter()
    for commune in communes:
        pk = en_plus.get(commune.pk) or par_epci.get(commune.epci_id or "")
        if pk and (commune.pk, pk) not in exclues:
            comptes[pk] += 1
    return comptes


def fiches_par_division(cadre: Cadre, fiches: list[FicheLue]) -> list[dict]:
    """Des fiches rangées sous le nom de leur division, dans l'ordre du plan."""
    noms = {d.pk: d.nom for d in cadre.divisions}
    groupes: dict[int, list[FicheLue]] = {}
    for fiche in fiches:
        groupes.setdefault(fiche.division_id, []).append(fiche)
    rangs = {d.pk: rang for rang, d in enumerate(cadre.divisions)}
    return [
        {"nom": noms.get(pk, ""), "fiches": groupes[pk]}
        for pk in sorted(groupes, key=lambda pk: rangs.get(pk, 0))
    ]


def plans_des_collectivites(collectivites: list[Collectivite]) -> list[dict]:
    """Les collectivités installées, chacune avec ses plans publiés. Une requête de plus."""
    plans: dict[int, list[Schema]] = {}
    for schema in Schema.objects.publies().filter(collectivite__in=collectivites):
        plans.setdefault(schema.collectivite_id, []).append(schema)
    return [{"collectivite": c, "plans": plans.get(c.pk, [])} for c in collectivites]
