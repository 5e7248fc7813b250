"""Le PDF d'une fiche : celui de tous, et celui de l'espace de travail, plus complet."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from maillage.acteurs.acces import acces_role
from maillage.acteurs.pages import page_publique

from .documents import fiche_en_pdf
from .models import FicheAction


def _fiche_publiee(request, code: str) -> FicheAction:
    fiches = FicheAction.objects.publiees().filter(
        schema__collectivite=request.collectivite, code=code
    )
    return _choisir(request, fiches)


def _choisir(request, fiches) -> FicheAction:
    """La fiche du schéma demandé (`?schema=`), sinon celle du plan en cours."""
    if slug := request.GET.get("schema"):
        fiches = fiches.filter(schema__slug=slug)
    fiche = (
        fiches.select_related("schema__collectivite", "division__schema")
        .order_by("-schema__est_principal", "-schema__annee_debut")
        .first()
    )
    if fiche is None:
        raise Http404("Cette fiche n’existe pas, ou n’est pas publiée.")
    return fiche


def _reponse(fiche: FicheAction, octets: bytes) -> HttpResponse:
    reponse = HttpResponse(octets, content_type="application/pdf")
    nom = "".join(c if c.isascii() and (c.isalnum() or c in ".-") else "-" for c in fiche.code)
    reponse["Content-Disposition"] = f'inline; filename="fiche-{nom}.pdf"'
    return reponse


def _cachets(request, collectivite, code):
    fiche = _fiche_publiee(request, code)
    request.fiche = fiche
    return [fiche.cachet, fiche.schema.cachet]


@page_publique(cachets=_cachets)
@require_safe
def fiche_pdf(request, collectivite, code):
    """Le PDF d'une fiche publiée."""
    fiche = getattr(request, "fiche", None) or _fiche_publiee(request, code)
    return _reponse(fiche, fiche_en_pdf(fiche))


@acces_role("lecteur")
@require_safe
def espace_fiche_pdf(request, collectivite, code):
    """Le PDF d'une fiche visible dans l'espace de travail, risques et notes compris."""
    fiches = FicheAction.objects.visibles_par(request.user, request.collectivite)
    fiche = _choisir(request, fiches.filter(code=code))
    return _reponse(fiche, fiche_en_pdf(fiche, interne=True))
