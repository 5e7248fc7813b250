"""Les formulaires de l'import et de l'export."""

from typing import cast

from django import forms

from maillage.socle.classeurs import LIMITES
from maillage.socle.classeurs.limites import MO

from ..models import Schema

FORMATS = [
    ("xlsx", "Excel (.xlsx)"),
    ("ods", "LibreOffice (.ods)"),
    ("csv", "Texte (.csv)"),
]


class ChoixSchema(forms.ModelChoiceField):
    def label_from_instance(self, obj):
        return f"{obj.nom} ({obj.periode})"


class FormulaireImport(forms.Form):
    """Le plan visé et le classeur."""

    schema = ChoixSchema(
        label="Plan", queryset=Schema.objects.none(), to_field_name="slug", empty_label=None
    )
    fichier = forms.FileField(
        label="Classeur",
        help_text=f"Un fichier .xlsx, .ods ou .csv, {LIMITES.fichier // MO} Mo au plus.",
        error_messages={
            "required": "Choisissez un fichier.",
            "empty": "Ce fichier est vide.",
        },
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xlsm,.ods,.csv,.txt,.tsv"}),
    )

    def __init__(self, *args, schemas, **kwargs):
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["schema"]).queryset = schemas

    def clean_fichier(self):
        fichier = self.cleaned_data["fichier"]
        if fichier.size > LIMITES.fichier:
            raise forms.ValidationError(
                f"Ce fichier dépasse {LIMITES.fichier // MO} Mo. Retirez les images et les "
                "feuilles inutiles, puis recommencez."
            )
        return fichier


class FormulaireExport(forms.Form):
    """Le plan et le format ; envoyé en GET, l'adresse se partage."""

    schema = ChoixSchema(
        label="Plan", queryset=Schema.objects.none(), to_field_name="slug", empty_label=None
    )
    format = forms.ChoiceField(label="Format", choices=FORMATS)
    archivees = forms.ChoiceField(
        label="Fiches archivées", choices=[("oui", "Comprises"), ("non", "Laissées de côté")]
    )

    def __init__(self, *args, schemas, **kwargs):
        kwargs.setdefault("auto_id", "export-%s")
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["schema"]).queryset = schemas
