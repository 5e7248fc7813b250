"""Un budget se somme de la même façon par tous ses axes, et un scénario ne perd rien."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maillage.calcul.budget import (
    LigneLue,
    Montants,
    finance,
    montants_de,
    retirer,
    total,
    totaliser,
)

montants = st.none() | st.decimals(0, 10**11, places=2, allow_nan=False)
lignes = st.lists(
    st.builds(
        LigneLue,
        fiche=st.integers(1, 6), division=st.integers(1, 3), annee=st.integers(2024, 2028),
        financeur=st.integers(1, 4), section=st.sampled_from(["fonctionnement", "investissement"]),
        prevu=montants, engage=montants, realise=montants,
    ),
    max_size=30,
)  # fmt: skip


def somme(parts) -> Montants:
    return sum(parts, Montants())


@pytest.mark.parametrize("axe", ["fiche", "division", "annee", "financeur", "section"])
@given(lignes=lignes)
def test_le_total_est_le_meme_par_tous_les_axes(axe, lignes):
    assert somme(totaliser(lignes, lambda li: getattr(li, axe)).values()) == total(lignes)


@given(lignes)
def test_les_croisements_redonnent_les_lignes_et_les_colonnes(lignes):
    croises = totaliser(lignes, lambda li: (li.financeur, li.annee))
    for financeur, attendu in totaliser(lignes, lambda li: li.financeur).items():
        assert somme(m for (f, _), m in croises.items() if f == financeur) == attendu


@given(lignes)
def test_le_total_ne_depend_pas_de_l_ordre(lignes):
    assert total(reversed(lignes)) == total(lignes)


@given(lignes, st.sets(st.integers(1, 4)), st.sets(st.integers(2024, 2028)))
def test_ce_qui_reste_et_ce_qui_part_font_le_total(lignes, financeurs, annees):
    scenario = retirer(lignes, financeurs, annees)
    assert scenario.reste + scenario.part == total(lignes)
    assert len(scenario.lignes_restantes) + len(scenario.lignes_retirees) == len(lignes)
    assert all(li.financeur in financeurs for li in scenario.lignes_retirees)


@given(lignes, st.sets(st.integers(1, 4), min_size=1))
def test_une_fiche_sans_financement_en_avait_et_n_en_a_plus(lignes, financeurs):
    scenario = retirer(lignes, financeurs)
    restes = totaliser(scenario.lignes_restantes, lambda li: li.fiche)
    avants = totaliser(lignes, lambda li: li.fiche)
    for fiche in scenario.sans_financement:
        assert finance(avants[fiche])
        assert not finance(restes.get(fiche, Montants()))
    attendues = {
        f for f, avant in avants.items()
        if finance(avant) and not finance(restes.get(f, Montants()))
    }  # fmt: skip
    assert set(scenario.sans_financement) == attendues


@given(lignes)
def test_les_ecarts_s_additionnent_comme_les_montants(lignes):
    tout = total(lignes)
    if tout.prevu is not None:
        parts = [montants_de(li) for li in lignes]
        assert tout.a_engager == sum((m.prevu or 0) - (m.engage or 0) for m in parts)


def test_un_montant_absent_n_est_pas_zero():
    absent = LigneLue(1, 1, 2026, 1, "fonctionnement", Decimal(10), None, None)
    assert total([absent]) == Montants(Decimal(10), None, None)
    assert total([absent]).part_engagee is None
    assert not total([])


def test_dix_centimes_dix_fois_font_un_euro():
    dix = [LigneLue(1, 1, 2026, 1, "fonctionnement", Decimal("0.10"), None, None)] * 10
    assert total(dix).prevu == Decimal("1.00")
