"""La liste de travail : ce que chacun voit, filtré par l'adresse, à coût constant."""

import datetime

import pytest
from django.utils import timezone
from tests.fabriques import FicheFactory, OrganisationFactory, SchemaFactory, TerritoireFactory
from tests.plan.espace.pages import texte

from maillage.plan.models import FicheAction

pytestmark = pytest.mark.django_db
ADRESSE = "/loir-et-cher/espace/actions/"


@pytest.fixture
def division(schema):
    return schema.divisions.get(code="V2.A1")


def codes(reponse):
    return [f.code for f in reponse.context["page"].object_list]


def chercher(client, **filtres):
    return codes(client.get(ADRESSE, filtres))


def test_chacun_ne_voit_que_ce_qui_lui_est_ouvert(client, entrer, division):
    FicheFactory(division=division, code="A")
    FicheFactory(division=division, code="B", confidentialite="restreinte")
    entrer("lecteur")
    assert chercher(client) == ["A"]
    entrer("administrateur")
    assert chercher(client) == ["A", "B"]


def test_un_partenaire_ne_voit_que_les_fiches_de_son_organisation(client, entrer, division):
    compte = entrer("partenaire_pilote")
    organisation = compte.attributions.get().organisation
    FicheFactory(division=division, code="A")
    FicheFactory(division=division, code="B", pilote_organisation=organisation)
    assert chercher(client) == ["B"]


def test_les_fiches_d_une_autre_collectivite_n_y_sont_pas(client, entrer, division):
    FicheFactory(code="AILLEURS")
    FicheFactory(division=division, code="ICI")
    entrer("administrateur")
    assert chercher(client) == ["ICI"]


@pytest.mark.parametrize(
    ("filtre", "attendu"),
    [
        ({"meteo": "orage"}, ["A"]),
        ({"meteo": "sans"}, ["B"]),
        ({"axe": "V2.A2"}, ["B"]),
        ({"axe": "V2"}, ["A", "B"]),
        ({"territoire": "nord"}, ["A"]),
        ({"fraicheur": "en_retard"}, ["A"]),
        ({"fraicheur": "a_jour"}, ["B"]),
        ({"bloquee": "oui"}, ["A"]),
        ({"statut": "suspendue"}, ["B"]),
        ({"meteo": "orage", "axe": "V2.A2"}, []),
        ({"meteo": "brouillard"}, []),
        ({"archives": "oui"}, ["C"]),
        ({"moi": "oui"}, ["B"]),
    ],
)
def test_les_filtres_de_l_adresse(client, entrer, schema, filtre, attendu):
    jour = timezone.localdate()
    a1, a2 = (schema.divisions.get(code=code) for code in ("V2.A1", "V2.A2"))
    a = FicheFactory(
        division=a1, code="A", meteo="orage", bloquee_par="La salle",
        prochaine_echeance=jour - datetime.timedelta(days=40), dernier_point_le=jour,
    )  # fmt: skip
    a.territoires.add(schema.collectivite.decoupage.territoires.get())
    b = FicheFactory(
        division=a2, code="B", avancement="suspendue",
        prochaine_echeance=jour + datetime.timedelta(days=4),
    )  # fmt: skip
    FicheFactory(division=a1, code="C", archivee_le=timezone.now(), motif_archivage="Fin")
    b.contributeurs.create(compte=entrer("contributeur"))
    assert chercher(client, **filtre) == attendu


@pytest.mark.parametrize(
    ("tri", "attendu"),
    [
        ("meteo", ["SOLEIL", "ORAGE", "SANS"]),
        ("-meteo", ["ORAGE", "SOLEIL", "SANS"]),
        ("taux", ["ORAGE", "SOLEIL", "SANS"]),
        ("-taux", ["SOLEIL", "ORAGE", "SANS"]),
        ("pirate; drop", ["ORAGE", "SANS", "SOLEIL"]),
    ],
)
def test_le_tri_met_les_absents_a_la_fin(client, entrer, division, tri, attendu):
    FicheFactory(division=division, code="SANS")
    FicheFactory(division=division, code="ORAGE", meteo="orage", taux=10)
    FicheFactory(division=division, code="SOLEIL", meteo="soleil", taux=90)
    entrer("lecteur")
    assert chercher(client, tri=tri) == attendu


def test_les_colonnes_se_choisissent_et_gardent_le_filtre(client, entrer, division):
    FicheFactory(division=division, code="A", bloquee_par="La convention", meteo="orage")
    entrer("lecteur")
    page = client.get(ADRESSE, {"colonne": ["blocage"], "meteo": "orage"})
    assert "La convention" in texte(page)
    assert [c["libelle"] for c in page.context["colonnes"]] == ["Fiche", "Bloquée par"]
    assert all("meteo=orage" in c["url_tri"] for c in page.context["colonnes"])


def test_le_nombre_de_requetes_ne_depend_pas_du_nombre_de_fiches(
    client, entrer, division, django_assert_max_num_queries
):
    entrer("lecteur")

    def compter(nombre):
        for _ in range(nombre):
            FicheFactory(
                division=division,
                pilote_organisation=OrganisationFactory(collectivite=division.schema.collectivite),
            )
        client.get(ADRESSE)
        with django_assert_max_num_queries(25) as releve:
            client.get(ADRESSE, {"tri": "meteo"})
        return len(releve.captured_queries)

    assert compter(3) == compter(27)


def test_le_travail_sur_une_fiche_coute_autant_avec_beaucoup_de_lignes(
    client, entrer, fiche, django_assert_max_num_queries
):
    entrer("administrateur")
    adresse = f"{ADRESSE}{fiche.code}/"
    with django_assert_max_num_queries(45) as peu:
        client.get(adresse)
    for rang in range(20):
        fiche.jalons.create(titre=f"Jalon {rang}", ordre=rang)
        fiche.budgets.create(annee=2000 + rang, financeur=fiche.pilote_organisation)
        fiche.points.create(date=datetime.date(2026, 1, 1), meteo="soleil")
    with django_assert_max_num_queries(45) as beaucoup:
        client.get(adresse)
    assert len(beaucoup.captured_queries) <= len(peu.captured_queries)


def test_une_liste_vide_dit_pourquoi(client, entrer, schema):
    entrer("lecteur")
    assert "Aucune fiche ne vous est ouverte" in texte(client.get(ADRESSE))
    assert "Aucune fiche ne répond à ces filtres" in texte(
        client.get(ADRESSE, {"q": "introuvable"})
    )


def test_deux_plans_du_meme_code_ne_se_confondent_pas(client, entrer, fiche, collectivite):
    autre = SchemaFactory(collectivite=collectivite, slug="ancien")
    jumelle = FicheFactory(
        division=autre.divisions.create(code="Z", nom="Z"), code=fiche.code, titre="L’ancienne"
    )
    entrer("administrateur")
    liens = client.get(ADRESSE).content.decode()
    assert f'href="{ADRESSE}{fiche.code}/"' in liens
    assert f'href="{ADRESSE}{fiche.code}/?schema=ancien"' in liens
    page = client.get(f"{ADRESSE}{fiche.code}/", {"schema": "ancien"})
    assert page.context["fiche"] == jumelle
    assert "?schema=ancien" in page.context["vers"]["point"]


def test_la_fiche_ne_montre_que_les_boutons_permis(client, entrer, fiche):
    entrer("lecteur")
    page = client.get(f"{ADRESSE}{fiche.code}/")
    assert "Lecture seule." in texte(page)
    assert "Faire le point" not in texte(page)
    entrer("administrateur")
    dit = texte(client.get(f"{ADRESSE}{fiche.code}/"))
    assert all(mot in dit for mot in ("Faire le point", "Modifier la fiche", "Archiver"))


def test_ce_qui_manque_mene_a_l_endroit_ou_le_dire(client, pilote, fiche):
    FicheAction.objects.update(completude=50)
    manques = client.get(f"{ADRESSE}{fiche.code}/").context["manques"]
    ancres = {manque["libelle"]: manque["url"].partition("#")[2] for manque in manques}
    assert ancres["les objectifs"] == "id_objectifs"
    formulaire = client.get(f"{ADRESSE}{fiche.code}/modifier/").content.decode()
    assert all(f'id="{ancre}"' in formulaire for ancre in ancres.values())


def test_le_badge_dit_qui_peut_lire(client, entrer, fiche):
    TerritoireFactory(decoupage=fiche.schema.collectivite.decoupage)
    FicheAction.objects.update(confidentialite="interne")
    entrer("lecteur")
    page = texte(client.get(f"{ADRESSE}{fiche.code}/"))
    assert "Réservée à l’espace de travail" in page
    assert "Voir la page publique" not in page


def test_l_export_porte_les_filtres_de_la_liste(client, entrer, fiche):
    entrer("lecteur")
    lien = client.get(ADRESSE, {"meteo": "sans", "colonne": "axe"}).context["exporter"]
    assert lien.endswith("/espace/echanges/exporter/?meteo=sans&archivees=non")
    assert client.get(lien).status_code == 200
