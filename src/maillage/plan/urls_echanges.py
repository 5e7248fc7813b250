"""Importer et exporter le plan."""

from django.urls import path

from . import vues_echanges as vues

_DEPOT = "espace/echanges/depot/<str:jeton>/"

urlpatterns = [
    path("espace/echanges/", vues.echanges, name="echanges"),
    path("espace/echanges/exporter/", vues.exporter_plan, name="exporter"),
    path(_DEPOT, vues.import_essai, name="import_essai"),
    path(_DEPOT + "colonnes/", vues.import_colonnes, name="import_colonnes"),
    path(_DEPOT + "abandonner/", vues.import_abandonner, name="import_abandonner"),
    path(_DEPOT + "confirmer/", vues.import_confirmer, name="import_confirmer"),
    path(_DEPOT + "resultat/", vues.import_resultat, name="import_resultat"),
]
