"""La démonstration, chargée une fois par module de tests, puis annulée."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction

from maillage.portail.demonstration.chargement import charger

JOUR = datetime.date(2026, 11, 22)


@contextmanager
def demonstration_chargee(django_db_blocker, **options) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        charger(**{"jour": JOUR, **options})
        try:
            yield
        finally:
            transaction.set_rollback(True)


@pytest.fixture(scope="module")
def demonstration(django_db_setup, django_db_blocker):
    """Les deux plans et l'année inventée, frais au 22 novembre 2026."""
    with demonstration_chargee(django_db_blocker):
        yield
