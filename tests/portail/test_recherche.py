"""La recherche : sans accent, par racine, partout, et honnête quand rien ne répond."""

import pytest

from maillage.plan.lecture import Cadre
from maillage.portail.chercher import Question, chercher
from maillage.territoires.models import Commune


def codes(plan, question):
    return [t.fiche.code for t in chercher(Cadre(plan.collectivite), question).fiches]


@pytest.mark.parametrize("question", ["aidant", "AIDANTS", "aidants familiaux", "aid"])
def test_une_racine_en_trouve_les_formes(plan, question):
    plan.ecrire({"titre": "Soutenir les aidants familiaux"}, {"titre": "Ouvrir une crèche"})
    assert codes(plan, question) == ["F000"]


def test_sans_accent_on_trouve_avec(plan):
    plan.ecrire({"titre": "Passer chaque étape"})
    resultats = chercher(Cadre(plan.collectivite), "etape")
    assert resultats.fiches[0].titre == "Passer chaque <mark>étape</mark>"


def test_le_mot_du_titre_passe_avant_celui_du_corps(plan):
    plan.ecrire(
        {"code": "A", "titre": "Ouvrir un lieu", "constat": "Les aidants s’épuisent."},
        {"code": "B", "titre": "Aider à bouger"},
        {"code": "C", "titre": "Reconnaître les aidants"},
    )
    assert codes(plan, "aidant") == ["C", "B", "A"]


def test_l_extrait_montre_le_passage(plan):
    plan.ecrire({"titre": "Ouvrir un lieu", "constat": f"{'Avant. ' * 60}Les aidants s’épuisent."})
    (trouvee,) = chercher(Cadre(plan.collectivite), "aidants").fiches
    assert "<mark>aidants</mark>" in trouvee.extrait
    assert len(trouvee.extrait) < 300


def test_le_texte_trouve_est_echappe():
    assert (
        Question("aidant").surligner("<i>aidants</i>") == "&lt;i&gt;<mark>aidants</mark>&lt;/i&gt;"
    )


def test_une_fiche_reservee_ne_se_trouve_pas(plan):
    plan.ecrire({"titre": "Soutenir les aidants", "confidentialite": "interne"})
    assert codes(plan, "aidants") == []


def test_on_trouve_aussi_communes_territoires_et_etapes(plan):
    Commune.objects.create(
        code_insee="41018", nom="Blois", departement=plan.collectivite.departement, millesime=2026
    )
    cadre = Cadre(plan.collectivite)
    assert [c.nom for c in chercher(cadre, "bloi").communes] == ["Blois"]
    assert [t.slug for t in chercher(cadre, "nord").territoires] == ["nord"]
    assert [e.slug for e in chercher(cadre, "enfances").etapes] == ["grandir"]


@pytest.mark.parametrize("question", ["", "   ", "de la", "'\"*()", "AND OR NOT", "x" * 5000])
def test_une_question_sans_mot_utile_ne_casse_rien(plan, client, question):
    plan.ecrire({"titre": "Soutenir les aidants"})
    reponse = client.get(plan.adresse("recherche/"), {"q": question})
    assert reponse.status_code == 200
    assert reponse.context["resultats"].fiches == []


def test_sans_resultat_la_page_propose_ou_aller(plan, client):
    contenu = client.get(plan.adresse("recherche/"), {"q": "zzzz"}).content.decode()
    assert "Rien ne répond à cette recherche" in contenu
    assert plan.adresse("parcours/grandir/") in contenu
