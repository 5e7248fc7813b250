"""Un petit département : un plan publié, deux axes, une fiche pilotée, une personne par rôle."""

import pytest
from tests.fabriques import (
    AttributionFactory,
    CollectiviteFactory,
    CompteFactory,
    DivisionFactory,
    EtapeFactory,
    PersonneFactory,
    SchemaFactory,
    TerritoireFactory,
)

from maillage.plan.etat import etat_vide
from maillage.plan.models import FicheAction
from maillage.plan.services import creer_fiche


@pytest.fixture
def collectivite():
    return CollectiviteFactory(slug="loir-et-cher", nom="Loir-et-Cher", nom_court="Loir-et-Cher")


@pytest.fixture
def schema(collectivite):
    schema = SchemaFactory(
        collectivite=collectivite, slug="solidarites", nom="Solidarités", est_principal=True
    )
    volet = DivisionFactory(schema=schema, code="V2", nom="Sectoriel", ordre=1)
    DivisionFactory(schema=schema, code="V2.A1", nom="Enfance", ordre=1, parent=volet)
    DivisionFactory(schema=schema, code="V2.A2", nom="Autonomie", ordre=2, parent=volet)
    TerritoireFactory(decoupage=collectivite.decoupage, slug="nord", nom="Nord")
    EtapeFactory(collectivite=collectivite, nom="Petite enfance", nom_simple="Grandir")
    return schema


@pytest.fixture
def fiche(schema) -> FicheAction:
    """Une fiche complète, écrite par le service : version 1 dans l'historique."""
    return creer_fiche(
        schema=schema,
        etat=etat_vide(
            code="V2.A1.03",
            division="V2.A1",
            titre="Développer la pair-aidance entre parents",
            constat="Des parents isolés.",
            pilote_organisation="Direction enfance",
            pilote_fonction="Cheffe de service",
            publics=["Familles"],
            etapes=["Petite enfance"],
            jalons=[{"titre": "Convention signée", "date_prevue": "2026-03-01"}],
            budgets=[{"annee": 2026, "financeur": "CAF", "prevu": "12000"}],
            indicateurs=[{"libelle": "Groupes actifs", "initiale": "0", "cible": "6"}],
        ),
        par=None,
    )


@pytest.fixture
def entrer(client, collectivite):
    """`entrer("pilote")` : un compte de ce rôle, connecté. Rend le compte."""

    def ouvrir(role: str, **options):
        compte = CompteFactory(nom=f"Compte {role}", **options)
        AttributionFactory(compte=compte, collectivite=collectivite, role=role)
        client.force_login(compte, backend="maillage.acteurs.authentification.ComptesMaillage")
        return compte

    return ouvrir


@pytest.fixture
def pilote(entrer, fiche):
    """Le pilote de la fiche, connecté."""
    personne = fiche.pilote_personne or PersonneFactory(collectivite=fiche.schema.collectivite)
    FicheAction.objects.filter(pk=fiche.pk).update(pilote_personne=personne)
    return entrer("pilote", personne=personne)
