"""Faire le point : en une minute, une seule fois, sans rien perdre de ce qui est tapé."""

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone
from tests.fabriques import MOT_DE_PASSE
from tests.plan.espace.pages import chemin, formulaire, texte

from maillage.plan.models import FicheAction, IndicateurFiche, PointEtape
from maillage.plan.suivi import Saisie, ajouter_point

pytestmark = pytest.mark.django_db
ADRESSE = "/loir-et-cher/espace/actions/V2.A1.03/point/"


@pytest.fixture
def dernier(fiche):
    return ajouter_point(
        fiche=fiche,
        saisie=Saisie(
            date=timezone.localdate() - datetime.timedelta(days=90),
            meteo="couvert",
            taux=46,
            faits_marquants="Le premier conseil s’est réuni à Vendôme.",
            avancement="en_cours",
        ),
        par=None,
    )


def envoyer(client, **change):
    """Ouvre la page, change ces champs, envoie : ce que fait une personne."""
    envoi = formulaire(client.get(ADRESSE), "faits_marquants")
    envoi |= {nom: [valeur] for nom, valeur in change.items()}
    return client.post(ADRESSE, envoi)


def test_la_page_rappelle_la_derniere_fois_et_la_preremplit(client, pilote, dernier):
    reponse = client.get(ADRESSE)
    assert "Le premier conseil s’est réuni à Vendôme." in texte(reponse)
    envoi = formulaire(reponse, "faits_marquants")
    assert (envoi["meteo"], envoi["taux"], envoi["faits_marquants"]) == (["couvert"], ["46"], [""])


def test_publier_sans_rien_changer_suffit(client, pilote, dernier, fiche):
    reponse = envoyer(client)
    assert reponse.status_code == 302
    fiche.refresh_from_db()
    assert (fiche.meteo, fiche.taux, fiche.dernier_point_le) == (
        "couvert", 46, timezone.localdate(),
    )  # fmt: skip


def test_la_confirmation_mene_a_la_page_publique(client, pilote, dernier, fiche):
    reponse = client.get(chemin(envoyer(client, faits_marquants="Blois suit.")))
    assert "Publié. Chacun peut le voir ici" in texte(reponse)
    publique = reverse("plan:fiche", args=["loir-et-cher", fiche.code])
    assert f'href="{publique}"' in reponse.content.decode()


def test_un_point_d_une_fiche_interne_ne_promet_pas_de_page_publique(client, pilote, dernier):
    FicheAction.objects.update(confidentialite="interne")
    page = client.get(chemin(envoyer(client)))
    assert "n’est pas publique" in texte(page)
    assert "Chacun peut le voir" not in texte(page)


def test_un_double_envoi_n_ajoute_qu_un_point(client, pilote, dernier):
    envoi = formulaire(client.get(ADRESSE), "faits_marquants")
    client.post(ADRESSE, envoi)
    client.post(ADRESSE, envoi)
    assert PointEtape.objects.count() == 2


def test_la_meteo_qui_s_assombrit_demande_pourquoi_et_garde_tout(client, pilote, dernier):
    reponse = envoyer(client, meteo="orage", faits_marquants="La salle a fermé.")
    assert reponse.status_code == 422
    assert "La météo passe de couvert à orage" in texte(reponse)
    garde = formulaire(reponse, "faits_marquants")
    assert (garde["meteo"], garde["faits_marquants"]) == (["orage"], ["La salle a fermé."])
    assert PointEtape.objects.count() == 1


def test_l_erreur_est_reliee_a_son_champ(client, pilote, dernier):
    corps = envoyer(client, meteo="orage").content.decode()
    assert 'href="#id_motif_meteo"' in corps
    assert 'aria-describedby="id_motif_meteo_helptext id_motif_meteo_error"' in corps


def test_la_meteo_qui_s_eclaircit_ne_demande_rien(client, pilote, dernier):
    assert envoyer(client, meteo="soleil").status_code == 302


@pytest.mark.parametrize(
    ("champ", "valeur", "message"),
    [
        ("taux", "beaucoup", "beaucoup"),
        ("taux", "140", "de 0 à 100"),
        ("date", "31/02/2026", "31/02/2026"),
        ("date", "mars 2026", "donnez aussi le jour"),
        ("date", "01/01/2100", "avenir"),
        ("meteo", "brouillard", "Sélectionnez un choix valide"),
    ],
)
def test_une_saisie_illisible_est_dite_et_gardee(client, pilote, dernier, champ, valeur, message):
    reponse = envoyer(client, **{champ: valeur})
    assert reponse.status_code == 422
    assert message in texte(reponse)
    if champ != "meteo":
        assert formulaire(reponse, "faits_marquants")[champ] == [valeur]
    assert PointEtape.objects.count() == 1


def test_un_jour_a_la_francaise_est_compris(client, pilote, dernier):
    PointEtape.objects.all().delete()
    assert envoyer(client, meteo="soleil", date="3 octobre 2026").status_code == 302
    assert PointEtape.objects.get().date == datetime.date(2026, 10, 3)


def test_une_valeur_d_indicateur_se_donne_avec_le_point(client, pilote, dernier, fiche):
    lien = IndicateurFiche.objects.get()
    assert envoyer(client, **{f"valeur_{lien.pk}": "4,5"}).status_code == 302
    fiche.refresh_from_db()
    assert fiche.taux_indicateurs == 75


def test_le_blocage_dit_la_derniere_fois_reste_vrai(client, pilote, fiche):
    saisie = Saisie(date=datetime.date(2026, 1, 5), meteo="orage", bloquee_par="La convention")
    ajouter_point(fiche=fiche, saisie=saisie, par=None)
    envoyer(client)
    fiche.refresh_from_db()
    assert fiche.bloquee_par == "La convention"
    envoyer(client, bloquee_par="")
    fiche.refresh_from_db()
    assert fiche.bloquee_par == ""


def test_une_connexion_expiree_garde_le_texte(client, pilote, dernier):
    envoi = formulaire(client.get(ADRESSE), "faits_marquants")
    envoi |= {"faits_marquants": ["Tapé dans le train."], "meteo": ["soleil"]}
    client.logout()
    reponse = client.post(ADRESSE, envoi)
    assert reponse.status_code == 302
    client.post(
        reverse("account_login"),
        {"login": pilote.courriel, "password": MOT_DE_PASSE},
    )
    reponse = client.get(ADRESSE)
    assert "Votre saisie a été gardée" in texte(reponse)
    garde = formulaire(reponse, "faits_marquants")
    assert (garde["faits_marquants"], garde["meteo"]) == (["Tapé dans le train."], ["soleil"])
    assert PointEtape.objects.count() == 1


def test_un_lecteur_ne_fait_pas_le_point(client, entrer, fiche):
    entrer("lecteur")
    assert client.get(ADRESSE).status_code == 403


def test_le_pilote_d_une_autre_fiche_est_refuse_avec_une_raison(client, entrer, fiche):
    entrer("pilote")
    reponse = client.get(ADRESSE)
    assert reponse.status_code == 403
    assert "par le pilote de la fiche ou un contributeur" in texte(reponse)


def test_une_fiche_restreinte_est_inconnue_des_autres(client, entrer, fiche):
    FicheAction.objects.update(confidentialite="restreinte")
    entrer("pilote")
    assert client.get(ADRESSE).status_code == 404


def test_une_fiche_archivee_ne_recoit_plus_de_point(client, pilote, dernier):
    FicheAction.objects.update(archivee_le=timezone.now(), motif_archivage="Doublon")
    reponse = envoyer(client)
    assert reponse.status_code == 422
    assert "Cette fiche est archivée" in texte(reponse)


class TestRetirer:
    def adresse(self, point):
        return reverse("plan:point_retirer", args=["loir-et-cher", "V2.A1.03", point.pk])

    def test_sans_raison_rien_n_est_retire(self, client, pilote, dernier):
        reponse = client.post(self.adresse(dernier), {"motif": " "})
        assert reponse.status_code == 422
        assert "Dites pourquoi" in texte(reponse)
        dernier.refresh_from_db()
        assert dernier.retire_le is None

    def test_un_point_retire_reste_barre_dans_l_histoire(self, client, pilote, dernier, fiche):
        page = client.get(
            chemin(client.post(self.adresse(dernier), {"motif": "Mauvaise fiche"})), follow=True
        )
        assert "Point d’étape retiré" in texte(page)
        assert "Mauvaise fiche" in texte(page)
        assert "Le premier conseil s’est réuni à Vendôme." in texte(page)
        fiche.refresh_from_db()
        assert fiche.meteo == ""

    def test_un_contributeur_n_en_retire_pas(self, client, entrer, dernier, fiche):
        fiche.contributeurs.create(compte=entrer("contributeur"))
        assert client.post(self.adresse(dernier), {"motif": "Non"}).status_code == 403
