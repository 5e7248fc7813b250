"""Les pages du budget : mêmes totaux partout, scénario juste, requêtes bornées."""

import io
from decimal import Decimal

import pytest
from openpyxl import load_workbook
from tests.plan.espace.pages import texte

from maillage.plan.models import FicheAction, LigneBudget

pytestmark = pytest.mark.django_db
URL = "/loir-et-cher/espace/budget/"


def ligne(annee, financeur, prevu, engage=None, **suite):
    return {"annee": annee, "financeur": financeur, "prevu": prevu, "engage": engage, **suite}


@pytest.fixture
def plan(ecrire, schema):
    ecrire("V2.A1.01", [ligne(2026, "Département", "1000.10", "500"), ligne(2026, "CAF", "200.20")])
    ecrire("V2.A1.02", [ligne(2027, "CAF", "300")], division="V2.A2")
    ecrire("V2.A1.04", [])
    return schema


def test_chaque_axe_donne_le_total_general(client, entrer, plan):
    entrer("lecteur")
    page = client.get(URL)
    tableaux = page.context["tableaux"]
    assert {t.total.prevu for t in tableaux} == {Decimal("1500.30")}
    for tableau in tableaux:
        assert sum(m.prevu or 0 for _, m in tableau.lignes) == Decimal("1500.30")


def test_les_fiches_sans_financement_sont_listees(client, entrer, plan):
    entrer("lecteur")
    assert [f.code for f in client.get(URL).context["sans"]] == ["V2.A1.04"]


def test_si_un_financeur_se_retire(client, entrer, plan):
    entrer("lecteur")
    scenario = client.get(URL + "?retrait=caf").context["scenario"]
    assert scenario["reste"].prevu == Decimal("1000.10")
    assert scenario["part"].prevu == Decimal("500.20")
    assert scenario["constat"].startswith("Sans CAF, il manque")
    assert [(t["fiche"].code, t["sans"]) for t in scenario["touchees"]] == [
        ("V2.A1.02", True),
        ("V2.A1.01", False),
    ]


def test_un_retrait_peut_ne_durer_qu_une_annee(client, entrer, plan):
    entrer("lecteur")
    scenario = client.get(URL + "?retrait=caf&retrait_annee=2026").context["scenario"]
    assert scenario["part"].prevu == Decimal("200.20")
    assert scenario["sans"] == 0


@pytest.mark.parametrize(
    ("filtre", "attendu"),
    [("annee=2027", "300"), ("financeur=caf", "500.20"), ("axe=V2.A2", "300"),
     ("section=investissement", None), ("financeur=inconnu", None), ("annee=x", None)],
)  # fmt: skip
def test_les_filtres_sont_dans_l_adresse(client, entrer, plan, filtre, attendu):
    entrer("lecteur")
    total = client.get(f"{URL}?{filtre}").context["total"].prevu
    assert total == (Decimal(attendu) if attendu else None)


def test_la_page_publique_tait_les_fiches_internes(client, plan, ecrire):
    ecrire("V2.A1.05", [ligne(2026, "Secret", "77777")], confidentialite="interne")
    page = client.get("/loir-et-cher/budget/")
    assert page.context["total"].prevu == Decimal("1500.30")
    assert "Secret" not in texte(page)


def test_une_ecriture_change_la_page_publique_gardee(client, plan, ecrire):
    client.get("/loir-et-cher/budget/")
    ecrire("V2.A1.06", [ligne(2026, "CAF", "9999.99")])
    assert "11\u202f500,29" in client.get("/loir-et-cher/budget/").content.decode()


def test_le_classeur_dit_ce_que_dit_la_page(client, entrer, plan):
    entrer("lecteur")
    octets = client.get("/loir-et-cher/espace/budget/tableau.xlsx?retrait=caf").content
    classeur = load_workbook(io.BytesIO(octets), read_only=True)
    assert "Scénario" in classeur.sheetnames
    derniere = list(classeur["Par financeur"].iter_rows(values_only=True))[-1]
    assert derniere[0] == "Total"
    assert Decimal(str(derniere[1])) == Decimal("1500.3")


def test_la_page_dit_la_donnee_de_demonstration(client, entrer, plan):
    entrer("lecteur")
    assert "donnée de démonstration" not in texte(client.get(URL))
    LigneBudget.objects.update(est_demonstration=True)
    assert "donnée de démonstration" in texte(client.get(URL))


def test_le_nombre_de_requetes_ne_depend_pas_du_nombre_de_fiches(
    client, entrer, plan, ecrire, django_assert_max_num_queries
):
    entrer("lecteur")
    for rang in range(15):
        ecrire(f"V2.A1.{rang + 20}", [ligne(2026, f"Financeur {rang}", "10")])
    assert FicheAction.objects.count() > 15
    with django_assert_max_num_queries(14):
        client.get(URL + "?retrait=caf")
