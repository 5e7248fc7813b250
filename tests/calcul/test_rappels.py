"""La règle des rappels, sur des années tirées au hasard : jamais trop, jamais trop tôt."""

import datetime
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maillage.calcul.rappels import (
    CHEF,
    ECART_JOURS,
    JALONS,
    ORGANISATION,
    PILOTE,
    Attente,
    Passe,
    Periode,
    est_calme,
    jalon_atteint,
    planifier,
    prevoir,
)

LUNDI = date(2026, 6, 1)
TOUS = {"fins_de_semaine": True}


def attente(fiche=1, jours=0, pilotes=(1,), organisation=(2,), chefs=(3,), periode=91):
    """Un point dû `jours` jours après le lundi de référence."""
    return Attente(
        fiche=fiche,
        echeance=LUNDI + timedelta(days=jours),
        echelons={
            PILOTE: frozenset(pilotes),
            ORGANISATION: frozenset(organisation),
            CHEF: frozenset(chefs),
        },
        periode_jours=periode,
    )


def derouler(attentes, jours=120, depart=LUNDI, **options):
    """[(jour, destinataire, lignes)] : ce qui part, jour après jour, si personne ne répond."""
    return prevoir(depart, attentes, Passe(), jours=jours, **options)


personnes = st.sets(st.integers(1, 6), max_size=2).map(frozenset)
attentes_tirees = st.lists(
    st.builds(
        Attente,
        fiche=st.integers(1, 40),
        echeance=st.integers(-60, 90).map(lambda n: LUNDI + timedelta(days=n)),
        echelons=st.fixed_dictionaries(
            {PILOTE: personnes, ORGANISATION: personnes, CHEF: personnes}
        ),
        periode_jours=st.sampled_from([30, 61, 91, 182]),
    ),
    max_size=12,
    unique_by=lambda a: a.fiche,
)
periodes_tirees = st.lists(
    st.tuples(st.integers(0, 90), st.integers(0, 20)).map(
        lambda p: Periode(LUNDI + timedelta(days=p[0]), LUNDI + timedelta(days=p[0] + p[1]))
    ),
    max_size=3,
)


@settings(max_examples=60, deadline=None)
@given(attentes=attentes_tirees, periodes=periodes_tirees, week_end=st.booleans())
def test_jamais_deux_courriels_en_moins_de_cinq_jours(attentes, periodes, week_end):
    derniers: dict[int, date] = {}
    for jour, qui, _ in derouler(attentes, periodes=periodes, fins_de_semaine=week_end):
        assert qui not in derniers or (jour - derniers[qui]).days >= ECART_JOURS
        derniers[qui] = jour


@settings(max_examples=60, deadline=None)
@given(attentes=attentes_tirees, periodes=periodes_tirees, week_end=st.booleans())
def test_rien_ne_part_un_jour_calme(attentes, periodes, week_end):
    for jour, _, _ in derouler(attentes, periodes=periodes, fins_de_semaine=week_end):
        assert not est_calme(jour, periodes, fins_de_semaine=week_end)
        assert week_end or jour.weekday() < 5


@settings(max_examples=60, deadline=None)
@given(attentes=attentes_tirees)
def test_un_courriel_nomme_chaque_fiche_une_fois_et_apporte_du_neuf(attentes):
    dits = Passe()
    for jour, qui, lignes in derouler(attentes, **TOUS):
        assert len({ligne.fiche for ligne in lignes}) == len(lignes)
        assert any(
            dits.dits.get((qui, li.fiche, li.echeance), JALONS[0] - 1) < li.jalon for li in lignes
        )
        dits.noter(jour, qui, lignes)


@settings(max_examples=60, deadline=None)
@given(attentes=attentes_tirees)
def test_on_ne_monte_jamais_plus_tot_que_prevu(attentes):
    par_fiche = {a.fiche: a for a in attentes}
    for jour, qui, lignes in derouler(attentes, **TOUS):
        for ligne in lignes:
            voulue = par_fiche[ligne.fiche]
            retard = (jour - voulue.echeance).days
            assert qui in voulue.echelons[ligne.echelon]
            if ligne.echelon == ORGANISATION and voulue.echelons[PILOTE]:
                assert retard >= 7
            if ligne.echelon == CHEF and (voulue.echelons[PILOTE] or voulue.echelons[ORGANISATION]):
                assert retard >= 30
            if ligne.echelon == CHEF:
                assert retard >= 1


@settings(max_examples=60, deadline=None)
@given(attentes=attentes_tirees)
def test_chaque_pilote_finit_par_etre_prevenu(attentes):
    prevenus = {(qui, li.fiche) for _, qui, lignes in derouler(attentes, **TOUS) for li in lignes}
    for voulue in attentes:
        for pilote in voulue.echelons[PILOTE]:
            assert (pilote, voulue.fiche) in prevenus


@settings(max_examples=40, deadline=None)
@given(attentes=attentes_tirees, muets=st.frozensets(st.integers(1, 6)))
def test_qui_est_en_pause_ne_recoit_rien(attentes, muets):
    recus = {qui for _, qui, _ in derouler(attentes, en_pause=muets, **TOUS)}
    assert not recus & muets


def test_les_jours_d_une_fiche_seule():
    envois = derouler([attente(jours=40, organisation=(), chefs=())], **TOUS)
    retards = [(jour - (LUNDI + timedelta(days=40))).days for jour, _, _ in envois]
    # Le rappel du lendemain tombe deux jours après celui de la veille : il attend le cinquième.
    assert retards == [-30, -7, -1, 4, 9, 30]


def test_dix_fiches_d_une_personne_font_un_courriel():
    envois = planifier(LUNDI, [attente(fiche=n, jours=-1) for n in range(10)], Passe(), **TOUS)
    assert [len(lignes) for lignes in envois.values()] == [10]


def test_un_rappel_du_week_end_part_le_lundi():
    samedi = attente(jours=5 + 7)  # jalon -7 un samedi
    jours = [j for j, _, lignes in derouler([samedi], jours=10) if lignes[0].jalon == -7]
    assert jours == [LUNDI + timedelta(days=7)]


def test_un_rappel_des_vacances_part_au_retour():
    vacances = Periode(LUNDI, LUNDI + timedelta(days=13))
    envois = derouler([attente(jours=-1)], jours=30, periodes=[vacances])
    assert envois[0][0] == LUNDI + timedelta(days=14)


def test_sans_pilote_l_organisation_est_prevenue_d_emblee():
    envois = planifier(LUNDI, [attente(jours=7, pilotes=())], Passe(), **TOUS)
    assert list(envois) == [2]


def test_le_chef_de_projet_n_est_jamais_prevenu_d_avance():
    seul = attente(jours=7, pilotes=(), organisation=())
    assert planifier(LUNDI, [seul], Passe(), **TOUS) == {}


def test_a_trente_jours_tous_sont_prevenus():
    assert list(planifier(LUNDI, [attente(jours=-30)], Passe(), **TOUS)) == [1, 2, 3]


@pytest.mark.parametrize(
    ("ecoules", "periode", "jalon"),
    [(-31, 91, None), (-30, 91, -30), (-30, 30, None), (-7, 30, -7), (0, 91, -1), (400, 91, 30)],
)
def test_le_jalon_atteint(ecoules, periode, jalon):
    voulue = attente(periode=periode)
    assert jalon_atteint(voulue, voulue.echeance + datetime.timedelta(days=ecoules)) == jalon
