"""Réglages de production : tout ce qui est secret ou propre au lieu vient de l'environnement."""

import os

from django.core.exceptions import ImproperlyConfigured

from maillage.config.courriel import lire_courriel

from .base import *  # noqa: F403


def _exiger(nom: str, pourquoi: str) -> str:
    valeur = os.environ.get(nom, "")
    if not valeur:
        raise ImproperlyConfigured(f"{nom} est absent : {pourquoi}")
    return valeur


DEBUG = False
EST_DEMONSTRATION = False
SECRET_KEY = _exiger("MAILLAGE_SECRET", "il signe les sessions et les liens ; tirez-en un long.")
if len(SECRET_KEY) < 40:
    raise ImproperlyConfigured("MAILLAGE_SECRET est trop court : 40 caractères au moins.")
_hotes = _exiger("MAILLAGE_HOTES", "les noms de domaine servis, séparés par des virgules.")
ALLOWED_HOSTS = [hote.strip() for hote in _hotes.split(",") if hote.strip()]
CSRF_TRUSTED_ORIGINS = [f"https://{hote.lstrip('.')}" for hote in ALLOWED_HOSTS if hote != "*"]

# Nombre de mandataires placés devant l'application : sans lui, tous les visiteurs auraient la même
# adresse, et le verrou des connexions bloquerait tout le monde à la fois.
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("MAILLAGE_MANDATAIRES", "1"))
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^sante/$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True

globals().update(lire_courriel(os.environ.get("MAILLAGE_EMAIL_URL", "smtp://localhost:25")))
ADRESSE_DU_SITE = os.environ.get(
    "MAILLAGE_ADRESSE", f"https://{ALLOWED_HOSTS[0].lstrip('.*')}"
).rstrip("/")
DEFAULT_FROM_EMAIL = os.environ.get(
    "MAILLAGE_EXPEDITEUR", f"Maillage <maillage@{ALLOWED_HOSTS[0].lstrip('.*')}>"
)
