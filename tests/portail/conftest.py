"""Le plan à lire depuis le portail, et de quoi entrer dans l'espace de travail."""

import pytest
from tests.fabriques import AttributionFactory
from tests.plan_publie import Plan, faire_le_point


@pytest.fixture
def plan(db):
    return Plan()


@pytest.fixture
def un_point():
    return faire_le_point


@pytest.fixture
def entrer(client):
    """Ouvre une session pour un compte qui a ce rôle dans cette collectivité."""

    def ouvrir(collectivite, role, **attribution):
        compte = AttributionFactory(collectivite=collectivite, role=role, **attribution).compte
        client.force_login(compte, backend="maillage.acteurs.authentification.ComptesMaillage")
        return compte

    return ouvrir
