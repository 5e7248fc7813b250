"""Qui peut se connecter, comment on compte les essais, et où l'on arrive ensuite."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.core.internal.httpkit import get_client_ip
from allauth.mfa.utils import is_mfa_enabled
from axes.utils import reset as oublier_les_essais
from django.conf import settings
from django.urls import reverse

MOTEUR = "maillage.acteurs.authentification.ComptesMaillage"


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

    def pre_authenticate(self, request, **credentials) -> None:
        """Compte les essais d'un mot de passe par axes seulement, sur le couple adresse et poste.

        Le compteur d'allauth porte sur l'adresse seule : n'importe qui pourrait alors fermer la
        porte d'un autre, sans connaître son mot de passe.
        """

    def pre_login(self, request, user, **options):
        """allauth rend aussi un compte que notre moteur refuse : on l'arrête avant la session."""
        if user.est_demonstration and not settings.EST_DEMONSTRATION:
            return self.respond_user_inactive(request, user)
        return super().pre_login(request, user, **options)

    def set_password(self, user, password) -> None:
        """Change le mot de passe ; les essais manqués du compte sont oubliés."""
        super().set_password(user, password)
        oublier_les_essais(username=user.courriel)

    def get_password_change_redirect_url(self, request) -> str:
        return reverse("compte:compte")


def adresse_essayee(request, credentials=None) -> str:
    """L'adresse que vise un essai, telle qu'axes la compte : allauth la nomme `email`."""
    credentials = credentials or {}
    adresse = (
        credentials.get("email")
        or credentials.get(settings.AXES_USERNAME_FORM_FIELD)
        or credentials.get("username")
        or request.POST.get(settings.AXES_USERNAME_FORM_FIELD, "")
    )
    return str(adresse).strip().lower()


def a_un_second_facteur(compte) -> bool:
    """Vrai si une application de codes est activée ; une requête."""
    return is_mfa_enabled(compte)


def poste_du_visiteur(request) -> str:
    """L'adresse réseau du poste, derrière les mandataires déclarés (`MAILLAGE_MANDATAIRES`)."""
    return get_client_ip(request) or ""
