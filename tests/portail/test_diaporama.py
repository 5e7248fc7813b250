"""Le diaporama du comité : les chiffres de l'écran, des objets natifs, tout se lit."""

import io

import pytest
from django.urls import reverse
from pptx import Presentation
from tests.fabriques import AttributionFactory
from tests.plan_publie import Plan, faire_le_point

from maillage.portail import views_espace
from maillage.portail.diaporama import barres_du_plan
from maillage.socle.icones import METEOS
from maillage.socle.mise_en_mots import montant_en_mots, pourcentage_en_mots

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan():
    plan = Plan()
    fiches = plan.ecrire(
        *[{"budgets": [{"annee": 2026, "financeur": "CAF", "prevu": "1000", "engage": "600"}]}
          for _ in range(4)],
        *[{"code": f"P{rang:03d}", "division": "V1.A2"} for rang in range(12)],
    )  # fmt: skip
    for rang, fiche in enumerate(fiches[:14]):
        meteo = ("soleil", "couvert", "nuage", "orage")[rang % 4]
        faire_le_point(
            fiche, meteo, jours=200 if rang % 3 == 0 else 3,
            bloquee_par="une salle" if rang % 5 == 0 else "",
            besoin_arbitrage="Choisir le lieu" if rang % 4 == 1 else "",
        )  # fmt: skip
    return plan


@pytest.fixture
def lire(plan, client, monkeypatch):
    """Rend (contexte du tableau de bord, diaporama) pour les mêmes filtres."""
    client.force_login(AttributionFactory(collectivite=plan.collectivite, role="lecteur").compte)
    racine = reverse("portail:tableau_de_bord", args=[plan.collectivite.slug])

    def ouvrir(filtres=""):
        ecran = client.get(f"{racine}?{filtres}")
        reponse = client.get(f"{racine}diaporama.pptx?{filtres}")
        assert reponse["Content-Type"] == views_espace.PPTX
        return ecran.context, Presentation(io.BytesIO(reponse.content))

    return ouvrir


def formes(diapos, sorte):
    return [f for page in diapos.slides for f in page.shapes if getattr(f, f"has_{sorte}")]


def cellules(forme):
    return [[c.text for c in ligne.cells] for ligne in forme.table.rows]


@pytest.mark.parametrize("filtres", ["", "axe=V1.A2", "meteo=orage", "axe=V1.A1&au=2026-01-01"])
def test_chaque_chiffre_est_celui_de_l_ecran(lire, filtres):
    ecran, diapos = lire(filtres)
    compte, regarder, taux = ecran["compte"], ecran["regarder"], ecran["vue"].taux
    lignes = {ligne[0]: ligne[1:] for ligne in cellules(formes(diapos, "table")[0])}
    assert lignes["Fiches avec un point d’étape"][0] == str(compte.avec_point)
    assert lignes["Fiches avec un point d’étape"][1].startswith(
        f"sur {compte.total} ; {ecran['alors'].avec_point} au"
    )
    attendu = "non calculé" if taux.valeur is None else pourcentage_en_mots(taux.valeur)
    assert lignes["Chemin fait"][0] == attendu
    assert lignes["Fiches à jour"] == [
        str(compte.a_jour), f"{compte.a_actualiser} à actualiser, {compte.en_retard} en retard",
    ]  # fmt: skip
    assert lignes["En orage"][0] == str(len(regarder["orages"]))
    assert lignes["En orage"][1].startswith(f"{ecran['alors'].meteos['orage']} au")
    assert lignes["Bloquées"][0] == str(len(regarder["bloquees"]))


@pytest.mark.parametrize("filtres", ["", "axe=V1.A2", "meteo=orage"])
def test_les_barres_sont_celles_du_tableau_des_meteos(lire, filtres):
    ecran, diapos = lire(filtres)
    graphique = formes(diapos, "chart")[0].chart
    noeuds = barres_du_plan(ecran["vue"])
    lues = {serie.name: list(serie.values) for serie in graphique.plots[0].series}
    assert lues == {
        forme.mot: [n.compte.meteos[code] for n in noeuds] for code, forme in METEOS.items()
    }
    assert sum(map(sum, lues.values())) == ecran["compte"].total


def test_les_listes_ont_les_fiches_de_l_ecran_dans_leur_ordre(lire):
    ecran, diapos = lire()
    par_entete = {tuple(c[0]): c[1:] for c in map(cellules, formes(diapos, "table"))}
    regarder = ecran["regarder"]
    for cle, entetes in (
        ("bloquees", ("Code", "Action", "Bloquée par", "Jusqu’au")),
        ("arbitrages", ("Code", "Action", "Ce qui est demandé")),
        ("retards", ("Code", "Action", "Pilote", "Attendue le")),
    ):
        assert [ligne[0] for ligne in par_entete[entetes]] == [f.code for f in regarder[cle]][:8]


def test_le_budget_est_celui_de_l_ecran(lire):
    ecran, diapos = lire()
    budget = ecran["budget"]
    graphique = formes(diapos, "chart")[1].chart
    assert list(graphique.plots[0].series[0].values) == [
        float(budget.prevu), float(budget.engage), float(budget.realise),
    ]  # fmt: skip
    tableau = next(c for c in map(cellules, formes(diapos, "table")) if c[0][0] == "Budget")
    assert tableau[2][1] == montant_en_mots(budget.engage)


def test_huit_diapositives_titrees_decrites_et_sourcees(lire):
    _, diapos = lire()
    assert len(diapos.slides) == 8
    titres = [page.shapes.title.text for page in diapos.slides]
    assert all(titres) and len(set(titres)) == 8
    for page in diapos.slides:
        assert page.shapes[0] == page.shapes.title  # lu en premier
        assert "Source : tableau de bord" in page.notes_slide.notes_text_frame.text
    for forme in formes(diapos, "chart") + formes(diapos, "table"):
        assert forme._element.nvGraphicFramePr.cNvPr.get("descr")


def test_la_langue_est_dite_sur_chaque_texte(lire):
    _, diapos = lire()
    traits = [
        trait
        for page in diapos.slides
        for forme in page.shapes
        if forme.has_text_frame
        for paragraphe in forme.text_frame.paragraphs
        for trait in paragraphe.runs
    ]
    assert {trait._r.rPr.get("lang") for trait in traits} == {"fr-FR"}


def test_une_fiche_reservee_a_d_autres_n_est_pas_comptee(lire, plan):
    plan.ecrire({"code": "SECRET", "confidentialite": "restreinte"})
    ecran, diapos = lire()
    textes = [c for f in formes(diapos, "table") for ligne in cellules(f) for c in ligne]
    assert ecran["compte"].total == 16
    assert "SECRET" not in textes


def test_un_plan_vide_se_dit_sans_chiffre_invente(client):
    plan = Plan()
    client.force_login(AttributionFactory(collectivite=plan.collectivite, role="lecteur").compte)
    reponse = client.get(reverse("portail:diaporama", args=[plan.collectivite.slug]))
    titres = [p.shapes.title.text for p in Presentation(io.BytesIO(reponse.content)).slides]
    assert "Aucune fiche à montrer" in titres
