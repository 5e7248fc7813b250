"""Le portail : accueil, territoires, communes, étapes de la vie, pages sans collectivité."""

import json

import pytest
from django.test import override_settings

from maillage.acteurs.models import Collectivite
from maillage.plan.lecture import Cadre
from maillage.portail import lecture
from maillage.territoires.models import Commune, Defi, Epci


@pytest.fixture
def communes(plan):
    """Deux communes du territoire Nord dans un EPCI, une commune hors EPCI."""
    epci = Epci.objects.create(
        siren="200000001", nom="CC du Nord", nature="CC", millesime=2026, population=900
    )
    departement = plan.collectivite.departement
    creer = Commune.objects.create
    valeurs = {"departement": departement, "millesime": 2026}
    plan.nord.epcis.add(epci)
    return [
        creer(code_insee="41001", nom="Ambloy", epci=epci, population=200, **valeurs),
        creer(code_insee="41002", nom="Âpre-Étang", epci=epci, population=300, **valeurs),
        creer(code_insee="41003", nom="Loin", population=50, **valeurs),
    ]


def test_l_accueil_compte_et_dit_sur_quoi_il_repose(plan, client, un_point):
    fiches = plan.ecrire({}, {}, {"confidentialite": "interne"})
    un_point(fiches[0], faits_marquants="Le groupe s’est réuni.")
    reponse = client.get(plan.adresse())
    chiffres = {c["libelle"]: (c["valeur"], c["appui"]) for c in reponse.context["chiffres"]}
    assert chiffres["actions avec un point d’étape"] == ("1", "sur 2")
    assert "Le groupe s’est réuni." in reponse.content.decode()


def test_l_accueil_ne_parle_pas_d_une_fiche_reservee(plan, client, un_point):
    (fiche,) = plan.ecrire({"confidentialite": "interne", "titre": "Titre tu"})
    un_point(fiche, faits_marquants="Fait tu")
    contenu = client.get(plan.adresse()).content.decode()
    assert "Titre tu" not in contenu and "Fait tu" not in contenu


def test_un_plan_sans_suivi_ne_montre_pas_de_compteurs(plan, client):
    plan.ecrire({})
    contenu = client.get(plan.adresse()).content.decode()
    assert "L’avancement de ces actions n’est donc pas montré." in contenu


def test_le_territoire_montre_communes_defis_et_actions(plan, client, communes):
    Defi.objects.create(territoire=plan.nord, slug="lien", nom="Créer du lien", objet="Ensemble.")
    plan.ecrire({"territoires": ["Nord"], "titre": "Ici"}, {"titre": "Partout"})
    reponse = client.get(plan.adresse("territoires/nord/"))
    assert (reponse.context["nombre_communes"], reponse.context["population"]) == (2, 500)
    assert [f.titre for g in reponse.context["fiches"] for f in g["fiches"]] == ["Ici"]
    assert [f.titre for g in reponse.context["partout"] for f in g["fiches"]] == ["Partout"]
    assert "Créer du lien" in reponse.content.decode()


def test_le_nombre_de_communes_suit_la_composition(plan, communes):
    plan.nord.communes_exclues.add(communes[0])
    plan.nord.communes_en_plus.add(communes[2])
    comptes = lecture.nombre_de_communes([plan.nord], communes)
    assert comptes[plan.nord.pk] == plan.nord.communes().count() == 2


def test_la_commune_dit_son_territoire_et_ses_actions(plan, client, communes):
    plan.ecrire({"territoires": ["Nord"], "titre": "Ici"}, {"titre": "Partout"})
    reponse = client.get(plan.adresse("communes/41001/"))
    assert reponse.context["territoire"] == plan.nord
    assert reponse.context["compte"].total == 1
    hors = client.get(plan.adresse("communes/41003/"))
    assert hors.context["territoire"] is None
    assert hors.context["compte_partout"].total == 1


def test_une_commune_fusionnee_mene_a_celle_qui_lui_succede(plan, client, communes):
    Commune.objects.filter(pk="41003").update(millesime_fin=2024, remplacee_par="41001")
    reponse = client.get(plan.adresse("communes/41003/"))
    assert reponse.url == plan.adresse("communes/41001/")


def test_une_commune_d_un_autre_departement_n_est_pas_ici(plan, client):
    assert client.get(plan.adresse("communes/45234/")).status_code == 404


def test_une_collectivite_sans_territoire_le_dit(plan, client):
    Collectivite.objects.update(decoupage=None)
    contenu = client.get(plan.adresse("territoires/")).content.decode()
    assert "Pas de territoire d’action" in contenu


def test_l_etape_montre_ses_actions(plan, client):
    plan.ecrire({"etapes": ["Grandir"], "titre": "Ici"}, {"titre": "Ailleurs"})
    contenu = client.get(plan.adresse("parcours/grandir/")).content.decode()
    assert "Ici" in contenu and "Ailleurs" not in contenu


def test_la_frise_ne_compte_que_les_actions_publiques(plan):
    plan.ecrire({"etapes": ["Grandir"]}, {"etapes": ["Grandir"], "confidentialite": "interne"})
    (ligne,) = lecture.etapes_et_comptes(Cadre(plan.collectivite))
    assert ligne["nombre"] == 1


def test_les_jetons_portent_l_accent_et_se_gardent(plan, client):
    accent = plan.collectivite.accent
    reponse = client.get(plan.adresse("jetons.css"), {"v": accent[1:]})
    assert accent in reponse.content.decode()
    assert "immutable" in reponse["Cache-Control"]
    assert "immutable" not in client.get(plan.adresse("jetons.css"))["Cache-Control"]


def test_un_accent_illisible_laisse_celui_de_la_maison(plan, client):
    Collectivite.objects.update(accent="#ffff00")
    reponse = client.get(plan.adresse("jetons.css"))
    assert (reponse.status_code, reponse.content) == (200, b"")


def test_l_installation_liste_les_collectivites_et_leurs_plans(plan, client):
    contenu = client.get("/").content.decode()
    assert plan.collectivite.nom in contenu and plan.schema.nom in contenu


def test_l_entree_d_un_clic_n_existe_qu_en_demonstration(plan, client):
    assert "Choisir un rôle" in client.get("/").content.decode()
    with override_settings(EST_DEMONSTRATION=False):
        assert "Choisir un rôle" not in client.get("/").content.decode()


def test_la_sante_dit_que_la_base_repond(db, client):
    assert json.loads(client.get("/sante/").content)["etat"] == "ok"


def test_l_accessibilite_est_dite_non_conforme(db, client):
    contenu = client.get("/accessibilite/").content.decode()
    assert "<b>non conforme</b>" in contenu and "Défenseur des droits" in contenu


def test_les_composants_ne_se_montrent_pas_en_production(db, client):
    assert client.get("/espace/composants/").status_code == 200
    with override_settings(EST_DEMONSTRATION=False, DEBUG=False):
        assert client.get("/espace/composants/").status_code == 404
