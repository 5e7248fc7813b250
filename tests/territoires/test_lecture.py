"""Lire les fichiers publics : ce qui est compris, ce qui est refusé, avec quelle phrase."""

import json

import pytest

from maillage.territoires.lecture import DecoupageIllisible, lire_fichiers_publics

from .conftest import COMMUNES, DEPARTEMENTS, EPCIS, commune, deleguee, epci


def test_population_d_un_epci_est_la_somme_de_ses_communes(ecrire_fichiers):
    officiel = lire_fichiers_publics(ecrire_fichiers(), millesime=2026)
    assert officiel.epcis["200000222"].population == 15_700


def test_restreint_garde_les_communes_voisines_d_un_epci(ecrire_fichiers):
    officiel = lire_fichiers_publics(ecrire_fichiers(), millesime=2026).restreint_a(["37"])
    assert set(officiel.communes) == {"37001", "37002", "37003", "36001"}
    assert set(officiel.departements) == {"36", "37"}


def test_la_metropole_de_lyon_est_une_metropole(ecrire_fichiers):
    dossier = ecrire_fichiers(epcis=[epci("200046977", "Métropole", ["37001"], nature="MET69")])
    officiel = lire_fichiers_publics(dossier, millesime=2026)
    assert officiel.epcis["200046977"].nature == "METRO"


def test_les_anciens_codes_disent_aussi_la_remplacante(ecrire_fichiers):
    fusionnee = commune("37002", "Ambillou", anciensCodes=["37009", "20001"])
    dossier = ecrire_fichiers(
        communes=[*COMMUNES[:1], fusionnee, *COMMUNES[2:], deleguee("37008", "Ancienne", "37001")]
    )
    officiel = lire_fichiers_publics(dossier, millesime=2026)
    assert officiel.successions == {"37009": "37002", "37008": "37001"}


def test_le_millesime_se_lit_dans_le_paquet(ecrire_fichiers):
    dossier = ecrire_fichiers()
    (dossier / "package.json").write_text(
        json.dumps({"name": "@etalab/decoupage-administratif", "version": "5.3.0"})
    )
    assert lire_fichiers_publics(dossier).millesime == 2025


def test_le_dossier_du_paquet_convient_aussi(ecrire_fichiers, tmp_path):
    paquet = tmp_path / "paquet"
    paquet.mkdir()
    ecrire_fichiers().rename(paquet / "data")
    assert len(lire_fichiers_publics(paquet, millesime=2026).communes) == len(COMMUNES)


def test_sans_millesime_on_le_demande(ecrire_fichiers):
    with pytest.raises(DecoupageIllisible, match="--millesime"):
        lire_fichiers_publics(ecrire_fichiers())


def test_dossier_absent(tmp_path):
    with pytest.raises(DecoupageIllisible, match="n’existe pas"):
        lire_fichiers_publics(tmp_path / "rien", millesime=2026)


@pytest.mark.parametrize("nom", ["communes.json", "epci.json", "departements.json"])
def test_fichier_absent(ecrire_fichiers, nom):
    dossier = ecrire_fichiers()
    (dossier / nom).unlink()
    with pytest.raises(DecoupageIllisible, match=f"Il manque le fichier {nom}"):
        lire_fichiers_publics(dossier, millesime=2026)


@pytest.mark.parametrize("nom", ["communes.json", "epci.json", "departements.json"])
def test_fichier_coupe_en_deux(ecrire_fichiers, nom):
    dossier = ecrire_fichiers()
    texte = (dossier / nom).read_text()
    (dossier / nom).write_text(texte[: len(texte) // 2])
    with pytest.raises(DecoupageIllisible, match=f"{nom} ne se lit pas"):
        lire_fichiers_publics(dossier, millesime=2026)


@pytest.mark.parametrize(
    ("contenu", "phrase"),
    [("[]", "est vide"), ('{"a": 1}', "une liste"), ('[{"type": "commune-actuelle"}]', "'code'")],
)
def test_fichier_d_une_autre_forme(ecrire_fichiers, contenu, phrase):
    dossier = ecrire_fichiers()
    (dossier / "communes.json").write_text(contenu)
    with pytest.raises(DecoupageIllisible, match=phrase):
        lire_fichiers_publics(dossier, millesime=2026)


@pytest.mark.parametrize(
    ("changement", "phrase"),
    [
        ({"epcis": [*EPCIS, epci("200000333", "CC C", ["37999"])]}, "37999, absente de"),
        ({"epcis": [*EPCIS, epci("200000333", "CC C", ["37001"])]}, r"Abilly \(37001\).*deux EPCI"),
        ({"communes": [*COMMUNES, COMMUNES[0]]}, "37001 y est deux fois"),
        ({"communes": [*COMMUNES, commune("99001", "Nulle")]}, "« 99001 »"),
        ({"departements": DEPARTEMENTS[1:]}, "« 36 », absent"),
        ({"communes": [*COMMUNES, deleguee("37008", "X", "37777")]}, "37777, absent"),
    ],
)
def test_fichiers_incoherents(ecrire_fichiers, changement, phrase):
    with pytest.raises(DecoupageIllisible, match=phrase):
        lire_fichiers_publics(ecrire_fichiers(**changement), millesime=2026)
