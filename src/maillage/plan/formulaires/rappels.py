"""Régler les rappels : allumés, le week-end, les périodes où l'on se tait, les pauses."""

import datetime

from django import forms
from django.utils import timezone

from .champs import ChampDate

PERIODE_AU_PLUS = 120  # jours ; au-delà, on éteint les rappels plutôt que de les oublier


class FormulaireReglages(forms.Form):
    actifs = forms.BooleanField(label="Envoyer les rappels", required=False)
    fins_de_semaine = forms.BooleanField(
        label="Envoyer aussi le samedi et le dimanche", required=False
    )


class FormulairePeriode(forms.Form):
    libelle = forms.CharField(
        label="Raison",
        help_text="Par exemple : vacances d’été.",
        max_length=100,
        error_messages={"required": "Donnez la raison, en quelques mots."},
    )
    debut = ChampDate(label="Du", error_messages={"required": "Donnez le premier jour."})
    fin = ChampDate(label="Au", error_messages={"required": "Donnez le dernier jour."})

    def clean(self):
        donnees = super().clean() or {}
        debut, fin = donnees.get("debut"), donnees.get("fin")
        if debut and fin and fin < debut:
            self.add_error("fin", "Le dernier jour vient avant le premier.")
        elif fin and fin < timezone.localdate():
            self.add_error("fin", "Cette période est déjà finie.")
        elif debut and fin and (fin - debut).days > PERIODE_AU_PLUS:
            self.add_error("fin", "Quatre mois au plus. Pour plus long, éteignez les rappels.")
        return donnees


class FormulairePause(forms.Form):
    """Combien de temps ne plus recevoir de rappels."""

    DUREES = (
        ("30", "Pendant un mois"),
        ("90", "Pendant trois mois"),
        ("toujours", "Jusqu’à nouvel ordre"),
    )

    duree = forms.ChoiceField(
        label="Ne plus recevoir de rappels",
        choices=DUREES,
        widget=forms.RadioSelect,
        initial="30",
        error_messages={"required": "Choisissez une durée."},
    )

    @property
    def jusqu_au(self) -> datetime.date | None:
        duree = self.cleaned_data["duree"]
        if duree == "toujours":
            return None
        return timezone.localdate() + datetime.timedelta(days=int(duree))
