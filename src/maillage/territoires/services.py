"""Écritures du découpage officiel et des territoires d'action.

Chaque service tient dans une transaction et laisse sa trace au journal. Rejouer un service avec
les mêmes données n'écrit rien. Deux cachets disent aux pages publiques ce qui a changé :
`departement:<code>` (communes, EPCI) et `decoupage:<id>` (territoires, défis).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction

from maillage.journal.services import consigner

from .codes import normaliser_nom
from .lecture import DecoupageOfficiel, LigneCommune, LigneEpci
from .models import Commune, Decoupage, Departement, Epci, TerritoireAction

LOT = 1000
# Au-delà, une liste de communes qui se vide sans dire pourquoi est un fichier incomplet.
# Les années de fusions, la source nomme les remplaçantes : elles ne comptent pas ici.
PART_DISPARUE_MAXIMALE = 0.10


class ImportRefuse(ValueError):
    """Le découpage officiel ne peut pas être chargé ; le message dit pourquoi, rien n'est écrit."""


class DecoupageIncoherent(ValueError):
    """Un découpage range mal une commune ou un EPCI ; chaque faute est une phrase."""

    def __init__(self, fautes: list[str]) -> None:
        super().__init__(" ".join(fautes))
        self.fautes = fautes


# --- Découpage officiel ------------------------------------------------------------------


@dataclass
class BilanImport:
    """Ce que l'import a changé. Les comptes vont par table : créés, modifiés, inchangés."""

    millesime: int
    essai: bool
    departements: list[str]
    comptes: dict[str, dict[str, int]] = field(default_factory=dict)
    disparues: list[dict[str, str | None]] = field(default_factory=list)
    epcis_disparus: list[str] = field(default_factory=list)
    avertissements: list[str] = field(default_factory=list)

    @property
    def a_change(self) -> bool:
        """Vrai quand au moins une ligne a été écrite (ou l'aurait été, à l'essai)."""
        ecrites = sum(c["crees"] + c["modifies"] for c in self.comptes.values())
        return bool(ecrites or self.disparues or self.epcis_disparus)

    def en_dict(self) -> dict[str, Any]:
        """Forme que JSON sait écrire."""
        return {
            "millesime": self.millesime,
            "essai": self.essai,
            "departements_demandes": self.departements,
            **self.comptes,
            "communes_disparues": self.disparues,
            "epci_disparus": self.epcis_disparus,
            "avertissements": self.avertissements,
        }


@transaction.atomic
def importer_decoupage(
    *,
    officiel: DecoupageOfficiel,
    departements: Iterable[str] | None = None,
    par=None,
    essai: bool = False,
) -> BilanImport:
    """Charge les communes et les EPCI de ces départements (None : tout le pays).

    Tout ou rien. Une commune que le millésime ne connaît plus garde sa ligne, avec sa remplaçante
    quand la source la nomme. `essai` compte tout et n'écrit rien.
    Lève ImportRefuse : département inconnu, millésime plus ancien que celui déjà chargé,
    fichier visiblement incomplet.
    """
    codes = sorted(officiel.departements if departements is None else set(departements))
    _refuser_departement_absent(officiel, codes)
    source = officiel if departements is None else officiel.restreint_a(codes)
    _refuser_plus_ancien(source, codes)

    bilan = BilanImport(millesime=source.millesime, essai=essai, departements=codes)
    avant = set(
        Commune.objects.actuelles()
        .filter(departement__in=codes, epci__isnull=False)
        .values_list("epci", flat=True)
    )
    _charger_departements(source, codes, bilan)
    _charger_epcis(source, bilan)
    touches = _charger_communes(source, bilan)
    touches |= _detacher_les_voisines(source, codes, bilan)
    touches |= _fermer_communes(source, codes, bilan)
    _fermer_epcis(source, avant, bilan)
    _avertir_les_decoupages(codes, bilan)

    if bilan.a_change:
        for departement in Departement.objects.filter(code__in=touches or codes[:1]):
            consigner(
                verbe="importer_decoupage",
                objet=departement,
                par=par,
                changements=_resume(bilan, departement.code),
                origine="import",
                cachets=[f"departement:{departement.code}"],
            )
    if essai:
        transaction.set_rollback(True)
    return bilan


def _resume(bilan: BilanImport, code: str) -> dict[str, Any]:
    disparues = [c for c in bilan.disparues if str(c["code"]).startswith(code)]
    return {"millesime": bilan.millesime, **bilan.comptes, "communes_disparues": disparues}


def _refuser_departement_absent(officiel: DecoupageOfficiel, codes: list[str]) -> None:
    for code in codes:
        if code not in officiel.departements:
            raise ImportRefuse(f"Le département {code} n’est pas dans ces fichiers.")
    if not any(c.departement in codes for c in officiel.communes.values()):
        raise ImportRefuse(
            f"Ces fichiers ne contiennent aucune commune du département {', '.join(codes)}."
        )


def _refuser_plus_ancien(source: DecoupageOfficiel, codes: list[str]) -> None:
    """Un millésime ancien par-dessus un récent déferait des fusions, voisines comprises."""
    recent = (
        Commune.objects.filter(
            models.Q(departement__in=codes) | models.Q(epci__in=_connus(Epci, source.epcis)),
            millesime__gt=source.millesime,
        )
        .order_by("-millesime")
        .first()
    )
    if recent is not None:
        raise ImportRefuse(
            f"Le découpage {recent.millesime} est déjà chargé (commune {recent.nom}, "
            f"{recent.pk}). Celui de {source.millesime} est plus ancien : rien n’a changé. "
            f"Prenez les fichiers de {recent.millesime} ou d’une année suivante."
        )


def _connus(modele: type[models.Model], cles: Iterable[str]) -> list[str]:
    """Les clés déjà en base. Par différence, pour ne pas passer 35 000 paramètres à la requête."""
    return sorted(set(modele._default_manager.values_list("pk", flat=True)) & set(cles))


def _ecrire(
    bilan: BilanImport, table: str, modele: type[models.Model], voulus: dict[str, dict[str, Any]]
) -> set[str]:
    """Crée ou met à jour par lots ; compte ; rend les clés écrites.

    Lit toute la table (35 000 lignes au plus) plutôt qu'une liste de clés : une requête.
    """
    if not voulus:
        bilan.comptes[table] = {"crees": 0, "modifies": 0, "inchanges": 0}
        return set()
    champs = list(next(iter(voulus.values())))
    en_base = {
        ligne["pk"]: ligne for ligne in modele._default_manager.order_by().values("pk", *champs)
    }
    compte: Counter[str] = Counter()
    a_ecrire = []
    for cle, valeurs in voulus.items():
        ancienne = en_base.get(cle)
        if ancienne is None:
            compte["crees"] += 1
        elif any(ancienne[champ] != valeur for champ, valeur in valeurs.items()):
            compte["modifies"] += 1
        else:
            compte["inchanges"] += 1
            continue
        a_ecrire.append(modele(pk=cle, **valeurs))
    if a_ecrire:
        modele._default_manager.bulk_create(
            a_ecrire,
            batch_size=LOT,
            update_conflicts=True,
            unique_fields=["pk"],
            update_fields=champs,
        )
    bilan.comptes[table] = {cle: compte[cle] for cle in ("crees", "modifies", "inchanges")}
    return {objet.pk for objet in a_ecrire}


def _charger_departements(source: DecoupageOfficiel, codes: list[str], bilan: BilanImport) -> None:
    pleins = {c.departement for c in source.communes.values()} & set(codes)
    deja = dict(Departement.objects.values_list("code", "millesime"))
    _ecrire(
        bilan,
        "departements",
        Departement,
        {
            d.code: {
                "nom": d.nom,
                "region_code": d.region_code,
                "region_nom": d.region_nom,
                "millesime": source.millesime if d.code in pleins else deja.get(d.code),
            }
            for d in source.departements.values()
        },
    )


def _charger_epcis(source: DecoupageOfficiel, bilan: BilanImport) -> None:
    def valeurs(epci: LigneEpci) -> dict[str, Any]:
        return {
            "nom": epci.nom,
            "nature": epci.nature,
            "population": epci.population,
            "millesime": source.millesime,
            "millesime_fin": None,
        }

    _ecrire(bilan, "epci", Epci, {e.siren: valeurs(e) for e in source.epcis.values()})


def _charger_communes(source: DecoupageOfficiel, bilan: BilanImport) -> set[str]:
    def valeurs(commune: LigneCommune) -> dict[str, Any]:
        return {
            "nom": commune.nom,
            "nom_normalise": normaliser_nom(commune.nom),
            "departement_id": commune.departement,
            "epci_id": commune.epci or None,
            "population": commune.population,
            "siren": commune.siren,
            "codes_postaux": commune.codes_postaux,
            "millesime": source.millesime,
            # Une commune rétablie après une fusion redevient une commune ordinaire.
            "millesime_fin": None,
            "remplacee_par_id": None,
        }

    ecrites = _ecrire(
        bilan, "communes", Commune, {c.code_insee: valeurs(c) for c in source.communes.values()}
    )
    return {source.communes[code].departement for code in ecrites}


def _detacher_les_voisines(
    source: DecoupageOfficiel, codes: list[str], bilan: BilanImport
) -> set[str]:
    """Une commune d'un autre département qui a quitté un EPCI partagé n'y est plus comptée."""
    parties = [
        commune
        for commune in Commune.objects.actuelles()
        .filter(epci__in=list(source.epcis))
        .exclude(departement__in=codes)
        if commune.pk not in source.communes
    ]
    for commune in parties:
        bilan.avertissements.append(
            f"{commune.nom} ({commune.pk}) a quitté son EPCI en {source.millesime} : "
            f"rechargez aussi le département {commune.departement_id}."
        )
        commune.epci = None
    Commune.objects.bulk_update(parties, ["epci"], batch_size=LOT)
    bilan.comptes["communes"]["modifies"] += len(parties)
    return {commune.departement_id for commune in parties}


def _fermer_communes(source: DecoupageOfficiel, codes: list[str], bilan: BilanImport) -> set[str]:
    """Ferme les communes que le millésime ne connaît plus ; rend leurs départements."""
    actuelles = list(Commune.objects.actuelles().filter(departement__in=codes))
    fermees = [c for c in actuelles if c.pk not in source.communes]
    total = Counter(c.departement_id for c in actuelles)
    perdues = Counter(c.departement_id for c in fermees if c.pk not in source.successions)
    for code, nombre in perdues.items():
        if nombre > PART_DISPARUE_MAXIMALE * total[code]:
            raise ImportRefuse(
                f"Ces fichiers oublient {nombre} communes déjà connues du département {code}, "
                "sans dire ce qui les remplace : ils sont sans doute incomplets. Rien n’a changé."
            )
    for commune in fermees:
        successeur = source.successions.get(commune.pk)
        commune.millesime_fin = commune.millesime
        commune.remplacee_par_id = successeur
        bilan.disparues.append(
            {"code": commune.pk, "nom": commune.nom, "remplacee_par": successeur}
        )
        if successeur is None:
            bilan.avertissements.append(
                f"{commune.nom} ({commune.pk}) n’est plus dans le découpage "
                f"{source.millesime}, et la source ne dit pas ce qui la remplace."
            )
        usages = TerritoireAction.objects.filter(
            models.Q(communes_en_plus=commune) | models.Q(communes_exclues=commune)
        ).distinct()
        bilan.avertissements += [
            f"Le territoire « {territoire} » nomme {commune.nom} ({commune.pk}), qui n’existe "
            "plus : revoyez sa composition."
            for territoire in usages
        ]
    Commune.objects.bulk_update(fermees, ["millesime_fin", "remplacee_par"], batch_size=LOT)
    return {c.departement_id for c in fermees}


def _fermer_epcis(source: DecoupageOfficiel, avant: set[str], bilan: BilanImport) -> None:
    """Ferme les EPCI que le millésime ne connaît plus et qui n'ont plus de commune actuelle."""
    restants = Commune.objects.actuelles().filter(epci=models.OuterRef("pk"))
    for epci in (
        Epci.objects.actuels()
        .filter(pk__in=avant - set(source.epcis))
        .exclude(models.Exists(restants))
        .prefetch_related("territoires")
    ):
        epci.millesime_fin = epci.millesime
        epci.save(update_fields=["millesime_fin"])
        bilan.epcis_disparus.append(epci.pk)
        bilan.avertissements += [
            f"Le territoire « {territoire} » contient {epci.nom}, qui n’existe plus : "
            "revoyez sa composition."
            for territoire in epci.territoires.all()
        ]


def _avertir_les_decoupages(codes: list[str], bilan: BilanImport) -> None:
    """Un import ne défait pas un découpage déjà décidé : il dit ce qui ne va plus."""
    for decoupage in Decoupage.objects.filter(departement__in=codes):
        fautes = fautes_du_decoupage(decoupage)
        bilan.avertissements += [f"{decoupage} : {faute}" for faute in fautes]


# --- Territoires d'action ----------------------------------------------------------------


def territoires_de(
    commune: Commune, *, decoupage: Decoupage | None = None
) -> models.QuerySet[TerritoireAction]:
    """Les territoires qui contiennent la commune, au plus un par découpage."""
    territoires = TerritoireAction.objects.contenant(commune)
    return territoires if decoupage is None else territoires.filter(decoupage=decoupage)


def territoire_par_commune(decoupage: Decoupage) -> dict[str, TerritoireAction]:
    """Code Insee -> territoire, pour tout un découpage : deux requêtes plus une par territoire."""
    return {
        code: territoire
        for territoire in decoupage.territoires.all()
        for code in territoire.communes().order_by().values_list("pk", flat=True)
    }


def fautes_du_decoupage(decoupage: Decoupage) -> list[str]:
    """Ce qui ne va pas dans la composition des territoires, une phrase par faute."""
    fautes: list[str] = []
    place: dict[str, TerritoireAction] = {}
    for territoire in decoupage.territoires.prefetch_related(
        "epcis", "communes_en_plus", "communes_exclues"
    ):
        for commune in territoire.communes():
            autre = place.setdefault(commune.pk, territoire)
            if autre != territoire:
                fautes.append(
                    f"{commune.nom} ({commune.pk}) serait à la fois dans « {autre} » "
                    f"et dans « {territoire} »."
                )
        fautes += _fautes_de_composition(territoire, decoupage)
    return fautes


def _fautes_de_composition(territoire: TerritoireAction, decoupage: Decoupage) -> list[str]:
    fautes = []
    du_departement = set(
        Epci.objects.du_departement(decoupage.departement_id).values_list("pk", flat=True)
    )
    epcis = list(territoire.epcis.all())
    for epci in epcis:
        if epci.pk not in du_departement:
            fautes.append(
                f"« {territoire} » : {epci.nom} ({epci.pk}) n’a aucune commune "
                f"dans le département {decoupage.departement_id}."
            )
    for commune in territoire.communes_en_plus.all():
        if commune.departement_id != decoupage.departement_id:
            fautes.append(
                f"« {territoire} » : {commune.nom} ({commune.pk}) n’est pas "
                f"dans le département {decoupage.departement_id}."
            )
    sirens = {epci.pk for epci in epcis}
    for commune in territoire.communes_exclues.all():
        if commune.epci_id not in sirens:
            fautes.append(
                f"« {territoire} » exclut {commune.nom} ({commune.pk}), "
                "qui n’est dans aucun de ses EPCI."
            )
    return fautes


def verifier_decoupage(decoupage: Decoupage) -> None:
    """Lève DecoupageIncoherent si une commune est dans deux territoires, ou mal rangée."""
    fautes = fautes_du_decoupage(decoupage)
    if fautes:
        raise DecoupageIncoherent(fautes)


@transaction.atomic
def composer_territoire(
    *,
    territoire: TerritoireAction,
    epcis: Iterable[Epci] | None = None,
    communes_en_plus: Iterable[Commune] | None = None,
    communes_exclues: Iterable[Commune] | None = None,
    par=None,
) -> TerritoireAction:
    """Change la composition d'un territoire (None : inchangé) et vérifie tout le découpage.

    Lève DecoupageIncoherent, et rien n'est écrit, si une commune se retrouve mal rangée.
    """
    # Le verrou range les écritures l'une après l'autre : deux modifications simultanées,
    # justes chacune, pourraient à deux mettre une commune dans deux territoires.
    decoupage = Decoupage.objects.select_for_update().get(pk=territoire.decoupage_id)
    changements: dict[str, list[str]] = {}
    demandes: tuple[tuple[Any, str, Iterable[models.Model] | None], ...] = (
        (territoire.epcis, "epcis", epcis),
        (territoire.communes_en_plus, "communes_en_plus", communes_en_plus),
        (territoire.communes_exclues, "communes_exclues", communes_exclues),
    )
    for relation, nom, objets in demandes:
        if objets is None:
            continue
        voulues = {objet.pk for objet in objets}
        if set(relation.values_list("pk", flat=True)) != voulues:
            relation.set(voulues)
            changements[nom] = sorted(voulues)
    if changements:
        verifier_decoupage(decoupage)
        consigner(
            verbe="composer_territoire",
            objet=territoire,
            par=par,
            changements=changements,
            cachets=[f"decoupage:{decoupage.pk}"],
        )
    return territoire
