"""Les formulaires de l'espace : comptes, rôles, organisations, personnes."""

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from .empreintes import empreinte_de
from .models import Organisation, Personne, Role
from .services import CHAMPS_ORGANISATION, CHAMPS_PERSONNE
from .siret import valider_siret

_DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def _proposer(formulaire: forms.BaseForm, organisations) -> None:
    """Les seules organisations que l'on peut choisir ; le serveur refuse toute autre."""
    champ = formulaire.fields["organisation"]
    assert isinstance(champ, forms.ModelChoiceField)
    champ.queryset, champ.empty_label = organisations, "Aucune"


class _ChoixOrganisation(forms.Form):
    """Un rôle et, pour un partenaire, son organisation : celles de la collectivité seulement."""

    role = forms.ChoiceField(label="Rôle", choices=Role.choices)
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(),
        label="Organisation",
        required=False,
        help_text="À choisir pour un partenaire : il ne verra que les fiches de son organisation.",
    )

    def __init__(self, *args, collectivite, **kwargs):
        super().__init__(*args, **kwargs)
        _proposer(self, Organisation.objects.de(collectivite).filter(est_archivee=False))

    def clean(self):
        valeurs = super().clean() or {}
        role = valeurs.get("role")
        if role and Role(role).est_partenaire and not valeurs.get("organisation"):
            if "organisation" not in self.errors:
                self.add_error("organisation", "Choisissez l’organisation de ce partenaire.")
        return valeurs


class FormulaireInvitation(_ChoixOrganisation):
    courriel = forms.EmailField(label="Adresse électronique", max_length=254)
    field_order = ["courriel", "role", "organisation"]

    def clean_courriel(self):
        return self.cleaned_data["courriel"].lower()


class FormulaireDates(forms.Form):
    date_debut = forms.DateField(label="À partir du", required=False, widget=_DATE)
    date_fin = forms.DateField(
        label="Jusqu’au", required=False, widget=_DATE, help_text="Ce jour-là compte encore."
    )

    def clean(self):
        valeurs = super().clean() or {}
        debut, fin = valeurs.get("date_debut"), valeurs.get("date_fin")
        if debut and fin and fin < debut:
            self.add_error("date_fin", "La fin vient avant le début : corrigez l’une des deux.")
        return valeurs


class FormulaireRole(_ChoixOrganisation, FormulaireDates):
    field_order = ["role", "organisation", "date_debut", "date_fin"]


class _AvecEmpreinte(forms.ModelForm):
    """Garde, dans un champ caché, l'empreinte de ce que la page a montré."""

    vu = forms.CharField(widget=forms.HiddenInput, required=False)
    champs: tuple[str, ...] = ()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial.setdefault("vu", empreinte_de(self.instance, self.champs))

    def valeurs(self) -> dict:
        return {champ: self.cleaned_data[champ] for champ in self.champs}

    def _post_clean(self):
        """Le service valide l'objet : ici, seulement ce qui a été tapé."""

    def reprendre_sur(self, actuel) -> None:
        """Garde la saisie, mais accepte que l'objet soit celui-ci : l'envoi suivant l'emporte."""
        self.data = {**self.data, self.add_prefix("vu"): empreinte_de(actuel, self.champs)}


class FormulaireOrganisation(_AvecEmpreinte):
    champs = CHAMPS_ORGANISATION
    siret = forms.CharField(
        label="SIRET", required=False, help_text="14 chiffres, avec ou sans espaces."
    )
    site = forms.URLField(
        label="Site", required=False, assume_scheme="https", help_text="L’adresse du site."
    )

    class Meta:
        model = Organisation
        fields = CHAMPS_ORGANISATION

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.order_fields(["nom", "sigle", "siret", "nature", "site", "vu"])

    def clean_siret(self):
        siret = "".join(self.cleaned_data["siret"].split())
        if siret:
            valider_siret(siret)
        return siret


class FormulairePersonne(_AvecEmpreinte):
    champs = CHAMPS_PERSONNE

    class Meta:
        model = Personne
        fields = CHAMPS_PERSONNE
        help_texts = {
            "nom": "Seulement si la personne l’accepte. Sinon, la fonction suffit.",
            "courriel": "L’adresse du service de préférence. Elle n’est pas publiée.",
        }

    def __init__(self, *args, collectivite, **kwargs):
        super().__init__(*args, **kwargs)
        organisations = Organisation.objects.de(collectivite)
        actuelle = self.instance.organisation_id
        _proposer(
            self, organisations.filter(est_archivee=False) | organisations.filter(pk=actuelle)
        )

    def clean(self):
        valeurs = super().clean() or {}
        if not self.errors and not valeurs.get("nom") and not valeurs.get("fonction"):
            self.add_error("fonction", "Écrivez au moins une fonction ou un nom.")
        return valeurs


class FormulaireNom(forms.Form):
    nom = forms.CharField(label="Nom affiché", max_length=150)


class FormulaireAcceptation(forms.Form):
    """Ouvrir son compte : un nom, un mot de passe."""

    nom = forms.CharField(
        label="Prénom et nom",
        max_length=150,
        help_text="Ce nom signe ce que vous écrivez.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    mot_de_passe = forms.CharField(
        label="Mot de passe",
        help_text="12 caractères au moins. Une phrase de quatre mots se retient bien.",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_mot_de_passe(self):
        mot_de_passe = self.cleaned_data["mot_de_passe"]
        validate_password(mot_de_passe)
        return mot_de_passe


def rendre_les_erreurs(formulaire, faute: ValidationError) -> None:
    """Pose sur les champs du formulaire les fautes trouvées par un service."""
    if not hasattr(faute, "error_dict"):
        formulaire.add_error(None, faute)
        return
    for champ, fautes in faute.error_dict.items():
        formulaire.add_error(champ if champ in formulaire.fields else None, fautes)
