"""Lire un découpage officiel : l'extrait embarqué, ou les fichiers publics. Sans base de données.

Deux formes, un même résultat (`DecoupageOfficiel`) :

- l'extrait daté de `donnees/decoupage/<millésime>/` (CSV et `source.json`) ;
- les fichiers publics `communes.json`, `epci.json`, `departements.json` (et `regions.json`
  s'il est là) du paquet @etalab/decoupage-administratif, d'après le Code officiel géographique
  de l'Insee et la liste des EPCI de la DGCL.

Un fichier incomplet ou illisible lève `DecoupageIllisible` ; rien n'est lu à moitié.
"""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from .codes import (
    MOTIF_COMMUNE,
    CodeInvalide,
    code_departement,
    code_insee,
    departement_de,
)

# Version majeure du paquet public -> année du découpage (table de son propre LISEZMOI).
MILLESIMES_DU_PAQUET = {1: 2021, 2: 2022, 3: 2023, 4: 2024, 5: 2025, 6: 2026}
ANCIENNES = ("commune-deleguee", "commune-associee")


class DecoupageIllisible(ValueError):
    """Le découpage ne peut pas être lu ; le message nomme le fichier et dit quoi faire."""


@dataclass(frozen=True)
class LigneDepartement:
    code: str
    nom: str
    region_code: str
    region_nom: str


@dataclass(frozen=True)
class LigneEpci:
    """`population` : somme des populations municipales de ses communes, tous départements."""

    siren: str
    nom: str
    nature: str
    population: int | None


@dataclass(frozen=True)
class LigneCommune:
    """`epci` : SIREN, ou chaîne vide ; `codes_postaux` : séparés par une espace."""

    code_insee: str
    nom: str
    departement: str
    epci: str
    population: int | None
    siren: str
    codes_postaux: str


@dataclass(frozen=True)
class LigneSuccession:
    """Un code qui n'est plus celui d'une commune, et la commune qui le remplace."""

    ancien_code: str
    code_insee: str


@dataclass(frozen=True)
class DecoupageOfficiel:
    """Un millésime du découpage : clés officielles, lignes prêtes à charger."""

    millesime: int
    source: str
    departements: dict[str, LigneDepartement] = field(default_factory=dict)
    epcis: dict[str, LigneEpci] = field(default_factory=dict)
    communes: dict[str, LigneCommune] = field(default_factory=dict)
    successions: dict[str, str] = field(default_factory=dict)

    def restreint_a(self, codes: Iterable[str]) -> "DecoupageOfficiel":
        """Les communes de ces départements, leurs EPCI entiers, et les communes qui succèdent.

        Un EPCI interdépartemental amène donc ses communes voisines, et leurs départements.
        """
        voulus = set(codes)
        successions = {
            ancien: nouveau
            for ancien, nouveau in self.successions.items()
            if departement_de(ancien) in voulus
        }
        epcis_touches = {c.epci for c in self.communes.values() if c.departement in voulus} - {""}
        successeurs = set(successions.values())
        communes = {
            code: c
            for code, c in self.communes.items()
            if c.departement in voulus or c.epci in epcis_touches or code in successeurs
        }
        sirens = {c.epci for c in communes.values()} - {""}
        concernes = voulus | {c.departement for c in communes.values()}
        return DecoupageOfficiel(
            millesime=self.millesime,
            source=self.source,
            departements={k: v for k, v in self.departements.items() if k in concernes},
            epcis={k: v for k, v in self.epcis.items() if k in sirens},
            communes=communes,
            successions=successions,
        )


# --- Contrôles communs -------------------------------------------------------------------


def _verifier(decoupage: DecoupageOfficiel) -> DecoupageOfficiel:
    """Lève DecoupageIllisible si une commune cite un département ou un EPCI absent."""
    for commune in decoupage.communes.values():
        if commune.departement not in decoupage.departements:
            raise DecoupageIllisible(
                f"La commune {commune.nom} ({commune.code_insee}) cite le département "
                f"« {commune.departement} », absent de la liste des départements."
            )
        if commune.epci and commune.epci not in decoupage.epcis:
            raise DecoupageIllisible(
                f"La commune {commune.nom} ({commune.code_insee}) cite l’EPCI "
                f"{commune.epci}, absent de la liste des EPCI."
            )
    for ancien, nouveau in decoupage.successions.items():
        if nouveau not in decoupage.communes:
            raise DecoupageIllisible(
                f"Le code {ancien} serait remplacé par {nouveau}, absent de la liste des communes."
            )
    return decoupage


def _code_commune(valeur: object, fichier: Path) -> str:
    try:
        return code_insee(str(valeur))
    except CodeInvalide as faute:
        raise DecoupageIllisible(f"{fichier.name} : {faute}") from faute


# --- Fichiers publics --------------------------------------------------------------------


def _json(fichier: Path) -> list[dict[str, Any]]:
    try:
        contenu = json.loads(fichier.read_text(encoding="utf-8"))
    except FileNotFoundError as faute:
        raise DecoupageIllisible(
            f"Il manque le fichier {fichier.name} dans {fichier.parent}. "
            "Il faut communes.json, epci.json et departements.json."
        ) from faute
    except (OSError, ValueError) as faute:
        raise DecoupageIllisible(
            f"{fichier.name} ne se lit pas : il est abîmé ou incomplet ({faute}). "
            "Reprenez-le à la source."
        ) from faute
    if not isinstance(contenu, list) or not all(isinstance(ligne, dict) for ligne in contenu):
        raise DecoupageIllisible(f"{fichier.name} devrait contenir une liste d’objets.")
    if not contenu:
        raise DecoupageIllisible(f"{fichier.name} est vide.")
    return contenu


def _dossier_de_donnees(dossier: Path) -> Path:
    if not dossier.is_dir():
        raise DecoupageIllisible(f"Le dossier {dossier} n’existe pas.")
    sous_dossier = dossier / "data"
    if not (dossier / "communes.json").exists() and (sous_dossier / "communes.json").exists():
        return sous_dossier
    return dossier


def millesime_des_fichiers(dossier: Path) -> int | None:
    """Année du découpage d'après le `package.json` du paquet public ; None s'il n'est pas là."""
    for fichier in (dossier / "package.json", dossier.parent / "package.json"):
        try:
            paquet = json.loads(fichier.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(paquet, dict) and paquet.get("name") == "@etalab/decoupage-administratif":
            majeure = re.match(r"\d+", str(paquet.get("version", "")))
            return MILLESIMES_DU_PAQUET.get(int(majeure.group())) if majeure else None
    return None


def _nom_epci(nom: str) -> str:
    """La source écrit ''Agglopolys'' ou "Agglopolys" : des guillemets français les remplacent."""
    return re.sub(r"(?:''|\")(.+?)(?:''|\")", "« \\1 »", nom.strip())


def _nature(type_epci: str) -> str:
    """La source isole la métropole de Lyon (MET69) : elle est rangée avec les métropoles."""
    return "METRO" if type_epci == "MET69" else type_epci


def lire_fichiers_publics(dossier: Path, *, millesime: int | None = None) -> DecoupageOfficiel:
    """Lit tout le pays depuis les fichiers publics.

    `millesime` : année du découpage, nécessaire si le `package.json` du paquet n'est pas là.
    Lève DecoupageIllisible (fichier absent, abîmé, incohérent, millésime inconnu).
    """
    donnees = _dossier_de_donnees(dossier)
    annee = millesime or millesime_des_fichiers(donnees)
    if annee is None:
        raise DecoupageIllisible(
            "Rien ne dit l’année de ces fichiers. Ajoutez-la : --millesime 2026, par exemple."
        )
    noms_regions = {}
    if (donnees / "regions.json").exists():
        noms_regions = {r["code"]: r["nom"] for r in _json(donnees / "regions.json")}
    try:
        departements = {
            d["code"]: LigneDepartement(
                d["code"], d["nom"], d["region"], noms_regions.get(d["region"], "")
            )
            for d in _json(donnees / "departements.json")
        }
        communes, successions = _communes_publiques(donnees / "communes.json")
        epcis = _rattacher(_json(donnees / "epci.json"), communes, donnees / "epci.json")
    except (KeyError, TypeError) as faute:
        raise DecoupageIllisible(
            f"Ces fichiers n’ont pas la forme attendue : l’information {faute} manque."
        ) from faute
    return _verifier(
        DecoupageOfficiel(
            millesime=annee,
            source=f"@etalab/decoupage-administratif, millésime {annee} (Licence Ouverte 2.0)",
            departements=departements,
            epcis=epcis,
            communes=communes,
            successions=successions,
        )
    )


def _communes_publiques(fichier: Path) -> tuple[dict[str, LigneCommune], dict[str, str]]:
    lignes = _json(fichier)
    communes: dict[str, LigneCommune] = {}
    for ligne in lignes:
        if ligne["type"] != "commune-actuelle":
            continue
        code = _code_commune(ligne["code"], fichier)
        if code in communes:
            raise DecoupageIllisible(f"{fichier.name} : la commune {code} y est deux fois.")
        communes[code] = LigneCommune(
            code_insee=code,
            nom=ligne["nom"],
            departement=ligne["departement"],
            epci="",
            population=ligne.get("population"),
            siren=ligne.get("siren", ""),
            codes_postaux=" ".join(ligne.get("codesPostaux", [])),
        )
    # Deux renseignements se complètent : les communes déléguées et associées nomment leur
    # chef-lieu (le plus précis), les communes actuelles leurs anciens codes.
    successions = {
        ancien: ligne["code"]
        for ligne in lignes
        for ancien in ligne.get("anciensCodes", [])
        if ligne["type"] == "commune-actuelle"
    }
    successions |= {
        ligne["code"]: ligne["chefLieu"] for ligne in lignes if ligne["type"] in ANCIENNES
    }
    # Les codes d'avant 1976 (Corse en 20…) n'existent plus sous aucune forme : ils sont laissés.
    return communes, {
        ancien: nouveau
        for ancien, nouveau in successions.items()
        if ancien not in communes and MOTIF_COMMUNE.fullmatch(ancien)
    }


def _rattacher(
    lignes: list[dict[str, Any]], communes: dict[str, LigneCommune], fichier: Path
) -> dict[str, LigneEpci]:
    """Écrit le SIREN de l'EPCI sur ses communes, et rend les EPCI avec leur population."""
    epcis: dict[str, LigneEpci] = {}
    for ligne in lignes:
        population = 0
        for membre in ligne["membres"]:
            code = _code_commune(membre["code"], fichier)
            commune = communes.get(code)
            if commune is None:
                raise DecoupageIllisible(
                    f"{fichier.name} : {ligne['nom']} cite la commune {code}, absente de "
                    "communes.json. Les deux fichiers doivent être du même millésime."
                )
            if commune.epci:
                raise DecoupageIllisible(
                    f"{fichier.name} : {commune.nom} ({code}) serait dans deux EPCI."
                )
            communes[code] = replace(commune, epci=ligne["code"])
            population += commune.population or 0
        epcis[ligne["code"]] = LigneEpci(
            siren=ligne["code"],
            nom=_nom_epci(ligne["nom"]),
            nature=_nature(ligne["type"]),
            population=population or None,
        )
    return epcis


# --- Extrait embarqué --------------------------------------------------------------------

FICHIERS_EXTRAIT: dict[str, type] = {
    "departements.csv": LigneDepartement,
    "epci.csv": LigneEpci,
    "communes.csv": LigneCommune,
    "successions.csv": LigneSuccession,
}


def _empreinte(texte: str) -> str:
    return hashlib.sha256(texte.encode()).hexdigest()


def ecrire_extrait(
    decoupage: DecoupageOfficiel, codes: Iterable[str], dossier: Path, *, date_extraction: str
) -> None:
    """Écrit l'extrait de ces départements : quatre CSV et un `source.json` avec empreintes."""
    codes = sorted(code_departement(code) for code in codes)
    extrait = decoupage.restreint_a(codes)
    successions = {a: LigneSuccession(a, n) for a, n in extrait.successions.items()}
    tables: dict[str, dict[str, Any]] = {
        "departements.csv": extrait.departements,
        "epci.csv": extrait.epcis,
        "communes.csv": extrait.communes,
        "successions.csv": successions,
    }
    dossier.mkdir(parents=True, exist_ok=True)
    fichiers = {}
    for nom, lignes in tables.items():
        tampon = io.StringIO()
        colonnes = [f.name for f in fields(FICHIERS_EXTRAIT[nom])]
        redacteur = csv.DictWriter(tampon, colonnes, lineterminator="\n")
        redacteur.writeheader()
        redacteur.writerows(asdict(lignes[cle]) for cle in sorted(lignes))
        (dossier / nom).write_text(tampon.getvalue(), encoding="utf-8", newline="\n")
        fichiers[nom] = {"lignes": len(lignes), "sha256": _empreinte(tampon.getvalue())}
    entete = {
        "millesime": extrait.millesime,
        "source": extrait.source,
        "licence": "Licence Ouverte 2.0",
        "date_extraction": date_extraction,
        "departements": codes,
        "fichiers": fichiers,
    }
    (dossier / "source.json").write_text(
        json.dumps(entete, ensure_ascii=False, indent=2) + "\n", encoding="utf-8", newline="\n"
    )


def departements_de_l_extrait(dossier: Path) -> list[str]:
    """Codes des départements que l'extrait contient en entier."""
    return list(_entete(dossier)["departements"])


def dernier_extrait(dossier: Path) -> Path | None:
    """Le sous-dossier du millésime le plus récent ; None s'il n'y en a pas."""
    annees = [d for d in dossier.glob("[0-9][0-9][0-9][0-9]") if (d / "source.json").exists()]
    return max(annees, key=lambda d: d.name, default=None)


def _entete(dossier: Path) -> dict[str, Any]:
    try:
        return json.loads((dossier / "source.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as faute:
        raise DecoupageIllisible(
            f"L’extrait {dossier} n’a pas de source.json lisible ({faute})."
        ) from faute


def _table(dossier: Path, nom: str, entete: dict[str, Any]) -> list[Any]:
    try:
        texte = (dossier / nom).read_text(encoding="utf-8")
    except OSError as faute:
        raise DecoupageIllisible(f"Il manque {nom} dans l’extrait {dossier}.") from faute
    if _empreinte(texte) != entete["fichiers"][nom]["sha256"]:
        raise DecoupageIllisible(
            f"{nom} n’est pas celui que décrit source.json : il est incomplet ou modifié. "
            "Refaites l’extrait avec outils/extraire_decoupage.py."
        )
    classe = FICHIERS_EXTRAIT[nom]
    lignes = []
    for brute in csv.DictReader(io.StringIO(texte)):
        valeurs: dict[str, Any] = dict(brute)
        if "population" in valeurs:
            valeurs["population"] = int(valeurs["population"]) if valeurs["population"] else None
        lignes.append(classe(**valeurs))
    return lignes


def lire_extrait(dossier: Path) -> DecoupageOfficiel:
    """Lit l'extrait daté d'un dossier. Lève DecoupageIllisible s'il est incomplet."""
    entete = _entete(dossier)
    return _verifier(
        DecoupageOfficiel(
            millesime=int(entete["millesime"]),
            source=entete["source"],
            departements={x.code: x for x in _table(dossier, "departements.csv", entete)},
            epcis={x.siren: x for x in _table(dossier, "epci.csv", entete)},
            communes={x.code_insee: x for x in _table(dossier, "communes.csv", entete)},
            successions={
                x.ancien_code: x.code_insee for x in _table(dossier, "successions.csv", entete)
            },
        )
    )
