"""`maillage importer-plan` et `maillage exporter-plan` : sorties 0, 1, 2, et --json."""

import json

import pytest
from django.core.management import CommandError, call_command

from maillage.journal.models import Ligne
from maillage.plan.models import FicheAction

pytestmark = pytest.mark.django_db


@pytest.fixture
def lancer(schema, capsys):
    def lance(nom, *arguments):
        call_command(
            nom, *arguments, "--collectivite", schema.collectivite.slug, "--schema", schema.slug
        )
        return capsys.readouterr().out

    return lance


@pytest.fixture
def fichier(tmp_path, faire):
    chemin = tmp_path / "plan.xlsx"
    chemin.write_bytes(faire([["Code", "Titre", "Axe"], ["A1.01", "Aider", "A1"]]))
    return chemin


def test_importer_ecrit_et_le_dit(lancer, fichier):
    assert "1 fiche(s) créée(s)" in lancer("importer_plan", str(fichier))
    assert FicheAction.objects.get().titre == "Aider"


def test_l_essai_n_ecrit_rien(lancer, fichier):
    assert "rien n’est écrit" in lancer("importer_plan", str(fichier), "--essai")
    assert (FicheAction.objects.count(), Ligne.objects.count()) == (0, 0)


def test_json_dit_tout(lancer, fichier):
    dit = json.loads(lancer("importer_plan", str(fichier), "--json"))
    assert [f["code"] for f in dit["creees"]] == ["A1.01"]
    assert dit["enregistre"] is True


def test_un_refus_sort_en_1_et_nomme_la_cellule(lancer, tmp_path, faire):
    fichier = tmp_path / "plan.xlsx"
    fichier.write_bytes(faire([["Code", "Titre", "Axe"], ["A1.01", None, "A1"]]))
    with pytest.raises(CommandError) as refus:
        lancer("importer_plan", str(fichier))
    assert refus.value.returncode == 1
    assert "cellule B2" in str(refus.value)


def test_un_schema_inconnu_cite_les_connus(schema, fichier):
    with pytest.raises(CommandError, match=schema.slug):
        call_command("importer_plan", str(fichier), "--collectivite", "x", "--schema", "y")


def test_un_fichier_absent_le_dit(lancer, tmp_path):
    with pytest.raises(CommandError, match="ne se lit pas"):
        lancer("importer_plan", str(tmp_path / "absent.xlsx"))


@pytest.mark.parametrize("format", ["xlsx", "ods", "csv"])
def test_exporter_puis_importer_ne_change_rien(lancer, fichier, tmp_path, format):
    lancer("importer_plan", str(fichier))
    sortie = tmp_path / f"sortie.{format}"
    lancer("exporter_plan", "--sortie", str(sortie))
    dit = json.loads(lancer("importer_plan", str(sortie), "--json", "--essai"))
    assert (dit["creees"], dit["modifiees"], dit["inchangees"]) == ([], [], ["A1.01"])


def test_un_format_inconnu_est_un_mauvais_usage(lancer, tmp_path):
    with pytest.raises(CommandError) as refus:
        lancer("exporter_plan", "--sortie", str(tmp_path / "plan.docx"))
    assert refus.value.returncode == 2
