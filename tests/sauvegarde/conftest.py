"""De vraies installations, avec leurs commandes et leur base, pour sauvegarder et restaurer.

Une sauvegarde se juge de l'extérieur : chaque commande est un processus. Sur SQLite, un dossier par
installation ; sur PostgreSQL (`MAILLAGE_TEST_POSTGRES`), une base par installation.
"""

import itertools
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

RACINE = Path(__file__).resolve().parents[2]
POSTGRES = os.environ.get("MAILLAGE_TEST_POSTGRES", "")
_RANGS = itertools.count(1)


@dataclass(frozen=True)
class Installation:
    """Un Maillage posé quelque part : son dossier de données, l'adresse de sa base."""

    dossier: Path
    adresse: str

    @property
    def environnement(self) -> dict[str, str]:
        return {
            **os.environ,
            "MAILLAGE_MODE": "demonstration",
            "MAILLAGE_DOSSIER": str(self.dossier),
            "DATABASE_URL": self.adresse,
            "DJANGO_SETTINGS_MODULE": "maillage.config.settings",
        }

    def lancer(self, *arguments: str | Path, attendu: int = 0) -> subprocess.CompletedProcess[str]:
        fait = subprocess.run(
            [sys.executable, "-m", "maillage.commandes", *map(str, arguments)],
            env=self.environnement,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert fait.returncode == attendu, fait.stdout + fait.stderr
        return fait

    def python(self, programme: str, *arguments: str) -> str:
        """Exécute un programme dans cette installation, Django prêt ; rend ce qu'il écrit."""
        fait = subprocess.run(
            self.commande_python(programme, *arguments),
            env=self.environnement,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert fait.returncode == 0, fait.stdout + fait.stderr
        return fait.stdout

    def commande_python(self, programme: str, *arguments: str) -> list[str]:
        return [sys.executable, "-c", "import django; django.setup()\n" + programme, *arguments]

    def sauvegarder(self, dossier: Path) -> dict:
        """Sauvegarde, et rend ce que le manifeste dit des tables et des documents."""
        self.lancer("sauvegarder", dossier)
        manifeste = json.loads((dossier / "manifeste.json").read_text())
        return {cle: manifeste[cle] for cle in ("tables", "documents", "migrations")}


def installer(dossier: Path) -> Installation:
    """Une installation sans rien dedans."""
    dossier.mkdir(parents=True)
    if not POSTGRES:
        return Installation(dossier, f"sqlite:///{dossier / 'maillage.sqlite3'}")
    nom = f"maillage_sauvegarde_{os.getpid()}_{next(_RANGS)}"
    _administrer(f"CREATE DATABASE {nom}")
    return Installation(dossier, urlsplit(POSTGRES)._replace(path=f"/{nom}").geturl())


def retirer(installation: Installation) -> None:
    if POSTGRES:
        nom = urlsplit(installation.adresse).path.removeprefix("/")
        _administrer(f"DROP DATABASE IF EXISTS {nom} WITH (FORCE)")
    shutil.rmtree(installation.dossier, ignore_errors=True)


def _administrer(ordre: str) -> None:
    import psycopg

    adresse = urlsplit(POSTGRES)._replace(path="/postgres").geturl()
    with psycopg.connect(adresse, autocommit=True) as connexion:
        connexion.execute(ordre)


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    """La démonstration, servie par personne, avec deux documents déposés."""
    posee = installer(tmp_path_factory.mktemp("maillage") / "premiere")
    posee.lancer("migrer")
    posee.lancer("demonstration", "--jour", "2026-11-22")
    (posee.dossier / "documents" / "conventions").mkdir(parents=True)
    (posee.dossier / "documents" / "conventions" / "répit été.txt").write_text("convention")
    (posee.dossier / "documents" / "vide.bin").write_bytes(b"")
    yield posee
    retirer(posee)


@pytest.fixture(scope="module")
def sauvegarde(installation, tmp_path_factory):
    """Une sauvegarde de cette installation : (dossier, ce que son manifeste dit)."""
    dossier = tmp_path_factory.mktemp("sauvegardes") / "premiere"
    return dossier, installation.sauvegarder(dossier)


@pytest.fixture
def neuve(tmp_path):
    posee = installer(tmp_path / "neuve")
    yield posee
    retirer(posee)
