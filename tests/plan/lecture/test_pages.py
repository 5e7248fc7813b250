"""Chaque page publique : titre à elle, requêtes bornées, sans cookie, servie du cache à propos."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from maillage.plan import vues_publiques
from maillage.plan.services import enregistrer_fiche

PAGES = [
    "", "plan/", "plan/arbre/", "actions/", "actions/F000/", "territoires/", "territoires/nord/",
    "parcours/", "parcours/grandir/", "recherche/?q=action", "recherche/?q=zzzz", "recherche/",
]  # fmt: skip
ETAT = {
    "territoires": ["Nord"], "etapes": ["Grandir"], "publics": ["Aidants"], "partenaires": ["CAF"],
    "pilote_organisation": "Direction enfance", "constat": "On ne sait pas vers qui se tourner.",
    "budgets": [{"annee": 2026, "financeur": "CAF", "prevu": "1000"}],
    "jalons": [{"titre": "Ouverture", "date_prevue": "2030-01-01"}],
    "indicateurs": [{"libelle": "Groupes", "initiale": "0", "cible": "6"}],
}  # fmt: skip


def requetes(client, adresse) -> int:
    caches["pages"].clear()
    with CaptureQueriesContext(connection) as lues:
        assert client.get(adresse).status_code == 200
    return len(lues)


@pytest.mark.parametrize("page", PAGES)
def test_le_nombre_de_requetes_ne_depend_pas_du_plan(page, plan, client, un_point):
    fiches = plan.ecrire(*[ETAT | {"indicateurs": []} for _ in range(3)])
    for fiche in fiches:
        un_point(fiche)
    peu = requetes(client, plan.adresse(page))
    plus = plan.ecrire(*[ETAT | {"indicateurs": [], "code": f"G{rang:03d}"} for rang in range(27)])
    for fiche in plus:
        un_point(fiche)
    assert requetes(client, plan.adresse(page)) == peu
    assert peu < 25


@pytest.mark.parametrize("page", PAGES)
def test_une_page_lue_sans_compte_ne_pose_aucun_cookie(page, plan, client):
    plan.ecrire(ETAT)
    assert not client.get(plan.adresse(page)).cookies


def test_chaque_page_a_son_titre(plan, client):
    plan.ecrire(ETAT)
    adresses = [*map(plan.adresse, PAGES), "/", "/accessibilite/"]
    titres = [
        re.search(r"<title>(.*?)</title>", client.get(a).content.decode(), re.S)[1]
        for a in adresses
    ]
    assert len(set(titres)) == len(titres)


@pytest.mark.parametrize("page", PAGES)
def test_une_premiere_visite_pese_moins_de_cent_kilo_octets(page, plan, client):
    plan.ecrire(*[ETAT | {"indicateurs": []} for _ in range(161)])
    html = client.get(plan.adresse(page)).content
    adresses = set(re.findall(rb'(?:href|src)="(/static/[^"#]+)"', html))
    fichiers = [Path(finders.find(a.decode().removeprefix("/static/"))) for a in adresses]
    poids = len(gzip.compress(html)) + sum(
        f.stat().st_size if f.suffix == ".woff2" else len(gzip.compress(f.read_bytes()))
        for f in fichiers
    )
    assert poids < 100_000
    assert len(fichiers) + 2 < 10  # la page et la feuille de l'accent
    assert any(f.suffix == ".woff2" for f in fichiers)


def test_la_page_inchangee_repond_304(plan, client):
    plan.ecrire(ETAT)
    premiere = client.get(plan.adresse("plan/"))
    suivante = client.get(plan.adresse("plan/"), headers={"if-none-match": premiere["ETag"]})
    assert (suivante.status_code, suivante.content) == (304, b"")


@pytest.mark.parametrize("page", ["", "plan/", "plan/arbre/", "actions/", "actions/F000/",
                                  "territoires/nord/", "parcours/grandir/"])  # fmt: skip
def test_un_point_d_etape_parait_aussitot(page, plan, client, un_point):
    (fiche,) = plan.ecrire(ETAT)
    avant = client.get(plan.adresse(page))
    un_point(fiche, "orage", bloquee_par="un local")
    apres = client.get(plan.adresse(page), headers={"if-none-match": avant["ETag"]})
    assert apres.status_code == 200
    assert "Orage" in apres.content.decode()
    assert apres.content != avant.content


def test_la_fiche_voisine_ne_se_recalcule_pas(plan, client, monkeypatch, un_point):
    rendus = []
    rendre = vues_publiques.render
    monkeypatch.setattr(
        vues_publiques, "render", lambda r, g, *a, **k: rendus.append(g) or rendre(r, g, *a, **k)
    )
    _, voisine = plan.ecrire(ETAT, ETAT | {"indicateurs": []})
    client.get(plan.adresse("actions/F000/"))
    un_point(voisine)
    enregistrer_fiche(fiche=voisine, etat={"titre": "Autre"}, par=None, version_attendue=1)
    client.get(plan.adresse("actions/F000/"))
    assert rendus == ["plan/fiche.html"]


def test_la_table_se_recalcule_quand_une_fiche_change(plan, client):
    (fiche,) = plan.ecrire(ETAT)
    client.get(plan.adresse("actions/"))
    enregistrer_fiche(fiche=fiche, etat={"titre": "Tout autre"}, par=None, version_attendue=1)
    assert "Tout autre" in client.get(plan.adresse("actions/")).content.decode()


def test_renommer_un_axe_change_la_fiche(plan, client):
    plan.ecrire(ETAT)
    client.get(plan.adresse("actions/F000/"))
    plan.axe.nom = "Agir ensemble"
    plan.axe.save()
    assert "Agir ensemble" in client.get(plan.adresse("actions/F000/")).content.decode()


def test_un_message_en_attente_n_entre_pas_dans_le_cache(plan, client):
    from django.contrib.messages import constants
    from django.contrib.messages.storage.base import Message
    from django.contrib.messages.storage.cookie import CookieStorage
    from django.test import RequestFactory

    stockage = CookieStorage(RequestFactory().get("/"))
    valeur = stockage._encode([Message(constants.INFO, "Vous êtes déconnecté")])
    client.cookies["messages"] = valeur
    client.get(plan.adresse("plan/"))
    client.cookies.clear()
    assert "Vous êtes déconnecté" not in client.get(plan.adresse("plan/")).content.decode()


def test_une_mesure_partagee_rafraichit_les_deux_fiches(plan, client):
    from decimal import Decimal

    from django.utils import timezone

    from maillage.plan.models import IndicateurFiche
    from maillage.plan.suivi import Saisie, ajouter_point

    une, autre = plan.ecrire(ETAT, ETAT | {"indicateurs": []})
    lien = IndicateurFiche.objects.get(fiche=une)
    IndicateurFiche.objects.create(
        fiche=autre, indicateur=lien.indicateur, initiale=Decimal(0), cible=Decimal(10)
    )
    client.get(plan.adresse("actions/F001/"))
    ajouter_point(
        fiche=une,
        saisie=Saisie(date=timezone.localdate(), meteo="soleil"),
        par=None,
        valeurs={lien: Decimal(5)},
    )
    contenu = client.get(plan.adresse("actions/F001/")).content.decode().replace("\xa0", " ")
    assert "Chemin fait : 50 %" in contenu


def test_le_plan_dit_ce_que_les_sources_disent_autrement(plan, client):
    plan.ecrire(ETAT)
    plan.schema.avertissement = "Le communiqué annonce 163 actions ; le schéma en liste 161."
    plan.schema.source = "Schéma, annexes ; communiqué."
    plan.schema.save()
    contenu = client.get(plan.adresse("plan/")).content.decode()
    assert "163 actions ; le schéma en liste 161" in contenu
    assert "Sources : Schéma, annexes ; communiqué." in contenu


def test_une_collectivite_sans_plan_le_dit(plan, client):
    plan.schema.est_publie = False
    plan.schema.save()
    for page in ("", "plan/", "plan/arbre/", "actions/", "parcours/", "territoires/"):
        assert client.get(plan.adresse(page)).status_code == 200
    assert "Pas encore de plan publié" in client.get(plan.adresse("plan/")).content.decode()


def test_un_plan_inconnu_n_existe_pas(plan, client):
    assert client.get(plan.adresse("plan/"), {"schema": "inconnu"}).status_code == 404
