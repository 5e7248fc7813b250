"""L'histoire d'une fiche se lit, se compare, et l'on y revient."""

import datetime

import pytest
from django.urls import reverse
from tests.plan.espace.pages import formulaire, texte

from maillage.plan.etat import etat_de
from maillage.plan.services import archiver_fiche, enregistrer_fiche
from maillage.plan.suivi import Saisie, ajouter_point

pytestmark = pytest.mark.django_db
HISTORIQUE = "/loir-et-cher/espace/actions/V2.A1.03/historique/"


def ecrire(fiche, par=None, **etat):
    fiche.refresh_from_db()
    return enregistrer_fiche(fiche=fiche, etat=etat, par=par, version_attendue=fiche.version)


def test_les_mots_changes_sont_marques(client, pilote, fiche):
    ecrire(fiche, constat="Des parents très isolés.")
    corps = client.get(HISTORIQUE).content.decode()
    assert "très" in corps and "<ins>" in corps
    assert "[ajouté : " in corps


def test_les_listes_et_les_montants_se_lisent(client, pilote, fiche):
    ecrire(
        fiche,
        publics=["Aidants"],
        budgets=[{"annee": 2026, "financeur": "CAF", "prevu": "38000"}],
    )
    dit = texte(client.get(HISTORIQUE))
    assert "[ajouté : Aidants]" in dit and "[retiré : Familles]" in dit
    assert "2026, CAF : prévu [avant : 12 000 €] → [après : 38 000 €]" in dit


def test_auteur_date_et_origine(client, pilote, fiche):
    ecrire(fiche, par=pilote, titre="Neuf")
    enregistrer_fiche(
        fiche=fiche, etat={"titre": "Importé"}, par=None, version_attendue=2, origine="import"
    )
    dit = texte(client.get(HISTORIQUE))
    assert "par Compte pilote" in dit
    assert "par le système, par import" in dit


def test_points_et_versions_sont_dans_la_meme_chronologie(client, pilote, fiche):
    saisie = Saisie(date=datetime.date(2026, 1, 5), meteo="nuage", faits_marquants="Salle fermée.")
    ajouter_point(fiche=fiche, saisie=saisie, par=pilote)
    ecrire(fiche, titre="Après le point")
    dit = texte(client.get(HISTORIQUE))
    assert dit.index("Titre : modifié") < dit.index("Salle fermée.") < dit.index("Fiche créée")


def test_une_longue_histoire_se_lit_par_pages_sans_rien_sauter(client, pilote, fiche):
    for rang in range(45):
        ecrire(fiche, titre=f"Titre {rang}")
    premiere = client.get(HISTORIQUE)
    suite = premiere.context["suite"]
    seconde = client.get(suite)
    vus = [e.version.numero for r in (premiere, seconde) for e in r.context["evenements"]]
    assert vus == list(range(46, 0, -1))
    assert seconde.context["suite"] == ""


def test_deux_versions_quelconques_se_comparent(client, pilote, fiche):
    ecrire(fiche, titre="Deuxième")
    ecrire(fiche, titre="Troisième", constat="Autre")
    changements = client.get(HISTORIQUE, {"de": 3, "a": 1}).context["comparaison"]
    assert [(c.cle, c.apres) for c in changements] == [
        ("titre", "Troisième"),
        ("constat", "Autre"),
    ]


@pytest.mark.parametrize("numero", ["0", "abc", "-1", "99999999999999999999"])
def test_une_version_inconnue_n_est_pas_une_panne(client, pilote, fiche, numero):
    assert client.get(HISTORIQUE, {"de": numero, "a": 1}).status_code == 200
    assert client.get(HISTORIQUE, {"avant": numero}).status_code == 200


class TestRevenir:
    adresse = HISTORIQUE + "1/"

    def test_la_page_dit_ce_qui_changerait_avant_de_confirmer(self, client, pilote, fiche):
        ecrire(fiche, titre="Neuf")
        page = client.get(self.adresse, {"revenir": 1})
        assert "Revenir à cette version ?" in texte(page)
        assert [c.cle for c in page.context["ecart"]] == ["titre"]
        fiche.refresh_from_db()
        assert fiche.titre == "Neuf"

    def test_confirmer_redonne_l_etat_en_une_version_de_plus(self, client, pilote, fiche):
        avant = etat_de(fiche)
        ecrire(fiche, titre="Neuf", jalons=[])
        envoi = formulaire(client.get(self.adresse, {"revenir": 1}), "version")
        assert client.post(self.adresse, envoi).status_code == 302
        fiche.refresh_from_db()
        assert (etat_de(fiche), fiche.version) == (avant, 3)

    def test_une_ecriture_entre_temps_arrete_le_retour(self, client, pilote, fiche):
        ecrire(fiche, titre="Neuf")
        envoi = formulaire(client.get(self.adresse, {"revenir": 1}), "version")
        ecrire(fiche, titre="D’un autre")
        reponse = client.post(self.adresse, envoi)
        assert reponse.status_code == 409
        assert "La fiche a changé pendant que vous lisiez" in texte(reponse)
        fiche.refresh_from_db()
        assert fiche.titre == "D’un autre"

    def test_un_lecteur_ne_revient_pas(self, client, entrer, fiche):
        ecrire(fiche, titre="Neuf")
        entrer("lecteur")
        assert "Revenir à cette version" not in texte(client.get(self.adresse))
        assert client.post(self.adresse, {"version": 2}).status_code == 403

    def test_le_pilote_ne_desarchive_pas_en_revenant(self, client, pilote, fiche):
        archiver_fiche(fiche=fiche, motif="Fin", par=None)
        assert client.post(self.adresse, {"version": 2}).status_code == 403
        fiche.refresh_from_db()
        assert fiche.archivee_le is not None


def test_un_retrait_se_propose_a_qui_repond_de_la_fiche(client, entrer, fiche):
    saisie = Saisie(date=datetime.date(2026, 1, 5), meteo="nuage")
    point = ajouter_point(fiche=fiche, saisie=saisie, par=None)
    adresse = reverse("plan:point_retirer", args=["loir-et-cher", fiche.code, point.pk])
    entrer("lecteur")
    assert adresse not in client.get(HISTORIQUE).content.decode()
    entrer("administrateur")
    assert adresse in client.get(HISTORIQUE).content.decode()
