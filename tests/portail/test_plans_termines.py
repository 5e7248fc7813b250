"""Le portail montre les plans en cours ; les plans terminés restent à un clic."""

import gzip

import pytest
from tests.fabriques import DivisionFactory, SchemaFactory

from maillage.plan.etat import etat_vide
from maillage.plan.services import creer_fiche

pytestmark = pytest.mark.django_db


@pytest.fixture
def ancien(plan):
    """Un plan terminé de la même collectivité, avec une fiche sur les aidants."""
    ancien = SchemaFactory(
        collectivite=plan.collectivite, slug="ancien", annee_debut=1990, annee_fin=1995
    )
    DivisionFactory(schema=ancien, code="V1")
    etat = etat_vide(code="ANCIENNE", division="V1", titre="Aidants d’autrefois")
    creer_fiche(schema=ancien, etat=etat, par=None)
    plan.ecrire({"code": "NEUVE", "titre": "Soutenir les aidants"})
    return ancien


@pytest.mark.parametrize("suite", ["", "recherche/?q=aidants"])
def test_une_page_du_portail_ne_montre_que_les_plans_en_cours(client, plan, ancien, suite):
    page = client.get(f"/{plan.collectivite.slug}/{suite}").content.decode()
    assert "NEUVE" in page
    assert "ANCIENNE" not in page


def test_la_recherche_propose_les_plans_termines(client, plan, ancien):
    adresse = f"/{plan.collectivite.slug}/recherche/?q=aidants"
    assert "plans=tous" in client.get(adresse).content.decode()
    page = client.get(f"{adresse}&plans=tous").content.decode()
    assert "ANCIENNE" in page and "NEUVE" in page


def test_un_plan_termine_se_lit_toujours(client, plan, ancien):
    page = client.get(f"/{plan.collectivite.slug}/plan/?schema=ancien").content.decode()
    assert "Aidants d’autrefois" in page


def test_une_collectivite_dont_tous_les_plans_sont_finis_les_montre(client, plan, ancien):
    plan.schema.est_publie = False
    plan.schema.save()
    page = client.get(f"/{plan.collectivite.slug}/recherche/?q=aidants").content.decode()
    assert "ANCIENNE" in page


def test_une_page_gardee_est_la_meme_compressee_ou_non(client, plan):
    plan.ecrire({"titre": "Soutenir les aidants"})
    adresse = f"/{plan.collectivite.slug}/plan/"
    claire = client.get(adresse)
    serree = client.get(adresse, headers={"Accept-Encoding": "gzip"})
    assert serree["Content-Encoding"] == "gzip"
    assert gzip.decompress(serree.content) == claire.content
    assert "Accept-Encoding" in serree["Vary"]
