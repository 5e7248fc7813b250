"""Installer le schéma d'une collectivité depuis ses fichiers datés (`donnees/<collectivité>/`).

Un fichier `schema-<année>.yaml` nomme tout le reste : découpage, fiches (CSV), lecture des titres
(CSV), extraits du document (YAML). Sa forme est décrite dans `donnees/LISEZMOI-schemas.md`.
"""

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.db import transaction
from django.utils.text import slugify

from maillage.acteurs.models import Collectivite, Organisation, nom_compare
from maillage.journal.services import consigner
from maillage.territoires.fichier import charger_decoupage_territorial
from maillage.territoires.lecture import dernier_extrait, lire_extrait
from maillage.territoires.models import Departement
from maillage.territoires.services import importer_decoupage

from .etat import Etat, etat_vide
from .models import Division, EtapeParcours, FicheAction, PublicCible, Schema
from .services import enregistrer_lot

PARTIES = {
    "collectivite", "schema", "etapes", "publics", "organisations", "divisions", "fiches",
    "lecture", "extraits",
}  # fmt: skip


class FichierDeSchemaRefuse(ValueError):
    """Le fichier ne peut pas être installé ; le message dit pourquoi. Rien n'est écrit."""


@dataclass
class BilanInstallation:
    """Ce que l'installation a créé. Tout est vide quand il n'y avait rien à faire."""

    collectivite: Collectivite
    schema: Schema
    crees: dict[str, list[str]] = field(default_factory=dict)

    def noter(self, quoi: str, noms: list[str]) -> None:
        if noms:
            self.crees[quoi] = noms

    def en_dict(self) -> dict[str, Any]:
        """Forme que JSON sait écrire."""
        return {
            "collectivite": self.collectivite.slug,
            "schema": self.schema.slug,
            "crees": {quoi: len(noms) for quoi, noms in self.crees.items()},
        }


@transaction.atomic
def installer_schema(*, fichier: Path | str, par=None) -> BilanInstallation:
    """Crée la collectivité, le schéma, sa structure et ses fiches. Tout ou rien.

    N'ajoute que ce qui manque : ce que des agents ont changé depuis n'est jamais remis en arrière.
    Charge au besoin le découpage officiel fourni. Lève `FichierDeSchemaRefuse`, ou `EtatInvalide`
    si une fiche est fausse.
    """
    fichier = Path(fichier)
    contenu = _lire(fichier)
    collectivite, neuve = _collectivite(contenu["collectivite"], fichier.parent, par)
    schema, neuf = _schema(collectivite, contenu["schema"])
    bilan = BilanInstallation(collectivite, schema)
    bilan.noter("collectivites", [collectivite.nom] if neuve else [])
    bilan.noter("schemas", [schema.nom] if neuf else [])
    bilan.noter("organisations", _organisations(collectivite, contenu.get("organisations", [])))
    bilan.noter("etapes", _etapes(collectivite, contenu.get("etapes", [])))
    bilan.noter("publics", _publics(collectivite, contenu.get("publics", [])))
    bilan.noter("divisions", _divisions(schema, contenu["divisions"]))
    bilan.noter("fiches", _fiches(schema, contenu, fichier.parent, par))
    if bilan.crees:
        consigner(
            verbe="schéma installé",
            objet=schema,
            par=par,
            collectivite=collectivite,
            changements={"fichier": fichier.name, **bilan.en_dict()["crees"]},
            origine="import",
            cachets=[collectivite.cachet, schema.cachet],
        )
    return bilan


# --- Lire -----------------------------------------------------------------------------------
def _lire(fichier: Path) -> dict[str, Any]:
    contenu = _lire_yaml(fichier)
    if not isinstance(contenu, dict):
        raise FichierDeSchemaRefuse(f"{fichier.name} : il faut des parties nommées.")
    if inconnues := set(contenu) - PARTIES:
        raise FichierDeSchemaRefuse(f"{fichier.name} : parties inconnues {sorted(inconnues)}.")
    if manquantes := {"collectivite", "schema", "divisions", "fiches"} - set(contenu):
        raise FichierDeSchemaRefuse(f"{fichier.name} : il manque {sorted(manquantes)}.")
    return contenu


def _lire_yaml(fichier: Path) -> Any:
    try:
        return yaml.safe_load(fichier.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as faute:
        raise FichierDeSchemaRefuse(f"{fichier.name} ne se lit pas : {faute}") from faute


def _lire_csv(fichier: Path) -> list[dict[str, str]]:
    try:
        with fichier.open(encoding="utf-8", newline="") as flux:
            return list(csv.DictReader(flux))
    except (OSError, UnicodeDecodeError, csv.Error) as faute:
        raise FichierDeSchemaRefuse(f"{fichier.name} ne se lit pas : {faute}") from faute


# --- Le cadre ---------------------------------------------------------------------------------
def _collectivite(donnees: dict, dossier: Path, par) -> tuple[Collectivite, bool]:
    existante = Collectivite.objects.filter(slug=donnees["slug"]).first()
    if existante:
        return existante, False
    code = str(donnees["departement"])
    if not Departement.objects.charges().filter(code=code).exists():
        extrait = dernier_extrait(Path(settings.DONNEES) / "decoupage")
        if extrait is None:
            raise FichierDeSchemaRefuse("Le découpage officiel fourni avec Maillage manque.")
        importer_decoupage(officiel=lire_extrait(extrait), departements=[code])
    decoupage = None
    if donnees.get("territoires"):
        territoires = charger_decoupage_territorial(dossier / donnees["territoires"], par=par)
        decoupage = territoires.decoupage
    couleurs = {cle: donnees[cle] for cle in ("accent", "accent_sombre") if donnees.get(cle)}
    collectivite = Collectivite(
        slug=donnees["slug"],
        nom=donnees["nom"],
        nom_court=donnees["nom_court"],
        departement_id=code,
        decoupage=decoupage,
        devise=donnees.get("devise", ""),
        **couleurs,
    )
    collectivite.full_clean()
    collectivite.save()
    return collectivite, True


def _schema(collectivite: Collectivite, donnees: dict) -> tuple[Schema, bool]:
    existant = Schema.objects.filter(collectivite=collectivite, slug=donnees["slug"]).first()
    if existant:
        return existant, False
    premier = not Schema.objects.filter(collectivite=collectivite, est_principal=True).exists()
    schema = Schema(collectivite=collectivite, est_principal=premier, **donnees)
    schema.full_clean()
    schema.save()
    return schema, True


def _organisations(collectivite: Collectivite, lignes: list[dict]) -> list[str]:
    connues = set(Organisation.objects.de(collectivite).values_list("nom_normalise", flat=True))
    neuves = [ligne for ligne in lignes if nom_compare(ligne["nom"]) not in connues]
    for ligne in neuves:
        organisation = Organisation(collectivite=collectivite, **ligne)
        organisation.normaliser_le_nom()
        organisation.full_clean()
        organisation.save()
    return [ligne["nom"] for ligne in neuves]


def _etapes(collectivite: Collectivite, lignes: list[dict]) -> list[str]:
    connues = set(collectivite.etapes.values_list("slug", flat=True))
    neuves = [
        EtapeParcours(collectivite=collectivite, ordre=rang, **ligne)
        for rang, ligne in enumerate(lignes, start=1)
        if ligne["slug"] not in connues
    ]
    EtapeParcours.objects.bulk_create(neuves)
    return [etape.nom for etape in neuves]


def _publics(collectivite: Collectivite, noms: list[str]) -> list[str]:
    connus = set(collectivite.publics.values_list("slug", flat=True))
    neufs = [
        PublicCible(collectivite=collectivite, slug=slugify(nom), nom=nom)
        for nom in noms
        if slugify(nom) not in connus
    ]
    PublicCible.objects.bulk_create(neufs)
    return [public.nom for public in neufs]


def _divisions(schema: Schema, lignes: list[dict]) -> list[str]:
    connues = {division.code: division for division in schema.divisions.all()}
    rangs: dict[str, int] = {}
    neuves = []
    for ligne in lignes:
        parent = ligne.get("parent", "")
        rangs[parent] = rangs.get(parent, 0) + 1
        if ligne["code"] in connues:
            continue
        if parent and parent not in connues:
            raise FichierDeSchemaRefuse(
                f"La division {ligne['code']} est rangée sous « {parent} », qui n’est pas "
                "au-dessus d’elle dans le fichier."
            )
        division = Division(
            schema=schema,
            parent=connues.get(parent),
            ordre=rangs[parent],
            code=ligne["code"],
            nom=ligne["nom"],
            ambition=ligne.get("ambition", ""),
            presentation=ligne.get("presentation", "").strip(),
        )
        division.save()
        connues[division.code] = division
        neuves.append(division.code)
    return neuves


# --- Les fiches ---------------------------------------------------------------------------------
def _fiches(schema: Schema, contenu: dict, dossier: Path, par) -> list[str]:
    connues = set(FicheAction.objects.filter(schema=schema).values_list("code", flat=True))
    lectures = {}
    if contenu.get("lecture"):
        lectures = {li["code"]: li for li in _lire_csv(dossier / contenu["lecture"])}
    extraits = _lire_yaml(dossier / contenu["extraits"]) if contenu.get("extraits") else {}
    pilote = contenu["collectivite"]["nom"]
    etats = [
        _etat(ligne, lectures.get(ligne["code"], {}), extraits, pilote)
        for ligne in _lire_csv(dossier / contenu["fiches"])
        if ligne["code"] not in connues
    ]
    if not etats:
        return []
    return enregistrer_lot(
        schema=schema, etats=etats, par=par, origine="import", motif="fichiers datés du schéma"
    ).creees


def _etat(ligne: dict, lecture: dict, extraits: dict, pilote: str) -> Etat:
    extrait: dict[str, str] = {}
    if cle := lecture.get("extrait"):
        if cle not in extraits:
            raise FichierDeSchemaRefuse(f"{ligne['code']} cite l’extrait « {cle} », inconnu.")
        extrait = extraits[cle]
    constat = extrait.get("constat", "").strip()
    if constat:
        constat += f"\n\nExtrait du schéma ({extrait['source']}), rattaché par notre lecture."
    phare = ligne.get("phare_2025") == "oui"
    return etat_vide(
        code=ligne["code"],
        titre=ligne["titre"],
        division=lecture.get("division") or ligne["axe"],
        edition=ligne.get("edition", ""),
        phare=phare,
        prioritaire=phare,
        constat=constat,
        objectifs=extrait.get("objectifs", ""),
        description=extrait.get("description", ""),
        pilote_organisation=pilote,
        **{
            cle: _noms(lecture.get(cle, ""))
            for cle in ("etapes", "publics", "territoires", "renvois")
        },
    )


def _noms(cellule: str) -> list[str]:
    return [nom.strip() for nom in cellule.split(";") if nom.strip()]
