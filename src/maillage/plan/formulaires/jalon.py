"""Confirmer un jalon : réalisé tel jour, ou repoussé à tel autre."""

import datetime

from django import forms
from django.utils import timezone

from .champs import ChampDate, date_saisie

REALISE, REPOUSSE = "realise", "repousse"


class FormulaireJalon(forms.Form):
    """Une date, et ce qu'elle veut dire. `suite` : « realise » ou « repousse »."""

    schema = forms.CharField(widget=forms.HiddenInput, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    suite = forms.ChoiceField(
        widget=forms.HiddenInput, choices=[(REALISE, "réalisé"), (REPOUSSE, "repoussé")]
    )
    date = ChampDate(label="Le", error_messages={"required": "Donnez la date."})

    def __init__(self, *args, sens: str, fiche, **options):
        jour = date_saisie(timezone.localdate()) if sens == REALISE else ""
        options["initial"] = {
            "schema": fiche.schema.slug, "version": fiche.version, "suite": sens, "date": jour,
        }  # fmt: skip
        options["auto_id"] = f"{sens}_%s"
        super().__init__(*args, **options)
        self.fields["date"].label = "Réalisé le" if sens == REALISE else "Repoussé au"

    def clean(self):
        donnees = super().clean() or {}
        jour: datetime.date | None = donnees.get("date")
        if not jour:
            return donnees
        present = timezone.localdate()
        if donnees.get("suite") == REALISE and jour > present:
            self.add_error("date", "Un jalon réalisé ne se date pas dans l’avenir.")
        elif donnees.get("suite") == REPOUSSE and jour <= present:
            self.add_error("date", "Donnez une date à venir.")
        elif not 2000 <= jour.year <= 2100:
            self.add_error("date", "Cette date est trop loin pour être vraie.")
        return donnees
