"""Un plan dont une fiche est en retard, son pilote, son chef de projet."""

import datetime

import pytest
from django.utils import timezone
from tests.fabriques import AttributionFactory, CompteFactory, OrganisationFactory, PersonneFactory
from tests.plan_publie import Plan

from maillage.plan.models import FicheAction

MARDI = datetime.date(2026, 11, 24)


@pytest.fixture
def jour(monkeypatch):
    """Un mardi : un jour d'envoi ordinaire. Le code et le test vivent ce jour-là."""
    midi = datetime.datetime.combine(MARDI, datetime.time(10), tzinfo=datetime.UTC)
    monkeypatch.setattr(timezone, "now", lambda: midi)
    return MARDI


@pytest.fixture
def plan(jour):
    return Plan()


@pytest.fixture
def collectivite(plan):
    return plan.collectivite


def compte(collectivite, role, **champs):
    organisation = champs.pop("organisation", None)
    ouvert = CompteFactory(**champs)
    AttributionFactory(
        compte=ouvert, collectivite=collectivite, role=role, organisation=organisation
    )
    return ouvert


@pytest.fixture
def organisation(collectivite):
    return OrganisationFactory(collectivite=collectivite, nom="CAF")


@pytest.fixture
def pilote(collectivite, organisation):
    personne = PersonneFactory(collectivite=collectivite, organisation=organisation)
    return compte(collectivite, "pilote", personne=personne, courriel="pilote@exemple.test")


@pytest.fixture
def chef(collectivite):
    return compte(collectivite, "administrateur", courriel="chef@exemple.test")


@pytest.fixture
def poser(plan, pilote, organisation, jour):
    """`poser(retard=1)` : une fiche du pilote, due il y a un jour."""

    def ecrire(retard=1, **champs):
        (fiche,) = plan.ecrire(
            {"code": f"F{FicheAction.objects.count():03d}", **champs.pop("etat", {})}
        )
        valeurs = {
            "pilote_personne": pilote.personne,
            "pilote_organisation": organisation,
            "prochaine_echeance": jour - datetime.timedelta(days=retard),
            **champs,
        }
        FicheAction.objects.filter(pk=fiche.pk).update(**valeurs)
        fiche.refresh_from_db()
        return fiche

    return ecrire
