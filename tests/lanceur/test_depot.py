"""Ce que le dépôt promet à qui l'installe : verrou complet, sans adresse, licence, description."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

RACINE = Path(__file__).resolve().parents[2]
PUBLICCODE = yaml.safe_load((RACINE / "publiccode.yml").read_text(encoding="utf-8"))
PROJET = tomllib.loads((RACINE / "pyproject.toml").read_text(encoding="utf-8"))


def _versions(verrou: str) -> dict[str, str]:
    texte = (RACINE / "requirements" / f"{verrou}.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", texte, flags=re.MULTILINE))


def _nom(exigence: str) -> str:
    return re.match(r"[A-Za-z0-9._-]+", exigence).group().lower().replace("_", "-")


@pytest.mark.parametrize("verrou", ["base", "dev", "uv"])
def test_aucun_verrou_ne_nomme_une_adresse_ni_un_chemin(verrou):
    texte = (RACINE / "requirements" / f"{verrou}.txt").read_text(encoding="utf-8")
    assert not re.search(r"://|^-|file:|@ ", texte, flags=re.MULTILINE)


@pytest.mark.parametrize("verrou", ["base", "dev", "uv"])
def test_chaque_paquet_verrouille_a_son_empreinte(verrou):
    texte = (RACINE / "requirements" / f"{verrou}.txt").read_text(encoding="utf-8")
    blocs = re.split(r"\n(?=[a-z])", texte.strip())
    assert [bloc.split("==")[0] for bloc in blocs if "--hash=sha256:" not in bloc] == []


def test_le_verrou_de_base_contient_toutes_les_dependances():
    attendues = {_nom(exigence) for exigence in PROJET["project"]["dependencies"]}
    assert attendues <= _versions("base").keys()


def test_le_verrou_des_tests_contient_celui_de_base_aux_memes_versions():
    assert _versions("base").items() <= _versions("dev").items()


def test_le_verrou_des_tests_contient_tous_leurs_outils():
    outils = {_nom(e) for e in PROJET["dependency-groups"]["dev"] if isinstance(e, str)}
    assert outils <= _versions("dev").keys()


def test_la_licence_est_le_texte_complet_de_l_agpl():
    licence = (RACINE / "LICENSE").read_text(encoding="utf-8")
    assert "GNU AFFERO GENERAL PUBLIC LICENSE" in licence.splitlines()[0]
    assert "13. Remote Network Interaction" in licence
    assert "END OF TERMS AND CONDITIONS" in licence
    assert len(licence) > 34_000


@pytest.mark.parametrize(
    "cle",
    "publiccodeYmlVersion name url platforms categories developmentStatus softwareType "
    "description legal maintenance localisation".split(),
)
def test_publiccode_porte_les_cles_obligatoires(cle):
    assert PUBLICCODE[cle]


def test_publiccode_tient_dans_les_longueurs_de_la_norme():
    description = PUBLICCODE["description"]["fr"]
    assert len(description["shortDescription"]) <= 150
    assert 150 <= len(description["longDescription"]) <= 10_000


def test_publiccode_et_le_paquet_disent_la_meme_version_et_la_meme_licence():
    assert PUBLICCODE["softwareVersion"] == PROJET["project"]["version"]
    assert PUBLICCODE["legal"]["license"] == PROJET["project"]["license"]
