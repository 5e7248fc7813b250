"""Ce qui est refusé l'est d'une phrase, et rien n'a bougé."""

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from .conftest import POSTGRES


def refus(installation, *arguments):
    return installation.lancer(*arguments, attendu=1).stderr


def test_sauvegarder_n_ecrase_pas_un_dossier_plein(installation, tmp_path):
    (tmp_path / "notes.txt").write_text("à garder")
    assert "n’est pas vide" in refus(installation, "sauvegarder", tmp_path)
    assert [f.name for f in tmp_path.iterdir()] == ["notes.txt"]


def test_une_base_vide_n_a_rien_a_sauvegarder(neuve, tmp_path):
    assert "rien à sauvegarder" in refus(neuve, "sauvegarder", tmp_path / "vide")
    assert not (tmp_path / "vide").exists()


def test_restaurer_par_dessus_une_installation_demande_de_le_dire(installation, sauvegarde):
    message = refus(installation, "restaurer", sauvegarde[0])
    assert "2 collectivité(s)" in message
    assert "--remplacer" in message


def test_un_dossier_quelconque_n_est_pas_une_sauvegarde(neuve, tmp_path):
    assert "n’est pas une sauvegarde" in refus(neuve, "restaurer", tmp_path)


@pytest.fixture
def copie(sauvegarde, tmp_path):
    return shutil.copytree(sauvegarde[0], tmp_path / "copie")


def changer_le_manifeste(dossier, **valeurs):
    fichier = dossier / "manifeste.json"
    fichier.write_text(json.dumps({**json.loads(fichier.read_text()), **valeurs}))


def abimer_une_table(dossier):
    fichier = dossier / "tables" / "plan_ficheaction.jsonl.gz"
    lignes = gzip.decompress(fichier.read_bytes()).decode().splitlines(keepends=True)
    lignes[5] = lignes[5].replace("V", "W", 1)
    fichier.write_bytes(gzip.compress("".join(lignes).encode()))


def tronquer_une_table(dossier):
    fichier = dossier / "tables" / "plan_pointetape.jsonl.gz"
    fichier.write_bytes(fichier.read_bytes()[:-200])


def perdre_une_table(dossier):
    (dossier / "tables" / "acteurs_compte.jsonl.gz").unlink()


def changer_un_document(dossier):
    (dossier / "documents" / "conventions" / "répit été.txt").write_text("autre chose")


def perdre_un_document(dossier):
    (dossier / "documents" / "vide.bin").unlink()


@pytest.mark.parametrize(
    "abimer",
    [
        abimer_une_table,
        tronquer_une_table,
        perdre_une_table,
        changer_un_document,
        perdre_un_document,
    ],
)
def test_une_sauvegarde_abimee_est_refusee_sans_rien_changer(copie, neuve, abimer):
    abimer(copie)
    assert "abîmée" in refus(neuve, "restaurer", copie)
    assert not (neuve.dossier / "documents").exists()


def test_une_sauvegarde_d_une_version_future_est_refusee(copie, neuve):
    migrations = json.loads((copie / "manifeste.json").read_text())["migrations"]
    changer_le_manifeste(copie, migrations=[*migrations, ["plan", "0999_futur"]])
    assert "plus récente" in refus(neuve, "restaurer", copie)


def test_un_format_inconnu_est_refuse(copie, neuve):
    changer_le_manifeste(copie, format=2)
    assert "format 2" in refus(neuve, "restaurer", copie)


def test_un_document_ne_sort_pas_du_dossier(copie, neuve, tmp_path):
    (tmp_path / "ailleurs.txt").write_text("hors de la sauvegarde")
    manifeste = json.loads((copie / "manifeste.json").read_text())
    documents = {**manifeste["documents"], "../../ailleurs.txt": {"octets": 1, "sha256": "x"}}
    changer_le_manifeste(copie, documents=documents)
    assert "abîmée" in refus(neuve, "restaurer", copie)


TENIR = """
import sys, time
from django.db import connection
connection.ensure_connection()
connection.cursor().execute("SELECT count(*) FROM plan_ficheaction")
print("prêt", flush=True)
time.sleep(60)
"""


if not POSTGRES:  # PostgreSQL échange sous verrou, même quand on lit

    def test_sqlite_refuse_tant_que_maillage_sert(sauvegarde, neuve):
        neuve.lancer("restaurer", sauvegarde[0])
        service = subprocess.Popen(
            neuve.commande_python(TENIR), env=neuve.environnement, stdout=subprocess.PIPE, text=True
        )
        try:
            assert service.stdout.readline() == "prêt\n"
            assert "sert encore" in refus(neuve, "restaurer", sauvegarde[0], "--remplacer")
        finally:
            service.kill()
            service.communicate()
        neuve.lancer("restaurer", sauvegarde[0], "--remplacer")


SERVIR = """
import time
from django.conf import settings
from maillage.portail.service import verrou_du_dossier
with verrou_du_dossier(settings.DOSSIER, seul=False):
    print("prêt", flush=True)
    time.sleep(60)
"""


def test_on_ne_restaure_pas_sous_les_pieds_du_service(sauvegarde, neuve):
    """Entre deux requêtes, le service ne tient aucune connexion : son verrou le dit."""
    service = subprocess.Popen(
        neuve.commande_python(SERVIR), env=neuve.environnement, stdout=subprocess.PIPE, text=True
    )
    try:
        assert service.stdout.readline() == "prêt\n"
        assert "sert encore" in refus(neuve, "restaurer", sauvegarde[0])
    finally:
        service.kill()
        service.communicate()
    neuve.lancer("restaurer", sauvegarde[0])


@pytest.mark.lent
@pytest.mark.parametrize("delai", [1.5, 2.5, 4.0])
def test_une_restauration_tuee_laisse_tout_en_place(sauvegarde, neuve, tmp_path, delai):
    """kill -9 au milieu : l'ancienne installation, ou la nouvelle entière ; jamais un mélange."""
    neuve.lancer("restaurer", sauvegarde[0])
    processus = subprocess.Popen(
        [sys.executable, "-m", "maillage.commandes", "restaurer", sauvegarde[0], "--remplacer"],
        env=neuve.environnement,
        stdout=subprocess.DEVNULL,
    )
    time.sleep(delai)
    os.kill(processus.pid, signal.SIGKILL)
    processus.wait()
    assert neuve.sauvegarder(tmp_path / "apres")["tables"] == sauvegarde[1]["tables"]
    neuve.lancer("restaurer", sauvegarde[0], "--remplacer")
