"""La porte : fermée tant que rien n'est déclaré, fermée à qui n'a pas le rôle."""

import datetime

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.urls import include, path
from django.utils import timezone
from tests.fabriques import AttributionFactory, CollectiviteFactory, CompteFactory

from maillage.acteurs.acces import acces_de, acces_role
from maillage.acteurs.models import Compte


def vue_oubliee(request):
    return HttpResponse("ouverte")


@acces_role("lecteur")
def vue_reservee(request, collectivite):
    return HttpResponse("ouverte")


@acces_role("lecteur", partenaires=False)
def vue_interne(request, collectivite):
    return HttpResponse("ouverte")


@acces_role("lecteur")
def vue_sans_collectivite(request):
    return HttpResponse("ouverte")


urlpatterns = [
    path("oubliee/", vue_oubliee),
    path("sans-collectivite/", vue_sans_collectivite),
    path("<slug:collectivite>/reservee/", vue_reservee),
    path("<slug:collectivite>/interne/", vue_interne),
    path("", include(settings.ROOT_URLCONF)),
]
handler403 = "maillage.portail.erreurs.acces_refuse"
handler404 = "maillage.portail.erreurs.introuvable"


@pytest.fixture
def adresses_du_test(settings):
    settings.ROOT_URLCONF = __name__


@pytest.mark.django_db
@pytest.mark.usefixtures("adresses_du_test")
class TestPorte:
    def test_une_vue_sans_declaration_est_refusee(self, client):
        assert client.get("/oubliee/").status_code == 403

    def test_une_vue_de_role_sans_collectivite_est_refusee(self, client):
        client.force_login(AttributionFactory(role="administrateur").compte)
        assert client.get("/sans-collectivite/").status_code == 403

    def test_une_collectivite_inconnue_est_introuvable(self, client):
        assert client.get("/nulle-part/reservee/").status_code == 404

    def test_une_collectivite_desactivee_est_introuvable(self, client):
        lieu = CollectiviteFactory(est_active=False)
        assert client.get(f"/{lieu.slug}/reservee/").status_code == 404

    def test_un_anonyme_va_a_la_connexion_puis_revient(self, client):
        lieu = CollectiviteFactory()
        reponse = client.get(f"/{lieu.slug}/reservee/?page=2")
        assert reponse.url.endswith(f"next=%2F{lieu.slug}%2Freservee%2F%3Fpage%3D2")

    def test_un_role_pas_encore_commence_n_ouvre_rien(self, client):
        demain = timezone.localdate() + datetime.timedelta(days=1)
        attribution = AttributionFactory(date_debut=demain)
        client.force_login(attribution.compte)
        assert client.get(f"/{attribution.collectivite.slug}/reservee/").status_code == 403

    def test_un_role_fini_hier_n_ouvre_rien(self, client):
        hier = timezone.localdate() - datetime.timedelta(days=1)
        attribution = AttributionFactory(date_fin=hier)
        client.force_login(attribution.compte)
        assert client.get(f"/{attribution.collectivite.slug}/reservee/").status_code == 403

    def test_un_role_ouvre_encore_son_dernier_jour(self, client):
        attribution = AttributionFactory(date_fin=timezone.localdate())
        client.force_login(attribution.compte)
        assert client.get(f"/{attribution.collectivite.slug}/reservee/").status_code == 200

    def test_un_partenaire_entre_ou_on_l_admet(self, client):
        attribution = AttributionFactory(role="partenaire_lecteur")
        client.force_login(attribution.compte)
        assert client.get(f"/{attribution.collectivite.slug}/reservee/").status_code == 200

    def test_un_partenaire_n_entre_pas_ailleurs(self, client):
        attribution = AttributionFactory(role="partenaire_pilote")
        client.force_login(attribution.compte)
        assert client.get(f"/{attribution.collectivite.slug}/interne/").status_code == 403

    def test_un_compte_ferme_pendant_sa_session_perd_l_acces(self, client):
        attribution = AttributionFactory()
        client.force_login(attribution.compte)
        Compte.objects.filter(pk=attribution.compte.pk).update(is_active=False)
        assert client.get(f"/{attribution.collectivite.slug}/reservee/").status_code == 302

    def test_l_exploitant_n_a_aucun_droit_sans_role(self, client):
        lieu = CollectiviteFactory()
        client.force_login(CompteFactory(est_exploitant=True, is_superuser=True))
        assert client.get(f"/{lieu.slug}/reservee/").status_code == 403


def test_une_vue_sans_declaration_n_a_pas_d_acces():
    assert acces_de(vue_oubliee) is None


def test_un_role_inconnu_est_refuse_a_l_ecriture():
    with pytest.raises(ValueError, match="rôle inconnu"):
        acces_role("chef")
