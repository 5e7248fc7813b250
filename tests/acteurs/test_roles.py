"""Invitations, rôles, comptes : les règles que tiennent les services."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from tests.fabriques import (
    MOT_DE_PASSE,
    AttributionFactory,
    CollectiviteFactory,
    CompteFactory,
    OrganisationFactory,
)

from maillage.acteurs import services
from maillage.acteurs.models import Attribution, Compte, Invitation
from maillage.acteurs.services import InvitationFermee, OperationRefusee
from maillage.journal.models import Ligne

pytestmark = pytest.mark.django_db
PHRASE = "quatre mots faciles ensemble"


@pytest.fixture
def ici():
    return CollectiviteFactory()


@pytest.fixture
def admin(ici):
    return AttributionFactory(collectivite=ici, role="administrateur").compte


def inviter(ici, admin, **options):
    reponse = {"courriel": "Neuve@Exemple.test", "role": "lecteur", **options}
    return services.inviter(collectivite=ici, par=admin, **reponse)


class TestInviter:
    def test_seule_l_empreinte_du_jeton_est_gardee(self, ici, admin):
        invitation, jeton = inviter(ici, admin)
        assert jeton not in {str(v) for v in Invitation.objects.values().get().values()}
        assert invitation.empreinte == Invitation.empreinte_de(jeton)

    def test_l_invitation_dure_quatorze_jours(self, ici, admin):
        invitation, _ = inviter(ici, admin)
        assert invitation.expire_le - invitation.creee_le == datetime.timedelta(days=14)

    def test_une_ligne_au_journal(self, ici, admin):
        invitation, _ = inviter(ici, admin)
        assert Ligne.objects.de(invitation).get().auteur_id == admin.pk

    def test_une_seconde_invitation_ferme_la_premiere(self, ici, admin):
        _, premier = inviter(ici, admin)
        inviter(ici, admin)
        assert services.invitation_ouverte(premier) is None

    def test_une_invitation_a_un_autre_role_laisse_la_premiere(self, ici, admin):
        _, premier = inviter(ici, admin)
        inviter(ici, admin, role="pilote")
        assert services.invitation_ouverte(premier) is not None

    def test_un_partenaire_demande_une_organisation(self, ici, admin):
        with pytest.raises(OperationRefusee, match="organisation"):
            inviter(ici, admin, role="partenaire_pilote")

    def test_l_organisation_d_une_autre_collectivite_est_refusee(self, ici, admin):
        with pytest.raises(OperationRefusee, match="votre collectivité"):
            inviter(ici, admin, role="partenaire_pilote", organisation=OrganisationFactory())

    def test_une_organisation_archivee_est_refusee(self, ici, admin):
        archivee = OrganisationFactory(collectivite=ici, est_archivee=True)
        with pytest.raises(OperationRefusee, match="archivée"):
            inviter(ici, admin, role="partenaire_pilote", organisation=archivee)

    def test_un_referent_n_invite_pas(self, ici):
        referent = AttributionFactory(collectivite=ici, role="referent_axe").compte
        with pytest.raises(PermissionDenied):
            inviter(ici, referent)

    def test_un_administrateur_n_invite_pas_ailleurs(self, admin):
        with pytest.raises(PermissionDenied):
            inviter(CollectiviteFactory(), admin)

    def test_le_courriel_porte_le_lien(self, ici, admin, mailoutbox):
        invitation, _ = inviter(ici, admin)
        assert services.envoyer_l_invitation(invitation=invitation, lien="https://x.test/lien/")
        assert mailoutbox[0].to == ["neuve@exemple.test"]
        assert "https://x.test/lien/" in mailoutbox[0].body

    def test_un_serveur_de_courriel_absent_se_dit_sans_fermer_l_invitation(
        self, ici, admin, settings
    ):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
        invitation, jeton = inviter(ici, admin)
        assert not services.envoyer_l_invitation(invitation=invitation, lien="https://x.test/")
        assert services.invitation_ouverte(jeton) == invitation


class TestAccepter:
    def test_un_compte_neuf_recoit_le_role(self, ici, admin):
        _, jeton = inviter(ici, admin, role="pilote")
        compte = services.accepter_invitation(jeton=jeton, nom=" Léa ", mot_de_passe=PHRASE)
        assert (compte.courriel, compte.nom) == ("neuve@exemple.test", "Léa")
        assert compte.check_password(PHRASE)
        assert compte.droits_dans(ici).role == "pilote"

    def test_un_compte_connecte_recoit_le_role(self, ici, admin):
        compte = CompteFactory()
        _, jeton = inviter(ici, admin)
        services.accepter_invitation(jeton=jeton, compte=compte)
        assert compte.attributions.get().collectivite == ici

    def test_une_invitation_ne_sert_qu_une_fois(self, ici, admin):
        _, jeton = inviter(ici, admin)
        services.accepter_invitation(jeton=jeton, compte=CompteFactory())
        with pytest.raises(InvitationFermee):
            services.accepter_invitation(jeton=jeton, compte=CompteFactory())

    def test_une_invitation_expiree_est_fermee(self, ici, admin):
        invitation, jeton = inviter(ici, admin)
        Invitation.objects.filter(pk=invitation.pk).update(expire_le=timezone.now())
        with pytest.raises(InvitationFermee):
            services.accepter_invitation(jeton=jeton, compte=CompteFactory())

    def test_une_invitation_retiree_est_fermee(self, ici, admin):
        invitation, jeton = inviter(ici, admin)
        services.retirer_invitation(invitation=invitation, par=admin)
        with pytest.raises(InvitationFermee):
            services.accepter_invitation(jeton=jeton, compte=CompteFactory())

    def test_on_ne_prend_pas_le_compte_d_une_adresse_deja_connue(self, ici, admin):
        CompteFactory(courriel="neuve@exemple.test")
        _, jeton = inviter(ici, admin)
        with pytest.raises(OperationRefusee, match="existe déjà"):
            services.accepter_invitation(jeton=jeton, nom="X", mot_de_passe=PHRASE)

    def test_un_compte_de_demonstration_n_accepte_rien(self, ici, admin):
        _, jeton = inviter(ici, admin)
        with pytest.raises(OperationRefusee, match="démonstration"):
            services.accepter_invitation(jeton=jeton, compte=CompteFactory(est_demonstration=True))

    def test_un_role_fini_est_rouvert_par_l_invitation(self, ici, admin):
        hier = timezone.localdate() - datetime.timedelta(days=1)
        finie = AttributionFactory(collectivite=ici, date_fin=hier)
        _, jeton = inviter(ici, admin)
        services.accepter_invitation(jeton=jeton, compte=finie.compte)
        finie.refresh_from_db()
        assert finie.date_fin is None

    def test_retirer_deux_fois_se_dit(self, ici, admin):
        invitation, _ = inviter(ici, admin)
        services.retirer_invitation(invitation=invitation, par=admin)
        with pytest.raises(OperationRefusee, match="plus ouverte"):
            services.retirer_invitation(invitation=invitation, par=admin)


class TestRoles:
    def test_un_role_de_plus_pour_un_compte_connu(self, ici, admin):
        compte = AttributionFactory(collectivite=ici).compte
        services.donner_role(compte=compte, role="pilote", collectivite=ici, par=admin)
        assert compte.droits_dans(ici).au_moins("pilote")

    def test_un_compte_inconnu_s_invite(self, ici, admin):
        with pytest.raises(OperationRefusee, match="invitation"):
            services.donner_role(compte=CompteFactory(), role="pilote", collectivite=ici, par=admin)

    def test_le_meme_role_deux_fois_est_refuse(self, ici, admin):
        compte = AttributionFactory(collectivite=ici).compte
        with pytest.raises(OperationRefusee, match="déjà ce rôle"):
            services.donner_role(compte=compte, role="lecteur", collectivite=ici, par=admin)

    def test_la_fin_ne_vient_pas_avant_le_debut(self, ici, admin):
        attribution = AttributionFactory(collectivite=ici)
        with pytest.raises(OperationRefusee, match="avant son début"):
            services.dater_role(
                attribution=attribution,
                date_debut=datetime.date(2026, 2, 1),
                date_fin=datetime.date(2026, 1, 31),
                par=admin,
            )

    def test_le_journal_garde_les_dates_d_avant(self, ici, admin):
        attribution = AttributionFactory(collectivite=ici)
        fin = datetime.date(2030, 1, 31)
        services.dater_role(attribution=attribution, date_debut=None, date_fin=fin, par=admin)
        avant, apres = Ligne.objects.de(attribution).get().changements["dates"]
        assert (avant["au"], apres["au"]) == (None, "2030-01-31")

    def test_retirer_un_role_prend_effet_tout_de_suite(self, ici, admin):
        attribution = AttributionFactory(collectivite=ici)
        services.retirer_role(attribution=attribution, par=admin)
        assert not Compte.objects.get(pk=attribution.compte_id).droits_dans(ici)


class TestDernierAdministrateur:
    def test_son_role_ne_se_retire_pas(self, ici, admin):
        with pytest.raises(OperationRefusee, match="toujours rester un administrateur"):
            services.retirer_role(attribution=admin.attributions.get(), par=admin)
        assert admin.attributions.filter(role="administrateur").exists()

    def test_son_role_ne_prend_pas_de_fin(self, ici, admin):
        with pytest.raises(OperationRefusee, match="sans date de fin"):
            services.dater_role(
                attribution=admin.attributions.get(),
                date_debut=None,
                date_fin=datetime.date(2040, 1, 1),
                par=admin,
            )
        assert admin.attributions.get().date_fin is None

    def test_son_compte_ne_se_ferme_pas(self, ici, admin):
        with pytest.raises(OperationRefusee, match="toujours rester un administrateur"):
            services.desactiver_compte(compte=admin, collectivite=ici, par=admin)
        admin.refresh_from_db()
        assert admin.is_active

    def test_un_administrateur_ferme_ne_compte_pas(self, ici, admin):
        AttributionFactory(
            collectivite=ici, role="administrateur", compte=CompteFactory(is_active=False)
        )
        with pytest.raises(OperationRefusee):
            services.retirer_role(attribution=admin.attributions.get(), par=admin)

    def test_un_administrateur_d_ailleurs_ne_compte_pas(self, ici, admin):
        AttributionFactory(role="administrateur")
        with pytest.raises(OperationRefusee):
            services.retirer_role(attribution=admin.attributions.get(), par=admin)

    def test_avec_un_second_il_peut_partir(self, ici, admin):
        AttributionFactory(collectivite=ici, role="administrateur")
        services.retirer_role(attribution=admin.attributions.get(), par=admin)
        assert Attribution.objects.filter(collectivite=ici).count() == 1


class TestFermerUnCompte:
    def test_la_connexion_est_refusee_et_les_roles_gardes(self, ici, admin, client):
        compte = AttributionFactory(collectivite=ici).compte
        services.desactiver_compte(compte=compte, collectivite=ici, par=admin)
        envoi = {"login": compte.courriel, "password": MOT_DE_PASSE}
        assert client.post("/compte/connexion/", envoi).url == "/compte/ferme/"
        assert compte.attributions.count() == 1

    def test_rouvrir_rend_tout(self, ici, admin):
        compte = AttributionFactory(collectivite=ici).compte
        services.desactiver_compte(compte=compte, collectivite=ici, par=admin)
        services.reactiver_compte(compte=compte, collectivite=ici, par=admin)
        compte.refresh_from_db()
        assert compte.is_active

    def test_le_compte_qui_sert_aussi_ailleurs_ne_se_ferme_pas(self, ici, admin):
        compte = AttributionFactory(collectivite=ici).compte
        AttributionFactory(compte=compte)
        with pytest.raises(OperationRefusee, match="Retirez-lui ses rôles ici"):
            services.desactiver_compte(compte=compte, collectivite=ici, par=admin)

    def test_un_compte_d_ailleurs_ne_se_ferme_pas_d_ici(self, ici, admin):
        with pytest.raises(PermissionDenied):
            services.desactiver_compte(
                compte=AttributionFactory().compte, collectivite=ici, par=admin
            )


class TestMonNom:
    def test_chacun_change_le_sien(self):
        compte = CompteFactory()
        services.changer_de_nom(compte=compte, nom=" Ali ", par=compte)
        compte.refresh_from_db()
        assert compte.nom == "Ali"

    def test_personne_ne_change_celui_d_un_autre(self, admin):
        with pytest.raises(PermissionDenied):
            services.changer_de_nom(compte=CompteFactory(), nom="X", par=admin)
