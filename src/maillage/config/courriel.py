"""Le serveur d'envoi, lu dans une adresse : `smtp://`, `smtps://`, `smtp+tls://`."""

from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def lire_courriel(adresse: str) -> dict[str, Any]:
    """Les réglages `EMAIL_*` de Django. Lève `ImproperlyConfigured` pour une autre sorte."""
    lue = urlsplit(adresse)
    if lue.scheme not in {"smtp", "smtps", "smtp+tls"}:
        raise ImproperlyConfigured(
            "MAILLAGE_EMAIL_URL doit commencer par smtp://, smtps:// ou smtp+tls://."
        )
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": lue.hostname or "localhost",
        "EMAIL_PORT": lue.port or 25,
        "EMAIL_HOST_USER": unquote(lue.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(lue.password or ""),
        "EMAIL_USE_SSL": lue.scheme == "smtps",
        "EMAIL_USE_TLS": lue.scheme == "smtp+tls",
        "EMAIL_TIMEOUT": 20,
    }
