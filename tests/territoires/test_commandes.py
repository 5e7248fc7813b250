"""Les commandes : codes de sortie, JSON, phrases."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from maillage.territoires.models import Commune, Decoupage, TerritoireAction

pytestmark = pytest.mark.django_db


def lancer(*arguments):
    sortie, erreurs = StringIO(), StringIO()
    call_command(*arguments, stdout=sortie, stderr=erreurs)
    return sortie.getvalue()


def test_le_41_est_fourni():
    assert "288 créées" in lancer("importer_decoupage", "41")
    assert Commune.objects.du_departement("41").count() == 267


def test_essai_en_json():
    bilan = json.loads(lancer("importer_decoupage", "45", "--essai", "--json"))
    assert bilan["essai"] is True
    assert bilan["communes"]["crees"] == 325 + 4 + 1
    assert not Commune.objects.exists()


def test_un_autre_departement_depuis_les_fichiers(ecrire_fichiers):
    lancer("importer_decoupage", "37", "--fichiers", str(ecrire_fichiers()), "--millesime", "2026")
    assert Commune.objects.du_departement("37").count() == 3


def test_tous_depuis_les_fichiers(ecrire_fichiers):
    lancer(
        "importer_decoupage", "tous", "--fichiers", str(ecrire_fichiers()), "--millesime", "2026"
    )
    assert Commune.objects.count() == 7


def test_un_departement_non_fourni_dit_quoi_faire():
    with pytest.raises(CommandError, match=r"npm pack @etalab/decoupage-administratif") as refus:
        lancer("importer_decoupage", "37")
    assert refus.value.returncode == 1


@pytest.mark.parametrize("arguments", [["tous"], ["99"], ["loir-et-cher"]])
def test_un_mauvais_usage_sort_en_2(arguments):
    with pytest.raises(CommandError) as refus:
        lancer("importer_decoupage", *arguments)
    assert refus.value.returncode == 2


def test_un_dossier_sans_fichier_sort_en_1(tmp_path):
    with pytest.raises(CommandError, match=r"communes\.json|departements\.json") as refus:
        lancer("importer_decoupage", "37", "--fichiers", str(tmp_path), "--millesime", "2026")
    assert refus.value.returncode == 1


def test_importer_territoires(deux_departements, settings):
    fichier = settings.DONNEES / "loir-et-cher" / "territoires-2024.yaml"
    bilan = json.loads(lancer("importer_territoires", str(fichier), "--json"))
    assert bilan["communes_par_territoire"] == {"nord": 134, "centre": 59, "sud": 74}
    assert bilan["communes_sans_territoire"] == 0


def test_essai_de_territoires_n_ecrit_rien(deux_departements, settings):
    fichier = settings.DONNEES / "loir-et-cher" / "territoires-2024.yaml"
    assert "Essai" in lancer("importer_territoires", str(fichier), "--essai")
    assert not Decoupage.objects.exists()
    assert not TerritoireAction.objects.exists()


def test_territoires_sans_le_departement_dit_quoi_faire(settings):
    fichier = settings.DONNEES / "loir-et-cher" / "territoires-2024.yaml"
    with pytest.raises(CommandError, match="maillage importer-decoupage 41"):
        lancer("importer_territoires", str(fichier))
