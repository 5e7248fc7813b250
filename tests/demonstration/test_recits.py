"""Le générateur, sans base : n'importe quel jour, n'importe quelle graine, des phrases lisibles."""

import datetime
import re
from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maillage.plan.ecriture import plus_mois
from maillage.portail.demonstration.annee import Fiche, Profil, raconter, tirer_les_profils
from maillage.portail.demonstration.phrases import Conteur, lire_les_phrases

PHRASES = lire_les_phrases()
FICHES = [
    Fiche(f"V2.A{axe}.{rang:02d}", "Action", False) for axe in range(1, 7) for rang in range(27)
]
JOURS = st.dates(datetime.date(2025, 3, 1), datetime.date(2030, 12, 31))


def recit(profil, *, graine=41, jour=datetime.date(2026, 11, 22)):
    return raconter(FICHES[0], profil, graine=graine, jour=jour, phrases=PHRASES, avec="la CAF")


@settings(max_examples=60, deadline=None)
@given(
    graine=st.integers(0, 10_000),
    jour=JOURS,
    meteo=st.sampled_from(["soleil", "couvert", "nuage", "orage"]),
    fraicheur=st.sampled_from(["a_jour", "a_actualiser", "en_retard"]),
)
def test_les_points_sont_dates_dans_l_ordre_et_jamais_dans_l_avenir(graine, jour, meteo, fraicheur):
    points = recit(Profil(meteo, fraicheur=fraicheur), graine=graine, jour=jour).points
    dates = [point.date for point in points]
    assert dates == sorted(set(dates))
    assert dates[-1] <= jour
    assert points[-1].meteo == meteo
    assert len(points) <= 8


@settings(max_examples=40, deadline=None)
@given(graine=st.integers(0, 10_000), jour=JOURS)
def test_la_fraicheur_demandee_est_obtenue(graine, jour):
    for fraicheur, bornes in {"a_jour": (-100, -1), "a_actualiser": (0, 30)}.items():
        dernier = recit(Profil("soleil", fraicheur=fraicheur), graine=graine, jour=jour).points[-1]
        retard = (jour - plus_mois(dernier.date, 3)).days
        assert bornes[0] <= retard <= bornes[1]
    dernier = recit(Profil("soleil", fraicheur="en_retard"), graine=graine, jour=jour).points[-1]
    assert (jour - plus_mois(dernier.date, 3)).days > 30


def test_une_fiche_sans_point_n_a_pas_de_recit():
    assert recit(Profil("")).points == []


@pytest.mark.parametrize("graine", range(5))
def test_les_nombres_de_profils_ne_dependent_pas_de_la_graine(graine):
    profils = tirer_les_profils(FICHES, graine, {})
    assert Counter(p.meteo for p in profils.values()) == {
        "soleil": len(FICHES) - 86, "couvert": 36, "nuage": 24, "orage": 9, "": 17,
    }  # fmt: skip


def test_une_action_phare_a_toujours_ete_lancee():
    fiches = [Fiche(f.code, f.titre, phare=f.code.endswith(".03")) for f in FICHES]
    profils = tirer_les_profils(fiches, 41, {})
    assert all(profils[f.code].meteo for f in fiches if f.phare)


def toutes_les_phrases():
    for genre in PHRASES.genres.values():
        for cle in ("lancement", "avancee", "aboutissement", "suites", "difficultes", "arbitrages"):
            yield from genre[cle]


def test_chaque_phrase_se_complete_et_reste_courte():
    conteur = Conteur(Random(1), PHRASES, "la CAF")
    for modele in toutes_les_phrases():
        texte = conteur.phrase([modele])
        assert "{" not in texte
        assert texte[0].isupper() or texte[0].isdigit()
        for phrase in re.split(r"[.:!?] ", texte):
            assert len(phrase.split()) < 22, phrase


def test_une_phrase_ne_revient_pas_tant_qu_il_en_reste():
    conteur = Conteur(Random(1), PHRASES, "la CAF")
    choix = ["un", "deux", "trois"]
    assert sorted(conteur.dire(choix) for _ in choix) == sorted(choix)


@pytest.mark.parametrize("nom", list(PHRASES.genres))
def test_chaque_genre_a_quatre_jalons_et_trois_indicateurs(nom):
    genre = PHRASES.genres[nom]
    assert len(genre["jalons"]) == 4
    assert len(genre["indicateurs"]) == 3
    for libelle, _unite, niveau, sens, depart, bas, haut in genre["indicateurs"]:
        assert niveau in {"realisation", "resultat", "impact"}, libelle
        if depart is not None:
            assert (bas > depart) == (sens == "hausse"), libelle
        assert bas != haut
