"""Les tables du plan, par entité."""

from .convention import (
    Convention,
    MontantConvention,
    ObligationConvention,
    PartieConvention,
)
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
    "Atteinte",
    "Avancement",
    "Confidentialite",
    "Contributeur",
    "Convention",
    "CorrespondanceColonnes",
    "Division",
    "EtapeParcours",
    "FicheAction",
    "IndicateurFiche",
    "Jalon",
    "LigneBudget",
    "Meteo",
    "MontantConvention",
    "ObligationConvention",
    "PartieConvention",
    "PointEtape",
    "PublicCible",
    "Referent",
    "Risque",
    "Schema",
    "Suite",
    "TexteReference",
    "VersionFiche",
]
