"""Le suivi : les points s'ajoutent sans s'effacer, la fiche recopie le dernier valable."""

import datetime
import uuid
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fabriques import CompteFactory, FicheFactory, IndicateurFicheFactory, PersonneFactory

from maillage.journal.models import Ligne
from maillage.journal.services import versions
from maillage.plan.models import FicheAction, Meteo, PointEtape
from maillage.plan.suivi import (
    PointRefuse,
    Saisie,
    ajouter_point,
    donner_la_valeur,
    point_en_vigueur,
    retirer_point,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def fiche():
    return FicheFactory()


def dire(fiche, jour, meteo="soleil", **suite):
    saisie = Saisie(date=datetime.date.fromisoformat(jour), meteo=meteo, **suite)
    return ajouter_point(fiche=fiche, saisie=saisie, par=None)


def test_la_fiche_recopie_son_dernier_point(fiche):
    dire(fiche, "2026-01-10", "soleil", taux=10)
    dire(
        fiche, "2026-04-10", "nuage", motif_meteo="La salle", taux=30, avancement="suspendue",
        atteinte="partiel", suite="poursuite", bloquee_par="La convention",
        bloquee_jusqu_au=datetime.date(2026, 6, 1), besoin_arbitrage="Le bureau",
    )  # fmt: skip
    fiche.refresh_from_db()
    assert (fiche.meteo, fiche.taux, fiche.avancement) == ("nuage", 30, "suspendue")
    assert (fiche.atteinte, fiche.suite) == ("partiel", "poursuite")
    assert (fiche.bloquee_par, fiche.bloquee_jusqu_au) == (
        "La convention", datetime.date(2026, 6, 1),
    )  # fmt: skip
    assert fiche.arbitrage_demande
    assert fiche.prochaine_echeance == datetime.date(2026, 7, 10)


def test_un_point_ancien_ajoute_apres_coup_ne_change_pas_l_etat_du_jour(fiche):
    dire(fiche, "2026-04-10", "nuage")
    dire(fiche, "2026-01-10", "soleil")
    fiche.refresh_from_db()
    assert (fiche.meteo, fiche.dernier_point_le) == ("nuage", datetime.date(2026, 4, 10))
    assert PointEtape.objects.count() == 2


def test_le_motif_se_demande_par_rapport_au_point_d_avant_a_cette_date(fiche):
    dire(fiche, "2026-01-10", "couvert")
    dire(fiche, "2026-07-10", "soleil")
    with pytest.raises(PointRefuse) as refus:
        dire(fiche, "2026-04-10", "nuage")
    assert list(refus.value.champs) == ["motif_meteo"]
    dire(fiche, "2026-04-10", "couvert")


def test_deux_points_le_meme_jour_le_dernier_ecrit_vaut(fiche):
    dire(fiche, "2026-01-10", "nuage")
    dire(fiche, "2026-01-10", "soleil")
    fiche.refresh_from_db()
    assert fiche.meteo == "soleil"


def test_le_premier_point_peut_etre_sombre_sans_motif(fiche):
    assert dire(fiche, "2026-01-10", "orage").pk


@pytest.mark.parametrize(
    ("change", "champ"),
    [
        ({"meteo": "brume"}, "meteo"),
        ({"taux": 101}, "taux"),
        ({"taux": -1}, "taux"),
        ({"bloquee_jusqu_au": datetime.date(2026, 6, 1)}, "bloquee_par"),
        ({"avancement": "presque"}, "avancement"),
        ({"suite": "peut-être"}, "suite"),
        ({"date": datetime.date(1999, 1, 1)}, "date"),
    ],
)
def test_une_saisie_impossible_n_ecrit_rien(fiche, change, champ):
    saisie = {"date": datetime.date(2026, 1, 10), "meteo": "soleil"} | change
    with pytest.raises(PointRefuse) as refus:
        ajouter_point(fiche=fiche, saisie=Saisie(**saisie), par=None)
    assert champ in refus.value.champs
    assert not PointEtape.objects.exists()


def test_un_point_ne_se_date_pas_de_demain(fiche):
    demain = timezone.localdate() + datetime.timedelta(days=1)
    with pytest.raises(PointRefuse, match="avenir"):
        dire(fiche, demain.isoformat())


def test_le_meme_jeton_rend_le_meme_point(fiche):
    jeton, saisie = uuid.uuid4(), Saisie(date=datetime.date(2026, 1, 10), meteo="soleil")
    un = ajouter_point(fiche=fiche, saisie=saisie, par=None, jeton=jeton)
    deux = ajouter_point(fiche=fiche, saisie=saisie, par=None, jeton=jeton)
    assert un == deux
    assert Ligne.objects.count() == 1


def test_une_action_finie_et_arretee_n_attend_plus_rien(fiche):
    dire(fiche, "2026-01-10", avancement="finalisee", suite="arret")
    fiche.refresh_from_db()
    assert fiche.prochaine_echeance is None
    assert fiche.fraicheur() == "sans_suivi"


def test_une_action_finie_qui_se_poursuit_attend_toujours_un_point(fiche):
    dire(fiche, "2026-01-10", avancement="finalisee", suite="poursuite")
    fiche.refresh_from_db()
    assert fiche.prochaine_echeance == datetime.date(2026, 4, 10)


def test_un_point_est_signe_de_la_fonction_plutot_que_du_nom(fiche):
    personne = PersonneFactory(fonction="Cheffe de projet", nom="Anne Exemple")
    compte = CompteFactory(personne=personne)
    saisie = Saisie(date=datetime.date(2026, 1, 10), meteo="soleil")
    point = ajouter_point(fiche=fiche, saisie=saisie, par=compte)
    assert (point.fonction_auteur, point.auteur) == ("Cheffe de projet", compte)


def test_retirer_rend_la_fiche_a_son_point_precedent(fiche):
    dire(fiche, "2026-01-10", "couvert", taux=10)
    erreur = dire(fiche, "2026-04-10", "soleil", taux=99)
    retirer_point(point=erreur, motif="Mauvaise fiche", par=None)
    fiche.refresh_from_db()
    assert (fiche.meteo, fiche.taux) == ("couvert", 10)
    assert point_en_vigueur(fiche).date == datetime.date(2026, 1, 10)
    assert PointEtape.objects.count() == 2


def test_retirer_deux_fois_garde_la_premiere_raison(fiche):
    point = dire(fiche, "2026-01-10")
    retirer_point(point=point, motif="Un", par=None)
    retirer_point(point=point, motif="Deux", par=None)
    point.refresh_from_db()
    assert point.motif_retrait == "Un"


def test_un_retrait_sans_raison_est_refuse(fiche):
    with pytest.raises(PointRefuse):
        retirer_point(point=dire(fiche, "2026-01-10"), motif="  ", par=None)


def test_un_point_change_les_cachets_de_la_fiche_et_du_plan(fiche):
    cles = [fiche.cachet, fiche.schema.cachet]
    avant = [versions([cle]) for cle in cles]
    dire(fiche, "2026-01-10")
    assert all(versions([cle]) != vu for cle, vu in zip(cles, avant, strict=True))


def test_une_valeur_change_toutes_les_fiches_qui_la_suivent(fiche):
    lien = IndicateurFicheFactory(fiche=fiche, initiale=0, cible=10)
    autre = FicheFactory(division=fiche.division)
    IndicateurFicheFactory(fiche=autre, indicateur=lien.indicateur, initiale=0, cible=20)
    avant = versions([autre.cachet])
    donner_la_valeur(lien=lien, date=datetime.date(2026, 1, 10), valeur=Decimal(5), par=None)
    taux = dict(FicheAction.objects.values_list("pk", "taux_indicateurs"))
    assert taux == {fiche.pk: 50, autre.pk: 25}
    assert versions([autre.cachet]) != avant


def test_une_valeur_dite_avec_un_point_rafraichit_aussi_les_autres_fiches(fiche):
    lien = IndicateurFicheFactory(fiche=fiche, initiale=0, cible=10)
    autre = FicheFactory(division=fiche.division)
    IndicateurFicheFactory(fiche=autre, indicateur=lien.indicateur, initiale=0, cible=20)
    avant = versions([autre.cachet])
    saisie = Saisie(date=datetime.date(2026, 1, 10), meteo="soleil")
    ajouter_point(fiche=fiche, saisie=saisie, par=None, valeurs={lien: Decimal(5)})
    assert versions([autre.cachet]) != avant


_GESTES = st.lists(
    st.one_of(
        st.tuples(st.just("ajouter"), st.integers(0, 600), st.sampled_from(Meteo.values)),
        st.tuples(st.just("retirer"), st.integers(0, 20), st.none()),
    ),
    max_size=10,
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(gestes=_GESTES)
def test_la_fiche_dit_toujours_son_dernier_point_valable(fiche, gestes):
    """Dans n'importe quel ordre d'ajouts et de retraits."""
    PointEtape.objects.all().delete()
    for geste, nombre, meteo in gestes:
        if geste == "ajouter":
            jour = datetime.date(2024, 1, 1) + datetime.timedelta(days=nombre)
            saisie = Saisie(date=jour, meteo=meteo, motif_meteo="Parce que")
            ajouter_point(fiche=fiche, saisie=saisie, par=None)
        elif points := list(PointEtape.objects.order_by("pk")):
            retirer_point(point=points[nombre % len(points)], motif="Erreur", par=None)
        valables = sorted(PointEtape.objects.valables(), key=lambda p: (p.date, p.pk))
        attendu = (valables[-1].meteo, valables[-1].date) if valables else ("", None)
        if PointEtape.objects.exists():
            fiche.refresh_from_db()
            assert (fiche.meteo, fiche.dernier_point_le) == attendu
