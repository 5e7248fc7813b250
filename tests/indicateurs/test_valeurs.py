"""Les valeurs d'un indicateur : datées, corrigées au vu du journal, jamais un zéro inventé."""

import datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fabriques import IndicateurFactory

from maillage.indicateurs.models import Indicateur, ValeurIndicateur
from maillage.indicateurs.services import LONGUEUR_TRACE, ValeurRefusee, donner_valeur
from maillage.journal.models import Ligne
from maillage.journal.services import versions

pytestmark = pytest.mark.django_db
JOUR = datetime.date(2026, 1, 31)


@pytest.fixture
def indicateur():
    return IndicateurFactory()


def donner(indicateur, valeur, date=JOUR, **options):
    nombre = None if valeur is None else Decimal(valeur)
    return donner_valeur(indicateur=indicateur, date=date, valeur=nombre, par=None, **options)


def test_la_derniere_est_la_plus_recente_par_sa_date(indicateur):
    donner(indicateur, 5, datetime.date(2026, 6, 30))
    donner(indicateur, 3, datetime.date(2026, 1, 31))
    indicateur.refresh_from_db()
    assert (indicateur.derniere_valeur, indicateur.derniere_date) == (
        5, datetime.date(2026, 6, 30),
    )  # fmt: skip
    assert indicateur.trace == [["2026-01-31", 3.0], ["2026-06-30", 5.0]]


def test_corriger_garde_l_ancienne_au_journal(indicateur):
    donner(indicateur, 5)
    donner(indicateur, 6)
    ligne = Ligne.objects.first()
    assert (ligne.verbe, ligne.changements["valeur"]["avant"]) == ("valeur corrigée", "5.0000")
    assert ValeurIndicateur.objects.get().valeur == 6


def test_une_absence_n_est_pas_la_derniere_valeur(indicateur):
    donner(indicateur, 5, datetime.date(2025, 12, 31))
    donner(indicateur, None, JOUR, statut="absent")
    indicateur.refresh_from_db()
    assert indicateur.derniere_valeur == 5


def test_une_correction_en_absence_retire_la_derniere_valeur(indicateur):
    donner(indicateur, 5)
    donner(indicateur, None, statut="absent")
    indicateur.refresh_from_db()
    assert (indicateur.derniere_valeur, indicateur.trace) == (None, [])


@pytest.mark.parametrize(
    ("valeur", "statut"), [(None, "definitif"), ("0", "absent"), ("1e14", "definitif")]
)
def test_une_valeur_contradictoire_est_refusee(indicateur, valeur, statut):
    with pytest.raises(ValeurRefusee):
        donner(indicateur, valeur, statut=statut)
    assert not ValeurIndicateur.objects.exists()


def test_la_base_refuse_aussi_une_absence_chiffree(indicateur):
    with pytest.raises(IntegrityError), transaction.atomic():
        ValeurIndicateur.objects.create(indicateur=indicateur, date=JOUR, valeur=0, statut="absent")


def test_zero_est_une_valeur(indicateur):
    donner(indicateur, 0)
    indicateur.refresh_from_db()
    assert indicateur.derniere_valeur == 0


def test_les_cachets_donnes_sont_tamponnes(indicateur):
    avant = versions(["fiche:1"])
    donner(indicateur, 1, cachets=["fiche:1"])
    assert versions(["fiche:1"]) != avant


def test_le_libelle_compare_suit_le_libelle():
    indicateur = IndicateurFactory(libelle="  Éveil des ENFANTS ")
    assert indicateur.libelle_normalise == "eveil des enfants"


_JOURS = st.dates(datetime.date(2015, 1, 1), datetime.date(2026, 1, 1))
_SERIES = st.dictionaries(_JOURS, st.integers(-500, 500), max_size=30)


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(serie=_SERIES)
def test_la_trace_dit_les_dernieres_valeurs_dans_l_ordre(indicateur, serie):
    """Dans n'importe quel ordre d'arrivée."""
    ValeurIndicateur.objects.all().delete()
    Indicateur.objects.update(trace=[], derniere_valeur=None, derniere_date=None)
    for jour, valeur in serie.items():
        donner(indicateur, valeur, jour)
    indicateur.refresh_from_db()
    attendue = [[j.isoformat(), float(v)] for j, v in sorted(serie.items())][-LONGUEUR_TRACE:]
    assert indicateur.trace == attendue
    assert indicateur.derniere_date == max(serie, default=None)
