"""Se connecter, se tromper, oublier son mot de passe, protéger son compte."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.template.loader import get_template
from django.test import Client
from django.urls import get_resolver, reverse
from tests.fabriques import MOT_DE_PASSE, AttributionFactory, CompteFactory

from maillage.acteurs.models import Compte

pytestmark = pytest.mark.django_db
PHRASE = "quatre mots faciles ensemble"


def entrer(client, compte, mot_de_passe=MOT_DE_PASSE, **options):
    envoi = {"login": compte.courriel, "password": mot_de_passe}
    return client.post(reverse("account_login"), envoi, **options)


def est_connecte(client) -> bool:
    return "_auth_user_id" in client.session


class TestEntrer:
    def test_l_adresse_et_le_mot_de_passe_ouvrent(self, client):
        entrer(client, CompteFactory())
        assert est_connecte(client)

    def test_la_casse_de_l_adresse_ne_compte_pas(self, client):
        CompteFactory(courriel="lea@exemple.test")
        envoi = {"login": "Lea@Exemple.TEST", "password": MOT_DE_PASSE}
        client.post(reverse("account_login"), envoi)
        assert est_connecte(client)

    def test_un_mot_de_passe_faux_garde_l_adresse_et_le_dit(self, client):
        reponse = entrer(client, CompteFactory(courriel="lea@exemple.test"), "faux")
        page = reponse.content.decode()
        assert 'value="lea@exemple.test"' in page and "à corriger" in page
        assert not est_connecte(client)

    def test_la_meme_reponse_pour_une_adresse_inconnue(self, client):
        connu = entrer(client, CompteFactory(courriel="a@exemple.test"), "faux").content.decode()
        inconnu = entrer(client, Compte(courriel="b@exemple.test"), "faux").content.decode()
        sans_jeton = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"')
        assert sans_jeton.sub("", connu) == sans_jeton.sub("", inconnu).replace("b@ex", "a@ex")

    def test_on_revient_ou_l_on_allait(self, client):
        envoi = {"login": CompteFactory().courriel, "password": MOT_DE_PASSE, "next": "/sante/"}
        assert client.post(reverse("account_login"), envoi).url == "/sante/"

    def test_on_ne_part_pas_chez_un_autre(self, client):
        envoi = {
            "login": CompteFactory().courriel,
            "password": MOT_DE_PASSE,
            "next": "https://mechant.test/",
        }
        assert client.post(reverse("account_login"), envoi).url == "/compte/apres-connexion/"

    def test_sortir_demande_un_envoi(self, client):
        client.force_login(CompteFactory())
        client.get(reverse("account_logout"))
        assert est_connecte(client)
        client.post(reverse("account_logout"))
        assert not est_connecte(client)

    def test_l_inscription_libre_n_existe_pas(self):
        noms = {
            motif.name for motif in get_resolver("maillage.acteurs.urls_connexion").url_patterns
        }
        assert not noms & {"account_signup", "account_email", "account_request_login_code"}


class TestApresConnexion:
    url = "/compte/apres-connexion/"

    def test_une_seule_collectivite_mene_a_son_espace(self, client):
        attribution = AttributionFactory()
        client.force_login(attribution.compte)
        assert client.get(self.url).url == f"/{attribution.collectivite.slug}/espace/"

    def test_plusieurs_collectivites_se_choisissent(self, client):
        compte = CompteFactory()
        lieux = [AttributionFactory(compte=compte).collectivite for _ in range(2)]
        client.force_login(compte)
        page = client.get(self.url).content.decode()
        assert all(f"/{lieu.slug}/espace/" in page for lieu in lieux)

    def test_sans_role_la_page_dit_que_faire(self, client):
        client.force_login(CompteFactory())
        assert "Demandez un rôle" in client.get(self.url).content.decode()

    def test_un_administrateur_est_invite_a_proteger_son_compte(self, client):
        compte = CompteFactory()
        for _ in range(2):
            AttributionFactory(compte=compte, role="administrateur")
        client.force_login(compte)
        assert reverse("mfa_activate_totp") in client.get(self.url).content.decode()

    def test_un_lecteur_ne_l_est_pas(self, client):
        compte = CompteFactory()
        for _ in range(2):
            AttributionFactory(compte=compte)
        client.force_login(compte)
        assert reverse("mfa_activate_totp") not in client.get(self.url).content.decode()


class TestVerrou:
    @pytest.fixture(autouse=True)
    def axes(self, settings):
        settings.AXES_ENABLED = True

    def _se_tromper(self, client, compte, fois, **options):
        for _ in range(fois):
            reponse = entrer(client, compte, "faux", **options)
        return reponse

    def test_huit_essais_manques_ferment_et_disent_que_faire(self, client, settings):
        reponse = self._se_tromper(client, CompteFactory(), settings.AXES_FAILURE_LIMIT)
        assert reponse.status_code == 429
        assert "Attendez quinze minutes" in reponse.content.decode()

    def test_sept_essais_manques_ne_ferment_pas(self, client, settings):
        compte = CompteFactory()
        self._se_tromper(client, compte, settings.AXES_FAILURE_LIMIT - 1)
        entrer(client, compte)
        assert est_connecte(client)

    def test_le_bon_mot_de_passe_n_entre_plus_depuis_ce_poste(self, client, settings):
        compte = CompteFactory()
        self._se_tromper(client, compte, settings.AXES_FAILURE_LIMIT)
        assert entrer(client, compte).status_code == 429
        assert not est_connecte(client)

    def test_un_tiers_ne_ferme_pas_la_porte_d_un_autre(self, client, settings):
        compte = CompteFactory()
        self._se_tromper(Client(), compte, 30, REMOTE_ADDR="203.0.113.9")
        entrer(client, compte, REMOTE_ADDR="198.51.100.7")
        assert est_connecte(client)

    def test_se_tromper_de_compte_ne_ferme_pas_le_sien(self, client, settings):
        self._se_tromper(client, CompteFactory(), settings.AXES_FAILURE_LIMIT)
        compte = CompteFactory()
        entrer(client, compte)
        assert est_connecte(client)

    def test_la_casse_ne_contourne_pas_le_verrou(self, client, settings):
        compte = CompteFactory(courriel="lea@exemple.test")
        self._se_tromper(client, compte, settings.AXES_FAILURE_LIMIT - 1)
        envoi = {"login": "LEA@exemple.test", "password": "faux"}
        assert client.post(reverse("account_login"), envoi).status_code == 429

    def test_un_en_tete_invente_ne_change_pas_de_poste(self, client, settings):
        compte = CompteFactory()
        for rang in range(settings.AXES_FAILURE_LIMIT):
            reponse = entrer(client, compte, "faux", HTTP_X_FORWARDED_FOR=f"203.0.113.{rang}")
        assert reponse.status_code == 429

    def test_derriere_un_mandataire_chaque_poste_est_compte_a_part(self, client, settings):
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
        compte = CompteFactory()
        self._se_tromper(Client(), compte, 30, HTTP_X_FORWARDED_FOR="203.0.113.9")
        entrer(client, compte, HTTP_X_FORWARDED_FOR="198.51.100.7")
        assert est_connecte(client)

    def test_un_nouveau_mot_de_passe_rouvre_aussitot(self, client, settings, mailoutbox):
        compte = CompteFactory()
        self._se_tromper(client, compte, settings.AXES_FAILURE_LIMIT)
        changer_par_courriel(client, compte, mailoutbox)
        entrer(client, compte, PHRASE)
        assert est_connecte(client)


def changer_par_courriel(client, compte, mailoutbox):
    client.post(reverse("account_reset_password"), {"email": compte.courriel})
    lien = re.search(r"http://testserver(/\S+)", mailoutbox[-1].body).group(1)
    formulaire = client.get(lien).url
    return client.post(formulaire, {"password1": PHRASE, "password2": PHRASE})


class TestMotDePasse:
    def test_le_lien_recu_change_le_mot_de_passe(self, client, mailoutbox):
        compte = CompteFactory()
        changer_par_courriel(client, compte, mailoutbox)
        compte.refresh_from_db()
        assert compte.check_password(PHRASE)

    def test_le_lien_ne_sert_qu_une_fois(self, client, mailoutbox):
        compte = CompteFactory()
        changer_par_courriel(client, compte, mailoutbox)
        lien = re.search(r"http://testserver(/\S+)", mailoutbox[0].body).group(1)
        assert "Ce lien ne sert plus" in Client().get(lien).content.decode()

    def test_une_adresse_inconnue_ne_recoit_rien_et_la_page_ne_le_dit_pas(self, client, mailoutbox):
        reponse = client.post(reverse("account_reset_password"), {"email": "non@exemple.test"})
        assert reponse.url == reverse("account_reset_password_done")
        assert mailoutbox == []

    def test_un_mot_de_passe_trop_court_est_refuse(self, client):
        compte = CompteFactory()
        client.force_login(compte)
        envoi = {"oldpassword": MOT_DE_PASSE, "password1": "court", "password2": "court"}
        client.post(reverse("account_change_password"), envoi)
        compte.refresh_from_db()
        assert compte.check_password(MOT_DE_PASSE)

    def test_changer_ramene_a_mon_compte_et_previent_par_courriel(
        self, client, mailoutbox, django_capture_on_commit_callbacks
    ):
        compte = CompteFactory()
        client.force_login(compte)
        envoi = {"oldpassword": MOT_DE_PASSE, "password1": PHRASE, "password2": PHRASE}
        with django_capture_on_commit_callbacks(execute=True):
            reponse = client.post(reverse("account_change_password"), envoi)
        assert reponse.url == reverse("compte:compte")
        assert "vient d’être changé" in mailoutbox[0].body


def activer(client, compte) -> str:
    """Passe par les pages, comme une personne ; rend le secret."""
    client.post(reverse("account_reauthenticate"), {"password": MOT_DE_PASSE})
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    code = totp.format_hotp_value(
        totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time())))
    )
    client.post(reverse("mfa_activate_totp"), {"code": code})
    return secret


class TestSecondFacteur:
    @pytest.fixture
    def compte(self, client):
        compte = CompteFactory()
        client.force_login(compte)
        return compte

    def test_il_faut_d_abord_redonner_son_mot_de_passe(self, client, compte):
        assert client.get(reverse("mfa_activate_totp")).url.startswith(
            reverse("account_reauthenticate")
        )

    def test_le_carre_est_une_image_dans_la_page(self, client, compte):
        client.post(reverse("account_reauthenticate"), {"password": MOT_DE_PASSE})
        page = client.get(reverse("mfa_activate_totp"))
        assert 'src="data:image/svg+xml;base64,' in page.content.decode()
        assert page.context["form"].secret in page.content.decode()

    def test_activer_puis_lire_ses_codes_de_secours(self, client, compte):
        activer(client, compte)
        page = client.get(reverse("mfa_view_recovery_codes")).content.decode()
        codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
        assert len(codes) == 10 and all(code in page for code in codes)

    def test_les_codes_se_telechargent(self, client, compte):
        activer(client, compte)
        fichier = client.get(reverse("mfa_download_recovery_codes"))
        assert "attachment" in fichier["Content-Disposition"]
        assert fichier.content.decode().startswith("Codes de secours de Maillage")

    def test_de_nouveaux_codes_remplacent_les_anciens(self, client, compte):
        activer(client, compte)
        anciens = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
        assert (
            "ne serviront plus"
            in client.get(reverse("mfa_generate_recovery_codes")).content.decode()
        )
        client.post(reverse("mfa_generate_recovery_codes"))
        nouveaux = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
        assert not set(anciens) & set(nouveaux)

    def test_un_code_faux_n_active_rien(self, client, compte):
        client.post(reverse("account_reauthenticate"), {"password": MOT_DE_PASSE})
        client.get(reverse("mfa_activate_totp"))
        page = client.post(reverse("mfa_activate_totp"), {"code": "000000"}).content.decode()
        assert "à corriger" in page
        assert not Authenticator.objects.exists()

    def test_desactiver(self, client, compte):
        activer(client, compte)
        assert client.get(reverse("mfa_deactivate_totp")).status_code == 200
        client.post(reverse("mfa_deactivate_totp"))
        assert not Authenticator.objects.filter(type="totp").exists()

    def test_apres_le_mot_de_passe_un_code_est_demande(self, client, compte):
        activer(client, compte)
        autre = Client()
        assert entrer(autre, compte).url == reverse("mfa_authenticate")
        assert autre.get(reverse("mfa_authenticate")).status_code == 200
        assert not est_connecte(autre)

    def test_un_code_de_secours_ouvre(self, client, compte):
        activer(client, compte)
        secours = Authenticator.objects.get(type="recovery_codes")
        code = RecoveryCodes(secours).get_unused_codes()[0]
        autre = Client()
        entrer(autre, compte)
        autre.post(reverse("mfa_authenticate"), {"code": code})
        assert est_connecte(autre)

    def test_les_codes_faux_sont_bornes_par_compte(self, client, compte, settings):
        activer(client, compte)
        settings.ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip,5/5m/key"}
        autre = Client()
        entrer(autre, compte)
        for _ in range(6):
            page = autre.post(reverse("mfa_authenticate"), {"code": "000000"})
        secours = Authenticator.objects.get(type="recovery_codes")
        bon = RecoveryCodes(secours).get_unused_codes()[0]
        page = autre.post(reverse("mfa_authenticate"), {"code": bon})
        assert page.status_code == 200 and not est_connecte(autre)

    def test_confirmer_avec_un_code(self, client, compte):
        activer(client, compte)
        assert "second facteur" in client.get(reverse("account_reauthenticate")).content.decode()
        assert client.get(reverse("mfa_reauthenticate")).status_code == 200


class TestSecondFacteurObligatoire:
    @pytest.fixture(autouse=True)
    def obligatoire(self, settings):
        settings.SECOND_FACTEUR = "obligatoire"

    def test_un_administrateur_l_active_avant_d_entrer(self, client):
        attribution = AttributionFactory(role="administrateur")
        client.force_login(attribution.compte)
        reponse = client.get(reverse("acteurs:comptes", args=[attribution.collectivite.slug]))
        assert reponse.url == reverse("mfa_activate_totp")

    def test_une_fois_active_il_entre(self, client):
        attribution = AttributionFactory(role="administrateur")
        client.force_login(attribution.compte)
        activer(client, attribution.compte)
        reponse = client.get(reverse("acteurs:comptes", args=[attribution.collectivite.slug]))
        assert reponse.status_code == 200

    def test_un_pilote_entre_sans(self, client):
        attribution = AttributionFactory(role="pilote")
        client.force_login(attribution.compte)
        url = reverse("portail:a_faire", args=[attribution.collectivite.slug])
        assert client.get(url).status_code == 200


CONNEXION = (
    "account_login account_logout account_inactive account_reauthenticate "
    "account_change_password account_set_password account_reset_password "
    "account_reset_password_done account_reset_password_from_key "
    "account_reset_password_from_key_done mfa_index mfa_authenticate mfa_reauthenticate "
    "mfa_activate_totp mfa_deactivate_totp mfa_view_recovery_codes "
    "mfa_generate_recovery_codes mfa_download_recovery_codes"
).split()


def test_la_liste_des_vues_d_allauth_est_complete():
    motifs = get_resolver("maillage.acteurs.urls_connexion").url_patterns
    assert {motif.name for motif in motifs} == set(CONNEXION)


@pytest.mark.parametrize("nom", CONNEXION)
def test_aucun_gabarit_d_allauth_ne_se_montre(nom):
    motifs = get_resolver("maillage.acteurs.urls_connexion").url_patterns
    vue = next(motif.callback for motif in motifs if motif.name == nom)
    classe = getattr(vue, "view_class", None)
    assert classe is not None and classe.template_name
    origine = get_template(classe.template_name).origin.name
    assert "maillage/acteurs/templates" in origine


@pytest.mark.parametrize(
    "prefixe",
    [
        "account/email/password_reset_key",
        "account/email/password_changed",
        "account/email/password_set",
        "account/email/password_reset",
        "mfa/email/totp_activated",
        "mfa/email/totp_deactivated",
        "mfa/email/recovery_codes_generated",
    ],
)
def test_les_courriels_sont_les_notres(prefixe):
    for fin in ("_subject.txt", "_message.txt"):
        assert "maillage/acteurs/templates" in get_template(prefixe + fin).origin.name
