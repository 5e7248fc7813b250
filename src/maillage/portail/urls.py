"""Les adresses de l'application portail, sous /<collectivite>/."""

from django.urls import path

from . import views as vues
from . import views_espace as espace

app_name = "portail"
urlpatterns = [
    path("", vues.accueil, name="accueil"),
    path("territoires/", vues.territoires, name="territoires"),
    path("territoires/<slug:slug>/", vues.territoire, name="territoire"),
    path("communes/<str:code_insee>/", vues.commune, name="commune"),
    path("parcours/", vues.parcours_liste, name="parcours_liste"),
    path("parcours/<slug:slug>/", vues.parcours, name="parcours"),
    path("recherche/", vues.recherche, name="recherche"),
    path("jetons.css", vues.jetons, name="jetons"),
    path("espace/", espace.a_faire, name="a_faire"),
    path("espace/tableau-de-bord/", espace.tableau_de_bord, name="tableau_de_bord"),
    path("espace/tableau-de-bord/diaporama.pptx", espace.diaporama, name="diaporama"),
]
