"""Un faux dossier Maillage : le vrai lanceur, un faux Python, aucun accès au réseau."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

VRAIE_RACINE = Path(__file__).resolve().parents[2]
FAUX_PROGRAMME = """#!/bin/sh
echo "$(basename "$0") $*" >> "{journal}"
exit {code}
"""


class FauxDossier:
    """Copie les deux lanceurs dans `racine` ; `poser` y ajoute des programmes factices."""

    def __init__(self, racine: Path) -> None:
        self.racine = racine
        self.chemin = racine / "chemin"
        self.journal = racine / "journal.txt"
        self.chemin.mkdir(parents=True)
        shutil.copytree(
            VRAIE_RACINE / "outils",
            racine / "outils",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        for nom in ("demarrer", "tester", "pyproject.toml"):
            shutil.copy2(VRAIE_RACINE / nom, racine / nom)
        (racine / "requirements").mkdir()
        for verrou in ("base", "dev", "uv"):
            (racine / "requirements" / f"{verrou}.txt").write_text(f"# verrou {verrou}\n")
        # Le strict nécessaire des lanceurs en shell : ni uv, ni apt-get, ni navigateur.
        for utile in ("sh", "cat", "dirname", "basename"):
            (self.chemin / utile).symlink_to(shutil.which(utile))
        (self.chemin / "python3").symlink_to(sys.executable)

    def poser(self, nom: str, code: int = 0, contenu: str | None = None) -> Path:
        """Écrit un programme factice qui note son appel dans le journal et rend `code`."""
        programme = self.racine / nom
        programme.parent.mkdir(parents=True, exist_ok=True)
        programme.unlink(missing_ok=True)
        programme.write_text(contenu or FAUX_PROGRAMME.format(journal=self.journal, code=code))
        programme.chmod(0o755)
        return programme

    def installe(self, code_de_python: int = 0) -> None:
        """Fait comme si les deux verrous étaient déjà installés dans ce dossier."""
        self.poser(".venv/bin/python", code_de_python)
        self.poser(".venv/bin/maillage")
        subprocess.run(
            [
                sys.executable,
                "-c",
                "import json, lanceur as l; l.EMPREINTE.write_text(json.dumps("
                "{'racine': str(l.RACINE), 'base': l.empreinte('base'), 'dev': l.empreinte('dev')}"
                "))",
            ],
            cwd=self.racine / "outils",
            check=True,
        )

    def appels(self) -> str:
        return self.journal.read_text() if self.journal.exists() else ""

    def lancer(self, *commande: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environnement = {
            "PATH": str(self.chemin),
            "HOME": str(self.racine),
            "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            **variables,
        }
        return subprocess.run(
            [str(self.racine / commande[0]), *commande[1:]],
            cwd=self.racine,
            env=environnement,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )


@pytest.fixture
def dossier(tmp_path):
    return FauxDossier(tmp_path / "maillage")


@pytest.fixture
def lanceur(monkeypatch, tmp_path):
    """Le module du lanceur, attaché à un dossier vide."""
    import lanceur as module

    for nom in list(os.environ):
        if nom in {"CI", "PORT", "CHROMIUM", "MAILLAGE_DOSSIER", "MAILLAGE_TEST_POSTGRES"}:
            monkeypatch.delenv(nom)
    monkeypatch.setattr(module, "RACINE", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "EMPREINTE", tmp_path / ".venv" / "maillage-empreinte.json")
    return module
