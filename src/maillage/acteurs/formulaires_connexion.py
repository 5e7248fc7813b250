"""Les formulaires d'allauth, avec nos mots. Aucune règle ne change ; seuls les libellés."""

from allauth.account.forms import (
    ChangePasswordForm,
    LoginForm,
    ReauthenticateForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
    SetPasswordForm,
)
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as ReauthenticateCodeForm
from allauth.mfa.totp.forms import ActivateTOTPForm

_ENCORE = "Le même, une fois encore"
_REGLE = "12 caractères au moins. Une phrase de quatre mots se retient bien."
_CODE = "Les six chiffres de votre application, ou l’un de vos codes de secours."


def _dire(formulaire, **libelles: str | tuple[str, str]) -> None:
    """Donne à chaque champ son libellé, et au besoin son aide ; retire les textes en filigrane."""
    for nom, libelle in libelles.items():
        champ = formulaire.fields.get(nom)
        if champ is None:
            continue
        champ.label, champ.help_text = libelle if isinstance(libelle, tuple) else (libelle, "")
        champ.widget.attrs.pop("placeholder", None)


class Connexion(LoginForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _dire(
            self,
            login="Adresse électronique",
            password="Mot de passe",
            remember="Rester connecté sur cet appareil",
        )


class MotDePasseOublie(ResetPasswordForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _dire(self, email="Adresse électronique")


class NouveauMotDePasse(ResetPasswordKeyForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _dire(self, password1=("Nouveau mot de passe", _REGLE), password2=_ENCORE)


class ChangerMotDePasse(ChangePasswordForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _dire(
            self,
            oldpassword="Mot de passe actuel",
            password1=("Nouveau mot de passe", _REGLE),
            password2=_ENCORE,
        )


class ChoisirMotDePasse(SetPasswordForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _dire(self, password1=("Mot de passe", _REGLE), password2=_ENCORE)


class Confirmer(ReauthenticateForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _dire(self, password="Mot de passe")


class CodeDeConnexion(AuthenticateForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _dire(self, code=("Code", _CODE))


class CodeDeConfirmation(ReauthenticateCodeForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _dire(self, code=("Code", _CODE))


class ActiverSecondFacteur(ActivateTOTPForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _dire(self, code=("Code", "Les six chiffres que votre application affiche."))
