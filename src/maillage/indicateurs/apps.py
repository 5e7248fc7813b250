"""Les indicateurs : ce que l'on mesure, et ses valeurs dans le temps."""

from django.apps import AppConfig


class IndicateursConfig(AppConfig):
    name = "maillage.indicateurs"
    label = "indicateurs"
    verbose_name = "Indicateurs"
