"""Les documents du plan : ceux de tous, et ceux de l'espace de travail, plus complets."""

import hashlib

from django.http import Http404, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from maillage.acteurs.acces import acces_public, acces_role
from maillage.acteurs.pages import page_publique
from maillage.journal.services import versions
from maillage.socle.documents import VERSION
from maillage.socle.documents.reserve import DocumentEnPreparation, tirer_de_la_reserve

from .documents import fiche_en_docx, fiche_en_pdf, plan_en_pdf
from .lecture import Cadre, cadre_public, fiches_publiques
from .models import FicheAction, Schema

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _fiche_publiee(request, code: str) -> FicheAction:
    fiches = FicheAction.objects.publiees().filter(
        schema__collectivite=request.collectivite, code=code
    )
    return _choisir(request, fiches)


def _fiche_visible(request, code: str) -> FicheAction:
    fiches = FicheAction.objects.visibles_par(request.user, request.collectivite)
    return _choisir(request, fiches.filter(code=code))


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


def _reponse(octets: bytes, sorte: str, nom: str) -> HttpResponse:
    reponse = HttpResponse(octets, content_type=sorte)
    net = "".join(c if c.isascii() and (c.isalnum() or c in ".-") else "-" for c in nom)
    ou = "inline" if sorte == PDF else "attachment"
    reponse["Content-Disposition"] = f'{ou}; filename="{net}"'
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
    return _reponse(fiche_en_pdf(fiche), PDF, f"fiche-{fiche.code}.pdf")


@acces_role("lecteur")
@require_safe
def espace_fiche_pdf(request, collectivite, code):
    """Le PDF d'une fiche visible dans l'espace de travail, risques et notes compris."""
    fiche = _fiche_visible(request, code)
    return _reponse(fiche_en_pdf(fiche, interne=True), PDF, f"fiche-{fiche.code}.pdf")


@page_publique(cachets=_cachets)
@require_safe
def fiche_docx(request, collectivite, code):
    """La fiche publiée en document Word, à reprendre."""
    fiche = getattr(request, "fiche", None) or _fiche_publiee(request, code)
    return _reponse(fiche_en_docx(fiche), DOCX, f"fiche-{fiche.code}.docx")


@acces_role("lecteur")
@require_safe
def espace_fiche_docx(request, collectivite, code):
    """La fiche visible dans l'espace de travail en document Word, risques et notes compris."""
    fiche = _fiche_visible(request, code)
    return _reponse(fiche_en_docx(fiche, interne=True), DOCX, f"fiche-{fiche.code}.docx")


def _plan_demande(cadre: Cadre, request) -> Schema:
    schema = cadre.schema(request.GET.get("schema"))
    if schema is None:
        raise Http404("Aucun plan n’est publié ici.")
    return schema


def _cle(request, schema: Schema, *suite: str) -> str:
    """Tout ce dont le document dépend : le contenu par ses cachets, le jour, le logiciel."""
    cachets = versions([request.collectivite.cachet, schema.cachet])
    jour = timezone.localdate().isoformat()
    return "\n".join([str(schema.pk), cachets, jour, VERSION, *suite])


@acces_public
@require_safe
def plan_pdf(request, collectivite):
    """Le plan publié en PDF. Composé une fois par état du plan et par jour, pour tout le monde."""
    cadre = cadre_public(request)
    schema = _plan_demande(cadre, request)
    cle = _cle(request, schema, "public")
    etag = f'W/"{hashlib.sha256(cle.encode()).hexdigest()[:32]}"'
    if request.headers.get("If-None-Match") == etag:
        reponse: HttpResponse = HttpResponseNotModified()
    else:
        fiches = fiches_publiques(cadre, schema)
        reponse = _servir_le_plan(
            request, schema, f"plan-{schema.pk}-public", cle, lambda: plan_en_pdf(schema, fiches)
        )
    if reponse.status_code in {200, 304}:
        reponse["ETag"] = etag
        reponse["Cache-Control"] = "public, max-age=0, must-revalidate"
    return reponse


@acces_role("lecteur")
@require_safe
def espace_plan_pdf(request, collectivite):
    """Le plan tel que ce rôle le voit : fiches réservées, risques et noms compris."""
    schema = _plan_demande(Cadre(request.collectivite, Schema.objects.de(request.collectivite)),
                           request)  # fmt: skip
    visibles = FicheAction.objects.visibles_par(request.user, request.collectivite)
    fiches = visibles.actives().filter(schema=schema)
    vues = ",".join(str(pk) for pk in fiches.order_by("pk").values_list("pk", flat=True))
    regard = hashlib.sha256(vues.encode()).hexdigest()
    reponse = _servir_le_plan(
        request,
        schema,
        f"plan-{schema.pk}-interne-{regard[:16]}",  # ceux qui voient les mêmes fiches partagent
        _cle(request, schema, "interne", regard),
        lambda: plan_en_pdf(schema, fiches, interne=True),
    )
    reponse["Cache-Control"] = "private, no-store"
    return reponse


def _servir_le_plan(request, schema, famille: str, cle: str, composer) -> HttpResponse:
    try:
        octets = tirer_de_la_reserve(famille, cle, composer)
    except DocumentEnPreparation:
        reponse = render(request, "plan/document_en_preparation.html", status=503)
        reponse["Retry-After"] = "30"
        return reponse
    return _reponse(octets, PDF, f"plan-{schema.slug}.pdf")
