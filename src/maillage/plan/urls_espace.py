"""Tenir le plan, dans l'espace de travail."""

urlpatterns: list = []
