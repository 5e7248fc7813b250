"""Les acteurs : collectivités, organisations, personnes, comptes et rôles."""

from django.apps import AppConfig


class ActeursConfig(AppConfig):
    name = "maillage.acteurs"
    label = "acteurs"
    verbose_name = "Acteurs"

    def ready(self):
        from . import permissions, verifications  # noqa: F401
