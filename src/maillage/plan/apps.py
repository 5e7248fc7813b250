"""Le plan : schémas, fiches action, points d'étape."""

from django.apps import AppConfig


class PlanConfig(AppConfig):
    name = "maillage.plan"
    label = "plan"
    verbose_name = "Plan"
