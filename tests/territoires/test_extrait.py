"""L'extrait fourni : les nombres officiels des deux départements, et son intégrité."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from maillage.territoires.lecture import (
    DecoupageIllisible,
    ecrire_extrait,
    lire_extrait,
    lire_fichiers_publics,
)
from maillage.territoires.models import Commune, Departement, Epci

from .conftest import EXTRAIT

RACINE = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("code", "communes", "epcis", "population"),
    [("41", 267, 12, 328_543), ("45", 325, 16, 691_268)],
)
def test_nombres_officiels(deux_departements, code, communes, epcis, population):
    du_departement = Commune.objects.du_departement(code)
    assert du_departement.count() == communes
    assert Epci.objects.du_departement(code).count() == epcis
    assert du_departement.population_totale() == population


def test_un_epci_interdepartemental_est_entier(deux_departements):
    beauce = Epci.objects.get(siren="200070183")
    assert beauce.communes.count() == 25
    assert beauce.communes.filter(departement="41").count() == 4
    partages = set(Epci.objects.interdepartementaux().values_list("pk", flat=True))
    assert partages == {"200070183", "200067668"}


def test_un_departement_voisin_n_est_pas_charge(deux_departements):
    assert Commune.objects.get(pk="89350").departement.nom == "Yonne"
    assert set(Departement.objects.charges().values_list("pk", flat=True)) == {"41", "45"}


def test_noms_a_la_francaise(deux_departements):
    agglopolys = Epci.objects.get(siren="200030385")
    assert agglopolys.nom == "CA de Blois « Agglopolys »"
    assert agglopolys.nom_long == "Communauté d’agglomération de Blois « Agglopolys »"


def test_le_nom_long_d_une_metropole_reste_le_sien(deux_departements):
    assert Epci.objects.get(siren="244500468").nom_long == "Orléans Métropole"


@pytest.mark.parametrize("nom", ["communes.csv", "epci.csv", "departements.csv", "successions.csv"])
def test_un_extrait_coupe_est_refuse(tmp_path, nom):
    dossier = tmp_path / "extrait"
    shutil.copytree(EXTRAIT, dossier)
    lignes = (dossier / nom).read_text(encoding="utf-8").splitlines(keepends=True)
    (dossier / nom).write_text("".join(lignes[: len(lignes) // 2]), encoding="utf-8")
    with pytest.raises(DecoupageIllisible, match=nom):
        lire_extrait(dossier)


def test_un_extrait_sans_source_est_refuse(tmp_path):
    with pytest.raises(DecoupageIllisible, match=r"source\.json"):
        lire_extrait(tmp_path)


def test_ecrire_puis_lire_rend_la_meme_chose(tmp_path, ecrire_fichiers):
    public = lire_fichiers_publics(ecrire_fichiers(), millesime=2026)
    ecrire_extrait(public, ["37"], tmp_path / "x", date_extraction="2026-01-01")
    assert lire_extrait(tmp_path / "x") == public.restreint_a(["37"])


def test_l_outil_d_extraction_ecrit_le_meme_extrait(tmp_path, ecrire_fichiers):
    """L'outil tourne seul, sans Django ; sa sortie se relit."""
    copie = tmp_path / "depot"
    (copie / "outils").mkdir(parents=True)
    shutil.copy(RACINE / "outils" / "extraire_decoupage.py", copie / "outils")
    (copie / "src").symlink_to(RACINE / "src")
    commande = [sys.executable, copie / "outils" / "extraire_decoupage.py", ecrire_fichiers(), "37"]
    subprocess.run([*commande, "--millesime", "2026"], check=True, capture_output=True)
    sortie = copie / "donnees" / "decoupage" / "2026"
    assert json.loads((sortie / "source.json").read_text())["departements"] == ["37"]
    assert len(lire_extrait(sortie).communes) == 4
