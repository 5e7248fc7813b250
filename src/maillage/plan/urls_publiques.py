"""Lire le plan, sans compte."""

urlpatterns: list = []
