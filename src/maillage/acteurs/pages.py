"""Les pages publiques, rendues une fois, servies tant que ce qu'elles montrent n'a pas changé."""

import functools
import gzip
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import caches
from django.http import HttpResponse, HttpResponseNotModified
from django.utils import timezone

from maillage.journal.services import versions

from .acces import acces_public, collectivite_active

_GARDES = ("Content-Type", "Content-Disposition")


@dataclass(frozen=True, slots=True)
class PageGardee:
    """Une page rendue : ses octets, les mêmes compressés s'ils y gagnent, ses en-têtes.

    Compresser coûte de 2 à 8 ms pour une longue table : une fois par rendu, pas par lecture.
    """

    corps: bytes
    compresse: bytes | None
    entetes: dict[str, str]

    @classmethod
    def de(cls, reponse: HttpResponse) -> "PageGardee":
        corps = reponse.content
        entetes = {nom: reponse.headers[nom] for nom in _GARDES if nom in reponse.headers}
        texte = entetes.get("Content-Type", "").startswith("text/")
        return cls(corps, gzip.compress(corps, 6) if texte else None, entetes)

    def reponse(self, request) -> HttpResponse:
        accepte = "gzip" in request.headers.get("Accept-Encoding", "")
        if self.compresse is None or not accepte:
            return HttpResponse(self.corps, headers=self.entetes)
        return HttpResponse(self.compresse, headers=self.entetes | {"Content-Encoding": "gzip"})


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
            connus = set(request.__dict__)
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
            gardee: PageGardee | None = caches["pages"].get(empreinte)
            if gardee is None:
                # Ce qui a été lu avant les versions peut être plus vieux qu'elles : on l'oublie,
                # pour ne jamais ranger une page ancienne sous un numéro neuf.
                for attribut in set(request.__dict__) - connus:
                    delattr(request, attribut)
                request.collectivite = collectivite_active(request.collectivite.slug)
                reponse = vue(request, *args, **kwargs)
                if reponse.status_code != 200 or reponse.streaming:
                    return reponse
                gardee = PageGardee.de(reponse)
                caches["pages"].set(empreinte, gardee)
            return _entetes(gardee.reponse(request), etag)

        return acces_public(servie)

    return decorer


def _entetes(reponse, etag: str):
    reponse["ETag"] = etag
    reponse["Cache-Control"] = "public, max-age=0, must-revalidate"
    reponse["Vary"] = "Accept-Encoding, Cookie, HX-Request"
    return reponse
