"""Le petit département de l'espace de travail, avec un budget et des partenaires."""

import pytest
from tests.plan.espace.conftest import (  # noqa: F401
    collectivite,
    entrer,
    fiche,
    pilote,
    schema,
)

from maillage.plan.etat import etat_vide
from maillage.plan.services import creer_fiche


@pytest.fixture
def ecrire(schema):  # noqa: F811
    """`ecrire("V2.A1.09", [{...}])` : une fiche et son budget."""

    def faire(code: str, budgets=(), **etat):
        return creer_fiche(
            schema=schema,
            etat=etat_vide(
                **{"code": code, "division": "V2.A1", "titre": f"Action {code}", **etat},
                budgets=list(budgets),
            ),
            par=None,
        )

    return faire
