"""Le plan à lire, et de quoi y ajouter un point."""

import pytest
from tests.plan_publie import Plan, faire_le_point


@pytest.fixture
def plan(db):
    return Plan()


@pytest.fixture
def un_point():
    return faire_le_point
