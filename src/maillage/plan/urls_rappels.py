"""Les rappels : les liens qu'ils portent, et leur tenue dans l'espace."""

from django.urls import path

from . import vues_lien as liens
from . import vues_rappels as vues

_RAPPELS = "espace/rappels/"

urlpatterns = [
    path("point/<str:jeton>/", liens.lien_point, name="lien_point"),
    path("rappels/<str:jeton>/", liens.pause_rappels, name="pause_rappels"),
    path(_RAPPELS, vues.rappels, name="rappels"),
    path(_RAPPELS + "reglages/", vues.rappels_reglages, name="rappels_reglages"),
    path(_RAPPELS + "essai/", vues.rappels_essai, name="rappels_essai"),
    path(_RAPPELS + "moi/", vues.mes_rappels, name="mes_rappels"),
    path(_RAPPELS + "periodes/<int:pk>/retirer/", vues.periode_retirer, name="periode_retirer"),
]
