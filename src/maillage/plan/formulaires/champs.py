"""Des champs qui lisent ce que les agents tapent : « 12 500,50 », « 3 mars 2026 », des noms.

Ce sont des champs de texte : une saisie refusée reste affichée telle qu'elle a été tapée.
"""

import datetime
from decimal import Decimal

from django import forms

from maillage.socle.francais import (
    ValeurIllisible,
    lire_date,
    lire_entier,
    lire_liste,
    lire_montant,
    lire_nombre,
)

from ..etat import decimal_texte


class _ChampLu(forms.CharField):
    """Un texte qu'une fonction de `socle.francais` sait lire ; None quand rien n'est dit."""

    def clean(self, value):
        texte = super().clean(value)
        if not texte:
            return None
        try:
            return self.lire(texte)
        except ValeurIllisible as refus:
            raise forms.ValidationError(str(refus)) from None

    def lire(self, texte: str):
        raise NotImplementedError


def _saisie(**attributs):
    return forms.TextInput(attrs={"autocomplete": "off", **attributs})


class ChampNombre(_ChampLu):
    """Un nombre décimal ; rend le texte canonique de l'état (« 12.5 »)."""

    widget = _saisie(inputmode="decimal")

    def lire(self, texte):
        return decimal_texte(lire_nombre(texte))


class ChampMontant(_ChampLu):
    """Des euros : « 12 500 € », « 12,5 k€ » ; rend le texte canonique."""

    widget = _saisie(inputmode="decimal")

    def lire(self, texte):
        return decimal_texte(lire_montant(texte))


class ChampEntier(_ChampLu):
    widget = _saisie(inputmode="numeric")

    def lire(self, texte):
        return lire_entier(texte)


class ChampDate(_ChampLu):
    """Un jour précis ; rend une `date`. « mars 2026 » est refusé : on ne devine pas le jour."""

    widget = _saisie(placeholder="jj/mm/aaaa")

    def lire(self, texte) -> datetime.date | None:
        lue = lire_date(texte)
        if lue is None:
            return None
        if lue.precision != "jour":
            raise ValeurIllisible(f"« {texte} » : donnez aussi le jour, par exemple 01/03/2026.")
        return lue.date


class ChampJourDeLEtat(ChampDate):
    """Comme `ChampDate`, mais rend le texte de l'état (« 2026-03-01 »)."""

    def lire(self, texte):
        jour = super().lire(texte)
        return jour.isoformat() if jour else None


class ChampListe(forms.CharField):
    """Des noms, un par ligne ou séparés par « ; » ; rend une liste."""

    widget = forms.Textarea(attrs={"rows": 3})

    def clean(self, value):
        return lire_liste(";\n".join((super().clean(value) or "").splitlines()) + ";")


def date_saisie(valeur: str | datetime.date | None) -> str:
    """Une date telle qu'on la retape : « 03/10/2026 »."""
    if not valeur:
        return ""
    try:
        jour = valeur if isinstance(valeur, datetime.date) else datetime.date.fromisoformat(valeur)
    except ValueError:
        return str(valeur)
    return jour.strftime("%d/%m/%Y")


def nombre_saisi(valeur: str | Decimal | float | None) -> str:
    """Un nombre tel qu'on le retape : « 12500,5 »."""
    if valeur is None or valeur == "":
        return ""
    if isinstance(valeur, Decimal):
        valeur = decimal_texte(valeur)
    return str(valeur).replace(".", ",")
