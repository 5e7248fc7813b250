"""Les comptes d'un clic : en démonstration seulement, sans danger pour les suivants."""

import os
import subprocess
import sys

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.urls import reverse
from tests.fabriques import (
    MOT_DE_PASSE,
    CollectiviteFactory,
    CompteFactory,
    OrganisationFactory,
)

from maillage.acteurs import services
from maillage.acteurs.models import Attribution, Compte, Role
from maillage.acteurs.verifications import aucun_compte_de_demonstration

pytestmark = pytest.mark.django_db
URL = "/compte/demonstration/"


@pytest.fixture
def ici():
    lieu = CollectiviteFactory(slug="loir-et-cher")
    OrganisationFactory(collectivite=lieu)
    return lieu


@pytest.fixture
def comptes(ici):
    return services.creer_comptes_de_demonstration(ici)


class TestCreer:
    def test_un_compte_par_role(self, comptes, ici):
        assert set(comptes) == set(Role.values)
        assert all(compte.droits_dans(ici).role == role for role, compte in comptes.items())

    def test_une_adresse_qui_ne_mene_nulle_part(self, comptes):
        assert comptes["pilote"].courriel == "pilote@loir-et-cher.demonstration.invalid"

    def test_aucun_n_a_de_mot_de_passe(self, comptes):
        assert not any(compte.has_usable_password() for compte in comptes.values())

    def test_deux_fois_ne_cree_rien_de_plus(self, comptes, ici):
        assert services.creer_comptes_de_demonstration(ici) == comptes
        assert (Compte.objects.count(), Attribution.objects.count()) == (8, 8)

    def test_les_partenaires_se_partagent_les_organisations_donnees(self, ici):
        trois = [OrganisationFactory(collectivite=ici) for _ in range(3)]
        crees = services.creer_comptes_de_demonstration(ici, organisations=trois)
        tenues = {
            crees[role].attributions.get().organisation
            for role in Role.values
            if role.startswith("partenaire_")
        }
        assert tenues == set(trois)

    def test_sans_organisation_pas_de_partenaire(self):
        crees = services.creer_comptes_de_demonstration(CollectiviteFactory())
        assert len(crees) == 5

    def test_un_seul_role_pour_une_autre_collectivite(self):
        loiret = CollectiviteFactory(slug="loiret")
        crees = services.creer_comptes_de_demonstration(loiret, roles=["administrateur"])
        assert [c.courriel for c in crees.values()] == [
            "administrateur@loiret.demonstration.invalid"
        ]

    def test_refuse_en_production(self, ici, settings):
        settings.EST_DEMONSTRATION = False
        with pytest.raises(services.OperationRefusee, match="démonstration"):
            services.creer_comptes_de_demonstration(ici)
        assert not Compte.objects.exists()


class TestEntrerDUnClic:
    def test_la_page_liste_chaque_role(self, client, comptes):
        page = client.get(URL).content.decode()
        assert all(Role(role).label in page for role in comptes)

    def test_un_clic_mene_a_l_espace(self, client, comptes, ici):
        reponse = client.post(URL, {"compte": comptes["pilote"].courriel}, follow=True)
        assert reponse.request["PATH_INFO"] == "/loir-et-cher/espace/"
        assert reponse.context["user"] == comptes["pilote"]

    def test_on_revient_ou_l_on_allait(self, client, comptes):
        envoi = {"compte": comptes["pilote"].courriel, "next": "/sante/"}
        assert client.post(URL, envoi).url == "/sante/"

    def test_on_ne_part_pas_chez_un_autre(self, client, comptes):
        envoi = {"compte": comptes["pilote"].courriel, "next": "//mechant.test/"}
        assert client.post(URL, envoi).url == "/compte/apres-connexion/"

    def test_un_vrai_compte_n_entre_pas_par_la(self, client):
        compte = CompteFactory()
        assert client.post(URL, {"compte": compte.courriel}).status_code == 404
        assert "_auth_user_id" not in client.session

    def test_sans_compte_la_page_dit_que_faire(self, client):
        assert "maillage demonstration" in client.get(URL).content.decode()

    @pytest.mark.parametrize(
        "nom", ["account_change_password", "account_set_password", "mfa_activate_totp", "mfa_index"]
    )
    def test_un_visiteur_ne_ferme_pas_la_porte_aux_suivants(self, nom, client, comptes):
        client.force_login(comptes["administrateur"])
        assert client.get(reverse(nom)).status_code == 403
        assert client.post(reverse(nom), {"password1": "x", "password2": "x"}).status_code == 403

    def test_son_nom_ne_se_change_pas(self, client, comptes):
        client.force_login(comptes["pilote"])
        assert client.post("/compte/", {"nom": "Autre"}).status_code == 403

    def test_un_visiteur_administrateur_ne_ferme_ni_ne_change_les_autres(self, comptes, ici):
        par, pilote = comptes["administrateur"], comptes["pilote"]
        for essai in (
            lambda: services.desactiver_compte(compte=pilote, collectivite=ici, par=par),
            lambda: services.retirer_role(attribution=pilote.attributions.get(), par=par),
            lambda: services.dater_role(
                attribution=pilote.attributions.get(), date_debut=None, date_fin=None, par=par
            ),
        ):
            with pytest.raises(services.OperationRefusee, match="visiteurs suivants"):
                essai()

    def test_il_peut_sortir(self, client, comptes):
        client.force_login(comptes["pilote"])
        client.post(reverse("account_logout"))
        assert "_auth_user_id" not in client.session


class TestEnProduction:
    @pytest.fixture(autouse=True)
    def production(self, comptes, settings):
        settings.EST_DEMONSTRATION = False

    def test_la_page_n_existe_pas(self, client, comptes):
        assert client.get(URL).status_code == 404
        assert client.post(URL, {"compte": comptes["pilote"].courriel}).status_code == 404

    def test_une_session_ouverte_avant_ne_vaut_plus(self, client, comptes):
        client.force_login(comptes["pilote"])
        assert client.get("/compte/").status_code == 302

    def test_meme_avec_un_mot_de_passe_il_n_entre_pas(self, client, comptes):
        compte = comptes["administrateur"]
        compte.set_password(MOT_DE_PASSE)
        compte.save()
        client.post(reverse("account_login"), {"login": compte.courriel, "password": MOT_DE_PASSE})
        assert "_auth_user_id" not in client.session

    def test_le_controle_du_deploiement_les_signale(self):
        fautes = [f for f in run_checks(include_deployment_checks=True) if f.id == "acteurs.E001"]
        assert "8 compte(s)" in fautes[0].msg

    def test_une_fois_fermes_le_controle_passe(self, capsys):
        call_command("fermer_comptes_demonstration")
        assert "8 compte(s)" in capsys.readouterr().out
        assert aucun_compte_de_demonstration(None) == []


def test_en_demonstration_le_controle_ne_dit_rien(comptes):
    assert aucun_compte_de_demonstration(None) == []


def _reglages_de_production(**environnement) -> subprocess.CompletedProcess:
    propre = {nom: v for nom, v in os.environ.items() if not nom.startswith("MAILLAGE_")}
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "from maillage.config import settings as s;"
            "print(s.EST_DEMONSTRATION, s.DEBUG, s.SESSION_COOKIE_SECURE,"
            " s.ALLAUTH_TRUSTED_PROXY_COUNT)",
        ],
        env={**propre, "MAILLAGE_MODE": "production", **environnement},
        capture_output=True,
        text=True,
        timeout=60,
    )


SECRET = "s" * 50


def test_les_reglages_de_production_ne_sont_jamais_une_demonstration():
    vu = _reglages_de_production(
        MAILLAGE_SECRET=SECRET, MAILLAGE_HOTES="maillage.test", EST_DEMONSTRATION="1"
    )
    assert vu.stdout.split() == ["False", "False", "True", "1"]


@pytest.mark.parametrize(
    ("environnement", "phrase"),
    [
        ({"MAILLAGE_HOTES": "maillage.test"}, "MAILLAGE_SECRET est absent"),
        ({"MAILLAGE_HOTES": "maillage.test", "MAILLAGE_SECRET": "court"}, "trop court"),
        ({"MAILLAGE_SECRET": SECRET}, "MAILLAGE_HOTES est absent"),
    ],
)
def test_la_production_ne_demarre_pas_a_moitie_reglee(environnement, phrase):
    vu = _reglages_de_production(**environnement)
    assert vu.returncode != 0 and phrase in vu.stderr


def test_un_second_facteur_mal_ecrit_est_signale(settings):
    settings.SECOND_FACTEUR = "peut-être"
    assert "acteurs.E002" in {f.id for f in run_checks()}
