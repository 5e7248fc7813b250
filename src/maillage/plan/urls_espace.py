"""Tenir le plan, dans l'espace de travail."""

from django.urls import path

from . import vues_espace as lire
from . import vues_espace_fiche as ecrire
from . import vues_espace_historique as histoire
from . import vues_espace_plans as plans
from . import vues_espace_point as suivi

_FICHE = "espace/actions/<str:code>/"
_PLAN = "espace/plans/<slug:schema>/"

urlpatterns = [
    path("espace/actions/", lire.espace_fiches, name="espace_fiches"),
    path("espace/actions/nouvelle/", ecrire.fiche_nouvelle, name="fiche_nouvelle"),
    path(_FICHE, lire.espace_fiche, name="espace_fiche"),
    path(_FICHE + "modifier/", ecrire.fiche_modifier, name="fiche_modifier"),
    path(_FICHE + "point/", suivi.point, name="point"),
    path(_FICHE + "points/<int:pk>/retirer/", suivi.point_retirer, name="point_retirer"),
    path(_FICHE + "valeurs/", suivi.valeurs, name="valeurs"),
    path(_FICHE + "historique/", histoire.historique, name="historique"),
    path(_FICHE + "historique/<int:numero>/", histoire.version, name="version"),
    path(_FICHE + "archiver/", ecrire.archiver, name="archiver"),
    path(_FICHE + "restaurer/", ecrire.restaurer, name="restaurer"),
    path(_FICHE + "contributeurs/", plans.contributeurs, name="contributeurs"),
    path("espace/plans/", plans.plans, name="plans"),
    path("espace/plans/nouveau/", plans.plan_nouveau, name="plan_nouveau"),
    path(_PLAN, plans.structure, name="structure"),
    path(_PLAN + "modifier/", plans.plan_modifier, name="plan_modifier"),
    path(_PLAN + "divisions/<int:pk>/", plans.division, name="division"),
    path("espace/reperes/", plans.reperes, name="reperes"),
]
