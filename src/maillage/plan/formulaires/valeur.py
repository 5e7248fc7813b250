"""Donner ou corriger la valeur d'un indicateur."""

from django import forms
from django.utils import timezone

from maillage.indicateurs.models import ValeurIndicateur

from ..models import IndicateurFiche
from .champs import ChampDate, ChampNombre, date_saisie, nombre_saisi


class FormulaireValeur(forms.Form):
    """Une valeur, à une date. La même date remplace : c'est ainsi qu'on corrige."""

    schema = forms.CharField(widget=forms.HiddenInput, required=False)
    indicateur = forms.ChoiceField(
        label="Indicateur", error_messages={"required": "Choisissez un indicateur."}
    )
    date = ChampDate(
        label="À la date du",
        help_text="Une valeur déjà donnée à cette date est remplacée.",
        error_messages={"required": "Donnez la date de la mesure."},
    )
    valeur = ChampNombre(label="Valeur", help_text="Vide si la mesure est absente.", required=False)
    statut = forms.ChoiceField(
        label="Cette valeur est", choices=ValeurIndicateur.Statut, initial="definitif"
    )
    commentaire = forms.CharField(label="Commentaire", max_length=300, required=False)

    def __init__(self, *args, liens: list[IndicateurFiche], **options):
        options["initial"] = {
            "date": date_saisie(timezone.localdate()),
            **(options.get("initial") or {}),
        }
        super().__init__(*args, **options)
        self.liens = {str(lien.pk): lien for lien in liens}
        self.fields["indicateur"].choices = [  # type: ignore[attr-defined]
            (pk, lien.indicateur.libelle) for pk, lien in self.liens.items()
        ]

    @staticmethod
    def initial_de(lien: IndicateurFiche, valeur: ValeurIndicateur) -> dict[str, str]:
        return {
            "indicateur": str(lien.pk),
            "date": date_saisie(valeur.date),
            "valeur": nombre_saisi(valeur.valeur),
            "statut": valeur.statut,
            "commentaire": valeur.commentaire,
        }

    @property
    def lien(self) -> IndicateurFiche:
        return self.liens[self.cleaned_data["indicateur"]]

    def clean_date(self):
        jour = self.cleaned_data["date"]
        if jour and jour > timezone.localdate():
            raise forms.ValidationError("Une mesure ne se date pas dans l’avenir.")
        if jour and jour.year < 1990:
            raise forms.ValidationError("Cette date est trop ancienne.")
        return jour
