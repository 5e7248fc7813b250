"""Modifier une fiche : lignes, erreurs à leur place, deux personnes, rien de perdu."""

import pytest
from django.urls import reverse
from tests.plan.espace.pages import chemin, formulaire, texte

from maillage.plan.etat import etat_de
from maillage.plan.models import FicheAction, VersionFiche
from maillage.plan.services import enregistrer_fiche

pytestmark = pytest.mark.django_db
ADRESSE = "/loir-et-cher/espace/actions/V2.A1.03/modifier/"


def ouvrir(client, **change):
    envoi = formulaire(client.get(ADRESSE), "titre")
    return envoi | {nom.replace("__", "-"): [valeur] for nom, valeur in change.items()}


def test_enregistrer_sans_rien_toucher_n_ecrit_rien(client, pilote, fiche):
    avant = etat_de(fiche)
    reponse = client.get(chemin(client.post(ADRESSE, ouvrir(client))))
    assert "Rien n’a changé" in texte(reponse)
    assert etat_de(fiche) == avant
    assert VersionFiche.objects.count() == 1


def test_un_texte_et_un_montant_a_la_francaise(client, pilote, fiche):
    envoi = ouvrir(client, constat="Des parents moins isolés.", budgets__0__prevu="12 500,50 €")
    assert client.post(ADRESSE, envoi).status_code == 302
    etat = etat_de(fiche)
    assert etat["constat"] == "Des parents moins isolés."
    assert etat["budgets"][0]["prevu"] == "12500.5"


def test_la_raison_du_changement_va_a_l_historique(client, pilote, fiche):
    client.post(ADRESSE, ouvrir(client, titre="Autre titre", motif="Nouveau cadrage"))
    derniere = fiche.versions.first()
    assert (derniere.numero, derniere.motif, derniere.auteur) == (2, "Nouveau cadrage", pilote)


def test_une_ligne_vide_du_formulaire_devient_un_jalon(client, pilote, fiche):
    envoi = ouvrir(client, jalons__1__titre="Bilan", jalons__1__date_prevue="1er mars 2027")
    assert client.post(ADRESSE, envoi).status_code == 302
    assert etat_de(fiche)["jalons"][1] == {
        "titre": "Bilan",
        "date_prevue": "2027-03-01",
        "date_realisee": None,
        "demonstration": False,
    }


def test_retirer_une_ligne(client, pilote, fiche):
    assert client.post(ADRESSE, ouvrir(client, jalons__0__retirer="on")).status_code == 302
    assert etat_de(fiche)["jalons"] == []


def test_ajouter_une_ligne_garde_tout_ce_qui_est_tape(client, pilote, fiche):
    envoi = ouvrir(client, titre="En cours de frappe", jalons__1__titre="Un deuxième")
    reponse = client.post(ADRESSE, envoi | {"ajouter": ["jalons"]})
    assert reponse.status_code == 200
    garde = formulaire(reponse, "titre")
    assert garde["titre"] == ["En cours de frappe"]
    assert garde["jalons-nombre"] == ["3"]
    assert (garde["jalons-1-titre"], garde["jalons-2-titre"]) == (["Un deuxième"], [""])
    assert VersionFiche.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "ancre", "message"),
    [
        ({"titre": ""}, "id_titre", "« Titre » manque."),
        ({"date_debut": "31/02/2026"}, "id_date_debut", "31/02/2026"),
        ({"budgets__0__prevu": "-5"}, "id_budgets-0-prevu", "négatif"),
        ({"budgets__0__annee": ""}, "id_budgets-0-annee", "L’année manque sur cette ligne."),
        ({"risques__0__libelle": "Retard"}, "id_risques-0-gravite", "de 1 à 4"),
        ({"textes__0__reference": "Loi", "textes__0__url": "pas une adresse"},
         "id_textes-0-url", "n’est pas une adresse"),
        ({"code": "V2/A1"}, "id_code", "un code ne contient ni /"),
        ({"date_debut": "01/02/2027", "date_fin": "01/02/2026"}, "id_date_fin", "avant le début"),
    ],
)  # fmt: skip
def test_une_erreur_mene_a_son_champ(client, pilote, fiche, change, ancre, message):
    envoi = ouvrir(client, **change)
    reponse = client.post(ADRESSE, envoi)
    assert reponse.status_code == 422
    assert f'href="#{ancre}"' in reponse.content.decode()
    assert message in texte(reponse)
    garde = formulaire(reponse, "titre")
    for nom in change:
        assert garde[nom.replace("__", "-")] == envoi[nom.replace("__", "-")]
    assert VersionFiche.objects.count() == 1


def test_l_erreur_va_a_la_bonne_ligne_apres_une_ligne_retiree(client, pilote, fiche):
    envoi = ouvrir(
        client, budgets__0__retirer="on", budgets__1__financeur="ARS", budgets__1__annee="1492"
    )
    corps = client.post(ADRESSE, envoi).content.decode()
    assert 'href="#id_budgets-1-annee"' in corps


def test_une_ligne_de_demonstration_le_reste(client, pilote, fiche):
    budgets = [{"annee": 2026, "financeur": "CAF", "prevu": "5", "demonstration": True}]
    enregistrer_fiche(fiche=fiche, etat={"budgets": budgets}, par=None, version_attendue=1)
    client.post(ADRESSE, ouvrir(client, titre="Neuf"))
    assert etat_de(fiche)["budgets"][0]["demonstration"] is True


class TestDeuxPersonnes:
    def test_des_champs_differents_sont_reunis(self, client, pilote, fiche):
        envoi = ouvrir(client, constat="Mon constat")
        enregistrer_fiche(fiche=fiche, etat={"titre": "Leur titre"}, par=None, version_attendue=1)
        page = client.get(chemin(client.post(ADRESSE, envoi)))
        assert "ses changements sont gardés" in texte(page)
        etat = etat_de(fiche)
        assert (etat["titre"], etat["constat"]) == ("Leur titre", "Mon constat")

    @pytest.fixture
    def conflit(self, client, pilote, fiche):
        envoi = ouvrir(client, titre="Mon titre", constat="Mon constat", objectifs="Les miens")
        enregistrer_fiche(
            fiche=fiche,
            etat={"titre": "Leur titre", "constat": "Leur constat"},
            par=None,
            version_attendue=1,
        )
        reponse = client.post(ADRESSE, envoi)
        assert reponse.status_code == 409
        return reponse

    def test_la_page_montre_les_trois_textes(self, conflit):
        dit = texte(conflit)
        assert "Ce que disait la fiche avant vous deux" in dit
        assert "Développer la pair-aidance entre parents" in dit
        assert "Des parents isolés." in dit
        assert {"choix_titre", "choix_constat"} <= set(formulaire(conflit, "saisie"))

    def test_chaque_choix_est_suivi_et_le_reste_enregistre(self, client, conflit, fiche):
        choix = formulaire(conflit, "saisie") | {
            "choix_titre": ["leur"],
            "choix_constat": ["mien"],
        }
        assert client.post(ADRESSE, choix).status_code == 302
        etat = etat_de(fiche)
        assert (etat["titre"], etat["constat"], etat["objectifs"]) == (
            "Leur titre", "Mon constat", "Les miens",
        )  # fmt: skip

    def test_un_troisieme_passage_redonne_un_conflit_sans_rien_perdre(self, client, conflit, fiche):
        choix = formulaire(conflit, "saisie") | {"choix_titre": ["mien"], "choix_constat": ["mien"]}
        enregistrer_fiche(fiche=fiche, etat={"titre": "Encore"}, par=None, version_attendue=2)
        reponse = client.post(ADRESSE, choix)
        assert reponse.status_code == 409
        suite = formulaire(reponse, "saisie") | {"choix_titre": ["mien"]}
        assert client.post(ADRESSE, suite).status_code == 302
        etat = etat_de(fiche)
        assert (etat["titre"], etat["constat"], etat["objectifs"]) == (
            "Mon titre", "Mon constat", "Les miens",
        )  # fmt: skip

    @pytest.mark.parametrize("saisie", ["", "[]", "{", '{"archivee": true}', '{"jalons": [1]}'])
    def test_un_envoi_fabrique_n_ecrit_rien(self, client, conflit, fiche, saisie):
        client.post(ADRESSE, {"saisie": saisie, "version": "2"})
        assert fiche.versions.count() == 2

    def test_une_erreur_pendant_le_choix_revient_au_formulaire(self, client, conflit, fiche):
        choix = formulaire(conflit, "saisie") | {"choix_titre": ["leur"], "choix_constat": ["leur"]}
        choix["saisie"] = [choix["saisie"][0].replace('"2026-03-01"', '"2026-02-31"')]
        reponse = client.post(ADRESSE, choix)
        assert reponse.status_code == 422
        garde = formulaire(reponse, "titre")
        assert garde["objectifs"] == ["Les miens"]


class TestNouvelle:
    adresse = "/loir-et-cher/espace/actions/nouvelle/"

    def test_la_place_puis_le_code_suivant(self, client, entrer, fiche):
        entrer("administrateur")
        assert "Où se place cette fiche" in texte(client.get(self.adresse))
        envoi = formulaire(client.get(self.adresse, {"division": "V2.A1"}), "titre")
        assert (envoi["code"], envoi["division"]) == (["V2.A1.04"], ["V2.A1"])

    def test_creer(self, client, entrer, fiche):
        compte = entrer("administrateur")
        envoi = formulaire(client.get(self.adresse, {"division": "V2.A2"}), "titre")
        reponse = client.post(self.adresse, envoi | {"titre": ["Adapter les logements"]})
        assert chemin(reponse) == reverse("plan:espace_fiche", args=["loir-et-cher", "V2.A2.01"])
        assert FicheAction.objects.get(code="V2.A2.01").versions.get().auteur == compte

    def test_un_code_pris_est_refuse_a_sa_place(self, client, entrer, fiche):
        entrer("administrateur")
        envoi = formulaire(client.get(self.adresse, {"division": "V2.A1"}), "titre")
        reponse = client.post(self.adresse, envoi | {"titre": ["Autre"], "code": [fiche.code]})
        assert reponse.status_code == 422
        assert "est déjà celui de" in texte(reponse)

    def test_un_referent_ne_cree_que_chez_lui(self, client, entrer, fiche, schema):
        compte = entrer("referent_axe")
        assert client.get(self.adresse).status_code == 403
        compte.divisions_suivies.create(division=schema.divisions.get(code="V2.A2"))
        envoi = formulaire(client.get(self.adresse, {"division": "V2.A2"}), "titre")
        ailleurs = envoi | {"titre": ["Autre"], "division": ["V2.A1"]}
        assert client.post(self.adresse, ailleurs).status_code == 422
        assert client.post(self.adresse, envoi | {"titre": ["Autre"]}).status_code == 302


class TestArchiver:
    def test_archiver_demande_une_raison_puis_la_montre(self, client, entrer, fiche):
        entrer("administrateur")
        adresse = reverse("plan:archiver", args=["loir-et-cher", fiche.code])
        assert client.post(adresse, {"motif": ""}).status_code == 422
        page = client.get(chemin(client.post(adresse, {"motif": "Doublon de V2.A1.04"})))
        assert "Doublon de V2.A1.04" in texte(page)
        assert "Remettre dans le plan" in texte(page)

    def test_remettre_rend_la_fiche_telle_quelle(self, client, entrer, fiche):
        entrer("administrateur")
        avant = etat_de(fiche)
        client.post(reverse("plan:archiver", args=["loir-et-cher", fiche.code]), {"motif": "Non"})
        client.post(reverse("plan:restaurer", args=["loir-et-cher", fiche.code]))
        assert etat_de(fiche) == avant

    def test_le_pilote_n_archive_pas(self, client, pilote, fiche):
        adresse = reverse("plan:archiver", args=["loir-et-cher", fiche.code])
        assert client.post(adresse, {"motif": "Non"}).status_code == 403
