"""`./demarrer` : ce qu'il refuse et pourquoi, ce qu'il refait et ce qu'il ne refait pas."""

import errno
import json
import socket

import pytest

FAUX_VIEUX_PYTHON = "#!/bin/sh\n[ \"$1\" = --version ] && echo 'Python 3.9.2' && exit 0\nexit 1\n"


@pytest.fixture
def port_pris():
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        prise.listen()
        yield prise.getsockname()[1]


def test_un_python_trop_ancien_est_nomme_et_rien_n_est_installe(dossier):
    dossier.poser("chemin/python3", contenu=FAUX_VIEUX_PYTHON)
    fait = dossier.lancer("demarrer")
    assert fait.returncode == 1
    assert "3.11" in fait.stderr and "Python 3.9.2" in fait.stderr
    assert not (dossier.racine / ".venv").exists()


def test_le_lanceur_refuse_lui_meme_un_python_trop_ancien(lanceur):
    with pytest.raises(lanceur.Refus, match=r"celui-ci est 3\.10"):
        lanceur.verifier_python((3, 10, 4))


def test_un_autre_python_peut_etre_designe(dossier):
    dossier.installe()
    vrai = (dossier.chemin / "python3").rename(dossier.racine / "mon python")
    dossier.poser("chemin/python3", contenu=FAUX_VIEUX_PYTHON)
    fait = dossier.lancer("demarrer", "--sans-servir", MAILLAGE_PYTHON=str(vrai))
    assert fait.returncode == 0, fait.stderr


def test_un_port_pris_est_nomme_avec_la_commande_a_taper(dossier, port_pris):
    dossier.installe()
    fait = dossier.lancer("demarrer", PORT=str(port_pris))
    assert fait.returncode == 1
    assert f"port {port_pris} est déjà pris" in fait.stderr
    assert "PORT=" in fait.stderr and "./demarrer" in fait.stderr
    assert "migrer" not in dossier.appels()


def test_le_port_propose_est_libre(lanceur, port_pris):
    with pytest.raises(lanceur.Refus) as refus:
        lanceur.verifier_port(port_pris)
    propose = int(str(refus.value).split("PORT=")[1].split()[0])
    assert lanceur.port_libre(propose)


@pytest.mark.parametrize("texte", ["abc", "0", "65536", "-1", "80.5", ""])
def test_un_port_illisible_est_refuse(lanceur, texte):
    with pytest.raises(lanceur.Refus, match="entre 1 et 65535"):
        lanceur.lire_port(texte)


def test_la_seconde_fois_n_installe_rien(dossier):
    dossier.installe()
    fait = dossier.lancer("demarrer", "--sans-servir")
    assert fait.returncode == 0, fait.stderr
    assert "Installation" not in fait.stdout
    assert "Tout est prêt" in fait.stdout


def test_sans_servir_migre_puis_charge_la_demonstration(dossier):
    dossier.installe()
    dossier.lancer("demarrer", "--sans-servir")
    appels = dossier.appels().splitlines()
    assert appels.index("maillage migrer") < appels.index("maillage demonstration")
    assert "maillage servir" not in appels


def test_en_production_la_demonstration_n_est_jamais_chargee(dossier):
    dossier.installe()
    dossier.lancer("demarrer", "--sans-servir", MAILLAGE_MODE="production")
    assert "maillage migrer" in dossier.appels()
    assert "maillage demonstration" not in dossier.appels()


def test_demarrer_finit_par_servir_sur_le_port_demande(dossier):
    dossier.installe()
    dossier.poser(
        ".venv/bin/maillage", contenu=f'#!/bin/sh\necho "$* $PORT" >> "{dossier.journal}"\n'
    )
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        port = prise.getsockname()[1]
    fait = dossier.lancer("demarrer", "--port", str(port))
    assert f"http://127.0.0.1:{port}/" in fait.stdout
    assert dossier.appels().splitlines()[-1] == f"servir --avec-ouvrier {port}"


def test_une_migration_qui_echoue_arrete_tout(dossier):
    dossier.installe()
    dossier.poser(".venv/bin/maillage", code=1)
    fait = dossier.lancer("demarrer", "--sans-servir")
    assert fait.returncode == 1
    assert "migrer" in fait.stderr
    assert "maillage demonstration" not in dossier.appels()


def test_les_statiques_inchanges_ne_sont_pas_rassembles_deux_fois(dossier):
    dossier.installe()
    (dossier.racine / "var" / "statique").mkdir(parents=True)
    (dossier.racine / "var" / "statique" / "staticfiles.json").write_text("{}")
    dossier.lancer("demarrer", "--sans-servir")
    dossier.lancer("demarrer", "--sans-servir")
    assert dossier.appels().count("collectstatic") == 1


def test_un_statique_modifie_est_rassemble_de_nouveau(dossier):
    dossier.installe()
    (dossier.racine / "var" / "statique").mkdir(parents=True)
    (dossier.racine / "var" / "statique" / "staticfiles.json").write_text("{}")
    dossier.lancer("demarrer", "--sans-servir")
    feuille = dossier.racine / "src" / "maillage" / "socle" / "static" / "socle.css"
    feuille.parent.mkdir(parents=True)
    feuille.write_text("body { margin: 0 }")
    dossier.lancer("demarrer", "--sans-servir")
    assert dossier.appels().count("collectstatic") == 2


@pytest.fixture
def fichiers_du_verrou(lanceur, tmp_path, monkeypatch):
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "base.txt").write_text("django==5.2.1\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / ".venv").mkdir()
    lanceur.EMPREINTE.write_text(json.dumps({"base": lanceur.empreinte("base")}))
    monkeypatch.setattr(lanceur, "_python_marche", lambda: True)
    return tmp_path


def test_une_installation_est_a_jour_tant_que_rien_ne_change(lanceur, fichiers_du_verrou):
    assert lanceur.a_jour("base")


@pytest.mark.parametrize("fichier", ["requirements/base.txt", "pyproject.toml"])
def test_toucher_au_verrou_ou_au_paquet_fait_reinstaller(lanceur, fichiers_du_verrou, fichier):
    with (fichiers_du_verrou / fichier).open("a") as ouvert:
        ouvert.write("# change\n")
    assert not lanceur.a_jour("base")


def test_une_empreinte_abimee_fait_reinstaller(lanceur, fichiers_du_verrou):
    lanceur.EMPREINTE.write_text("{ coupé")
    assert not lanceur.a_jour("base")


def test_un_python_disparu_fait_reinstaller(lanceur, fichiers_du_verrou, monkeypatch):
    monkeypatch.setattr(lanceur, "_python_marche", lambda: False)
    assert not lanceur.a_jour("base")


def test_un_dossier_deplace_refait_son_environnement(lanceur, fichiers_du_verrou, monkeypatch):
    ancien = fichiers_du_verrou / ".venv" / "ancien"
    ancien.write_text("")
    lanceur.EMPREINTE.write_text(json.dumps({"racine": "/ailleurs"}))

    def arreter():
        raise lanceur.Refus("fin de l’essai")

    monkeypatch.setattr(lanceur, "_creer_environnement", arreter)
    with pytest.raises(lanceur.Refus, match="fin de l’essai"):
        lanceur.installer("base")
    assert not ancien.exists()


def test_sans_venv_la_phrase_nomme_le_paquet_a_installer(lanceur, monkeypatch):
    monkeypatch.setattr(lanceur.shutil, "which", lambda nom: None)
    monkeypatch.setattr(lanceur.importlib.util, "find_spec", lambda nom: None)
    with pytest.raises(lanceur.Refus, match="apt install python3-venv"):
        lanceur._creer_environnement()


def test_un_disque_plein_est_dit_avant_d_installer(lanceur, tmp_path, monkeypatch):
    def plein(**options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(lanceur.tempfile, "TemporaryFile", plein)
    with pytest.raises(lanceur.Refus, match="disque est plein"):
        lanceur.verifier_ecriture(tmp_path)


def test_un_dossier_ferme_est_nomme(lanceur, tmp_path):
    (tmp_path / "fichier").write_text("")
    with pytest.raises(lanceur.Refus, match="Impossible d’écrire dans"):
        lanceur.verifier_ecriture(tmp_path / "fichier" / "donnees")


@pytest.mark.parametrize(
    ("erreur", "attendu"),
    [
        ("error: dns error: failed to lookup address information", "internet"),
        ("OSError: [Errno 28] No space left on device", "disque est plein"),
        ("error: Permission denied (os error 13)", "droit d’écrire"),
        ("Hash mismatch for `django==5.2`", "refusé"),
        ("une\nerreur inconnue", "erreur inconnue"),
    ],
)
def test_une_installation_ratee_dit_que_faire(lanceur, erreur, attendu):
    assert attendu in lanceur.expliquer(erreur)


def test_l_aide_sort_sans_rien_installer(dossier):
    fait = dossier.lancer("demarrer", "--aide")
    assert fait.returncode == 0
    assert "--sans-servir" in fait.stdout
    assert not (dossier.racine / ".venv").exists()


def test_une_option_inconnue_est_un_mauvais_usage(dossier):
    assert dossier.lancer("demarrer", "--vite").returncode == 2
