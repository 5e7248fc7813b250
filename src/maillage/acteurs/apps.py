"""Les acteurs : collectivités, organisations, personnes, comptes et rôles."""

from django.apps import AppConfig


class ActeursConfig(AppConfig):
    name = "maillage.acteurs"
    label = "acteurs"
    verbose_name = "Acteurs"
