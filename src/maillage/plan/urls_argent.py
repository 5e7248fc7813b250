"""Le budget, les conventions, les risques."""

from django.urls import path

from . import vues_budget as budget
from . import vues_budget_fiche as grille
from . import vues_conventions as conventions
from . import vues_risques as risques

_CONVENTION = "espace/conventions/<int:pk>/"

urlpatterns = [
    path("budget/", budget.budget, name="budget"),
    path("budget/tableau.xlsx", budget.budget_xlsx, name="budget_xlsx"),
    path("conventions/", conventions.conventions_publiques, name="conventions_publiques"),
    path("espace/budget/", budget.espace_budget, name="espace_budget"),
    path("espace/budget/tableau.xlsx", budget.espace_budget_xlsx, name="espace_budget_xlsx"),
    path("espace/actions/<str:code>/budget/", grille.fiche_budget, name="fiche_budget"),
    path("espace/conventions/", conventions.conventions, name="conventions"),
    path("espace/conventions/nouvelle/", conventions.nouvelle, name="convention_nouvelle"),
    path(_CONVENTION, conventions.convention, name="convention"),
    path(_CONVENTION + "modifier/", conventions.modifier, name="convention_modifier"),
    path(_CONVENTION + "archiver/", conventions.archiver, name="convention_archiver"),
    path(_CONVENTION + "restaurer/", conventions.restaurer, name="convention_restaurer"),
    path(
        _CONVENTION + "obligations/<int:numero>/", conventions.obligation, name="obligation_rendre"
    ),
    path("espace/risques/", risques.risques, name="risques"),
]
