"""Connexion, mot de passe, second facteur : les vues d'allauth, sous des adresses françaises.

Les noms restent ceux d'allauth, qui les appelle lui-même. On n'y branche que ce qui sert : pas
d'inscription libre, pas de gestion d'adresses multiples, pas de connexion par code.
"""

from allauth.account import views as compte
from allauth.mfa.base import views as facteurs
from allauth.mfa.recovery_codes import views as secours
from allauth.mfa.totp import views as totp
from django.urls import path, re_path

urlpatterns = [
    path("connexion/", compte.login, name="account_login"),
    path("deconnexion/", compte.logout, name="account_logout"),
    path("ferme/", compte.account_inactive, name="account_inactive"),
    path("confirmer/", compte.reauthenticate, name="account_reauthenticate"),
    path("mot-de-passe/", compte.password_change, name="account_change_password"),
    path("mot-de-passe/choisir/", compte.password_set, name="account_set_password"),
    path("mot-de-passe/oublie/", compte.password_reset, name="account_reset_password"),
    path(
        "mot-de-passe/oublie/envoye/",
        compte.password_reset_done,
        name="account_reset_password_done",
    ),
    re_path(
        r"^mot-de-passe/nouveau/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        compte.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "mot-de-passe/change/",
        compte.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("second-facteur/", facteurs.index, name="mfa_index"),
    path("second-facteur/code/", facteurs.authenticate, name="mfa_authenticate"),
    path("second-facteur/confirmer/", facteurs.reauthenticate, name="mfa_reauthenticate"),
    path("second-facteur/activer/", totp.activate_totp, name="mfa_activate_totp"),
    path("second-facteur/desactiver/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("second-facteur/secours/", secours.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "second-facteur/secours/nouveaux/",
        secours.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path(
        "second-facteur/secours/fichier/",
        secours.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
]
