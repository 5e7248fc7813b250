"""Charger la démonstration : les plans réels, puis l'année inventée et les comptes d'un clic."""

import datetime
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction

from maillage.acteurs.services import creer_comptes_de_demonstration
from maillage.journal.models import Ligne
from maillage.journal.services import consigner
from maillage.plan.installation import installer_schema
from maillage.plan.models import Schema

from .comptes import confier, ouvrir_les_comptes
from .conventions import inventer_les_conventions
from .histoire import vieillir
from .rappels import inventer_les_rappels
from .suivi_invente import inventer_le_suivi

GRAINE = 41
VERBE = "démonstration chargée"
FICHIERS = ("loir-et-cher/schema-2024.yaml", "loiret/schema-2022.yaml")


AVERTISSEMENT = (
    "Démonstration : pilotes, partenaires, budgets, conventions, indicateurs, risques et "
    "points d’étape sont inventés."
)


class DemonstrationRefusee(Exception):
    """La démonstration n'est pas chargée ; le message dit pourquoi. Rien n'est écrit."""


@dataclass(frozen=True, slots=True)
class Demonstration:
    """Ce qui a été chargé, ou l'était déjà : graine, jour de référence, comptes."""

    chargee: bool
    graine: int
    jour: datetime.date


def deja_chargee() -> Demonstration | None:
    """La démonstration en place, lue au journal ; None s'il n'y en a pas."""
    ligne = Ligne.objects.filter(verbe=VERBE).first()
    if ligne is None:
        return None
    jour = datetime.date.fromisoformat(ligne.changements["jour"])
    return Demonstration(chargee=False, graine=ligne.changements["graine"], jour=jour)


def charger(*, graine: int = GRAINE, jour: datetime.date) -> Demonstration:
    """Charge tout, ou rien. Ne fait rien si une démonstration est déjà en place.

    Même graine et même jour : mêmes données. Lève `DemonstrationRefusee` en production.
    """
    if not settings.EST_DEMONSTRATION:
        raise DemonstrationRefusee(
            "La démonstration ne se charge pas en production : elle contient des données "
            "inventées et des comptes sans mot de passe. Rien n’a changé."
        )
    if en_place := deja_chargee():
        return en_place
    with transaction.atomic():
        schemas: list[Schema] = []
        for nom in FICHIERS:
            schemas.append(installer_schema(fichier=Path(settings.DONNEES) / nom).schema)
        loir_et_cher, *autres = schemas
        comptes = ouvrir_les_comptes(loir_et_cher)
        inventer_le_suivi(schema=loir_et_cher, pilote=comptes["pilote"], graine=graine, jour=jour)
        vieillir(schemas=schemas, suivi=loir_et_cher, graine=graine, jour=jour)
        confier(loir_et_cher, comptes)
        inventer_les_conventions(schema=loir_et_cher, jour=jour)
        inventer_les_rappels(loir_et_cher, comptes, jour)
        _prevenir(loir_et_cher)
        for schema in autres:
            creer_comptes_de_demonstration(schema.collectivite)
        consigner(
            verbe=VERBE,
            objet=schemas[0],
            changements={"graine": graine, "jour": jour.isoformat()},
            origine="commande",
        )
    return Demonstration(chargee=True, graine=graine, jour=jour)


def _prevenir(schema: Schema) -> None:
    """Dit sur le plan lui-même ce qui est inventé."""
    schema.avertissement = f"{schema.avertissement}\n\n{AVERTISSEMENT}".strip()
    schema.save(update_fields=["avertissement"])
