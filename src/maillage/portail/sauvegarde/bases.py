"""Ouvrir une seconde base le temps d'une sauvegarde ou d'une restauration, puis la refermer."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction


@contextmanager
def base_temporaire(alias: str, **changements: Any) -> Iterator[str]:
    """Une base réglée comme la principale, à ces changements près, sous ce nom.

    `options` complète les options de connexion ; le groupe de connexions n'est jamais repris.
    """
    reglages = copy.deepcopy(connections[DEFAULT_DB_ALIAS].settings_dict)
    reglages["OPTIONS"].pop("pool", None)
    reglages["OPTIONS"] |= changements.pop("options", {})
    reglages |= changements
    connections.settings[alias] = reglages
    try:
        yield alias
    finally:
        connections[alias].close()
        del connections[alias]
        del connections.settings[alias]


@contextmanager
def photo_de_la_base(dossier) -> Iterator[str]:
    """La base telle qu'elle est à cet instant, pendant que d'autres y écrivent. Rend son alias.

    SQLite : copie par l'API de sauvegarde, relue ensuite. PostgreSQL : une transaction qui garde
    la même vue du début à la fin, en lecture seule.
    """
    principale = connections[DEFAULT_DB_ALIAS]
    if principale.vendor == "sqlite":
        import sqlite3

        copie = dossier / "photo.sqlite3"
        principale.ensure_connection()
        cible = sqlite3.connect(copie)
        try:
            principale.connection.backup(cible)
            # La copie se relit seule : sans journal à côté.
            cible.execute("PRAGMA journal_mode=DELETE")
        finally:
            cible.close()
        try:
            with base_temporaire("photo", NAME=str(copie)) as alias:
                yield alias
        finally:
            for reste in dossier.glob("photo.sqlite3*"):
                reste.unlink()
        return
    from psycopg import IsolationLevel

    with base_temporaire("photo", options={"isolation_level": IsolationLevel.REPEATABLE_READ}) as a:
        with transaction.atomic(using=a):
            with connections[a].cursor() as curseur:
                curseur.execute("SET TRANSACTION READ ONLY")
            yield a
