"""Importer et exporter le plan."""

urlpatterns: list = []
