"""L'ouvrier tué à chaque étape d'un envoi : le message n'arrive jamais deux fois.

Un vrai serveur SMTP, un vrai ouvrier à part, un vrai « kill -9 ».
"""

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from .boite import boite_aux_lettres
from .installation import Installation

pytestmark = pytest.mark.lent


@pytest.fixture(scope="module")
def modele(tmp_path_factory) -> Path:
    """La base remplie, copiée pour chaque test."""
    dossier = tmp_path_factory.mktemp("modele")
    installation = Installation(dossier, "smtp://127.0.0.1:9")
    installation.maillage("migrer")
    installation.faire(str(Path(__file__).with_name("petit_monde.py")))
    return installation.base


@pytest.fixture
def boite():
    with boite_aux_lettres() as ouverte:
        yield ouverte


@pytest.fixture
def installation(modele, tmp_path, boite):
    shutil.copy(modele, tmp_path / "essai.sqlite3")
    return Installation(tmp_path, boite.adresse)


def tuer_a(installation, boite, etape: str) -> None:
    """Lance un ouvrier et le tue net quand le dialogue SMTP arrive à cette étape."""
    ouvrier = installation.lancer("-m", "maillage.commandes", "ouvrier", "--une-fois")

    def guetter(vue: str) -> None:
        if vue == etape:
            boite.a_l_etape = lambda _: None
            os.kill(ouvrier.pid, signal.SIGKILL)

    boite.a_l_etape = guetter
    with ouvrier:
        ouvrier.communicate(timeout=90)
    assert ouvrier.returncode == -signal.SIGKILL


# étape -> (messages reçus, état de l'envoi) une fois la tâche reprise par un autre ouvrier
ISSUES = {
    "connexion": (1, "parti"),
    "expediteur": (1, "parti"),
    "destinataire": (1, "parti"),
    "accepte": (1, "incertain"),
    "fin": (1, "parti"),
}


@pytest.mark.parametrize(("etape", "issue"), ISSUES.items(), ids=ISSUES)
def test_un_ouvrier_tue_n_ecrit_jamais_deux_fois(installation, boite, etape, issue):
    installation.maillage("horloge")
    tuer_a(installation, boite, etape)
    installation.maillage("ouvrier", "--une-fois")
    installation.maillage("horloge")
    installation.maillage("ouvrier", "--une-fois")
    assert (len(boite.messages), *installation.etats()) == issue


def test_un_ouvrier_sans_histoire_ecrit_une_fois(installation, boite):
    bilan = json.loads(installation.maillage("horloge", "--json"))
    installation.maillage("ouvrier", "--une-fois")
    (message,) = boite.messages
    assert [b["prepares"] for b in bilan.values()] == [1]
    assert message["To"] == "pilote@exemple.test"
    assert "/point/" in message.get_body(("plain",)).get_content()


def test_deux_ouvriers_ensemble_n_ecrivent_qu_une_fois(installation, boite):
    installation.maillage("horloge")
    ouvriers = [
        installation.lancer("-m", "maillage.commandes", "ouvrier", "--une-fois") for _ in range(2)
    ]
    for ouvrier in ouvriers:
        with ouvrier:
            ouvrier.communicate(timeout=90)
    assert len(boite.messages) == 1


def test_l_horloge_tuee_puis_relancee_ne_prepare_qu_un_envoi(installation):
    horloge = installation.lancer("-m", "maillage.commandes", "horloge")
    with horloge:
        horloge.kill()
    installation.maillage("horloge")
    installation.maillage("horloge")
    assert installation.etats() == ["prepare"]
    assert len(installation.taches()) == 1


def test_un_arret_demande_finit_proprement(installation):
    ouvrier = installation.lancer("-m", "maillage.commandes", "ouvrier")
    presence = Path(installation.environnement["MAILLAGE_DOSSIER"]) / "ouvriers"
    for _ in range(300):
        if presence.exists() and list(presence.iterdir()):
            break
        try:
            ouvrier.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            continue
    ouvrier.send_signal(signal.SIGTERM)
    with ouvrier:
        sortie, _ = ouvrier.communicate(timeout=30)
    assert ouvrier.returncode == 0, sortie
    assert list(presence.iterdir()) == []
