"""Le plan : schémas, fiches action, points d'étape."""

from django.apps import AppConfig


class PlanConfig(AppConfig):
    name = "maillage.plan"
    label = "plan"
    verbose_name = "Plan"

    def ready(self):
        from . import permissions  # noqa: F401  (inscrit les règles)
