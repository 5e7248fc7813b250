"""Les risques : la matrice, qui en répond, quand ils ont été revus."""

import datetime

import pytest
from tests.plan.espace.pages import formulaire, texte

from maillage.plan.etat import etat_de
from maillage.plan.models import Risque
from maillage.plan.services import enregistrer_fiche
from maillage.plan.suivi import Saisie, ajouter_point

pytestmark = pytest.mark.django_db
URL = "/loir-et-cher/espace/risques/"
JOUR = datetime.date(2026, 6, 1)


def risque(libelle, gravite, probabilite, **suite):
    return {"libelle": libelle, "gravite": gravite, "probabilite": probabilite, **suite}


@pytest.fixture
def risquee(ecrire):
    return ecrire(
        "V2.A1.30",
        risques=[
            risque("Pas de salle", 4, 3, proprietaire="caf", partage_avec="MSA"),
            risque("Peu de parents", 1, 2),
        ],
    )


def test_qui_repond_d_un_risque_est_une_organisation(risquee):
    assert [r["proprietaire"] for r in etat_de(risquee)["risques"]] == ["caf", ""]
    assert Risque.objects.get(libelle="Pas de salle").proprietaire.nom == "caf"


def test_la_matrice_compte_chaque_risque_une_fois(client, entrer, risquee):
    entrer("lecteur")
    matrice = client.get(URL).context["matrice"]
    assert sum(c["nombre"] for ligne in matrice for c in ligne["cases"]) == 2
    pleines = {
        (li["gravite"], c["probabilite"]) for li in matrice for c in li["cases"] if c["nombre"]
    }
    assert pleines == {(4, 3), (1, 2)}


@pytest.mark.parametrize(
    ("filtre", "attendu"),
    [("gravite=4&probabilite=3", "Pas de salle"), ("responsable=caf", "Pas de salle"),
     ("responsable=aucun", "Peu de parents")],
)  # fmt: skip
def test_le_registre_se_filtre(client, entrer, risquee, filtre, attendu):
    entrer("lecteur")
    groupes = client.get(f"{URL}?{filtre}").context["groupes"]
    assert [r["risque"].libelle for g in groupes for r in g["risques"]] == [attendu]


def test_les_risques_d_une_fiche_restreinte_restent_caches(client, entrer, ecrire):
    ecrire("V2.A1.31", risques=[risque("Risque tu", 4, 4)], confidentialite="restreinte")
    entrer("lecteur")
    assert "Risque tu" not in texte(client.get(URL))


def test_relire_les_risques_au_point_d_etape_les_date(client, pilote, fiche):
    enregistrer_fiche(
        fiche=fiche, etat={"risques": [risque("Pas de salle", 2, 2)]}, par=None, version_attendue=1
    )
    adresse = "/loir-et-cher/espace/actions/V2.A1.03/point/"
    envoi = formulaire(client.get(adresse), "date")
    client.post(adresse, envoi | {"meteo": ["soleil"], "risques_revus": ["on"]})
    assert Risque.objects.get().revu_le == fiche.points.get().date


def test_un_risque_reecrit_garde_sa_derniere_revue(risquee):
    ajouter_point(
        fiche=risquee, saisie=Saisie(date=JOUR, meteo="soleil"), par=None, risques_revus=True
    )
    etat = etat_de(risquee)
    etat["risques"][0]["parade"] = "Louer"
    enregistrer_fiche(
        fiche=risquee, etat={"risques": etat["risques"]}, par=None, version_attendue=1
    )
    assert set(Risque.objects.values_list("revu_le", flat=True)) == {JOUR}


def test_un_point_sans_relecture_ne_date_rien(risquee):
    ajouter_point(fiche=risquee, saisie=Saisie(date=JOUR, meteo="soleil"), par=None)
    assert set(Risque.objects.values_list("revu_le", flat=True)) == {None}


def test_un_point_plus_ancien_ne_recule_pas_la_revue(risquee):
    for jour in (JOUR, JOUR - datetime.timedelta(days=40)):
        ajouter_point(
            fiche=risquee, saisie=Saisie(date=jour, meteo="soleil"), par=None, risques_revus=True
        )
    assert set(Risque.objects.values_list("revu_le", flat=True)) == {JOUR}


def test_le_registre_a_un_nombre_de_requetes_borne(
    client, entrer, ecrire, django_assert_max_num_queries
):
    for rang in range(12):
        ecrire(f"V2.A1.{rang + 40}", risques=[risque(f"R{rang}", 2, 2, proprietaire=f"O{rang}")])
    entrer("lecteur")
    with django_assert_max_num_queries(13):
        client.get(URL)
