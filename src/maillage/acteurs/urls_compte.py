"""Le compte de chacun, sous /compte/ : arrivée, mon compte, invitation, démonstration."""

from django.urls import path

from . import views_compte as vues

app_name = "compte"
urlpatterns = [
    path("", vues.compte, name="compte"),
    path("apres-connexion/", vues.apres_connexion, name="apres_connexion"),
    path("invitation/<str:jeton>/", vues.invitation, name="invitation"),
    path("demonstration/", vues.demonstration, name="demonstration"),
]
