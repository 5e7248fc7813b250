"""Choisit les réglages d'après `MAILLAGE_MODE` (`demonstration` par défaut, ou `production`)."""

import os

_MODE = os.environ.get("MAILLAGE_MODE", "demonstration")

if _MODE == "production":
    from .production import *  # noqa: F403
elif _MODE == "demonstration":
    from .demonstration import *  # noqa: F403
else:
    from django.core.exceptions import ImproperlyConfigured

    raise ImproperlyConfigured(
        f"MAILLAGE_MODE vaut « {_MODE} » : écrire « demonstration » ou « production »."
    )
