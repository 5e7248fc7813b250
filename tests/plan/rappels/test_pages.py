"""Les pages des rappels dans l'espace : voir, régler, s'écrire un essai, se mettre en pause."""

import datetime

import pytest
from tests.plan.espace.pages import texte

from maillage.acteurs.authentification import MOTEUR
from maillage.journal.models import Ligne
from maillage.plan.models import Envoi, PauseRappels, PeriodeCalme, ReglageRappels
from maillage.plan.rappels.envois import preparer

pytestmark = pytest.mark.django_db


@pytest.fixture
def entre(client, chef):
    client.force_login(chef, backend=MOTEUR)
    return client


@pytest.fixture
def base(collectivite):
    return f"/{collectivite.slug}/espace/rappels/"


def test_la_page_annonce_ce_qui_partira(entre, base, poser, pilote):
    fiche = poser()
    page = texte(entre.get(base))
    assert pilote.nom in page and fiche.code in page


def test_la_page_montre_ce_qui_est_parti_et_ce_qui_ne_l_est_pas(
    entre, base, poser, collectivite, jour
):
    poser()
    preparer(collectivite=collectivite, jour=jour)
    Envoi.objects.update(etat=Envoi.Etat.ECHEC, raison="Adresse inconnue.")
    assert "Adresse inconnue." in texte(entre.get(base + "?etat=echecs"))
    assert "Adresse inconnue." not in texte(entre.get(base + "?etat=partis"))


def test_un_rappel_rate_se_dit_dans_a_faire(entre, poser, collectivite, jour):
    poser()
    preparer(collectivite=collectivite, jour=jour)
    Envoi.objects.update(etat=Envoi.Etat.INCERTAIN)
    assert "1 rappel pas parti" in texte(entre.get(f"/{collectivite.slug}/espace/"))


def test_regler_s_ecrit_au_journal(entre, base):
    entre.post(base + "reglages/", {"sorte": "reglages", "fins_de_semaine": "on"})
    reglage = ReglageRappels.objects.get()
    assert (reglage.actifs, reglage.fins_de_semaine) == (False, True)
    assert Ligne.objects.filter(verbe="rappels réglés").exists()


def test_ajouter_puis_retirer_une_periode(entre, base, jour):
    entre.post(
        base + "reglages/",
        {"sorte": "periode", "libelle": "Noël", "debut": "19/12/2026", "fin": "04/01/2027"},
    )
    periode = PeriodeCalme.objects.get()
    assert periode.fin == datetime.date(2027, 1, 4)
    entre.post(f"{base}periodes/{periode.pk}/retirer/")
    assert not PeriodeCalme.objects.exists()


@pytest.mark.parametrize(
    ("debut", "fin", "faute"),
    [
        ("19/12/2026", "18/12/2026", "vient avant le premier"),
        ("01/01/2026", "05/01/2026", "déjà finie"),
        ("01/12/2026", "01/12/2027", "Quatre mois au plus"),
        ("", "01/12/2027", "Donnez le premier jour"),
    ],
)
def test_une_periode_mal_dite_est_expliquee(entre, base, jour, debut, fin, faute):
    reponse = entre.post(
        base + "reglages/", {"sorte": "periode", "libelle": "x", "debut": debut, "fin": fin}
    )
    assert reponse.status_code == 422
    assert faute in texte(reponse)


def test_l_essai_part_vers_soi_meme(entre, base, chef):
    entre.post(base + "essai/")
    envoi = Envoi.objects.get()
    assert (envoi.compte, envoi.genre) == (chef, "essai")


def test_se_mettre_en_pause_depuis_l_espace(client, base, pilote, jour):
    client.force_login(pilote, backend=MOTEUR)
    client.post(base + "moi/", {"duree": "90"})
    assert PauseRappels.objects.get().jusqu_au == jour + datetime.timedelta(days=90)


def test_la_page_coute_un_nombre_borne_de_requetes(
    entre, base, poser, collectivite, jour, django_assert_max_num_queries
):
    for _ in range(20):
        poser()
    preparer(collectivite=collectivite, jour=jour)
    with django_assert_max_num_queries(30):
        entre.get(base)
