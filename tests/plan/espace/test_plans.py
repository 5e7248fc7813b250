"""Tenir les plans et les équipes à l'écran."""

import pytest
from django.urls import reverse
from tests.fabriques import AttributionFactory, CompteFactory
from tests.plan.espace.pages import chemin, formulaire, texte

from maillage.plan.models import Division, EtapeParcours, PublicCible, Schema

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(entrer, fiche):
    return entrer("administrateur")


def test_creer_un_plan_de_trois_niveaux_non_publie(client, admin, collectivite):
    adresse = reverse("plan:plan_nouveau", args=["loir-et-cher"])
    envoi = formulaire(client.get(adresse), "niveau_1") | {
        "nom": ["Schéma de demain"], "annee_debut": ["2029"], "annee_fin": ["2033"],
        "niveau_1": ["volet"], "niveau_2": ["axe"], "niveau_3": ["objectif"],
    }  # fmt: skip
    reponse = client.post(adresse, envoi)
    neuf = Schema.objects.get(nom="Schéma de demain")
    assert chemin(reponse) == reverse("plan:structure", args=["loir-et-cher", neuf.slug])
    assert (neuf.niveaux, neuf.est_publie) == (["volet", "axe", "objectif"], False)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"annee_fin": "2020"}, "vient avant la première"),
        ({"annee_debut": "l’an prochain"}, "l’an prochain"),
        ({"niveau_2": "Volet"}, "tous différents"),
        ({"niveau_1": ""}, "Nommez au moins un niveau."),
        ({"periodicite_mois": "0"}, "De 1 à 24 mois."),
    ],
)
def test_un_plan_impossible_est_refuse_a_sa_place(client, admin, change, message):
    adresse = reverse("plan:plan_nouveau", args=["loir-et-cher"])
    juste = {
        "nom": "Demain", "nature": "solidarites", "annee_debut": "2029", "annee_fin": "2033",
        "periodicite_mois": "3", "niveau_1": "volet",
    }  # fmt: skip
    reponse = client.post(adresse, juste | change)
    assert reponse.status_code == 422
    assert message in texte(reponse)
    assert Schema.objects.count() == 1


def test_publier_retirer_et_montrer_d_abord(client, admin, schema, collectivite):
    adresse = reverse("plan:plans", args=["loir-et-cher"])
    client.post(adresse, {"schema": schema.slug, "geste": "retirer"})
    schema.refresh_from_db()
    assert not schema.est_publie
    client.post(adresse, {"schema": schema.slug, "geste": "publier"})
    autre = Schema.objects.create(
        collectivite=collectivite, slug="autre", nom="Autre", niveaux=["axe"], annee_debut=2020,
        annee_fin=2024,
    )  # fmt: skip
    client.post(adresse, {"schema": "autre", "geste": "principal"})
    schema.refresh_from_db()
    autre.refresh_from_db()
    assert (schema.est_publie, schema.est_principal, autre.est_principal) == (True, False, True)


def test_un_lecteur_voit_les_plans_sans_les_tenir(client, entrer, schema):
    entrer("lecteur")
    adresse = reverse("plan:plans", args=["loir-et-cher"])
    assert "Retirer du site public" not in texte(client.get(adresse))
    assert client.post(adresse, {"schema": schema.slug, "geste": "retirer"}).status_code == 403


def test_ajouter_une_division_sous_une_autre(client, admin, schema):
    adresse = reverse("plan:structure", args=["loir-et-cher", schema.slug])
    envoi = formulaire(client.get(adresse, {"sous": "V2"}), "ambition")
    assert envoi["parent"] == ["V2"]
    client.post(adresse, envoi | {"code": ["V2.A3"], "nom": ["Insertion"]})
    assert Division.objects.get(code="V2.A3").parent.code == "V2"


def test_un_code_pris_garde_la_saisie(client, admin, schema):
    adresse = reverse("plan:structure", args=["loir-et-cher", schema.slug])
    reponse = client.post(adresse, {"geste": "ajouter", "code": "v2.a1", "nom": "Bis"})
    assert reponse.status_code == 422
    assert "est déjà pris dans ce plan" in texte(reponse)
    assert formulaire(reponse, "ambition")["nom"] == ["Bis"]


def test_une_division_qui_porte_des_fiches_ne_se_supprime_pas(client, admin, schema, fiche):
    adresse = reverse("plan:structure", args=["loir-et-cher", schema.slug])
    envoi = {"geste": "supprimer", "division": fiche.division_id}
    assert "porte encore des fiches" in texte(client.post(adresse, envoi, follow=True))
    vide = schema.divisions.get(code="V2.A2")
    client.post(adresse, envoi | {"division": vide.pk})
    assert sorted(schema.divisions.values_list("code", flat=True)) == ["V2", "V2.A1"]


def test_une_division_d_un_autre_plan_est_inconnue(client, admin, schema):
    from tests.fabriques import DivisionFactory

    autre = DivisionFactory()
    adresse = reverse("plan:structure", args=["loir-et-cher", schema.slug])
    assert client.post(adresse, {"geste": "supprimer", "division": autre.pk}).status_code == 404
    assert Division.objects.filter(pk=autre.pk).exists()


def test_nommer_et_decharger_un_referent(client, admin, schema, collectivite):
    compte = AttributionFactory(collectivite=collectivite, role="referent_axe").compte
    axe = schema.divisions.get(code="V2.A1")
    adresse = reverse("plan:division", args=["loir-et-cher", schema.slug, axe.pk])
    client.post(adresse, {"geste": "nommer", "compte": compte.pk})
    assert [r.compte for r in axe.referents.all()] == [compte]
    client.post(adresse, {"geste": "decharger", "compte": compte.pk})
    assert not axe.referents.exists()


def test_un_lecteur_ne_devient_pas_referent(client, admin, schema, collectivite):
    compte = AttributionFactory(collectivite=collectivite, role="lecteur").compte
    axe = schema.divisions.get(code="V2.A1")
    adresse = reverse("plan:division", args=["loir-et-cher", schema.slug, axe.pk])
    page = client.post(adresse, {"geste": "nommer", "compte": compte.pk}, follow=True)
    assert "n’a pas le rôle de référent" in texte(page)
    assert not axe.referents.exists()


class TestEquipe:
    adresse = "/loir-et-cher/espace/actions/V2.A1.03/contributeurs/"

    def test_un_inscrit_peut_modifier_puis_ne_peut_plus(self, client, pilote, collectivite, fiche):
        compte = AttributionFactory(collectivite=collectivite, role="contributeur").compte
        client.post(self.adresse, {"geste": "inscrire", "compte": compte.pk})
        assert compte.has_perm("plan.modifier_fiche", fiche)
        client.post(self.adresse, {"geste": "retirer", "compte": compte.pk})
        assert not compte.has_perm("plan.modifier_fiche", fiche)

    def test_un_compte_d_ailleurs_est_refuse(self, client, pilote, fiche):
        compte = AttributionFactory(role="contributeur").compte
        page = client.post(self.adresse, {"geste": "inscrire", "compte": compte.pk}, follow=True)
        assert "pas de rôle qui permette de contribuer" in texte(page)
        assert not fiche.contributeurs.exists()

    def test_un_contributeur_n_inscrit_personne(self, client, entrer, fiche):
        fiche.contributeurs.create(compte=entrer("contributeur"))
        envoi = {"geste": "inscrire", "compte": CompteFactory().pk}
        assert client.post(self.adresse, envoi).status_code == 403


class TestReperes:
    adresse = "/loir-et-cher/espace/reperes/"

    def test_ajouter_renommer_supprimer_un_public(self, client, admin, collectivite):
        client.post(self.adresse, {"sorte": "public", "public-nom": "Aidants"})
        public = PublicCible.objects.get(nom="Aidants")
        client.post(self.adresse, {"sorte": "public", "pk": public.pk, "nom": "Proches aidants"})
        public.refresh_from_db()
        assert public.nom == "Proches aidants"
        envoi = {"sorte": "public", "pk": public.pk, "geste": "supprimer"}
        client.post(self.adresse, envoi)
        assert not PublicCible.objects.filter(pk=public.pk).exists()

    def test_une_etape_citee_ne_se_supprime_pas(self, client, admin):
        etape = EtapeParcours.objects.get()
        envoi = {"sorte": "etape", "pk": etape.pk, "geste": "supprimer"}
        assert "est cité par des fiches" in texte(client.post(self.adresse, envoi, follow=True))
        assert EtapeParcours.objects.exists()
