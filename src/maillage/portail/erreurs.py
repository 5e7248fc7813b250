"""Les pages d'erreur : ce qui s'est passé, ce qui est gardé, que faire."""

from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string


def demande_illisible(request, exception=None):
    return render(request, "400.html", status=400)


def acces_refuse(request, exception=None):
    return render(request, "403.html", {"raison": str(exception or "")}, status=403)


def introuvable(request, exception=None):
    raison = str(exception) if exception is not None and exception.args else ""
    return render(request, "404.html", {"raison": raison if "{" not in raison else ""}, status=404)


def panne(request):
    # Sans contexte : la panne peut venir de la base ou des menus eux-mêmes.
    return HttpResponse(render_to_string("500.html"), status=500)
