"""Les adresses sans collectivité : l'accueil de l'installation, la santé, les pages légales."""

from django.urls import path

from . import views_racine as vues

app_name = "maison"
urlpatterns = [
    path("", vues.accueil, name="accueil"),
    path("sante/", vues.sante, name="sante"),
    path("accessibilite/", vues.accessibilite, name="accessibilite"),
    path("robots.txt", vues.robots, name="robots"),
    path("espace/composants/", vues.composants, name="composants"),
]
