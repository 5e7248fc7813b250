"""Chaque page de travail : elle se rend, se nomme, et n'a qu'un titre."""

import pytest
from django.urls import reverse
from tests.plan.espace.pages import titres

from maillage.plan.suivi import Saisie, ajouter_point

pytestmark = pytest.mark.django_db

PAGES = [
    ("espace_fiches", []),
    ("fiche_nouvelle", []),
    ("espace_fiche", ["V2.A1.03"]),
    ("fiche_modifier", ["V2.A1.03"]),
    ("point", ["V2.A1.03"]),
    ("valeurs", ["V2.A1.03"]),
    ("historique", ["V2.A1.03"]),
    ("version", ["V2.A1.03", 1]),
    ("archiver", ["V2.A1.03"]),
    ("contributeurs", ["V2.A1.03"]),
    ("plans", []),
    ("plan_nouveau", []),
    ("structure", ["solidarites"]),
    ("plan_modifier", ["solidarites"]),
    ("reperes", []),
]


@pytest.fixture
def point(fiche):
    import datetime

    return ajouter_point(
        fiche=fiche,
        saisie=Saisie(
            date=datetime.date(2026, 3, 1), meteo="nuage", taux=40, faits_marquants="Ça avance.",
            bloquee_par="La salle", besoin_arbitrage="Le bureau doit choisir",
        ),
        par=None,
    )  # fmt: skip


@pytest.mark.parametrize(("nom", "suite"), PAGES)
def test_un_administrateur_ouvre_chaque_page(nom, suite, client, entrer, point):
    entrer("administrateur")
    reponse = client.get(reverse(f"plan:{nom}", args=["loir-et-cher", *suite]))
    assert reponse.status_code == 200
    titre, *h1 = titres(reponse)
    assert len(h1) == 1 and h1[0]
    assert titre.endswith("· Solidarités Loir-et-Cher")


def test_les_titres_sont_tous_differents(client, entrer, point):
    entrer("administrateur")
    trouves = [
        titres(client.get(reverse(f"plan:{nom}", args=["loir-et-cher", *suite])))[0]
        for nom, suite in PAGES
    ]
    assert len(set(trouves)) == len(trouves)


def test_la_page_d_un_retrait_et_d_une_division(client, entrer, point, fiche):
    entrer("administrateur")
    adresses = [
        reverse("plan:point_retirer", args=["loir-et-cher", fiche.code, point.pk]),
        reverse("plan:division", args=["loir-et-cher", "solidarites", fiche.division_id]),
    ]
    assert [client.get(adresse).status_code for adresse in adresses] == [200, 200]
