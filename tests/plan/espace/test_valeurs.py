"""Donner et corriger les valeurs d'un indicateur, et dire sur quoi repose le chemin fait."""

import pytest
from tests.plan.espace.pages import formulaire, texte

from maillage.indicateurs.models import ValeurIndicateur
from maillage.plan.models import IndicateurFiche

pytestmark = pytest.mark.django_db
ADRESSE = "/loir-et-cher/espace/actions/V2.A1.03/valeurs/"


def donner(client, **change):
    envoi = formulaire(client.get(ADRESSE), "valeur")
    return client.post(ADRESSE, envoi | {nom: [valeur] for nom, valeur in change.items()})


def test_donner_une_valeur_calcule_le_chemin_fait(client, pilote, fiche):
    assert donner(client, valeur="3", date="01/02/2026").status_code == 302
    dit = texte(client.get(ADRESSE))
    assert "Chemin fait : 50 % = 100 × (3 − 0) ÷ (6 − 0)" in dit
    assert "calculé sur 1 indicateur sur 1" in dit


def test_la_meme_date_corrige(client, pilote, fiche):
    donner(client, valeur="3", date="01/02/2026")
    valeur = ValeurIndicateur.objects.get()
    envoi = formulaire(client.get(ADRESSE, {"corriger": valeur.pk}), "valeur")
    assert (envoi["valeur"], envoi["date"]) == (["3"], ["01/02/2026"])
    client.post(ADRESSE, envoi | {"valeur": ["4,5"], "commentaire": ["Recompté"]})
    valeur.refresh_from_db()
    assert (str(valeur.valeur), valeur.commentaire) == ("4.5000", "Recompté")


def test_une_absence_se_dit_par_son_statut(client, pilote, fiche):
    assert donner(client, valeur="", statut="absent").status_code == 302
    assert ValeurIndicateur.objects.get().valeur is None
    assert "Il manque : une valeur." in texte(client.get(ADRESSE))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"valeur": ""}, "Donnez un nombre, ou dites que la valeur est absente."),
        ({"valeur": "beaucoup"}, "beaucoup"),
        ({"valeur": "12.500"}, "12.500"),
        ({"valeur": "1", "date": "30/02/2026"}, "30/02/2026"),
        ({"valeur": "1", "date": "01/01/2100"}, "avenir"),
        ({"valeur": "1", "indicateur": "0"}, "Sélectionnez un choix valide"),
    ],
)
def test_une_valeur_refusee_est_dite_et_gardee(client, pilote, fiche, change, message):
    reponse = donner(client, **change)
    assert reponse.status_code == 422
    assert message in texte(reponse)
    assert formulaire(reponse, "valeur")["valeur"] == [change["valeur"]]
    assert ValeurIndicateur.objects.count() == 0


def test_sans_cible_le_taux_n_est_pas_invente(client, pilote, fiche):
    IndicateurFiche.objects.update(cible=None)
    donner(client, valeur="3")
    dit = texte(client.get(ADRESSE))
    assert "Chemin non calculé. Il manque : la cible." in dit
    assert "Chemin fait : 5" not in dit


def test_un_lecteur_lit_sans_pouvoir_donner(client, entrer, fiche):
    entrer("lecteur")
    reponse = client.get(ADRESSE)
    assert reponse.status_code == 200
    assert "Enregistrer la valeur" not in texte(reponse)
    assert client.post(ADRESSE, {"valeur": "3"}).status_code == 403
