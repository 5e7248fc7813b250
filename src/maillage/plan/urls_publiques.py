"""Lire le plan, sans compte."""

from django.urls import path

from . import vues_publiques as vues

urlpatterns = [
    path("plan/", vues.plan, name="plan"),
    path("plan/arbre/", vues.arbre, name="arbre"),
    path("actions/", vues.actions, name="actions"),
    path("actions/<str:code>/", vues.fiche, name="fiche"),
]
