"""Le compte de chacun, sous /compte/ : connexion, second facteur, invitation."""

from django.urls import include, path

app_name = "compte"
urlpatterns: list = []
