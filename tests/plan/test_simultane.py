"""De vraies connexions en parallèle : rien ne se perd, rien ne s'écrit deux fois."""

import datetime
import threading
import uuid

import pytest
from django.db import connection
from tests.fabriques import DivisionFactory, SchemaFactory

from maillage.plan.etat import etat_de, etat_vide
from maillage.plan.models import FicheAction, PointEtape
from maillage.plan.services import ConflitEcriture, creer_fiche, enregistrer_fiche
from maillage.plan.suivi import Saisie, ajouter_point

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

if connection.vendor != "postgresql":
    pytestmark.append(pytest.mark.skip(reason="demande PostgreSQL : MAILLAGE_TEST_POSTGRES"))


@pytest.fixture
def fiche():
    schema = SchemaFactory()
    DivisionFactory(schema=schema, code="V1")
    etat = etat_vide(code="F1", division="V1", titre="Une action")
    return creer_fiche(schema=schema, etat=etat, par=None)


def ensemble(*taches):
    """Lance chaque tâche dans son fil et sa connexion, au même instant. Rend leurs résultats."""
    depart, rendus = threading.Barrier(len(taches)), [None] * len(taches)

    def tenir(rang, tache):
        try:
            depart.wait(timeout=10)
            rendus[rang] = tache()
        except Exception as erreur:
            rendus[rang] = erreur
        finally:
            connection.close()

    fils = [threading.Thread(target=tenir, args=(r, t)) for r, t in enumerate(taches)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join(timeout=60)
    return rendus


def dire(fiche, jour, **options):
    saisie = Saisie(date=datetime.date(2026, 1, jour), meteo="soleil")
    return ajouter_point(fiche=fiche, saisie=saisie, par=None, **options)


def test_huit_points_en_meme_temps_sont_tous_la(fiche):
    rendus = ensemble(*(lambda j=j: dire(fiche, j) for j in range(1, 9)))
    assert {p.date.day for p in rendus} == set(range(1, 9))
    fiche.refresh_from_db()
    assert fiche.dernier_point_le == datetime.date(2026, 1, 8)


def test_le_meme_envoi_huit_fois_fait_un_point(fiche):
    jeton = uuid.uuid4()
    rendus = ensemble(*(lambda: dire(fiche, 1, jeton=jeton) for _ in range(8)))
    assert {p.pk for p in rendus} == {PointEtape.objects.get().pk}


def test_des_champs_differents_en_meme_temps_sont_tous_gardes(fiche):
    champs = {
        "constat": "Un", "objectifs": "Deux", "description": "Trois", "modalites": "Quatre",
        "edition": "2026", "moyens": "Six",
    }  # fmt: skip
    ensemble(
        *(
            lambda c=cle, v=valeur: enregistrer_fiche(
                fiche=fiche, etat={c: v}, par=None, version_attendue=1
            )
            for cle, valeur in champs.items()
        )
    )
    etat = etat_de(fiche)
    assert {cle: etat[cle] for cle in champs} == champs
    assert sorted(fiche.versions.values_list("numero", flat=True)) == list(range(1, 8))


def test_le_meme_champ_en_meme_temps_un_seul_gagne_les_autres_le_savent(fiche):
    rendus = ensemble(
        *(
            lambda t=titre: enregistrer_fiche(
                fiche=fiche, etat={"titre": t}, par=None, version_attendue=1
            )
            for titre in ("A", "B", "C", "D")
        )
    )
    conflits = [r for r in rendus if isinstance(r, ConflitEcriture)]
    gagnants = [r for r in rendus if isinstance(r, FicheAction)]
    assert (len(gagnants), len(conflits)) == (1, 3)
    assert etat_de(fiche)["titre"] == gagnants[0].titre
    assert {c.champs[0].actuel for c in conflits} == {gagnants[0].titre}


def test_un_point_et_une_ecriture_en_meme_temps_ne_s_effacent_pas(fiche):
    for tour in range(1, 6):
        version = FicheAction.objects.get(pk=fiche.pk).version
        ensemble(
            lambda t=tour: dire(fiche, t),
            lambda t=tour, v=version: enregistrer_fiche(
                fiche=fiche, etat={"constat": f"Tour {t}"}, par=None, version_attendue=v
            ),
        )
        relue = FicheAction.objects.get(pk=fiche.pk)
        assert (relue.dernier_point_le.day, relue.constat) == (tour, f"Tour {tour}")
        assert relue.prochaine_echeance == datetime.date(2026, 4, tour)


def test_deux_creations_du_meme_code_n_en_font_qu_une(fiche):
    etat = etat_vide(code="F2", division="V1", titre="Neuve")
    rendus = ensemble(
        *(lambda: creer_fiche(schema=fiche.schema, etat=etat, par=None) for _ in range(4))
    )
    assert FicheAction.objects.filter(code="F2").count() == 1
    assert sum(isinstance(r, FicheAction) for r in rendus) == 1
    assert all(isinstance(r, FicheAction) or "est déjà celui de" in str(r) for r in rendus)
