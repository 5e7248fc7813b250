"""Le socle : composants, exports, recherche, petites abstractions. Aucune table."""

import unicodedata
from functools import lru_cache

from django.apps import AppConfig
from django.db.backends.signals import connection_created

COLLATION = "fr-x-icu"


@lru_cache(maxsize=20_000)
def cle_de_tri(texte: str) -> tuple[str, str]:
    """Clé de tri française : les lettres d'abord, les accents pour départager."""
    decompose = unicodedata.normalize("NFD", texte)
    sans_accent = "".join(c for c in decompose if not unicodedata.combining(c))
    return sans_accent.casefold(), texte


def _comparer(a: str, b: str) -> int:
    cle_a, cle_b = cle_de_tri(a), cle_de_tri(b)
    return (cle_a > cle_b) - (cle_a < cle_b)


def _donner_la_collation(sender, connection, **_):
    """SQLite ne connaît pas ICU : on lui donne le même nom de collation que PostgreSQL."""
    if connection.vendor == "sqlite":
        connection.connection.create_collation(COLLATION, _comparer)


class SocleConfig(AppConfig):
    name = "maillage.socle"
    label = "socle"
    verbose_name = "Socle"

    def ready(self):
        connection_created.connect(_donner_la_collation, dispatch_uid="socle.collation")
