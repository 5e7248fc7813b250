"""Le chemin fait : borné, dans le bon sens, et muet plutôt que faux."""

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from maillage.calcul.avancement import BAISSE, HAUSSE, agreger, taux_indicateur

nombres = st.decimals(-10_000, 10_000, places=2)
taux = st.one_of(st.none(), st.floats(0, 100))
poids = st.floats(0, 50)


@pytest.mark.parametrize(
    ("initiale", "actuelle", "cible", "sens", "attendu"),
    [
        (0, 4, 6, HAUSSE, 66.67),
        (100, 80, 60, BAISSE, 50),
        (100, 80, 60, "", 50),
        (0, 9, 6, HAUSSE, 100),
        (10, 5, 20, HAUSSE, 0),
        (100, 120, 60, BAISSE, 0),
        (-10, 0, 10, HAUSSE, 50),
    ],
)
def test_exemples(initiale, actuelle, cible, sens, attendu):
    assert taux_indicateur(Decimal(initiale), Decimal(actuelle), Decimal(cible), sens) == (
        pytest.approx(attendu, abs=0.01)
    )


@given(nombres, nombres, nombres, st.sampled_from(["", HAUSSE, BAISSE]))
def test_toujours_entre_0_et_100_ou_rien(initiale, actuelle, cible, sens):
    rendu = taux_indicateur(initiale, actuelle, cible, sens)
    assert rendu is None or 0 <= rendu <= 100


@given(nombres, nombres)
def test_au_depart_0_a_la_cible_100(initiale, cible):
    assume(initiale != cible)
    assert taux_indicateur(initiale, initiale, cible) == 0
    assert taux_indicateur(initiale, cible, cible) == 100


@given(nombres, nombres, nombres, nombres)
def test_se_rapprocher_de_la_cible_ne_fait_jamais_reculer(initiale, un, deux, cible):
    assume(initiale != cible)
    loin, pres = sorted((un, deux), key=lambda v: v if cible > initiale else -v)
    assert taux_indicateur(initiale, loin, cible) <= taux_indicateur(initiale, pres, cible)


@given(nombres, nombres, nombres)
def test_changer_le_signe_de_tout_ne_change_pas_le_chemin(initiale, actuelle, cible):
    assert taux_indicateur(initiale, actuelle, cible, HAUSSE) == taux_indicateur(
        -initiale, -actuelle, -cible, BAISSE
    )


@given(nombres, nombres, nombres, st.integers(0, 2))
def test_une_valeur_qui_manque_ne_devient_pas_un_chiffre(initiale, actuelle, cible, absente):
    valeurs = [initiale, actuelle, cible]
    valeurs[absente] = None
    assert taux_indicateur(*valeurs) is None


@given(nombres, nombres)
def test_une_cible_egale_au_depart_n_a_pas_de_chemin(depart, actuelle):
    assert taux_indicateur(depart, actuelle, depart) is None


@given(nombres, nombres, nombres)
def test_une_cible_a_l_oppose_du_sens_declare_n_a_pas_de_chemin(initiale, actuelle, cible):
    assume(initiale != cible)
    oppose = BAISSE if cible > initiale else HAUSSE
    assert taux_indicateur(initiale, actuelle, cible, oppose) is None


class TestAgreger:
    @given(st.lists(st.tuples(taux, poids)))
    def test_la_moyenne_reste_entre_ses_extremes(self, elements):
        rendu = agreger(elements)
        comptes = [t for t, p in elements if t is not None and p > 0]
        assert (rendu.calculables, rendu.total) == (len(comptes), len(elements))
        if rendu.valeur is None:
            assert not comptes
        else:
            assert min(comptes) - 1e-6 <= rendu.valeur <= max(comptes) + 1e-6

    @given(st.lists(st.tuples(taux, poids)), poids)
    def test_un_absent_ne_change_pas_la_moyenne_mais_se_compte(self, elements, p):
        avant, apres = agreger(elements), agreger([*elements, (None, p)])
        assert apres.valeur == avant.valeur
        assert (apres.calculables, apres.total) == (avant.calculables, avant.total + 1)

    @given(st.lists(st.tuples(st.floats(0, 100), st.floats(0.1, 50)), min_size=1))
    def test_l_ordre_ne_compte_pas(self, elements):
        assert agreger(elements).valeur == pytest.approx(agreger(reversed(elements)).valeur)

    def test_les_poids_comptent(self):
        assert agreger([(0, 1), (100, 3)]).valeur == 75

    def test_rien_de_calculable_se_dit(self):
        rendu = agreger([(None, 1), (50, 0)])
        assert (rendu.valeur, rendu.calculables, rendu.total) == (None, 0, 2)

    def test_un_poids_negatif_est_refuse(self):
        with pytest.raises(ValueError, match="négatif"):
            agreger([(50, -1)])

    def test_deux_moyennes_ne_s_additionnent_pas(self):
        with pytest.raises(TypeError):
            agreger([(50, 1)]) + agreger([(100, 1)])
