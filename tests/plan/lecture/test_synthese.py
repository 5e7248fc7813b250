"""Le plan vu d'en haut : répartition, taux qui remonte, lignes du plan en une page."""

from decimal import Decimal

import pytest
from tests.fabriques import DivisionFactory

from maillage.plan.lecture import Cadre, FicheLue, fiches_publiques, lire
from maillage.plan.synthese import Noeud, remonter, synthese


def fiche(taux=None, poids=1, **valeurs) -> FicheLue:
    champs = dict.fromkeys(FicheLue._fields)
    champs |= {
        "taux_indicateurs": taux,
        "poids": Decimal(poids),
        "meteo": "",
        "fraicheur": "a_jour",
    }
    champs |= {"indicateurs_calculables": 0, "indicateurs_total": 0}
    return FicheLue(**(champs | valeurs))


def noeud(fiches=(), enfants=(), poids=1) -> Noeud:
    division = DivisionFactory.build(schema=None, poids=Decimal(poids))
    resultat = Noeud(division, "axe", list(enfants), list(fiches))
    resultat.calculer()
    return resultat


def test_un_taux_absent_n_est_ni_zero_ni_cent():
    taux = remonter([fiche(50.0), fiche(None)], [])
    assert (taux.valeur, taux.calculables, taux.total) == (50.0, 1, 2)


def test_sans_rien_de_calculable_le_taux_n_existe_pas():
    assert remonter([fiche(None)], [noeud([fiche(None)])]).valeur is None


def test_les_sous_divisions_pesent_leur_poids():
    haut = remonter([], [noeud([fiche(100.0)], poids=3), noeud([fiche(0.0), fiche(0.0)], poids=1)])
    assert haut.valeur == pytest.approx(75.0)
    assert (haut.calculables, haut.total) == (3, 3)


def test_une_sous_division_sans_taux_ne_tire_pas_la_moyenne():
    haut = remonter([], [noeud([fiche(80.0)]), noeud([fiche(None)])])
    assert (haut.valeur, haut.calculables, haut.total) == (80.0, 1, 2)


@pytest.mark.parametrize("profondeur", range(1, 7))
def test_un_plan_de_toute_profondeur_montre_toutes_ses_fiches(profondeur, client, db):
    from tests.fabriques import FicheFactory, SchemaFactory

    niveaux = ["volet", "axe", "orientation", "objectif", "sous-objectif", "mesure"][:profondeur]
    schema = SchemaFactory(niveaux=niveaux, est_principal=True)
    parent = None
    for rang in range(profondeur):
        parent = DivisionFactory(schema=schema, parent=parent, ordre=rang + 1)
        FicheFactory(division=parent)
    adresse = f"/{schema.collectivite.slug}/plan/"
    for page in (adresse, adresse + "arbre/"):
        contenu = client.get(page).content.decode()
        assert contenu.count(f'href="/{schema.collectivite.slug}/actions/F') == profondeur


def test_la_synthese_range_chaque_fiche_sous_sa_division(plan):
    plan.ecrire({}, {"division": "V1.A2"}, {"division": "V1"})
    cadre = Cadre(plan.collectivite)
    vue = synthese(plan.schema, cadre.divisions, lire(fiches_publiques(cadre)))
    racine = vue.racines[0]
    assert racine.compte.total == 3
    assert [len(r.groupes) for r in racine.rangees()] == [1, 1, 1]


def test_la_repartition_compte_toutes_les_fiches(plan, un_point):
    fiches = plan.ecrire({}, {}, {})
    un_point(fiches[0], "orage")
    cadre = Cadre(plan.collectivite)
    vue = synthese(plan.schema, cadre.divisions, lire(fiches_publiques(cadre)))
    comptes = {ligne["code"]: ligne["nombre"] for ligne in vue.compte.repartition()}
    assert comptes == {"soleil": 0, "couvert": 0, "nuage": 0, "orage": 1, "": 2}
