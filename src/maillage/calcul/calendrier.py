"""Compter en mois sur le calendrier, sans Django."""

import calendar
import datetime


def mois_plus_tot(jour: datetime.date, mois: int) -> datetime.date:
    """Le même quantième, des mois plus tôt ; le dernier du mois quand il n'y existe pas.

    Le 31 mai moins trois mois donne le 28 (ou 29) février. `mois` négatif avance.
    """
    annee, rang = divmod(jour.year * 12 + jour.month - 1 - mois, 12)
    dernier = calendar.monthrange(annee, rang + 1)[1]
    return datetime.date(annee, rang + 1, min(jour.day, dernier))
