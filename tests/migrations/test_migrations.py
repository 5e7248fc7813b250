"""Les migrations gardent les données : de rien à aujourd'hui, un pas en arrière puis en avant.

Tout se joue dans une base SQLite à part, ou un schéma PostgreSQL à part, remplis d'une sauvegarde.
"""

import json
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from tests.demonstration.conftest import JOUR

from maillage.portail.demonstration.chargement import charger
from maillage.portail.sauvegarde import restaurer as restauration
from maillage.portail.sauvegarde.bases import base_temporaire
from maillage.portail.sauvegarde.lignes import Empreinte, colonnes, textes
from maillage.portail.sauvegarde.sauvegarder import modeles, sauvegarder

PASSEES = sorted((Path(__file__).parent / "sauvegardes").glob("*/manifeste.json"))


def avant_dernieres():
    """L'avant-dernière migration de chaque application de la maison qui en a plusieurs."""
    graphe = MigrationLoader(None).graph
    maison = {a.label for a in apps.get_app_configs() if a.name.startswith("maillage.")}
    for feuille in graphe.leaf_nodes():
        meres = [m.key for m in graphe.node_map[feuille].parents if m.key[0] == feuille[0]]
        if feuille[0] in maison and meres:
            yield meres[0]


PRECEDENTES = sorted(avant_dernieres())


@pytest.fixture(scope="module")
def sauvegarde(django_db_setup, django_db_blocker, tmp_path_factory):
    """La démonstration sauvegardée, puis annulée."""
    dossier = tmp_path_factory.mktemp("migrations") / "demonstration"
    with django_db_blocker.unblock(), transaction.atomic():
        charger(jour=JOUR)
        # Dans cette transaction, la photo se prend sur la connexion même.
        with pytest.MonkeyPatch.context() as echange:
            echange.setattr(
                "maillage.portail.sauvegarde.sauvegarder.photo_de_la_base",
                lambda dossier: nullcontext("default"),
            )
            sauvegarder(dossier)
        transaction.set_rollback(True)
    return dossier


@pytest.fixture
def remplie(sauvegarde, django_db_blocker, tmp_path):
    """Une base à part, dans la forme d'aujourd'hui, remplie de la démonstration. Rend son alias."""
    with django_db_blocker.unblock(), base_a_part(tmp_path) as alias:
        manifeste = json.loads((sauvegarde / "manifeste.json").read_text())
        restauration._remplir(alias, sauvegarde, manifeste)
        yield alias


@contextmanager
def base_a_part(dossier):
    if connections["default"].vendor == "sqlite":
        with base_temporaire("restauration", NAME=str(dossier / "a-part.sqlite3")) as alias:
            yield alias
    else:
        with restauration._schema_neuf("essai") as (alias, _echanger):
            yield alias


def photographier(alias):
    """{table: {colonne: empreinte}} : comparer colonne par colonne supporte qu'il en manque une."""
    photo = {}
    for modele in modeles(alias)[0]:
        noms = [champ.column for champ in colonnes(modele)]
        empreintes = {nom: Empreinte() for nom in noms}
        cle = noms.index(modele._meta.pk.column)
        for texte in textes(modele, alias):
            valeurs = json.loads(texte)
            for nom, valeur in zip(noms, valeurs, strict=True):
                empreintes[nom].ajouter(json.dumps([valeurs[cle], valeur], sort_keys=True))
        photo[modele._meta.db_table] = {nom: e.en_dict() for nom, e in empreintes.items()}
    return photo


def test_rien_ne_reste_a_migrer_apres_un_chargement(remplie):
    executeur = MigrationExecutor(connections[remplie])
    assert executeur.migration_plan(executeur.loader.graph.leaf_nodes()) == []


@pytest.mark.django_db  # la marque fait aussi créer la base d'essai, dont la fixture se sert
def test_des_applications_ont_plus_d_une_migration():
    """Sans cela, le test du pas en arrière ne verrait rien."""
    assert "plan" in {precedente[0] for precedente in PRECEDENTES}


@pytest.mark.parametrize("precedente", PRECEDENTES, ids=".".join)
def test_un_pas_en_arriere_puis_en_avant_garde_toutes_les_lignes(remplie, precedente):
    avant = photographier(remplie)
    MigrationExecutor(connections[remplie]).migrate([precedente])
    recul = photographier(remplie)
    executeur = MigrationExecutor(connections[remplie])
    executeur.migrate(executeur.loader.graph.leaf_nodes())
    apres = photographier(remplie)
    assert set(apres) == set(avant)
    for table in sorted(set(avant) & set(recul)):
        gardees = set(avant[table]) & set(recul[table])
        for colonne in gardees:
            assert apres[table][colonne] == avant[table][colonne], f"{table}.{colonne}"


if PASSEES:  # rien avant la première publication

    @pytest.mark.parametrize("manifeste", PASSEES, ids=lambda chemin: chemin.parent.name)
    def test_une_version_publiee_se_restaure_et_se_met_a_jour(
        manifeste, django_db_setup, django_db_blocker, tmp_path
    ):
        with django_db_blocker.unblock(), base_a_part(tmp_path) as alias:
            contenu = json.loads(manifeste.read_text())
            restauration._remplir(alias, manifeste.parent, contenu)
            executeur = MigrationExecutor(connections[alias])
            assert executeur.migration_plan(executeur.loader.graph.leaf_nodes()) == []
            fiches = apps.get_model("plan.FicheAction").objects.using(alias)
            assert fiches.count() == contenu["tables"]["plan_ficheaction"]["lignes"]
