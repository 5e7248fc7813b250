"""Les tables du plan, par entité."""

from .agenda import AbonnementAgenda
from .fiche import (
    Confidentialite,
    Contributeur,
    FicheAction,
    IndicateurFiche,
    Jalon,
    LigneBudget,
    Risque,
    TexteReference,
)
from .schema import CorrespondanceColonnes, Division, EtapeParcours, PublicCible, Referent, Schema
from .suivi import Atteinte, Avancement, Meteo, PointEtape, Suite, VersionFiche

__all__ = [
    "AbonnementAgenda",
    "Atteinte",
    "Avancement",
    "Confidentialite",
    "Contributeur",
    "CorrespondanceColonnes",
    "Division",
    "EtapeParcours",
    "FicheAction",
    "IndicateurFiche",
    "Jalon",
    "LigneBudget",
    "Meteo",
    "PointEtape",
    "PublicCible",
    "Referent",
    "Risque",
    "Schema",
    "Suite",
    "TexteReference",
    "VersionFiche",
]
