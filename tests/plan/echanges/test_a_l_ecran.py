"""L'import dans l'espace de travail : envoyer, voir, désigner, confirmer."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.fabriques import AttributionFactory

from maillage.journal.models import Ligne
from maillage.plan.echanges import depot
from maillage.plan.etat import etat_vide
from maillage.plan.models import CorrespondanceColonnes, FicheAction
from maillage.plan.services import creer_fiche

pytestmark = pytest.mark.django_db


@pytest.fixture
def envoyer(client, schema, administrateur):
    """Envoie un classeur ; rend la page où l'on arrive."""

    def envoi(octets, nom="plan.xlsx"):
        return client.post(
            reverse("plan:echanges", args=[schema.collectivite.slug]),
            {"schema": schema.slug, "fichier": SimpleUploadedFile(nom, octets)},
            follow=True,
        )

    return envoi


def _jeton(reponse) -> str:
    return re.search(r"/depot/([\w-]{32})/", reponse.redirect_chain[-1][0])[1]


def _empreinte(reponse) -> str:
    return re.search(r'name="empreinte" value="(\w+)"', reponse.content.decode())[1]


def _confirmer(client, schema, jeton, empreinte):
    adresse = reverse("plan:import_confirmer", args=[schema.collectivite.slug, jeton])
    return client.post(adresse, {"empreinte": empreinte}, follow=True)


def test_l_essai_montre_et_n_ecrit_rien(envoyer, faire):
    page = envoyer(faire([["Code", "Titre", "Axe"], ["A1.01", "Aider", "A1"]]))
    assert page.status_code == 200
    assert "A1.01" in page.content.decode()
    assert (FicheAction.objects.count(), Ligne.objects.count()) == (0, 0)


def test_confirmer_enregistre_et_montre_le_resultat(client, schema, envoyer, faire):
    page = envoyer(faire([["Code", "Titre", "Axe"], ["A1.01", "Aider", "A1"]]))
    fin = _confirmer(client, schema, _jeton(page), _empreinte(page))
    assert FicheAction.objects.get().code == "A1.01"
    assert "Import terminé" in fin.content.decode()


def test_un_second_clic_n_importe_pas_deux_fois(client, schema, envoyer, faire):
    page = envoyer(faire([["Code", "Titre", "Axe"], ["A1.01", "Aider", "A1"]]))
    jeton, empreinte = _jeton(page), _empreinte(page)
    _confirmer(client, schema, jeton, empreinte)
    assert _confirmer(client, schema, jeton, empreinte).status_code == 404
    assert FicheAction.objects.count() == 1


def test_un_plan_change_entre_temps_se_montre_de_nouveau(client, schema, envoyer, faire):
    page = envoyer(faire([["Code", "Titre", "Axe"], ["A1.01", "Aider", "A1"]]))
    creer_fiche(schema=schema, etat=etat_vide(code="A1.01", titre="Autre", division="A1"), par=None)
    suite = _confirmer(client, schema, _jeton(page), _empreinte(page))
    assert suite.status_code == 409
    assert "Le plan a changé" in suite.content.decode()
    assert FicheAction.objects.get().titre == "Autre"
    fin = _confirmer(client, schema, _jeton(page), _empreinte(suite))
    assert "Import terminé" in fin.content.decode()
    assert FicheAction.objects.get().titre == "Aider"


def test_un_autre_compte_ne_retrouve_pas_le_classeur(client, schema, envoyer, faire):
    page = envoyer(faire([["Code", "Titre", "Axe"], ["A1.01", "Aider", "A1"]]))
    autre = AttributionFactory(role="administrateur", collectivite=schema.collectivite)
    client.force_login(autre.compte)
    adresse = reverse("plan:import_essai", args=[schema.collectivite.slug, _jeton(page)])
    assert client.get(adresse).status_code == 404


def test_un_classeur_de_plus_de_vingt_quatre_heures_s_efface(envoyer, faire):
    envoyer(faire([["Code", "Titre", "Axe"], ["A1.01", "Aider", "A1"]]))
    assert depot.purger(age=-1) >= 2


def test_un_entete_inconnu_se_designe_et_se_retient(client, schema, envoyer, faire):
    octets = faire([["Bidule", "Machin", "Axe"], ["A1.01", "Aider", "A1"]])
    page = envoyer(octets)
    assert "Aucune colonne n’a été reconnue" in page.content.decode()
    adresse = reverse("plan:import_colonnes", args=[schema.collectivite.slug, _jeton(page)])
    suite = client.post(
        adresse,
        {"intitule-0": "Bidule", "champ-0": "code", "avant-0": "",
         "intitule-1": "Machin", "champ-1": "titre", "avant-1": ""},
        follow=True,
    )  # fmt: skip
    assert "À créer" in suite.content.decode() or "à créer" in suite.content.decode()
    assert CorrespondanceColonnes.objects.count() == 2
    assert "A1.01" in envoyer(octets).content.decode()


def test_une_colonne_inconnue_devient_une_note(client, schema, envoyer, faire):
    page = envoyer(faire([["Code", "Titre", "Axe", "Truc"], ["A1.01", "Aider", "A1", "Voir X"]]))
    assert "Truc" in page.content.decode()
    _confirmer(client, schema, _jeton(page), _empreinte(page))
    assert FicheAction.objects.get().notes == {"Truc": "Voir X"}


def test_abandonner_efface_le_classeur(client, schema, envoyer, faire):
    page = envoyer(faire([["Code", "Titre", "Axe"], ["A1.01", "Aider", "A1"]]))
    adresse = reverse("plan:import_abandonner", args=[schema.collectivite.slug, _jeton(page)])
    assert client.post(adresse, follow=True).status_code == 200
    assert client.get(page.redirect_chain[-1][0]).status_code == 404


def test_sans_fichier_le_formulaire_le_dit(client, schema, administrateur):
    adresse = reverse("plan:echanges", args=[schema.collectivite.slug])
    page = client.post(adresse, {"schema": schema.slug})
    assert page.status_code == 422
    assert "Choisissez un fichier" in page.content.decode()


@pytest.mark.parametrize("format", ["xlsx", "ods", "csv"])
def test_l_export_se_reimporte_sans_difference(client, schema, envoyer, faire, format):
    creer_fiche(schema=schema, etat=etat_vide(code="A1.01", titre="Aider", division="A1"), par=None)
    adresse = reverse("plan:exporter", args=[schema.collectivite.slug])
    octets = client.get(adresse, {"schema": schema.slug, "format": format}).content
    assert "Rien ne changerait" in envoyer(octets, f"plan.{format}").content.decode()


def test_l_export_suit_les_filtres(client, schema, administrateur):
    for code, titre in (("A1.01", "Aider"), ("A1.02", "Loger")):
        creer_fiche(schema=schema, etat=etat_vide(code=code, titre=titre, division="A1"), par=None)
    adresse = reverse("plan:exporter", args=[schema.collectivite.slug])
    texte = client.get(adresse, {"format": "csv", "q": "loger"}).content.decode()
    assert "A1.02" in texte and "A1.01" not in texte


def test_un_lecteur_n_exporte_pas_une_fiche_restreinte(client, schema):
    creer_fiche(
        schema=schema,
        etat=etat_vide(code="A1.01", titre="Secrète", division="A1", confidentialite="restreinte"),
        par=None,
    )
    lecteur = AttributionFactory(role="lecteur", collectivite=schema.collectivite)
    client.force_login(lecteur.compte)
    adresse = reverse("plan:exporter", args=[schema.collectivite.slug])
    assert "Secrète" not in client.get(adresse, {"format": "csv"}).content.decode()
