"""La réserve de documents : une composition à la fois, rien de vieux, rien de moitié écrit."""

import threading
import time

import pytest

from maillage.socle.documents import reserve
from maillage.socle.documents.reserve import DocumentEnPreparation, tirer_de_la_reserve


@pytest.fixture(autouse=True)
def dossier(settings, tmp_path):
    settings.DOSSIER = tmp_path
    return tmp_path / "documents-composes"


def test_huit_demandes_ensemble_composent_une_fois():
    appels, rendus = [], []

    def composer():
        appels.append(1)
        time.sleep(0.2)
        return b"document"

    fils = [
        threading.Thread(
            target=lambda: rendus.append(tirer_de_la_reserve("plan-1", "cle", composer))
        )
        for _ in range(8)
    ]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert (len(appels), rendus) == (1, [b"document"] * 8)


def test_une_cle_nouvelle_remplace_l_ancien_document(dossier):
    tirer_de_la_reserve("plan-1", "hier", lambda: b"hier")
    assert tirer_de_la_reserve("plan-1", "demain", lambda: b"demain") == b"demain"
    assert len(list(dossier.glob("plan-1.*"))) == 1


def test_une_famille_n_efface_pas_sa_voisine(dossier):
    tirer_de_la_reserve("plan-1", "cle", lambda: b"un")
    tirer_de_la_reserve("plan-12", "cle", lambda: b"douze")
    assert tirer_de_la_reserve("plan-1", "cle", lambda: b"refait") == b"un"


def test_une_composition_qui_echoue_ne_garde_rien_et_rend_le_verrou(dossier):
    def echouer():
        raise RuntimeError("panne")

    with pytest.raises(RuntimeError, match="panne"):
        tirer_de_la_reserve("plan-1", "cle", echouer)
    assert tirer_de_la_reserve("plan-1", "cle", lambda: b"repris") == b"repris"


def test_trop_de_demandes_en_attente_sont_priees_de_revenir(monkeypatch):
    monkeypatch.setattr(reserve, "EN_ATTENTE_AU_PLUS", 0)
    with pytest.raises(DocumentEnPreparation):
        tirer_de_la_reserve("plan-1", "cle", lambda: b"document")


def test_la_reserve_garde_soixante_documents_au_plus(dossier, monkeypatch):
    monkeypatch.setattr(reserve, "GARDES", 3)
    for rang in range(6):
        tirer_de_la_reserve(f"plan-{rang}", "cle", lambda: b"document")
    assert len([f for f in dossier.iterdir() if f.suffix != ".verrou"]) == 3


def test_un_nom_de_famille_ne_sort_pas_du_dossier():
    with pytest.raises(ValueError, match="famille"):
        tirer_de_la_reserve("../ailleurs", "cle", lambda: b"document")
