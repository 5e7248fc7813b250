"""Qui peut se connecter, et où il arrive ensuite."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings


class ComptesMaillage(AuthenticationBackend):
    """Adresse et mot de passe. Un compte de démonstration n'entre que dans une démonstration."""

    def user_can_authenticate(self, user) -> bool:
        if user.est_demonstration and not settings.EST_DEMONSTRATION:
            return False
        return super().user_can_authenticate(user)

    def get_user(self, user_id):
        compte = super().get_user(user_id)
        return compte if compte is not None and self.user_can_authenticate(compte) else None


class AdaptateurComptes(DefaultAccountAdapter):
    """On n'ouvre pas de compte soi-même : on accepte une invitation."""

    def is_open_for_signup(self, request) -> bool:
        return False
