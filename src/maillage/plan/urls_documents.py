"""Les documents tirés du plan."""

from django.urls import path

from . import vues_documents as vues

urlpatterns = [
    path("plan/plan.pdf", vues.plan_pdf, name="plan_pdf"),
    path("espace/plan.pdf", vues.espace_plan_pdf, name="espace_plan_pdf"),
    path("actions/<str:code>/fiche.pdf", vues.fiche_pdf, name="fiche_pdf"),
    path("actions/<str:code>/fiche.docx", vues.fiche_docx, name="fiche_docx"),
    path("espace/actions/<str:code>/fiche.pdf", vues.espace_fiche_pdf, name="espace_fiche_pdf"),
    path("espace/actions/<str:code>/fiche.docx", vues.espace_fiche_docx, name="espace_fiche_docx"),
]
