"""Ne jamais perdre ce qui a été tapé : connexion expirée, jeton périmé.

Le formulaire reçu sans session est gardé côté serveur, sous l'adresse de la page ; après la
connexion, la page le retrouve et le propose de nouveau. Rien n'est enregistré sans un nouvel envoi.
"""

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import resolve_url
from django.template.loader import render_to_string

_CLE = "saisies_gardees"
_TAILLE_MAX = 200_000  # octets gardés par saisie : un long formulaire, pas un fichier
_NOMBRE_MAX = 5
_JAMAIS = ("csrfmiddlewaretoken", "password", "password1", "password2", "oldpassword", "code")


def garder_la_saisie(request) -> bool:
    """Garde le formulaire envoyé dans la session. Rend faux s'il n'y avait rien à garder."""
    if request.method != "POST":
        return False
    donnees = request.POST.copy()
    for nom in _JAMAIS:
        donnees.pop(nom, None)
    encode = donnees.urlencode()
    if not encode or len(encode) > _TAILLE_MAX:
        return False
    gardees = request.session.get(_CLE, {})
    gardees.pop(request.path, None)
    while len(gardees) >= _NOMBRE_MAX:
        gardees.pop(next(iter(gardees)))
    gardees[request.path] = encode
    request.session[_CLE] = gardees
    return True


def reprendre_la_saisie(request) -> QueryDict | None:
    """Rend, une seule fois, ce qui avait été tapé sur cette page ; None sinon."""
    gardees = request.session.get(_CLE)
    if not gardees or request.path not in gardees:
        return None
    encode = gardees.pop(request.path)
    request.session[_CLE] = gardees
    return QueryDict(encode)


def formulaire_repris(request, classe, **kwargs):
    """Le formulaire d'une page : ce qui vient d'être envoyé, ou ce qui avait été gardé.

    À appeler dans toute vue à formulaire, à la place de `classe(request.POST or None)`. Une saisie
    gardée remplit la page sans rien enregistrer ni reprocher : `formulaire.est_repris` est vrai, et
    le gabarit le dit (`{% include "acteurs/saisie_reprise.html" %}`).
    """
    if request.method == "POST":
        formulaire = classe(request.POST, request.FILES, **kwargs)
        formulaire.est_repris = False
        return formulaire
    gardee = reprendre_la_saisie(request)
    if gardee is None:
        formulaire = classe(**kwargs)
        formulaire.est_repris = False
        return formulaire
    modele = classe(gardee, **kwargs)
    initial = dict(kwargs.pop("initial", None) or {})
    for nom, champ in modele.fields.items():
        cle = modele.add_prefix(nom)
        if not champ.widget.value_omitted_from_data(gardee, {}, cle):
            initial[nom] = champ.widget.value_from_datadict(gardee, {}, cle)
    formulaire = classe(initial=initial, **kwargs)
    formulaire.est_repris = True
    return formulaire


def vers_la_connexion(request) -> HttpResponse:
    """Envoie à la page de connexion ; garde la saisie en cours et revient sur la même page."""
    gardee = garder_la_saisie(request)
    suite = request.path if request.method == "POST" else request.get_full_path()
    parametres = {"next": suite}
    if gardee:
        parametres["reprise"] = "1"
    return HttpResponseRedirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode(parametres)}")


def jeton_refuse(request, reason=""):
    """Le jeton du formulaire n'est plus le bon (connexion dans un autre onglet, page ancienne)."""
    gardee = garder_la_saisie(request)
    page = render_to_string(
        "acteurs/jeton_refuse.html", {"gardee": gardee, "adresse": request.path}, request
    )
    return HttpResponse(page, status=403)
