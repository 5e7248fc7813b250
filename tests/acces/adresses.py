"""Parcourt la configuration des adresses : leur nom, leur vue, leurs paramètres."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLResolver, get_resolver


@dataclass(frozen=True)
class Adresse:
    nom: str
    vue: object
    parametres: frozenset[str]


def _parametres(motif) -> frozenset[str]:
    return frozenset(motif.regex.groupindex)


def toutes_les_adresses(resolveur=None, espace="", parametres=frozenset()) -> Iterator[Adresse]:
    """Chaque adresse de l'installation. Une adresse sans nom rend un nom vide."""
    for motif in (resolveur or get_resolver()).url_patterns:
        ensemble = parametres | _parametres(motif.pattern)
        if isinstance(motif, URLResolver):
            dessous = ":".join(filter(None, [espace, motif.namespace]))
            yield from toutes_les_adresses(motif, dessous, ensemble)
        else:
            nom = ":".join(filter(None, [espace, motif.name])) if motif.name else ""
            yield Adresse(nom, motif.callback, ensemble)
