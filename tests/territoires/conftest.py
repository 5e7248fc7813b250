"""De quoi bâtir un petit pays : fichiers publics à la main, extrait fourni chargé une fois."""

import json
from pathlib import Path

import pytest
from django.conf import settings

from maillage.territoires.fichier import charger_decoupage_territorial
from maillage.territoires.lecture import lire_extrait
from maillage.territoires.services import importer_decoupage

EXTRAIT = Path(settings.DONNEES) / "decoupage" / "2026"


def commune(code, nom, *, population=100, **autres):
    """Une ligne de communes.json, comme la publie la source."""
    return {
        "code": code,
        "nom": nom,
        "departement": code[:3] if code.startswith("97") else code[:2],
        "type": "commune-actuelle",
        "siren": f"21{code}0 1".replace(" ", "0")[:9] if code.isdigit() else "",
        "codesPostaux": [f"{code[:2]}000"] if code.isdigit() else [],
        "population": population,
        **autres,
    }


def deleguee(code, nom, chef_lieu):
    """Une ancienne commune, devenue déléguée de `chef_lieu`."""
    return {
        "code": code,
        "nom": nom,
        "departement": code[:2],
        "type": "commune-deleguee",
        "chefLieu": chef_lieu,
    }


def epci(siren, nom, membres, *, nature="CC"):
    """Une ligne d'epci.json ; seul le code des membres compte."""
    return {
        "code": siren,
        "nom": nom,
        "type": nature,
        "membres": [{"code": code} for code in membres],
    }


DEPARTEMENTS = [
    {"code": "36", "nom": "Indre", "region": "24"},
    {"code": "37", "nom": "Indre-et-Loire", "region": "24"},
    {"code": "2A", "nom": "Corse-du-Sud", "region": "94"},
    {"code": "974", "nom": "La Réunion", "region": "04"},
]
COMMUNES = [
    commune("37001", "Abilly", population=1000),
    commune("37002", "Ambillou", population=1700),
    commune("37003", "Saint-Avertin", population=14000),
    commune("36001", "Aigurande", population=1300),
    commune("36002", "Aize", population=110),
    commune("2A004", "Ajaccio", population=73000),
    commune("97411", "Saint-Denis", population=155000),
]
EPCIS = [
    epci("200000111", "CC du Bord des Deux", ["37001", "36001"]),
    epci("200000222", "CA ''Belle Ville''", ["37002", "37003"], nature="CA"),
]


@pytest.fixture
def ecrire_fichiers(tmp_path):
    """Écrit un dossier de fichiers publics et rend son chemin."""

    def ecrire(communes=COMMUNES, epcis=EPCIS, departements=DEPARTEMENTS, nom="fichiers"):
        dossier = tmp_path / nom
        dossier.mkdir()
        for fichier, contenu in (
            ("communes", communes),
            ("epci", epcis),
            ("departements", departements),
            ("regions", [{"code": "24", "nom": "Centre-Val de Loire"}]),
        ):
            (dossier / f"{fichier}.json").write_text(json.dumps(contenu), encoding="utf-8")
        return dossier

    return ecrire


@pytest.fixture(scope="session")
def extrait():
    """L'extrait fourni, lu une fois."""
    return lire_extrait(EXTRAIT)


@pytest.fixture
def deux_departements(db, extrait):
    """Loir-et-Cher et Loiret chargés depuis l'extrait fourni."""
    return importer_decoupage(officiel=extrait, departements=["41", "45"])


@pytest.fixture
def loir_et_cher(deux_departements):
    """Le découpage du Loir-et-Cher, avec ses trois territoires."""
    fichier = Path(settings.DONNEES) / "loir-et-cher" / "territoires-2024.yaml"
    return charger_decoupage_territorial(fichier).decoupage
