"""Ce que l'on a tapé ne se perd pas : connexion expirée, page trop ancienne."""

import pytest
from django.test import Client
from django.urls import reverse
from tests.fabriques import MOT_DE_PASSE, AttributionFactory, OrganisationFactory

from maillage.acteurs.models import Organisation

pytestmark = pytest.mark.django_db
SAISIE = {"nom": "Mission locale", "sigle": "ML", "siret": "pas encore", "nature": "association"}


@pytest.fixture
def attribution():
    return AttributionFactory(role="administrateur")


@pytest.fixture
def page(attribution):
    return reverse("acteurs:organisation_creer", args=[attribution.collectivite.slug])


def entrer(client, attribution, suite):
    envoi = {"login": attribution.compte.courriel, "password": MOT_DE_PASSE, "next": suite}
    return client.post(reverse("account_login"), envoi)


class TestConnexionExpiree:
    def test_la_page_de_connexion_dit_que_la_saisie_est_gardee(self, client, page):
        reponse = client.post(page, SAISIE, follow=True)
        assert reponse.request["PATH_INFO"] == reverse("account_login")
        assert "Ce que vous aviez tapé est gardé" in reponse.content.decode()

    def test_apres_la_connexion_le_formulaire_revient_rempli(self, client, attribution, page):
        client.post(page, SAISIE)
        assert entrer(client, attribution, page).url == page
        reponse = client.get(page)
        contenu = reponse.content.decode()
        assert all(f'value="{SAISIE[champ]}"' in contenu for champ in ("nom", "sigle", "siret"))
        assert '<option value="association" selected>' in contenu
        assert "Votre saisie est revenue" in contenu
        assert "à corriger" not in contenu

    def test_rien_n_est_enregistre_sans_nouvel_envoi(self, client, attribution, page):
        client.post(page, SAISIE)
        entrer(client, attribution, page)
        client.get(page)
        assert not Organisation.objects.exists()

    def test_la_saisie_ne_revient_qu_une_fois(self, client, attribution, page):
        client.post(page, SAISIE)
        entrer(client, attribution, page)
        client.get(page)
        assert "Mission locale" not in client.get(page).content.decode()

    def test_elle_ne_revient_pas_sur_une_autre_page(self, client, attribution, page):
        client.post(page, SAISIE)
        entrer(client, attribution, page)
        autre = reverse("acteurs:personne_creer", args=[attribution.collectivite.slug])
        assert "Mission locale" not in client.get(autre).content.decode()

    def test_elle_l_emporte_sur_ce_qui_est_enregistre(self, client, attribution):
        organisation = OrganisationFactory(collectivite=attribution.collectivite, sigle="Avant")
        page = reverse(
            "acteurs:organisation_modifier",
            args=[attribution.collectivite.slug, organisation.pk],
        )
        client.post(page, {**SAISIE, "sigle": "Tapé", "vu": "0123456789abcdef"})
        entrer(client, attribution, page)
        formulaire = client.get(page).context["formulaire"]
        assert formulaire["sigle"].value() == "Tapé"
        assert formulaire["vu"].value() == "0123456789abcdef"

    def test_une_lecture_refusee_ne_garde_rien(self, client, page):
        assert "reprise" not in client.get(page).url

    def test_les_secrets_ne_sont_jamais_gardes(self, client, page):
        client.post(page, {**SAISIE, "password": "secret", "code": "123456"})
        assert "secret" not in str(dict(client.session)) and "123456" not in str(
            dict(client.session)
        )


class TestPageTropAncienne:
    def test_la_page_dit_ce_qui_s_est_passe_et_garde_la_saisie(self, attribution, page):
        client = Client(enforce_csrf_checks=True)
        client.force_login(attribution.compte)
        reponse = client.post(page, SAISIE)
        contenu = reponse.content.decode()
        assert reponse.status_code == 403
        assert "ce que vous aviez tapé est gardé" in contenu and f'href="{page}"' in contenu
        assert 'value="Mission locale"' in client.get(page).content.decode()
