"""Les racines : mêmes mots, même racine ; et plusieurs lecteurs à la fois."""

import sys
import threading

import pytest

from maillage.socle.recherche import racine, racines, requete_fts5, requete_tsquery


@pytest.mark.parametrize(
    ("un", "autre"),
    [
        ("aidant", "aidants"),
        ("étape", "etapes"),
        ("Évaluation", "évaluations"),
        ("œuvre", "oeuvre"),
    ],
)
def test_deux_formes_d_un_mot_ont_la_meme_racine(un, autre):
    assert racines(un) == racines(autre) != ""


def test_les_mots_vides_ne_comptent_pas():
    assert racines("de la pour les") == ""


@pytest.mark.parametrize("question", ["", "  ", "le la les", "« » !", '"'])
def test_une_question_vide_ne_demande_rien(question):
    assert requete_fts5(question) == requete_tsquery(question) == ""


@pytest.mark.parametrize("question", ['a" OR "b', "a & !b | (c)", "near(", "* ^ -"])
def test_une_question_n_est_jamais_une_requete(question):
    assert not set(requete_fts5(question)) & set("()^-!|&:")
    assert not set(requete_tsquery(question).replace(" & ", "").replace(":*", "")) & set("()!|&:")


def test_plusieurs_fils_trouvent_les_memes_racines():
    debuts = ("accompagn", "solidar", "form")
    fins = ("ement", "ements", "ateur", "ation", "itaires", "ons", "era", "antes")
    mots = [debut + fin for debut in debuts for fin in fins] * 40
    attendues = [racine.__wrapped__(mot) for mot in mots]
    obtenues: list[list[str]] = []
    ancien = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # les fils se passent la main au milieu d'un mot
    try:
        fils = [
            threading.Thread(
                target=lambda: obtenues.append([racine.__wrapped__(mot) for mot in mots])
            )
            for _ in range(8)
        ]
        for fil in fils:
            fil.start()
        for fil in fils:
            fil.join()
    finally:
        sys.setswitchinterval(ancien)
    assert obtenues == [attendues] * 8
