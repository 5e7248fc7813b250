"""Le plan en PDF : chaque fiche y est, la structure se lit, rien de réservé n'en sort."""

import pytest
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.fabriques import AttributionFactory
from tests.plan_publie import Plan, faire_le_point
from tests.socle.controle_pdf import compter, controler, signets

from maillage.plan import vues_documents
from maillage.plan.documents.plan_pdf import donnees_du_plan, plan_en_pdf
from maillage.plan.models import FicheAction

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(settings, tmp_path):
    settings.DOSSIER = tmp_path
    plan = Plan(avertissement="Le communiqué dit 163.", source="Schéma voté")
    fiches = plan.ecrire(
        {"titre": "Aider « les aidants » #let x = 1",
         "constat": "*Un*\n\n$deux$ <b> \\ #pagebreak()",
         "budgets": [{"annee": 2026, "financeur": "CAF", "prevu": "12000"}],
         "risques": [{"libelle": "Pas de salle", "gravite": 3, "probabilite": 2}],
         "indicateurs": [{"libelle": "Groupes", "initiale": "0", "cible": "6"}]},
        {"titre": "Loger", "pilote_personne": "Camille Martin", "pilote_fonction": "Cadre"},
        {"titre": "Prévenir", "division": "V1.A2", "confidentialite": "interne"},
    )  # fmt: skip
    faire_le_point(fiches[0], "orage", faits_marquants="Fait", bloquee_par="la salle")
    return plan


def publiees(plan):
    return FicheAction.objects.publiees().filter(schema=plan.schema)


def test_le_pdf_passe_le_controle_de_structure(plan):
    assert controler(plan_en_pdf(plan.schema, publiees(plan))) == []


def test_chaque_division_et_chaque_fiche_a_son_signet(plan):
    trouves = " | ".join(signets(plan_en_pdf(plan.schema, publiees(plan))))
    for attendu in ("Départemental", "Rendre acteur", "F000", "F001", "Sources et méthode"):
        assert attendu in trouves


def test_le_plan_en_une_page_a_une_figure_decrite_par_rangee(plan):
    assert compter(plan_en_pdf(plan.schema, publiees(plan)))["/Figure"] == 1
    rangee = donnees_du_plan(plan.schema, publiees(plan))["tuiles"][0]["rangees"][0]
    assert rangee["alt"] == (
        "Rendre acteur, 2\u00a0actions. F000 orage, bloquée ; F001 pas encore de point"
    )


def test_le_plan_public_ne_dit_ni_risque_ni_nom_ni_fiche_reservee(plan):
    donnees = repr(donnees_du_plan(plan.schema, publiees(plan)))
    for reserve in ("Pas de salle", "Camille Martin", "F002"):
        assert reserve not in donnees


def test_le_plan_de_l_espace_dit_les_risques_et_les_noms(plan):
    toutes = FicheAction.objects.filter(schema=plan.schema)
    donnees = repr(donnees_du_plan(plan.schema, toutes, interne=True))
    for attendu in ("Pas de salle", "Camille Martin", "F002"):
        assert attendu in donnees


def test_le_nombre_de_requetes_ne_depend_pas_du_nombre_de_fiches(plan, connexion):
    with CaptureQueriesContext(connexion) as peu:
        donnees_du_plan(plan.schema, publiees(plan))
    plan.ecrire(*[{"code": f"G{rang:03d}"} for rang in range(30)])
    with CaptureQueriesContext(connexion) as beaucoup:
        donnees_du_plan(plan.schema, publiees(plan))
    assert len(beaucoup) == len(peu) <= 20


@pytest.fixture
def connexion():
    from django.db import connection

    return connection


class TestAdresse:
    @pytest.fixture
    def compositions(self, monkeypatch):
        faites = []

        def composer(schema, fiches, *, interne=False):
            faites.append([f.code for f in fiches])
            return b"%PDF-" + str(len(faites)).encode()

        monkeypatch.setattr(vues_documents, "plan_en_pdf", composer)
        return faites

    def test_deux_visiteurs_une_composition(self, plan, client, compositions):
        adresse = reverse("plan:plan_pdf", args=[plan.collectivite.slug])
        assert client.get(adresse).content == client.get(adresse + "?mesure=1").content
        assert len(compositions) == 1

    def test_une_ecriture_refait_le_document(self, plan, client, compositions):
        adresse = reverse("plan:plan_pdf", args=[plan.collectivite.slug])
        client.get(adresse)
        faire_le_point(FicheAction.objects.get(code="F001"))
        assert client.get(adresse).content == b"%PDF-2"

    def test_rien_de_change_rien_de_renvoye(self, plan, client, compositions):
        adresse = reverse("plan:plan_pdf", args=[plan.collectivite.slug])
        etag = client.get(adresse)["ETag"]
        assert client.get(adresse, headers={"If-None-Match": etag}).status_code == 304

    def test_chaque_role_compose_ce_qu_il_voit(self, plan, client, compositions):
        client.force_login(
            AttributionFactory(collectivite=plan.collectivite, role="lecteur").compte
        )
        client.get(reverse("plan:espace_plan_pdf", args=[plan.collectivite.slug]))
        assert compositions == [["F000", "F001", "F002"]]

    def test_un_plan_non_publie_n_a_pas_d_adresse(self, plan, client, compositions):
        plan.schema.est_publie = False
        plan.schema.save()
        adresse = reverse("plan:plan_pdf", args=[plan.collectivite.slug])
        assert client.get(adresse).status_code == 404
