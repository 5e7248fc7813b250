"""Les documents tirés du plan."""

from django.urls import path

from . import vues_documents as vues

urlpatterns = [
    path("actions/<str:code>/fiche.pdf", vues.fiche_pdf, name="fiche_pdf"),
    path("espace/actions/<str:code>/fiche.pdf", vues.espace_fiche_pdf, name="espace_fiche_pdf"),
]
