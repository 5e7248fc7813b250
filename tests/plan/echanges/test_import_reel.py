"""Les deux plans publiés entrent, tels quels, dans un schéma vide."""

from pathlib import Path

import pytest
from django.conf import settings
from tests.fabriques import SchemaFactory

from maillage.plan.echanges.import_plan import essayer, importer
from maillage.plan.models import Division, FicheAction

pytestmark = pytest.mark.django_db
LOIR_ET_CHER = Path(settings.DONNEES) / "loir-et-cher" / "fiches-2024.csv"
LOIRET = Path(settings.DONNEES) / "loiret" / "fiches-2022.csv"


def test_le_loir_et_cher_entre_dans_un_schema_vide():
    schema = SchemaFactory(niveaux=["volet", "axe", "objectif"])
    bilan = importer(source=LOIR_ET_CHER, schema=schema, par=None)
    assert len(bilan.creees) == 161
    assert FicheAction.objects.get(code="V1.A1.03").division.parent.code == "V1.A1"
    assert FicheAction.objects.filter(phare=True).count() > 5


def test_le_loir_et_cher_entre_dans_un_schema_a_deux_niveaux():
    schema = SchemaFactory(niveaux=["volet", "axe"])
    bilan = importer(source=LOIR_ET_CHER, schema=schema, par=None)
    assert [c.intitule for c in bilan.colonnes_en_notes] == ["objectif_ou_theme"]
    fiche = FicheAction.objects.get(code="V1.A1.03")
    assert fiche.division.code == "V1.A1"
    assert set(fiche.notes) == {"objectif_ou_theme"}
    assert [d.code for d in Division.objects.filter(profondeur=0)] == ["V1", "V2"]


def test_le_loiret_entre_dans_un_schema_vide():
    schema = SchemaFactory(niveaux=["axe"])
    bilan = importer(source=LOIRET, schema=schema, par=None)
    assert len(bilan.creees) == 53
    assert Division.objects.count() == 5


@pytest.mark.parametrize("fichier", [LOIR_ET_CHER, LOIRET])
def test_un_second_import_ne_change_rien(fichier):
    schema = SchemaFactory(niveaux=["volet", "axe"] if fichier == LOIR_ET_CHER else ["axe"])
    importer(source=fichier, schema=schema, par=None)
    assert essayer(source=fichier, schema=schema).est_sans_effet
