"""Réglages communs à la démonstration, à la production et aux tests."""

import os
from pathlib import Path

from csp.constants import NONE, SELF

from maillage.config.base_de_donnees import lire_adresse

RACINE = Path(__file__).resolve().parents[4]
DOSSIER = Path(os.environ.get("MAILLAGE_DOSSIER", RACINE / "var")).resolve()
DONNEES = RACINE / "donnees"

DATABASES = {
    "default": lire_adresse(
        os.environ.get("DATABASE_URL", f"sqlite:///{DOSSIER / 'maillage.sqlite3'}")
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "rules",
    "axes",
    "csp",
    "django_tasks",
    "django_tasks_db",
    "maillage.socle",
    "maillage.journal",
    "maillage.territoires",
    "maillage.acteurs",
    "maillage.indicateurs",
    "maillage.plan",
    "maillage.portail",
    # Après la maison : ses gabarits passent devant ceux d'allauth.
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "maillage.acteurs.acces.AccesMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "maillage.config.urls"
WSGI_APPLICATION = "maillage.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "maillage.acteurs.contexte.maison",
            ],
        },
    }
]

# --- Comptes -------------------------------------------------------------------------------
AUTH_USER_MODEL = "acteurs.Compte"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "rules.permissions.ObjectPermissionBackend",
    "maillage.acteurs.authentification.ComptesMaillage",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "compte:apres_connexion"
LOGOUT_REDIRECT_URL = "maison:accueil"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "courriel"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # on n'entre que sur invitation : l'adresse est déjà prouvée
ACCOUNT_ADAPTER = "maillage.acteurs.authentification.AdaptateurComptes"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Maillage : "
ACCOUNT_EMAIL_NOTIFICATIONS = True  # mot de passe ou second facteur changé : on prévient
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # jamais de courriel à qui n'a pas de compte
ACCOUNT_FORMS = {
    "login": "maillage.acteurs.formulaires_connexion.Connexion",
    "reset_password": "maillage.acteurs.formulaires_connexion.MotDePasseOublie",
    "reset_password_from_key": "maillage.acteurs.formulaires_connexion.NouveauMotDePasse",
    "change_password": "maillage.acteurs.formulaires_connexion.ChangerMotDePasse",
    "set_password": "maillage.acteurs.formulaires_connexion.ChoisirMotDePasse",
    "reauthenticate": "maillage.acteurs.formulaires_connexion.Confirmer",
}
# Les mots de passe sont comptés par axes (adresse et poste ensemble) ; ce qui suit borne un poste
# seul, et les codes du second facteur, que l'on n'essaie qu'une fois le mot de passe trouvé.
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip,5/5m/key", "login": "60/m/ip"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Maillage"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # l'invitation, reçue par courriel, a prouvé l'adresse
MFA_FORMS = {
    "authenticate": "maillage.acteurs.formulaires_connexion.CodeDeConnexion",
    "reauthenticate": "maillage.acteurs.formulaires_connexion.CodeDeConfirmation",
    "activate_totp": "maillage.acteurs.formulaires_connexion.ActiverSecondFacteur",
}
# Second facteur des administrateurs : « conseille » (rappelé) ou « obligatoire » (exigé).
SECOND_FACTEUR = os.environ.get("MAILLAGE_SECOND_FACTEUR", "conseille")
# Verrou par couple (adresse de compte, poste) : un tiers ne peut pas bloquer quelqu'un d'autre.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # heures
AXES_USERNAME_FORM_FIELD = "login"
AXES_USERNAME_CALLABLE = "maillage.acteurs.authentification.adresse_essayee"
AXES_CLIENT_IP_CALLABLE = "maillage.acteurs.authentification.poste_du_visiteur"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # « dans quinze minutes » reste vrai
AXES_LOCKOUT_TEMPLATE = "acteurs/trop_d_essais.html"
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True

SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "maillage.acteurs.reprise.jeton_refuse"

# --- Langue --------------------------------------------------------------------------------
LANGUAGE_CODE = "fr"
TIME_ZONE = "Europe/Paris"
USE_I18N = True
USE_TZ = True

# --- Fichiers ------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DOSSIER / "statique"
MEDIA_ROOT = DOSSIER / "documents"
MEDIA_URL = "/documents/"
DATA_UPLOAD_MAX_MEMORY_SIZE = 25 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- Sûreté --------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    # Pages publiques déjà rendues : 0,4 ms au lieu d'une cinquantaine. 600 pages d'environ 100 ko
    # au plus, soit 60 Mo par processus dans le pire des cas.
    "pages": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "pages",
        "OPTIONS": {"MAX_ENTRIES": 600},
        "TIMEOUT": 24 * 3600,
    },
}

# --- Courriels et tâches de fond -------------------------------------------------------------
# Les tâches attendent en base : celles d'un ouvrier tué y restent, et sont reprises.
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}
DEFAULT_FROM_EMAIL = os.environ.get("MAILLAGE_EXPEDITEUR", "Maillage <maillage@localhost>")
# Un courriel part sans visiteur : l'adresse du site doit être dite, elle ne se devine pas.
ADRESSE_DU_SITE = os.environ.get(
    "MAILLAGE_ADRESSE", f"http://127.0.0.1:{os.environ.get('PORT') or '8000'}"
).rstrip("/")

EST_DEMONSTRATION = False
ADRESSE_CODE_SOURCE = os.environ.get("MAILLAGE_CODE_SOURCE", "")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"simple": {"format": "{asctime} {levelname} {name} : {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "simple"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"maillage": {"level": "INFO"}},
}
