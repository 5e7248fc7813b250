"""De quoi importer : un petit plan, un administrateur, des classeurs faits à la main."""

import io

import pytest
from openpyxl import Workbook
from tests.fabriques import (
    AttributionFactory,
    DivisionFactory,
    EtapeFactory,
    SchemaFactory,
    TerritoireFactory,
)

from maillage.plan.models import Schema


@pytest.fixture
def schema() -> Schema:
    """Un plan à un niveau, un axe A1, deux territoires, une étape."""
    schema = SchemaFactory(niveaux=["axe"], est_principal=True)
    DivisionFactory(schema=schema, code="A1", nom="Enfance", ordre=1)
    for nom in ("Nord", "Sud"):
        TerritoireFactory(decoupage=schema.collectivite.decoupage, nom=nom, slug=nom.lower())
    EtapeFactory(collectivite=schema.collectivite, nom="Petite enfance", nom_simple="Grandir")
    return schema


@pytest.fixture
def administrateur(schema, client):
    """Un administrateur connecté."""
    attribution = AttributionFactory(role="administrateur", collectivite=schema.collectivite)
    client.force_login(attribution.compte)
    return attribution.compte


@pytest.fixture
def faire():
    """Fabrique les octets d'un .xlsx : `faire([["Code", "Titre"], …])` ou `faire(Axe=[…])`."""

    def fabriquer(lignes=None, fusions=(), **feuilles) -> bytes:
        classeur = Workbook()
        classeur.remove(classeur.active)
        for nom, contenu in ({"Fiches": lignes} if lignes is not None else feuilles).items():
            page = classeur.create_sheet(nom)
            for ligne in contenu:
                page.append(ligne)
            for fusion in fusions:
                page.merge_cells(fusion)
        sortie = io.BytesIO()
        classeur.save(sortie)
        return sortie.getvalue()

    return fabriquer
