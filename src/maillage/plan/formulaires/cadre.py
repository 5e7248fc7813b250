"""Créer et ranger un plan : le schéma, ses divisions, ses repères."""

from decimal import Decimal
from typing import Any

from django import forms

from ..models import Division, Schema
from ..models.schema import PROFONDEUR_MAX
from .champs import ChampDate, ChampEntier, ChampNombre, date_saisie, nombre_saisi
from .fiche import choix_de_divisions


class FormulairePlan(forms.Form):
    """Un plan : ce qu'il est, ses années, le nom de ses niveaux."""

    nom = forms.CharField(
        label="Nom", max_length=200, error_messages={"required": "Le nom manque."}
    )
    nature = forms.ChoiceField(label="Nature", choices=Schema.Nature)
    annee_debut = ChampEntier(
        label="Première année", error_messages={"required": "La première année manque."}
    )
    annee_fin = ChampEntier(
        label="Dernière année", error_messages={"required": "La dernière année manque."}
    )
    date_vote = ChampDate(label="Voté le", required=False)
    periodicite_mois = ChampEntier(
        label="Un point d’étape tous les … mois", initial="3",
        error_messages={"required": "Donnez un nombre de mois."},
    )  # fmt: skip
    devise = forms.CharField(label="Devise", max_length=250, required=False)
    presentation = forms.CharField(
        label="Présentation", widget=forms.Textarea(attrs={"rows": 4}), required=False
    )
    avertissement = forms.CharField(
        label="À savoir",
        help_text="Ce que les sources disent autrement, montré au lecteur.",
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
    )
    source = forms.CharField(label="Source", max_length=300, required=False)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        for rang in range(1, PROFONDEUR_MAX + 1):
            self.fields[f"niveau_{rang}"] = forms.CharField(
                label=f"Nom du niveau {rang}",
                help_text="Au singulier : volet, axe, objectif…" if rang == 1 else "",
                max_length=60,
                required=rang == 1,
                error_messages={"required": "Nommez au moins un niveau."},
            )

    @staticmethod
    def initial_de(schema: Schema) -> dict[str, Any]:
        noms = ("nom", "nature", "devise", "presentation", "avertissement", "source")
        return {
            **{nom: getattr(schema, nom) for nom in noms},
            "annee_debut": str(schema.annee_debut),
            "annee_fin": str(schema.annee_fin),
            "periodicite_mois": str(schema.periodicite_mois),
            "date_vote": date_saisie(schema.date_vote),
            **{f"niveau_{rang}": nom for rang, nom in enumerate(schema.niveaux, start=1)},
        }

    @property
    def valeurs(self) -> dict[str, Any]:
        donnees = dict(self.cleaned_data)
        niveaux = [donnees.pop(f"niveau_{rang}") for rang in range(1, PROFONDEUR_MAX + 1)]
        return {**donnees, "niveaux": [nom for nom in niveaux if nom]}

    def clean(self):
        donnees = super().clean() or {}
        for nom in ("annee_debut", "annee_fin"):
            annee = donnees.get(nom)
            if annee is not None and not 1990 <= annee <= 2100:
                self.add_error(nom, "Une année entre 1990 et 2100.")
        mois = donnees.get("periodicite_mois")
        if mois is not None and not 1 <= mois <= 24:
            self.add_error("periodicite_mois", "De 1 à 24 mois.")
        return donnees

    def add_error(self, field, error):
        super().add_error("niveau_1" if field == "niveaux" else field, error)


class FormulaireDivision(forms.Form):
    """Une division du plan, et sa place."""

    parent = forms.ChoiceField(label="Sous", required=False)
    code = forms.CharField(
        label="Code",
        help_text="Par exemple : V2.A1.",
        error_messages={"required": "Le code manque."},
    )
    nom = forms.CharField(label="Nom", error_messages={"required": "Le nom manque."})
    ambition = forms.CharField(label="Ambition", max_length=200, required=False)
    presentation = forms.CharField(
        label="Présentation", widget=forms.Textarea(attrs={"rows": 3}), required=False
    )
    poids = ChampNombre(
        label="Poids dans le plan", help_text="1 pour une division ordinaire.", required=False
    )

    def __init__(self, *args, schema: Schema, division: Division | None = None, **options):
        super().__init__(*args, **options)
        self.divisions = {
            d.code: d
            for d in Division.objects.filter(schema=schema).order_by("chemin")
            if d.profondeur + 1 < len(schema.niveaux)
            and not (division and d.chemin.startswith(division.chemin))
        }
        self.fields["parent"].choices = [  # type: ignore[attr-defined]
            ("", "À la racine du plan"), *choix_de_divisions(self.divisions.values())
        ]  # fmt: skip

    @staticmethod
    def initial_de(division: Division) -> dict[str, Any]:
        noms = ("code", "nom", "ambition", "presentation")
        return {
            **{nom: getattr(division, nom) for nom in noms},
            "poids": nombre_saisi(division.poids),
            "parent": division.parent.code if division.parent else "",
        }

    @property
    def valeurs(self) -> dict[str, Any]:
        donnees = dict(self.cleaned_data)
        poids = donnees["poids"]
        return {
            **donnees,
            "poids": Decimal(poids) if poids is not None else Decimal(1),
            "parent": self.divisions.get(donnees["parent"]),
        }

    def add_error(self, field, error):
        super().add_error(field if field is None or field in self.fields else None, error)


class FormulaireRepere(forms.Form):
    """Une étape du parcours de vie, ou un public."""

    nom = forms.CharField(label="Nom", error_messages={"required": "Le nom manque."})

    def __init__(self, *args, avec_nom_simple: bool = False, **options):
        super().__init__(*args, **options)
        if avec_nom_simple:
            self.fields["nom_simple"] = forms.CharField(
                label="En un mot", help_text="Par exemple : Grandir.", required=False
            )

    @property
    def valeurs(self) -> dict[str, str]:
        return dict(self.cleaned_data)
