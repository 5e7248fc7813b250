"""Une chose à faire, telle que l'écran « À faire » la montre."""

import datetime
from dataclasses import dataclass

from maillage.socle.mise_en_mots import duree_en_mots


@dataclass(frozen=True, slots=True)
class Tache:
    """Une chose à faire, pour `composants/afaire.html`. `rang` : sa date, qui fait l'ordre."""

    rang: datetime.date
    echeance: str
    urgence: str
    titre: str
    detail: str
    bouton: str
    url: str
    principal: bool = False


def depuis(date: datetime.date, jour: datetime.date) -> str:
    jours = (jour - date).days
    if jours == 0:
        return "Aujourd’hui"
    return f"Depuis {duree_en_mots(date, jour).removeprefix('il y a ')}"
