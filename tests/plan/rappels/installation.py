"""Une installation à part, avec ses vrais processus : pour les tuer."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

RACINE = Path(__file__).resolve().parents[3]


class Installation:
    """Une installation à part : sa base, son dossier, son serveur de courriel."""

    def __init__(self, dossier: Path, courriel: str):
        self.base = dossier / "essai.sqlite3"
        self.environnement = {
            **{n: os.environ[n] for n in ("PATH", "HOME", "TMPDIR") if n in os.environ},
            "MAILLAGE_MODE": "demonstration",
            "MAILLAGE_DOSSIER": str(dossier),
            "DATABASE_URL": f"sqlite:///{self.base}",
            "MAILLAGE_EMAIL_URL": courriel,
            "DJANGO_SETTINGS_MODULE": "maillage.config.settings",
            "PYTHONPATH": str(RACINE / "src"),
            "PYTHONUTF8": "1",
        }

    def lancer(self, *mots: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, *mots],
            cwd=RACINE,
            env=self.environnement,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def faire(self, *mots: str) -> str:
        with self.lancer(*mots) as processus:
            sortie, _ = processus.communicate(timeout=90)
        assert processus.returncode == 0, sortie
        return sortie

    def maillage(self, *mots: str) -> str:
        return self.faire("-m", "maillage.commandes", *mots)

    def etats(self) -> list[str]:
        with sqlite3.connect(self.base) as base:
            trouves = [etat for (etat,) in base.execute("SELECT etat FROM plan_envoi")]
        base.close()
        return trouves

    def taches(self) -> list[str]:
        with sqlite3.connect(self.base) as base:
            requete = "SELECT status FROM django_tasks_database_dbtaskresult"
            trouves = [etat for (etat,) in base.execute(requete)]
        base.close()
        return trouves

    def ouvriers(self) -> list[int]:
        """Les processus des ouvriers présents, lus dans le nom de leur verrou."""
        places = self.base.parent / "ouvriers"
        if not places.is_dir():
            return []
        return [int(f.name.split(".")[-3]) for f in places.glob("*.verrou")]
