"""`./tester` : ce qu'il laisse de côté, il le dit fort ; sous CI, il échoue."""

import pytest

RAPPORT = (
    '<testsuites><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10"/>'
    "</testsuites>"
)


@pytest.fixture
def essais(lanceur):
    import essais as module

    return module


def test_sans_chromium_l_etape_est_nommee_comme_manquante(dossier):
    dossier.installe()
    fait = dossier.lancer("tester", "--seulement", "navigateur")
    assert "TOUT N’A PAS ÉTÉ VÉRIFIÉ : NAVIGATEUR" in fait.stdout
    assert "aucun Chromium" in fait.stdout


def test_sans_chromium_le_poste_d_un_developpeur_n_echoue_pas(dossier):
    dossier.installe()
    assert dossier.lancer("tester", "--seulement", "navigateur").returncode == 0


def test_sans_chromium_la_ci_echoue(dossier):
    dossier.installe()
    assert dossier.lancer("tester", "--seulement", "navigateur", CI="true").returncode == 1


def test_la_variable_chromium_doit_nommer_un_programme(dossier):
    dossier.installe()
    fait = dossier.lancer("tester", "--seulement", "navigateur", CHROMIUM="/nulle/part")
    assert "la variable CHROMIUM nomme /nulle/part" in fait.stdout


def test_sans_postgres_la_ci_echoue_en_le_nommant(dossier):
    dossier.installe(code_de_python=0)
    dossier.poser(
        ".venv/bin/python",
        contenu='#!/bin/sh\ncase "$*" in *psycopg*) echo refus >&2; exit 1;; esac\nexit 0\n',
    )
    fait = dossier.lancer("tester", "--seulement", "postgres", CI="true")
    assert fait.returncode == 1
    assert "aucun PostgreSQL ne répond" in fait.stdout


def test_sous_ci_une_etape_non_demandee_est_un_echec(dossier):
    dossier.installe()
    dossier.poser(".venv/bin/ruff")
    fait = dossier.lancer("tester", "--seulement", "ruff", CI="true")
    assert fait.returncode == 1
    assert "non demandée" in fait.stdout


def test_une_etape_demandee_est_la_seule_lancee(dossier):
    dossier.installe()
    dossier.poser(".venv/bin/ruff")
    fait = dossier.lancer("tester", "--seulement", "ruff")
    assert fait.returncode == 0, fait.stderr
    assert [a for a in dossier.appels().splitlines() if not a.startswith("python")] == [
        "ruff check ."
    ]


def test_une_etape_ratee_fait_sortir_en_echec_sans_arreter_les_autres(dossier):
    dossier.installe()
    dossier.poser(".venv/bin/ruff", code=1)
    dossier.poser(".venv/bin/mypy")
    fait = dossier.lancer("tester", "--seulement", "ruff", "--seulement", "types")
    assert fait.returncode == 1
    assert "À corriger : ruff" in fait.stdout
    assert "mypy" in dossier.appels()


def test_un_outil_absent_est_un_echec(dossier):
    dossier.installe()
    fait = dossier.lancer("tester", "--seulement", "etages")
    assert fait.returncode == 1
    assert "À corriger : etages" in fait.stdout


def test_pytest_sans_rapport_compte_pour_un_echec(dossier):
    dossier.installe(code_de_python=0)
    fait = dossier.lancer("tester", "--seulement", "sqlite")
    assert fait.stdout.splitlines()[-1] == "0 passed, 1 failed, 0 skipped"


def test_les_mots_apres_deux_tirets_vont_a_pytest(dossier):
    dossier.installe()
    dossier.lancer("tester", "--seulement", "sqlite", "--", "tests/plan", "-k", "import")
    ligne = next(a for a in dossier.appels().splitlines() if "pytest" in a)
    assert ligne.endswith("tests/plan -k import")


def test_rapide_laisse_de_cote_la_base_et_le_navigateur(dossier):
    dossier.installe()
    fait = dossier.lancer("tester", "--rapide")
    assert "POSTGRES, NAVIGATEUR" in fait.stdout
    assert "and not lent" in dossier.appels()


def test_aucun_test_retenu_n_est_pas_une_reussite(dossier):
    dossier.installe()
    dossier.poser(
        ".venv/bin/python", contenu='#!/bin/sh\ncase "$*" in *pytest*) exit 5;; esac\nexit 0\n'
    )
    fait = dossier.lancer("tester", "--seulement", "sqlite", CI="true")
    assert fait.returncode == 1
    assert "sqlite : aucun test retenu" in fait.stdout


def test_le_compte_des_tests_vient_du_rapport(essais, tmp_path):
    rapport = tmp_path / "rapport.xml"
    rapport.write_text(RAPPORT)
    assert essais.compter(rapport) == {"passed": 4, "failed": 3, "skipped": 3}


def test_la_derniere_ligne_additionne_les_passes(essais, capsys):
    bilans = [
        essais.Bilan("sqlite", essais.REUSSIE, tests={"passed": 4, "failed": 0, "skipped": 1}),
        essais.Bilan("postgres", essais.REUSSIE, tests={"passed": 5, "failed": 0, "skipped": 0}),
    ]
    assert essais.resumer(bilans) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "9 passed, 0 failed, 1 skipped"


def test_le_navigateur_du_path_est_trouve(essais, tmp_path, monkeypatch):
    programme = tmp_path / "google-chrome"
    programme.write_text("#!/bin/sh\n")
    programme.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert essais.avoir_chromium() == {"CHROMIUM": str(programme)}


def test_deux_dossiers_ont_deux_bases_d_essai(essais, monkeypatch, tmp_path):
    premiere = essais._base_d_essai()
    monkeypatch.setattr(essais, "RACINE", tmp_path / "autre")
    assert essais._base_d_essai() != premiere
