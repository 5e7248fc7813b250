"""Le portail : ce que chacun voit d'abord, et la recherche."""

from django.apps import AppConfig


class PortailConfig(AppConfig):
    name = "maillage.portail"
    label = "portail"
    verbose_name = "Portail"
