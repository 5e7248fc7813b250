"""L'histoire d'une fiche : versions et points d'étape dans une seule chronologie."""

import datetime
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from .espace import adresse
from .etat import Etat, differences
from .models import FicheAction, PointEtape, VersionFiche
from .presentation import (
    ChangementLisible,
    changement_lisible,
    changements_lisibles,
    origine_en_mots,
)


@dataclass(slots=True)
class Evenement:
    """Quelque chose est arrivé à la fiche : une écriture, ou un point d'étape."""

    quand: datetime.datetime
    sorte: str  # « version » ou « point »
    quoi: str
    qui: str
    url: str = ""
    origine: str = ""
    motif: str = ""
    point: PointEtape | None = None
    version: VersionFiche | None = None
    changements: list[ChangementLisible] = field(default_factory=list)


def chronologie(fiche: FicheAction, nombre: int, avant: datetime.datetime | None = None):
    """Les derniers évènements, du plus récent au plus ancien. Deux requêtes.

    `avant` : ne rend que ce qui précède cet instant, pour lire la suite d'une longue histoire.
    """
    versions = fiche.versions.select_related("auteur").defer("etat")
    points = fiche.points.select_related("auteur").order_by("-cree_le", "-pk")
    if avant:
        versions, points = versions.filter(date__lt=avant), points.filter(cree_le__lt=avant)
    evenements = [_de_version(fiche, version) for version in versions[:nombre]]
    evenements += [_de_point(point) for point in points[:nombre]]
    evenements.sort(key=lambda e: e.quand, reverse=True)
    return evenements[:nombre]


def _de_version(fiche: FicheAction, version: VersionFiche) -> Evenement:
    changements = changements_lisibles(version.changements)
    if version.numero == 1 or not changements:
        quoi = "Fiche créée"
    elif len(changements) == 1:
        quoi = f"{changements[0].libelle} : modifié"
    else:
        quoi = f"{len(changements)} champs modifiés"
    if any(c.cle == "archivee" for c in changements):
        quoi = "Fiche archivée" if version_archive(version) else "Fiche remise dans le plan"
        changements = [c for c in changements if c.cle not in {"archivee", "motif_archivage"}]
    return Evenement(
        quand=version.date,
        sorte="version",
        quoi=quoi,
        qui=str(version.auteur) if version.auteur else "le système",
        url=adresse("version", fiche, version.numero),
        origine="" if version.origine == "ecran" else origine_en_mots(version.origine),
        motif=version.motif,
        version=version,
        changements=changements,
    )


def version_archive(version: VersionFiche) -> bool:
    """Vrai si cette écriture a archivé la fiche."""
    return any(c["cle"] == "archivee" and c.get("apres") for c in version.changements)


def _de_point(point: PointEtape) -> Evenement:
    return Evenement(
        quand=point.cree_le,
        sorte="point",
        quoi="Point d’étape" if point.retire_le is None else "Point d’étape retiré",
        qui=point.fonction_auteur or (str(point.auteur) if point.auteur else "le système"),
        point=point,
    )


def comparer(avant: Etat, apres: Etat) -> list[ChangementLisible]:
    """Tout ce qui diffère entre deux états, mis en mots."""
    return [changement_lisible(c.cle, c.avant, c.apres) for c in differences(avant, apres)]


def version_ou_rien(fiche: FicheAction, numero: Any) -> VersionFiche | None:
    """La version de ce numéro, ou None : un numéro tapé dans l'adresse peut être n'importe quoi."""
    texte = str(numero or "")
    if not texte.isdecimal() or len(texte) > 9:
        return None
    return fiche.versions.select_related("auteur").filter(numero=int(texte)).first()


def instant_demande(texte: str) -> datetime.datetime | None:
    """L'instant ISO porté par l'adresse (« la suite ») ; None s'il est absent ou illisible."""
    try:
        instant = datetime.datetime.fromisoformat(texte)
    except ValueError:
        return None
    return instant if timezone.is_aware(instant) else None
