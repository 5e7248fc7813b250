"""La fiche action en PDF accessible (PDF/UA-1), avec les mêmes faits que la page."""

from pathlib import Path

from maillage.socle.documents import composer_pdf

from ..models import FicheAction
from .faits import date_de_la_fiche, donnees_de_la_fiche

MODELE = Path(__file__).parent / "fiche.typ"


def fiche_en_pdf(fiche: FicheAction, *, interne: bool = False) -> bytes:
    """Compose le PDF d'une fiche. `interne` ajoute ce qui n'est pas publié : risques, notes, noms.

    Lève `DocumentImpossible`. La date du document est celle de la dernière écriture de la fiche.
    """
    return composer_pdf(
        MODELE, donnees_de_la_fiche(fiche, interne=interne), date=date_de_la_fiche(fiche)
    )
