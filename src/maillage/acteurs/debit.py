"""Compter les demandes d'un poste, pour qu'un lien ne se devine pas en essayant."""

import functools
import hashlib
from collections.abc import Callable

from django.core.cache import cache
from django.shortcuts import render

from .authentification import poste_du_visiteur


def debit(action: str, *, nombre: int, secondes: int) -> Callable:
    """Décore une vue : au-delà de `nombre` demandes d'un même poste en `secondes`, réponse 429.

    Le compte est tenu par processus, en mémoire : l'adresse du poste n'est gardée que brouillée, et
    le temps de la fenêtre.
    """

    def decorer(vue: Callable) -> Callable:
        @functools.wraps(vue)
        def comptee(request, *args, **kwargs):
            poste = hashlib.sha256(poste_du_visiteur(request).encode()).hexdigest()[:24]
            cle = f"debit:{action}:{poste}"
            cache.add(cle, 0, secondes)
            try:
                vus = cache.incr(cle)
            except ValueError:  # expirée entre les deux
                vus = 1
            if vus > nombre:
                return render(request, "429.html", status=429)
            return vue(request, *args, **kwargs)

        return comptee

    return decorer
