"""Codes officiels et noms : ce qui est accepté, corrigé, refusé."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maillage.territoires.codes import (
    CodeInvalide,
    code_departement,
    code_insee,
    departement_de,
    normaliser_nom,
)


@pytest.mark.parametrize(
    ("texte", "code"),
    [
        ("41018", "41018"),
        (" 41018 ", "41018"),
        ("1004", "01004"),
        ("2a004", "2A004"),
        ("2B033", "2B033"),
        ("97411", "97411"),
        ("97502", "97502"),
        ("98818", "98818"),
    ],
)
def test_code_insee_accepte(texte, code):
    assert code_insee(texte) == code


@pytest.mark.parametrize(
    "texte",
    [
        "",
        "418",
        "410180",
        "20004",
        "2C004",
        "96001",
        "97901",
        "98501",
        "00001",
        "4101A",
        "A1018",
        "41 018",
        "４１０１８",
        "410１8",
    ],
)
def test_code_insee_refuse(texte):
    with pytest.raises(CodeInvalide, match="n’est pas un code Insee"):
        code_insee(texte)


@pytest.mark.parametrize(
    ("texte", "code"),
    [("41", "41"), ("1", "01"), ("2a", "2A"), ("2B", "2B"), ("974", "974"), ("988", "988")],
)
def test_code_departement_accepte(texte, code):
    assert code_departement(texte) == code


@pytest.mark.parametrize("texte", ["", "0", "00", "20", "2C", "96", "97", "979", "985", "loir"])
def test_code_departement_refuse(texte):
    with pytest.raises(CodeInvalide, match="n’est pas un code de département"):
        code_departement(texte)


@pytest.mark.parametrize(
    ("code", "departement"), [("41018", "41"), ("2A004", "2A"), ("97411", "974"), ("98735", "987")]
)
def test_departement_de(code, departement):
    assert departement_de(code) == departement


@given(st.text(max_size=8))
def test_un_code_accepte_est_stable(texte):
    """Ce qui est accepté une fois l'est encore, identique, et son département existe."""
    try:
        code = code_insee(texte)
    except CodeInvalide:
        return
    assert code_insee(code) == code
    assert code_departement(departement_de(code)) == departement_de(code)


@pytest.mark.parametrize(
    ("nom", "normalise"),
    [
        ("St-Aignan", "saint aignan"),
        ("Saint-Aignan", "saint aignan"),
        ("Ste Gemmes", "sainte gemmes"),
        ("L'Haÿ-les-Roses", "l hay les roses"),
        ("Vœuil-et-Giget", "voeuil et giget"),
        ("  ÉPEIGNÉ  ", "epeigne"),
    ],
)
def test_normaliser_nom(nom, normalise):
    assert normaliser_nom(nom) == normalise


@given(st.text(max_size=40))
def test_normaliser_deux_fois_ne_change_rien(texte):
    assert normaliser_nom(normaliser_nom(texte)) == normaliser_nom(texte)
