"""Réglages des tests : un monde strict. Une variable de gabarit inconnue est une faute."""

import os
import tempfile
from pathlib import Path

from maillage.config.base_de_donnees import lire_adresse

from .base import *  # noqa: F403
from .base import TEMPLATES

DEBUG = False
EST_DEMONSTRATION = True
SECRET_KEY = "secret-des-tests-jamais-ailleurs-que-dans-les-tests"  # noqa: S105
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
DOSSIER = Path(tempfile.mkdtemp(prefix="maillage-test-"))
MEDIA_ROOT = DOSSIER / "documents"
STATIC_ROOT = DOSSIER / "statique"

if _postgres := os.environ.get("MAILLAGE_TEST_POSTGRES"):
    DATABASES = {"default": lire_adresse(_postgres)}
    DATABASES["default"]["OPTIONS"].pop("pool", None)
else:
    DATABASES = {"default": lire_adresse("sqlite:///:memory:")}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# Une tâche mise en file n'est que notée ; un test qui veut un vrai ouvrier le demande.
TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
ADRESSE_DU_SITE = "http://testserver"
AXES_ENABLED = False
ACCOUNT_RATE_LIMITS = False  # type: ignore[assignment]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True


class VariableInconnue(str):
    """Lève une faute quand un gabarit nomme une variable absente du contexte."""

    def __mod__(self, nom):
        raise AssertionError(f"variable de gabarit inconnue : {nom}")

    def __contains__(self, morceau):
        return morceau == "%s"


TEMPLATES = [
    {
        **TEMPLATES[0],
        "OPTIONS": {
            **TEMPLATES[0]["OPTIONS"],  # type: ignore[dict-item]
            "string_if_invalid": VariableInconnue("%s"),
        },
    }
]
