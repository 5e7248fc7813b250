"""Ce que la démonstration refuse de faire, sur une base qui ne l'a pas."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from tests.demonstration.conftest import JOUR
from tests.fabriques import CollectiviteFactory

from maillage.acteurs.models import Collectivite, Compte
from maillage.portail.demonstration.chargement import DemonstrationRefusee, charger


def sortie(*arguments, **options):
    flux = StringIO()
    call_command(*arguments, stdout=flux, **options)
    return flux.getvalue()


def test_la_production_refuse_la_demonstration(db, settings):
    settings.EST_DEMONSTRATION = False
    with pytest.raises(DemonstrationRefusee, match="production"):
        charger(jour=JOUR)
    assert not Collectivite.objects.exists()
    assert not Compte.objects.exists()


def test_la_commande_refuse_aussi_et_dit_pourquoi(db, settings):
    settings.EST_DEMONSTRATION = False
    with pytest.raises(CommandError, match="données inventées"):
        call_command("demonstration")


def test_si_vide_ne_touche_pas_a_une_installation_existante(db):
    CollectiviteFactory(slug="ailleurs")
    assert "rien n’est chargé" in sortie("demonstration", "--si-vide")
    assert Collectivite.objects.count() == 1
