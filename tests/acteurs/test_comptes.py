"""Les pages des comptes : inviter, accepter, changer des rôles, dans le navigateur."""

import datetime

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone
from tests.fabriques import (
    AttributionFactory,
    CollectiviteFactory,
    CompteFactory,
    OrganisationFactory,
)

from maillage.acteurs import services
from maillage.acteurs.models import Compte, Invitation
from maillage.acteurs.visites import PAUSE, visite_precedente

pytestmark = pytest.mark.django_db
PHRASE = "quatre mots faciles ensemble"


@pytest.fixture
def ici():
    return CollectiviteFactory()


@pytest.fixture
def admin(ici, client):
    compte = AttributionFactory(collectivite=ici, role="administrateur").compte
    client.force_login(compte)
    return compte


def adresse(nom, ici, *args):
    return reverse(f"acteurs:{nom}", args=[ici.slug, *args])


class TestInviter:
    envoi = {"courriel": "neuve@exemple.test", "role": "pilote", "organisation": ""}

    def test_le_lien_envoye_est_celui_qui_s_affiche(self, ici, admin, client, mailoutbox):
        page = client.post(adresse("inviter", ici), self.envoi, follow=True).content.decode()
        lien = next(m for m in mailoutbox[0].body.split() if "/compte/invitation/" in m)
        assert f'value="{lien}"' in page and "est partie" in page

    def test_le_lien_ne_s_affiche_qu_une_fois(self, ici, admin, client):
        client.post(adresse("inviter", ici), self.envoi, follow=True)
        assert "/compte/invitation/" not in client.get(adresse("comptes", ici)).content.decode()

    def test_un_courriel_en_panne_se_dit(self, ici, admin, client, settings):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
        page = client.post(adresse("inviter", ici), self.envoi, follow=True).content.decode()
        assert "Le courriel n’est pas parti" in page and "/compte/invitation/" in page

    def test_une_adresse_fausse_garde_la_saisie(self, ici, admin, client):
        page = client.post(adresse("inviter", ici), {**self.envoi, "courriel": "pas une adresse"})
        assert 'value="pas une adresse"' in page.content.decode()
        assert not Invitation.objects.exists()

    def test_un_partenaire_sans_organisation_se_dit_sur_le_champ(self, ici, admin, client):
        envoi = {**self.envoi, "role": "partenaire_pilote"}
        formulaire = client.post(adresse("inviter", ici), envoi).context["formulaire"]
        assert "organisation" in formulaire.errors

    def test_retirer(self, ici, admin, client):
        invitation, jeton = services.inviter(
            courriel="a@b.test", role="lecteur", collectivite=ici, par=admin
        )
        client.post(adresse("invitation_retirer", ici, invitation.pk))
        assert services.invitation_ouverte(jeton) is None


class TestAccepter:
    @pytest.fixture
    def lien(self, ici):
        admin = AttributionFactory(collectivite=ici, role="administrateur").compte
        _, jeton = services.inviter(
            courriel="neuve@exemple.test", role="pilote", collectivite=ici, par=admin
        )
        return reverse("compte:invitation", args=[jeton])

    def test_ouvrir_son_compte_et_entrer(self, client, lien, ici):
        reponse = client.post(lien, {"nom": "Léa", "mot_de_passe": PHRASE}, follow=True)
        assert reponse.request["PATH_INFO"] == f"/{ici.slug}/espace/"

    def test_un_mot_de_passe_faible_est_refuse_et_le_nom_garde(self, client, lien):
        page = client.post(lien, {"nom": "Léa", "mot_de_passe": "123"}).content.decode()
        assert 'value="Léa"' in page and "à corriger" in page
        assert not Compte.objects.filter(courriel="neuve@exemple.test").exists()

    def test_un_compte_connu_doit_se_connecter(self, client, lien):
        CompteFactory(courriel="neuve@exemple.test")
        page = client.get(lien).content.decode()
        assert "Se connecter pour accepter" in page and "mot_de_passe" not in page

    def test_un_anonyme_ne_prend_pas_un_compte_connu(self, client, lien):
        CompteFactory(courriel="neuve@exemple.test")
        client.post(lien, {"nom": "X", "mot_de_passe": PHRASE})
        assert "_auth_user_id" not in client.session

    def test_le_compte_connecte_recoit_le_role(self, client, lien, ici):
        compte = CompteFactory()
        client.force_login(compte)
        client.post(lien)
        assert compte.droits_dans(ici).role == "pilote"

    def test_lire_la_page_n_accepte_rien(self, client, lien):
        compte = CompteFactory()
        client.force_login(compte)
        client.get(lien)
        assert not compte.attributions.exists()

    def test_un_lien_inconnu_dit_que_faire(self, client):
        reponse = client.get(reverse("compte:invitation", args=["inconnu"]))
        assert reponse.status_code == 404
        assert "demandez une nouvelle invitation" in reponse.content.decode()

    def test_un_compte_de_demonstration_recoit_un_refus_clair(self, client, lien):
        client.force_login(CompteFactory(est_demonstration=True))
        page = client.post(lien, follow=True).content.decode()
        assert "compte de démonstration ne peut pas" in page


class TestRoles:
    def test_donner_un_role_date(self, ici, admin, client):
        compte = AttributionFactory(collectivite=ici).compte
        envoi = {
            "role": "pilote",
            "organisation": "",
            "date_debut": "2030-01-01",
            "date_fin": "2030-12-31",
        }
        client.post(adresse("role_donner", ici, compte.pk), envoi)
        donne = compte.attributions.get(role="pilote")
        assert donne.date_fin == datetime.date(2030, 12, 31)

    def test_le_dernier_administrateur_reste_et_la_page_le_dit(self, ici, admin, client):
        url = adresse("role_retirer", ici, admin.attributions.get().pk)
        page = client.post(url, follow=True).content.decode()
        assert "toujours rester un administrateur" in page
        assert admin.attributions.exists()

    def test_dater_le_dernier_administrateur_se_refuse_sur_la_page(self, ici, admin, client):
        url = adresse("role_dater", ici, admin.attributions.get().pk)
        page = client.post(url, {"date_debut": "", "date_fin": "2040-01-01"}).content.decode()
        assert "sans date de fin" in page and 'value="2040-01-01"' in page

    def test_fermer_puis_rouvrir(self, ici, admin, client):
        compte = AttributionFactory(collectivite=ici).compte
        client.post(adresse("compte_fermer", ici, compte.pk))
        compte.refresh_from_db()
        assert not compte.is_active
        client.post(adresse("compte_rouvrir", ici, compte.pk))
        compte.refresh_from_db()
        assert compte.is_active

    def test_les_roles_d_ailleurs_ne_se_voient_pas(self, ici, admin, client):
        compte = AttributionFactory(collectivite=ici).compte
        ailleurs = OrganisationFactory(nom="Association d’ailleurs")
        AttributionFactory(
            compte=compte,
            collectivite=ailleurs.collectivite,
            role="partenaire_pilote",
            organisation=ailleurs,
        )
        for page in (adresse("comptes", ici), adresse("compte", ici, compte.pk)):
            assert "ailleurs" not in client.get(page).content.decode()


class TestVisites:
    def test_une_visite_se_note(self, ici, admin, client):
        client.get(adresse("comptes", ici))
        admin.refresh_from_db()
        assert timezone.now() - admin.derniere_visite < datetime.timedelta(minutes=1)

    def test_une_page_de_plus_n_ecrit_rien(self, ici, admin, client):
        client.get(adresse("comptes", ici))
        admin.refresh_from_db()
        premiere = admin.derniere_visite
        client.get(adresse("comptes", ici))
        admin.refresh_from_db()
        assert admin.derniere_visite == premiere

    def test_la_visite_d_avant_reste_connue(self, ici, admin, client):
        avant = timezone.now() - 2 * PAUSE
        Compte.objects.filter(pk=admin.pk).update(derniere_visite=avant)
        reponse = client.get(adresse("comptes", ici))
        assert visite_precedente(reponse.wsgi_request) == avant


class TestMonCompte:
    def test_changer_son_nom(self, client):
        compte = CompteFactory()
        client.force_login(compte)
        client.post("/compte/", {"nom": "Nouveau nom"})
        compte.refresh_from_db()
        assert compte.nom == "Nouveau nom"

    def test_mes_roles_s_affichent_avec_leur_fin(self, client):
        fin = timezone.localdate() + datetime.timedelta(days=30)
        attribution = AttributionFactory(role="partenaire_pilote", date_fin=fin)
        client.force_login(attribution.compte)
        page = client.get("/compte/").content.decode()
        assert attribution.organisation.nom in page and "jusqu’au" in page


class TestCommandeInviter:
    def test_le_lien_affiche_ouvre_un_acces_d_administrateur(self, ici, client, capsys):
        call_command("inviter", "a@b.test", collectivite=ici.slug, adresse="https://m.test")
        lien = next(m for m in capsys.readouterr().out.split() if m.startswith("https://m.test/"))
        client.post(lien.removeprefix("https://m.test"), {"nom": "Léa", "mot_de_passe": PHRASE})
        assert Compte.objects.get().droits_dans(ici).role == "administrateur"

    @pytest.mark.parametrize(
        ("courriel", "options", "phrase"),
        [
            ("pas une adresse", {}, "n’est pas une adresse"),
            ("a@b.test", {"collectivite": "nulle-part"}, "n’existe pas ici"),
            ("a@b.test", {"role": "partenaire_pilote"}, "demande une organisation"),
            ("a@b.test", {"organisation": "Inconnue"}, "n’existe pas dans"),
        ],
    )
    def test_un_mauvais_argument_se_dit(self, ici, courriel, options, phrase):
        with pytest.raises(CommandError, match=phrase):
            call_command("inviter", courriel, **{"collectivite": ici.slug, **options})
