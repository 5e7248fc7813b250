"""Organisations et personnes : créer, changer sans écraser, archiver, rester chez soi."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from tests.fabriques import (
    AttributionFactory,
    CollectiviteFactory,
    OrganisationFactory,
    PersonneFactory,
    siret_valide,
)

from maillage.acteurs import services
from maillage.acteurs.empreintes import empreinte_de
from maillage.acteurs.forms import FormulaireInvitation, FormulairePersonne
from maillage.acteurs.models import Organisation, Personne
from maillage.acteurs.services import CHAMPS_ORGANISATION
from maillage.journal.models import Ligne
from maillage.journal.services import versions

pytestmark = pytest.mark.django_db


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


def saisie(organisation=None, **valeurs):
    vu = empreinte_de(organisation, CHAMPS_ORGANISATION) if organisation else ""
    return {
        "nom": "CAF",
        "sigle": "",
        "siret": "",
        "nature": "autre",
        "site": "",
        "vu": vu,
    } | valeurs


class TestCreer:
    def test_les_espaces_du_siret_sont_otes(self, ici, admin, client):
        siret = siret_valide(7)
        espace = f"{siret[:3]} {siret[3:6]} {siret[6:9]} {siret[9:]}"
        client.post(adresse("organisation_creer", ici), saisie(siret=espace))
        assert Organisation.objects.get().siret == siret

    def test_un_siret_faux_se_dit_et_la_saisie_reste(self, ici, admin, client):
        reponse = client.post(
            adresse("organisation_creer", ici), saisie(nom="Mission locale", siret="73282932000075")
        )
        page = reponse.content.decode()
        assert "clé de contrôle est fausse" in page
        assert 'value="Mission locale"' in page
        assert not Organisation.objects.exists()

    def test_le_meme_nom_autrement_ecrit_est_refuse(self, ici, admin, client):
        OrganisationFactory(collectivite=ici, nom="Maison de l’Été")
        reponse = client.post(adresse("organisation_creer", ici), saisie(nom="MAISON DE L'ETE"))
        assert "porte déjà ce nom" in reponse.content.decode()

    def test_le_meme_siret_est_refuse(self, ici, admin, client):
        OrganisationFactory(collectivite=ici, siret=siret_valide(3))
        reponse = client.post(adresse("organisation_creer", ici), saisie(siret=siret_valide(3)))
        assert "porte déjà ce SIRET" in reponse.content.decode()

    def test_deux_collectivites_ont_chacune_la_leur(self, ici, admin, client):
        OrganisationFactory(nom="CAF", siret=siret_valide(3))
        client.post(adresse("organisation_creer", ici), saisie(siret=siret_valide(3)))
        assert Organisation.objects.de(ici).get().nom == "CAF"


class TestModifier:
    def test_la_ligne_du_journal_dit_avant_et_apres(self, ici, admin, client):
        organisation = OrganisationFactory(collectivite=ici, nom="CAF", sigle="C.A.F.")
        client.post(
            adresse("organisation_modifier", ici, organisation.pk),
            saisie(organisation, sigle="CAF 41"),
        )
        assert Ligne.objects.de(organisation).get().changements == {"sigle": ["C.A.F.", "CAF 41"]}

    def test_les_pages_publiques_sont_a_refaire(self, ici, admin, client):
        organisation = OrganisationFactory(collectivite=ici, nom="CAF")
        avant = versions([ici.cachet])
        client.post(
            adresse("organisation_modifier", ici, organisation.pk), saisie(organisation, sigle="C")
        )
        assert versions([ici.cachet]) != avant

    def test_enregistrer_sans_rien_changer_n_ecrit_rien(self, ici, admin, client):
        organisation = OrganisationFactory(collectivite=ici, nom="CAF")
        client.post(adresse("organisation_modifier", ici, organisation.pk), saisie(organisation))
        assert not Ligne.objects.de(organisation).exists()

    def test_deux_personnes_ne_s_ecrasent_pas(self, ici, admin, client):
        organisation = OrganisationFactory(collectivite=ici, nom="CAF")
        envoi = saisie(organisation, sigle="la mienne")
        Organisation.objects.filter(pk=organisation.pk).update(sigle="la sienne")
        page = client.post(
            adresse("organisation_modifier", ici, organisation.pk), envoi
        ).content.decode()
        organisation.refresh_from_db()
        assert organisation.sigle == "la sienne"
        assert "pendant que vous écriviez" in page
        assert "<del>la sienne</del>" in page and "<ins>la mienne</ins>" in page

    def test_apres_le_conflit_le_second_envoi_l_emporte(self, ici, admin, client):
        organisation = OrganisationFactory(collectivite=ici, nom="CAF")
        envoi = saisie(organisation, sigle="la mienne")
        Organisation.objects.filter(pk=organisation.pk).update(sigle="la sienne")
        url = adresse("organisation_modifier", ici, organisation.pk)
        formulaire = client.post(url, envoi).context["formulaire"]
        client.post(url, envoi | {"vu": formulaire["vu"].value()})
        organisation.refresh_from_db()
        assert organisation.sigle == "la mienne"

    def test_le_service_refuse_un_administrateur_d_ailleurs(self, admin):
        ailleurs = OrganisationFactory()
        with pytest.raises(PermissionDenied):
            services.modifier_organisation(
                organisation=ailleurs,
                valeurs={"nom": "X"},
                vu=empreinte_de(ailleurs, CHAMPS_ORGANISATION),
                par=admin,
            )


class TestArchiver:
    def test_archiver_puis_restaurer(self, ici, admin, client):
        organisation = OrganisationFactory(collectivite=ici)
        client.post(adresse("organisation_archiver", ici, organisation.pk))
        organisation.refresh_from_db()
        assert organisation.est_archivee
        client.post(adresse("organisation_restaurer", ici, organisation.pk))
        organisation.refresh_from_db()
        assert not organisation.est_archivee

    def test_lire_la_page_d_archivage_n_archive_rien(self, ici, admin, client):
        organisation = OrganisationFactory(collectivite=ici)
        client.get(adresse("organisation_archiver", ici, organisation.pk))
        organisation.refresh_from_db()
        assert not organisation.est_archivee

    def test_une_archivee_n_est_plus_proposee(self, ici):
        archivee = OrganisationFactory(collectivite=ici, est_archivee=True)
        choix = FormulaireInvitation(collectivite=ici).fields["organisation"].queryset
        assert archivee not in choix


class TestListe:
    def test_la_recherche_ignore_les_accents(self, ici, admin, client):
        OrganisationFactory(collectivite=ici, nom="Fédération des aînés")
        OrganisationFactory(collectivite=ici, nom="Mission locale")
        page = client.get(adresse("organisations", ici), {"q": "federation"}).content.decode()
        assert "Fédération des aînés" in page and "Mission locale" not in page

    def test_rien_d_ailleurs_ne_s_y_voit(self, ici, admin, client):
        OrganisationFactory(nom="Organisation d’ailleurs")
        assert (
            "Organisation d’ailleurs"
            not in client.get(adresse("organisations", ici)).content.decode()
        )

    @pytest.mark.parametrize("page", ["organisations", "personnes", "comptes"])
    def test_le_nombre_de_requetes_ne_depend_pas_du_nombre(
        self, page, ici, admin, client, django_assert_max_num_queries
    ):
        for _ in range(12):
            organisation = OrganisationFactory(collectivite=ici)
            PersonneFactory(collectivite=ici, organisation=organisation)
            AttributionFactory(
                collectivite=ici, role="partenaire_pilote", organisation=organisation
            )
        client.get(adresse(page, ici))
        with django_assert_max_num_queries(12):
            client.get(adresse(page, ici))


class TestIsolement:
    def test_le_formulaire_d_invitation_refuse_une_organisation_d_ailleurs(self, ici):
        formulaire = FormulaireInvitation(
            {
                "courriel": "a@b.test",
                "role": "partenaire_lecteur",
                "organisation": OrganisationFactory().pk,
            },
            collectivite=ici,
        )
        assert "organisation" in formulaire.errors

    def test_le_formulaire_d_une_personne_refuse_une_organisation_d_ailleurs(self, ici):
        formulaire = FormulairePersonne(
            {"fonction": "Cheffe", "organisation": OrganisationFactory().pk}, collectivite=ici
        )
        assert "organisation" in formulaire.errors

    def test_le_service_aussi_la_refuse(self, ici, admin):
        with pytest.raises(Exception, match="votre collectivité"):
            services.creer_personne(
                collectivite=ici,
                valeurs={"fonction": "Cheffe", "organisation": OrganisationFactory()},
                par=admin,
            )


class TestPersonnes:
    def test_une_fonction_suffit(self, ici, admin, client):
        envoi = {"nom": "", "fonction": "Cheffe de service", "courriel": "", "organisation": ""}
        client.post(adresse("personne_creer", ici), envoi)
        assert Personne.objects.get().fonction == "Cheffe de service"

    def test_ni_nom_ni_fonction_se_dit(self, ici, admin, client):
        envoi = {"nom": "", "fonction": "", "courriel": "", "organisation": ""}
        reponse = client.post(adresse("personne_creer", ici), envoi)
        assert "au moins une fonction ou un nom" in reponse.content.decode()

    def test_changer_une_personne(self, ici, admin, client):
        personne = PersonneFactory(collectivite=ici)
        url = adresse("personne_modifier", ici, personne.pk)
        vu = client.get(url).context["formulaire"]["vu"].value()
        client.post(url, {"nom": "", "fonction": "Directeur", "organisation": "", "vu": vu})
        personne.refresh_from_db()
        assert (personne.nom, personne.fonction) == ("", "Directeur")

    def test_une_personne_changee_entre_temps_n_est_pas_ecrasee(self, ici, admin, client):
        personne = PersonneFactory(collectivite=ici, fonction="Avant")
        url = adresse("personne_modifier", ici, personne.pk)
        vu = client.get(url).context["formulaire"]["vu"].value()
        Personne.objects.filter(pk=personne.pk).update(fonction="Entre-temps")
        client.post(url, {"nom": "X", "fonction": "Après", "organisation": "", "vu": vu})
        personne.refresh_from_db()
        assert personne.fonction == "Entre-temps"

    def test_l_organisation_archivee_d_une_personne_reste_la_sienne(self, ici, admin, client):
        archivee = OrganisationFactory(collectivite=ici, est_archivee=True)
        personne = PersonneFactory(collectivite=ici, organisation=archivee)
        formulaire = FormulairePersonne(collectivite=ici, instance=personne)
        assert archivee in formulaire.fields["organisation"].queryset
