"""Le lien d'un rappel : une réponse, sans compte, et rien de plus."""

import datetime

import pytest
from django.core.cache import cache
from django.utils import timezone
from tests.plan.espace.pages import formulaire, texte
from tests.plan_publie import faire_le_point

from maillage.journal.models import Ligne
from maillage.plan.models import (
    Envoi,
    FicheAction,
    LigneEnvoi,
    PauseRappels,
    PointEtape,
)
from maillage.plan.rappels.liens import jeton_de_pause, jeton_du_point

pytestmark = pytest.mark.django_db


@pytest.fixture
def ligne(collectivite, poser, pilote, jour):
    fiche = poser()
    envoi = Envoi.objects.create(
        collectivite=collectivite, compte=pilote, jour=jour, cle="rappel:essai"
    )
    return LigneEnvoi.objects.create(
        envoi=envoi, fiche=fiche, echeance=fiche.prochaine_echeance, jalon=1, echelon="pilote"
    )


@pytest.fixture
def url(ligne, collectivite):
    return f"/{collectivite.slug}/point/{jeton_du_point(ligne)}/"


def repondre(client, url, **champs):
    page = client.get(url)
    envoi = formulaire(page, "faits_marquants")
    return client.post(url, {**envoi, "meteo": "soleil", "faits_marquants": "Ça avance.", **champs})


def test_la_page_montre_la_derniere_fois(client, ligne, url):
    faire_le_point(ligne.fiche, jours=100, faits_marquants="Deux groupes ouverts.")
    ligne.fiche.refresh_from_db()
    LigneEnvoi.objects.update(echeance=ligne.fiche.prochaine_echeance)
    assert "Deux groupes ouverts." in texte(client.get(url))


def test_repondre_publie_un_point_signe_du_compte(client, ligne, url, pilote):
    assert repondre(client, url).status_code == 302
    point = PointEtape.objects.get()
    assert (point.auteur, point.fiche, point.faits_marquants) == (pilote, ligne.fiche, "Ça avance.")


def test_le_journal_dit_que_c_est_par_un_lien(client, url):
    repondre(client, url)
    assert Ligne.objects.get(verbe="point d’étape ajouté").origine == "lien"


def test_la_page_publique_montre_la_reponse(client, ligne, url):
    repondre(client, url)
    assert "Ça avance." in texte(client.get(ligne.fiche.get_absolute_url()))


def test_le_lien_ne_sert_qu_une_fois(client, url):
    repondre(client, url)
    client.post(url, {"meteo": "orage", "faits_marquants": "Encore", "date": "24/11/2026"})
    assert PointEtape.objects.count() == 1


def test_apres_coup_le_lien_remercie_et_redit(client, url):
    repondre(client, url)
    page = texte(client.get(url))
    assert "C’est répondu, merci" in page
    assert "Ça avance." in page


def test_lire_la_page_ne_change_rien(client, ligne, url):
    avant = list(LigneEnvoi.objects.values()), Ligne.objects.count()
    client.get(url)
    assert (list(LigneEnvoi.objects.values()), Ligne.objects.count()) == avant
    assert client.cookies == {}


def test_une_reponse_a_corriger_garde_le_lien(client, ligne, url):
    assert repondre(client, url, meteo="").status_code == 422
    assert repondre(client, url).status_code == 302


def test_un_point_fait_ailleurs_ferme_le_lien(client, ligne, url):
    faire_le_point(ligne.fiche, faits_marquants="Dit dans l’espace.")
    page = texte(client.get(url))
    assert "déjà à jour" in page and "Dit dans l’espace." in page


def test_un_jeton_abime_est_introuvable(client, url):
    assert client.get(url[:-3] + "x/").status_code == 404


def test_le_jeton_d_une_autre_collectivite_est_introuvable(client, ligne, url):
    from tests.fabriques import CollectiviteFactory

    autre = CollectiviteFactory()
    assert client.get(f"/{autre.slug}/point/{jeton_du_point(ligne)}/").status_code == 404


def test_un_jeton_de_pause_n_ouvre_pas_une_fiche(client, ligne, collectivite, pilote):
    url = f"/{collectivite.slug}/point/{jeton_de_pause(pilote)}/"
    assert client.get(url).status_code == 404


@pytest.mark.parametrize(("jours", "statut"), [(29, 200), (31, 410)])
def test_le_lien_vaut_trente_jours(client, url, monkeypatch, jours, statut):
    import time

    vrai = time.time
    monkeypatch.setattr("django.core.signing.time.time", lambda: vrai() + jours * 86400)
    assert client.get(url).status_code == statut


def test_un_compte_ferme_ferme_ses_liens(client, url, pilote, ligne):
    pilote.is_active = False
    pilote.save()
    reponse = client.get(url)
    assert reponse.status_code == 403
    assert ligne.fiche.titre not in texte(reponse)
    assert client.post(url, {"meteo": "soleil"}).status_code == 403


def test_un_role_retire_ferme_ses_liens(client, url, pilote):
    pilote.attributions.all().delete()
    assert client.get(url).status_code == 403


def test_une_fiche_passee_a_un_autre_ferme_le_lien(client, url, ligne):
    FicheAction.objects.filter(pk=ligne.fiche_id).update(pilote_personne=None)
    assert client.get(url).status_code == 403


def test_une_fiche_archivee_ferme_le_lien(client, url, ligne):
    FicheAction.objects.filter(pk=ligne.fiche_id).update(archivee_le=timezone.now())
    assert client.get(url).status_code == 403


def test_la_page_ne_se_garde_ni_ne_se_trahit(client, url):
    entetes = client.get(url).headers
    assert entetes["Referrer-Policy"] == "no-referrer"
    assert "noindex" in entetes["X-Robots-Tag"]
    assert "no-store" in entetes["Cache-Control"]


def test_trop_de_jetons_essayes_depuis_un_poste_sont_arretes(client, collectivite):
    statuts = [client.get(f"/{collectivite.slug}/point/x{n}/").status_code for n in range(62)]
    assert statuts[0] == 404 and statuts[-1] == 429
    cache.clear()


def test_repondre_sans_jeton_anti_rejeu(url, jour):
    """La page n'a pas de témoin : le lien suffit, même quand Django contrôle."""
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    assert repondre(strict, url).status_code == 302


class TestPause:
    @pytest.fixture
    def url(self, ligne, collectivite, pilote):
        return f"/{collectivite.slug}/rappels/{jeton_de_pause(pilote)}/"

    def test_lire_la_page_ne_met_pas_en_pause(self, client, url):
        assert client.get(url).status_code == 200
        assert not PauseRappels.objects.exists()

    def test_un_clic_du_logiciel_de_courriel_arrete_les_rappels(self, client, url, pilote):
        client.post(url, {"List-Unsubscribe": "One-Click"})
        assert PauseRappels.objects.get().jusqu_au is None

    def test_une_pause_d_un_mois_a_une_fin(self, client, url, jour):
        client.post(url, {"duree": "30"})
        assert PauseRappels.objects.get().jusqu_au == jour + datetime.timedelta(days=30)

    def test_on_peut_reprendre(self, client, url):
        client.post(url, {"duree": "toujours"})
        client.post(url, {"reprendre": "oui"})
        assert not PauseRappels.objects.exists()

    def test_un_jeton_de_point_ne_met_pas_en_pause(self, client, ligne, collectivite):
        url = f"/{collectivite.slug}/rappels/{jeton_du_point(ligne)}/"
        assert client.post(url, {"duree": "30"}).status_code == 404
