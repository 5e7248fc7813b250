"""Un import tué en plein travail ne laisse rien à moitié écrit."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.lent
FICHES = 3000


def _environnement(dossier: Path) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "maillage.config.settings",
        "MAILLAGE_MODE": "demonstration",
        "MAILLAGE_DOSSIER": str(dossier),
        "DATABASE_URL": f"sqlite:///{dossier / 'plan.sqlite3'}",
    }


_PREPARER = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from maillage.acteurs.models import Collectivite
from maillage.territoires.models import Departement
from maillage.plan.models import Division, Schema
d = Departement.objects.create(
    code="41", nom="Loir-et-Cher", region_code="24", region_nom="Centre-Val de Loire"
)
c = Collectivite.objects.create(slug="c", nom="C", nom_court="C", departement=d)
s = Schema.objects.create(
    collectivite=c, slug="s", nom="S", niveaux=["axe"], annee_debut=2024, annee_fin=2028
)
Division.objects.create(schema=s, code="A1", nom="Axe")
"""


def _compter(base: Path) -> dict[str, int]:
    with sqlite3.connect(base) as connexion:
        assert connexion.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        tables = ("plan_ficheaction", "plan_versionfiche", "journal_ligne", "acteurs_organisation")
        comptes = {t: connexion.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in tables}
    connexion.close()
    return comptes


def _importer(fichier: Path, environnement) -> subprocess.Popen:
    arguments = ["importer-plan", str(fichier), "--collectivite", "c", "--schema", "s"]
    return subprocess.Popen(
        [sys.executable, "-m", "maillage.commandes", *arguments],
        env=environnement, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_un_import_tue_ne_laisse_rien_a_moitie(tmp_path):
    environnement = _environnement(tmp_path)
    subprocess.run([sys.executable, "-c", _PREPARER], env=environnement, check=True)
    base, journal = tmp_path / "plan.sqlite3", tmp_path / "plan.sqlite3-wal"
    fichier = tmp_path / "plan.csv"
    lignes = [f"A1.{n:05d};Action {n};A1;Direction {n}" for n in range(FICHES)]
    fichier.write_text("\n".join(["Code;Titre;Axe;Pilote", *lignes]), encoding="utf-8")
    avant = _compter(base)

    tue = _importer(fichier, environnement)
    limite = time.monotonic() + 120
    while tue.poll() is None and time.monotonic() < limite:
        # Le journal de SQLite grossit : l'import écrit, sa transaction n'est pas finie.
        if journal.exists() and journal.stat().st_size > 300_000:
            break
        time.sleep(0.005)
    assert tue.poll() is None, "l’import a fini avant d’être tué"
    os.kill(tue.pid, signal.SIGKILL)
    tue.communicate()

    assert _compter(base) == avant
    suite = _importer(fichier, environnement)
    assert suite.communicate()[1] == b""
    assert suite.returncode == 0
    assert _compter(base)["plan_ficheaction"] == FICHES
