"""Le contrôle d'un SIRET, sur des exemples publiés."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st
from tests.fabriques import siret_valide

from maillage.acteurs.siret import siret_juste, valider_siret


@pytest.mark.parametrize(
    "siret",
    [
        "73282932000074",  # exemple de l'article « SIRET » de Wikipédia
        "20003452800014",  # exemple de `validinsee`, paquet de l'Insee
        "35600000000048",  # La Poste, siège : clé de Luhn
        "35600000009075",  # La Poste, établissement : somme 35, pas de clé de Luhn
        "35600000049837",  # La Poste, établissement
    ],
)
def test_un_siret_publie_est_juste(siret):
    assert siret_juste(siret)


@pytest.mark.parametrize(
    "siret",
    [
        "73282932000075",  # un chiffre de trop
        "20003452800041",  # deux chiffres échangés, exemple de `validinsee`
        "35600000049838",  # La Poste : ni Luhn, ni multiple de 5
        "7328293200007",  # treize chiffres
        "732829320000740",  # quinze chiffres
        "7328293200007A",
        "７３２８２９３２００００７４",  # chiffres pleine chasse
        "",
    ],
)
def test_un_siret_faux_est_refuse(siret):
    assert not siret_juste(siret)


def test_la_cle_du_siren_compte_aussi():
    """Luhn juste sur 14 chiffres, mais les neuf premiers ne sont pas un SIREN."""
    assert not siret_juste("12345678900007")
    assert siret_juste("12345678200010")


def test_la_regle_de_la_poste_ne_vaut_que_pour_elle():
    assert not siret_juste("35600001000099")


@given(st.integers(0, 999_999), st.integers(0, 13), st.integers(1, 9))
def test_changer_un_chiffre_casse_toujours_la_cle(rang, place, ecart):
    siret = siret_valide(rang)
    faux = siret[:place] + str((int(siret[place]) + ecart) % 10) + siret[place + 1 :]
    assert siret_juste(siret) and not siret_juste(faux)


@given(st.text(max_size=20))
def test_un_texte_quelconque_ne_fait_jamais_tomber_le_controle(texte):
    assert siret_juste(texte) in {True, False}


def test_le_message_dit_la_forme_attendue():
    with pytest.raises(ValidationError, match="14 chiffres"):
        valider_siret("732 829 320 00074")


def test_le_message_dit_que_la_cle_est_fausse():
    with pytest.raises(ValidationError, match="clé de contrôle est fausse"):
        valider_siret("73282932000075")
