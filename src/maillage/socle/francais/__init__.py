"""Lire et écrire ce que les agents tapent en français : dates, montants, pourcentages, listes.

Chaque fonction `lire_*` accepte la valeur d'une cellule (texte, nombre, date) ou une saisie.
Elle rend `None` quand rien n'est dit (vide, « - », « à définir »…), une valeur typée quand le
sens est certain, et lève `ValeurIllisible` sinon : jamais de valeur devinée. Le message est une
phrase destinée à la personne qui a tapé la valeur.
"""

from .dates import ANNEE_MAX, ANNEE_MIN, MOIS, DateLue, Precision, date_fr, lire_date, periode_fr
from .listes import joindre_liste, lire_liste
from .nombres import (
    booleen_fr,
    lire_booleen,
    lire_entier,
    lire_montant,
    lire_nombre,
    lire_pourcentage,
    montant_fr,
    nombre_fr,
    pourcentage_fr,
)
from .texte import (
    FINE_INSECABLE,
    INSECABLE,
    MOINS,
    SANS_VALEUR,
    ValeurIllisible,
    est_sans_valeur,
    nettoyer_espaces,
    normaliser,
)

__all__ = [
    "ANNEE_MAX",
    "ANNEE_MIN",
    "FINE_INSECABLE",
    "INSECABLE",
    "MOINS",
    "MOIS",
    "SANS_VALEUR",
    "DateLue",
    "Precision",
    "ValeurIllisible",
    "booleen_fr",
    "date_fr",
    "est_sans_valeur",
    "joindre_liste",
    "lire_booleen",
    "lire_date",
    "lire_entier",
    "lire_liste",
    "lire_montant",
    "lire_nombre",
    "lire_pourcentage",
    "montant_fr",
    "nettoyer_espaces",
    "nombre_fr",
    "normaliser",
    "periode_fr",
    "pourcentage_fr",
]
