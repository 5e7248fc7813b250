"""Réglages de la démonstration : un poste, SQLite, des comptes d'un clic, rien à configurer."""

import os
import secrets

from maillage.config.courriel import lire_courriel

from .base import *  # noqa: F403
from .base import DOSSIER

EST_DEMONSTRATION = True
DEBUG = False
ALLOWED_HOSTS = [
    "localhost",
    "127.0.0.1",
    "[::1]",
    *filter(None, os.environ.get("MAILLAGE_HOTES", "").split(",")),
]


def _secret_du_poste() -> str:
    """Tire un secret au premier démarrage et le garde dans le dossier de données."""
    if donne := os.environ.get("MAILLAGE_SECRET"):
        return donne
    fichier = DOSSIER / "secret"
    DOSSIER.mkdir(parents=True, exist_ok=True)
    if not fichier.exists():
        fichier.touch(mode=0o600)
        fichier.write_text(secrets.token_urlsafe(50), encoding="ascii")
    return fichier.read_text(encoding="ascii")


SECRET_KEY = _secret_du_poste()
# Les courriels vont dans des fichiers, sauf si l'on nomme exprès un serveur pour les essayer.
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = DOSSIER / "courriels"
if _courriel := os.environ.get("MAILLAGE_EMAIL_URL"):
    globals().update(lire_courriel(_courriel))
