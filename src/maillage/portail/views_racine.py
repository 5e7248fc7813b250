"""Les pages qui ne dépendent d'aucune collectivité."""

from django.conf import settings
from django.db import connection
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from maillage.acteurs.acces import acces_public
from maillage.acteurs.models import Collectivite


@acces_public
@require_safe
def accueil(request):
    """Les collectivités installées ici."""
    return render(
        request, "portail/installation.html", {"collectivites": Collectivite.objects.actives()}
    )


@acces_public
@require_safe
def sante(request):
    """État du service, pour la supervision : la base répond-elle ?"""
    with connection.cursor() as curseur:
        curseur.execute("SELECT 1")
    return JsonResponse({"etat": "ok", "base": connection.vendor})


@acces_public
@require_safe
def accessibilite(request):
    """Déclaration d'accessibilité : « non conforme » tant qu'aucun audit n'a eu lieu."""
    return render(request, "portail/accessibilite.html")


@acces_public
@require_safe
def robots(request):
    return HttpResponse("User-agent: *\nDisallow: /compte/\n", content_type="text/plain")


@acces_public
@require_safe
def composants(request):
    """Tous les composants, dans tous leurs états. Hors production seulement."""
    if not settings.EST_DEMONSTRATION and not settings.DEBUG:
        raise Http404
    from maillage.socle.catalogue import catalogue

    return render(request, "socle/composants_catalogue.html", catalogue())
