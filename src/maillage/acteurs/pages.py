"""Les pages publiques, rendues une fois, servies tant que ce qu'elles montrent n'a pas changé."""

import functools
import hashlib
from collections.abc import Callable, Iterable

from django.conf import settings
from django.core.cache import caches
from django.http import HttpResponse, HttpResponseNotModified
from django.utils import timezone

from maillage.journal.services import versions

from .acces import acces_public

_GARDES = ("Content-Type", "Content-Disposition")


def page_publique(cachets: Callable[..., Iterable[str]]) -> Callable:
    """Décore une vue publique : cache par adresse, versions des cachets et jour.

    `cachets(request, **kwargs)` rend les clés (« fiche:12 ») de tout ce que la page montre ; elle
    peut lever `Http404`. Une seule requête lit leurs versions. Le jour compte, car la fraîcheur
    d'une fiche change à minuit. Seules les lectures anonymes sont servies du cache : une session
    ouverte voit une page rendue pour elle.
    """

    def decorer(vue: Callable) -> Callable:
        @functools.wraps(vue)
        def servie(request, *args, **kwargs):
            anonyme = (
                request.method in {"GET", "HEAD"}
                and settings.SESSION_COOKIE_NAME not in request.COOKIES
                # Un message en attente (« Vous êtes déconnecté ») n'est que pour son visiteur.
                and "messages" not in request.COOKIES
            )
            if not anonyme:
                return vue(request, *args, **kwargs)
            cles = [request.collectivite.cachet, *cachets(request, **kwargs)]
            empreinte = hashlib.sha256(
                "\n".join(
                    [
                        request.get_full_path(),
                        "htmx" if getattr(request, "htmx", False) else "",
                        timezone.localdate().isoformat(),
                        versions(cles),
                    ]
                ).encode()
            ).hexdigest()
            etag = f'W/"{empreinte[:32]}"'
            if request.headers.get("If-None-Match") == etag:
                return _entetes(HttpResponseNotModified(), etag)
            pages = caches["pages"]
            corps = pages.get(empreinte)
            if corps is None:
                reponse = vue(request, *args, **kwargs)
                if reponse.status_code != 200 or reponse.streaming:
                    return reponse
                gardes = {n: reponse.headers[n] for n in _GARDES if n in reponse.headers}
                pages.set(empreinte, (reponse.content, gardes))
                return _entetes(reponse, etag)
            return _entetes(HttpResponse(corps[0], headers=corps[1]), etag)

        return acces_public(servie)

    return decorer


def _entetes(reponse, etag: str):
    reponse["ETag"] = etag
    reponse["Cache-Control"] = "public, max-age=0, must-revalidate"
    reponse["Vary"] = "Cookie, HX-Request"
    return reponse
