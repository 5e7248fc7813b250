"""Les commandes : ce qu'elles disent, ce qu'elles refusent."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from maillage.portail.management.commands.servir import verifier_l_adresse
from maillage.portail.service import prevoir


def sortie(*arguments, **options):
    flux = StringIO()
    call_command(*arguments, stdout=flux, **options)
    return flux.getvalue()


def test_la_commande_dit_ou_aller_meme_quand_tout_est_deja_la(demonstration, db, monkeypatch):
    monkeypatch.setenv("PORT", "8123")
    texte = sortie("demonstration")
    assert "déjà en place" in texte
    assert "http://127.0.0.1:8123/loir-et-cher/" in texte
    assert "161 actions" in texte
    assert "inventés" in texte


def test_le_resultat_en_json(demonstration, db):
    resultat = json.loads(sortie("demonstration", "--json"))
    assert resultat["fiches"] == {"loir-et-cher": 161, "loiret": 53}
    assert resultat["chargee"] is False
    assert resultat["points"] > 900


def test_migrer_deux_fois_ne_fait_rien_la_seconde(db):
    assert json.loads(sortie("migrer", "--json")) == {"appliquees": []}


@pytest.mark.parametrize("port", ["0", "70000", "quatre-vingts", "8000 "])
def test_servir_refuse_un_mauvais_port(port):
    with pytest.raises(CommandError, match="de 1 à 65535"):
        call_command("servir", "--port", port)


def test_servir_dit_quand_le_port_est_pris():
    import socket

    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        prise.listen()
        with pytest.raises(CommandError, match="maillage servir"):
            verifier_l_adresse("127.0.0.1", prise.getsockname()[1])


def test_sqlite_n_a_jamais_plus_de_deux_processus(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 16)
    monkeypatch.setattr("maillage.portail.service.memoire_disponible", lambda: 64 * 1024**3)
    assert prevoir(vendeur="sqlite").processus == 2
    assert prevoir(vendeur="postgresql").processus == 4


def test_une_petite_machine_a_un_seul_processus(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    monkeypatch.setattr("maillage.portail.service.memoire_disponible", lambda: 200 * 1024**2)
    assert prevoir(vendeur="postgresql").processus == 1


def test_le_nombre_de_processus_se_choisit():
    assert prevoir(vendeur="sqlite", processus=3).processus == 3
