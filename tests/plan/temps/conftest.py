"""Un plan dont on peut dater les versions, les points et les mesures."""

import datetime

import pytest
from django.utils import timezone
from tests.fabriques import AttributionFactory, CompteFactory, PersonneFactory
from tests.plan_publie import Plan

from maillage.plan.models import FicheAction, VersionFiche

JOUR = datetime.timedelta(days=1)


@pytest.fixture
def plan(db):
    return Plan()


@pytest.fixture
def vieillir():
    """Recule de quelques jours la création des fiches et leurs versions gardées jusqu'ici."""

    def _vieillir(*fiches, jours=400):
        date = timezone.now() - jours * JOUR
        pks = [f.pk for f in fiches]
        FicheAction.objects.filter(pk__in=pks).update(creee_le=date)
        VersionFiche.objects.filter(fiche__in=pks).update(date=date)

    return _vieillir


@pytest.fixture
def entrer(client):
    """Ouvre une session ; rend le compte."""

    def _entrer(collectivite, role="administrateur", personne=None):
        compte = CompteFactory(personne=personne)
        AttributionFactory(compte=compte, collectivite=collectivite, role=role)
        client.force_login(compte)
        return compte

    return _entrer


@pytest.fixture
def pilote(plan, client):
    """Une personne qui pilote : son compte et elle."""
    personne = PersonneFactory(collectivite=plan.collectivite, nom="Camille Martin")
    compte = CompteFactory(personne=personne)
    AttributionFactory(compte=compte, collectivite=plan.collectivite, role="pilote")
    client.force_login(compte)
    return compte
