"""Les tables du plan, par entité."""

from .agenda import AbonnementAgenda
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
from .rappels import Envoi, LigneEnvoi, PauseRappels, PeriodeCalme, ReglageRappels
from .schema import CorrespondanceColonnes, Division, EtapeParcours, PublicCible, Referent, Schema
from .suivi import Atteinte, Avancement, Meteo, PointEtape, Suite, VersionFiche

__all__ = [
    "AbonnementAgenda",
    "Atteinte",
    "Avancement",
    "Confidentialite",
    "Contributeur",
    "Convention",
    "CorrespondanceColonnes",
    "Division",
    "Envoi",
    "EtapeParcours",
    "FicheAction",
    "IndicateurFiche",
    "Jalon",
    "LigneBudget",
    "LigneEnvoi",
    "Meteo",
    "MontantConvention",
    "ObligationConvention",
    "PartieConvention",
    "PauseRappels",
    "PeriodeCalme",
    "PointEtape",
    "PublicCible",
    "Referent",
    "ReglageRappels",
    "Risque",
    "Schema",
    "Suite",
    "TexteReference",
    "VersionFiche",
]
