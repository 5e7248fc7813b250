"""L'espace de travail : à faire, et où en est le plan."""

import datetime
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from maillage.acteurs.acces import acces_role
from maillage.acteurs.visites import visite_precedente

from . import a_faire as attente
from .bord import contexte_du_bord
from .diaporama import PPTX, diaporama_du_bord

JAMAIS_VENU_JOURS = 30


@acces_role("lecteur")
@require_safe
def a_faire(request, collectivite):
    """Ce qui attend cette personne, fait sur place ; puis ce qui a changé depuis sa visite."""
    taches = attente.taches(request.user, request.collectivite, request.droits)
    depuis = visite_precedente(request)
    premiere_fois = depuis is None
    if depuis is None:
        depuis = timezone.now() - datetime.timedelta(days=JAMAIS_VENU_JOURS)
    return render(
        request,
        "portail/a_faire.html",
        {
            "taches": taches[: attente.MONTRES],
            "nombre": len(taches),
            "depuis": depuis,
            "premiere_fois": premiere_fois,
            "jours": JAMAIS_VENU_JOURS,
            "changements": attente.changements_depuis(request.user, request.collectivite, depuis),
            "tient_des_fiches": request.droits.au_moins("contributeur")
            or request.droits.partenaire_au_moins("contributeur"),
        },
    )


@acces_role("lecteur")
@require_safe
def tableau_de_bord(request, collectivite):
    """Où en est le plan : répartition, fraîcheur, taux et appuis, budget, ce qui demande à agir."""
    contexte = contexte_du_bord(request)
    if contexte["schema"] is not None:
        suite = request.GET.urlencode()
        periode = {
            "schema": contexte["schema"].slug,
            "du": contexte["date"],
            "au": contexte["jour"],
        }
        contexte["changements"] = (
            f"{reverse('plan:espace_changements', args=[collectivite])}?{urlencode(periode)}"
        )
        contexte["adresse_diaporama"] = reverse("portail:diaporama", args=[collectivite]) + (
            f"?{suite}" if suite else ""
        )
        contexte["adresse_plan_pdf"] = (
            reverse("plan:espace_plan_pdf", args=[collectivite])
            + f"?{urlencode({'schema': contexte['schema'].slug})}"
        )
    return render(request, "portail/tableau_de_bord.html", contexte)


@acces_role("lecteur")
@require_safe
def diaporama(request, collectivite):
    """Le tableau de bord en diaporama, pour un comité : mêmes filtres, mêmes chiffres."""
    contexte = contexte_du_bord(request)
    if contexte["schema"] is None:
        raise Http404("Il n’y a pas encore de plan à montrer.")
    reponse = HttpResponse(diaporama_du_bord(contexte), content_type=PPTX)
    nom = f"comite-{contexte['schema'].slug}-{contexte['jour'].isoformat()}.pptx"
    reponse["Content-Disposition"] = f'attachment; filename="{nom}"'
    reponse["Cache-Control"] = "private, no-store"
    return reponse
