"""Lire le plan : le cadre d'une collectivité, et ce qu'une liste montre de chaque fiche.

Une liste se lit en une requête de valeurs, sans objet : une page en montre des centaines.
"""

import datetime
from collections.abc import Iterable
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple
from urllib.parse import quote, urlencode

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from maillage.acteurs.models import Organisation
from maillage.territoires.models import TerritoireAction

from .models import Division, EtapeParcours, FicheAction, PublicCible, Schema
from .models.fiche import FicheQuerySet, fraicheur_au

# Le mot de l'écran pour chaque fraîcheur. « sans_suivi » n'a pas de marque : rien n'est attendu ;
# « premier_point » non plus : la forme « pas encore de point » le dit déjà.
MARQUES_FRAICHEUR = {
    "a_jour": "jour",
    "a_actualiser": "actualiser",
    "en_retard": "retard",
    "sans_suivi": "jour",
    "premier_point": "jour",
}


class FicheLue(NamedTuple):
    """Ce qu'une liste montre d'une fiche ; `fraicheur` est celle du jour de la lecture."""

    pk: int
    schema_id: int
    division_id: int
    code: str
    titre: str
    meteo: str
    avancement: str
    taux: int | None
    taux_indicateurs: float | None
    indicateurs_calculables: int
    indicateurs_total: int
    poids: Decimal
    prochaine_echeance: datetime.date | None
    dernier_point_le: datetime.date | None
    bloquee_par: str
    arbitrage_demande: bool
    phare: bool
    suivi_demonstration: bool
    pilote: str | None
    fraicheur: str

    @property
    def marque(self) -> str:
        return MARQUES_FRAICHEUR[self.fraicheur]


CHAMPS_LUS = [*FicheLue._fields[:-2], "pilote_organisation__nom"]


def lire(fiches: QuerySet, jour: datetime.date | None = None) -> list[FicheLue]:
    """Les fiches d'un queryset, dans son ordre. Une requête."""
    jour = jour or timezone.localdate()
    rang = FicheLue._fields.index("prochaine_echeance")
    return [
        FicheLue._make((*ligne, fraicheur_lue(ligne[rang], ligne[rang + 1], jour)))
        for ligne in fiches.values_list(*CHAMPS_LUS)
    ]


def fraicheur_lue(
    echeance: datetime.date | None, dernier_point: datetime.date | None, jour: datetime.date
) -> str:
    """La fraîcheur telle qu'on la montre : sans aucun point, le premier est attendu.

    On ne dit pas « en retard » d'une fiche que personne ne suit encore : elle n'a pas vieilli.
    """
    fraicheur = fraicheur_au(echeance, jour)
    if dernier_point is None and fraicheur in {"a_actualiser", "en_retard"}:
        return "premier_point"
    return fraicheur


class Cadre:
    """Les plans publiés d'une collectivité et leurs mots : divisions, territoires, étapes, publics.

    Chaque liste se lit au premier besoin, en une requête, et se garde le temps d'une page.
    `schemas` : d'autres plans que les publiés (l'espace de travail voit aussi les brouillons).
    `portee` : ceux dont la page montre les fiches ; tous par défaut. Une page ne lit que les mots
    de sa portée : son temps ne grandit pas avec les plans terminés.
    """

    def __init__(
        self,
        collectivite,
        schemas: Iterable[Schema] | None = None,
        portee: list[Schema] | None = None,
    ):
        self.collectivite = collectivite
        self._schemas = schemas
        self._portee = portee

    @cached_property
    def schemas(self) -> list[Schema]:
        """Le plan en cours d'abord."""
        if self._schemas is None:
            self._schemas = Schema.objects.de(self.collectivite).publies()
        trouves = list(self._schemas)
        for schema in trouves:
            schema.collectivite = self.collectivite
        return trouves

    @property
    def portee(self) -> list[Schema]:
        return self.schemas if self._portee is None else self._portee

    @cached_property
    def divisions(self) -> list[Division]:
        """Celles des plans de la portée, dans l'ordre des plans puis de chacun."""
        rangs = {schema.pk: rang for rang, schema in enumerate(self.portee)}
        return sorted(
            Division.objects.filter(schema__in=rangs).only(
                "pk", "schema_id", "code", "nom", "chemin", "profondeur", "parent_id", "poids",
                "ambition",
            ),
            key=lambda d: (rangs[d.schema_id], d.chemin),
        )  # fmt: skip

    @cached_property
    def territoires(self) -> list[TerritoireAction]:
        if not self.collectivite.decoupage_id:
            return []
        return list(
            TerritoireAction.objects.filter(decoupage=self.collectivite.decoupage_id).order_by(
                "ordre", "nom"
            )
        )

    @cached_property
    def etapes(self) -> list[EtapeParcours]:
        return list(EtapeParcours.objects.filter(collectivite=self.collectivite))

    @cached_property
    def publics(self) -> list[PublicCible]:
        """Ceux que vise au moins une fiche."""
        vises = FicheAction.publics.through.objects.filter(
            ficheaction__schema__in=[s.pk for s in self.portee]
        )
        return list(
            PublicCible.objects.filter(
                collectivite=self.collectivite, pk__in=vises.values("publiccible_id")
            )
        )

    @cached_property
    def pilotes(self) -> list[tuple[str, str]]:
        """(nom comparé, nom) des organisations qui pilotent une fiche de ces plans."""
        pilotent = FicheAction.objects.actives().filter(schema__in=[s.pk for s in self.portee])
        return list(
            Organisation.objects.de(self.collectivite)
            .filter(pk__in=pilotent.values("pilote_organisation_id"))
            .values_list("nom_normalise", "nom")
        )

    def schema(self, slug: str | None) -> Schema | None:
        """Le plan de cette adresse, sinon le plan en cours ; None si rien n'est publié.

        Lève `Http404` pour une adresse inconnue.
        """
        if not slug:
            return self.schemas[0] if self.schemas else None
        for schema in self.schemas:
            if schema.slug == slug:
                return schema
        raise Http404("Ce plan n’existe pas, ou n’est pas publié.")

    @property
    def cachets(self) -> list[str]:
        return [schema.cachet for schema in self.schemas]

    def adresses(self, racine: str = "plan:actions") -> "Adresses":
        """De quoi écrire l'adresse d'une fiche : publique, ou sous une autre racine."""
        return Adresses(self, reverse(racine, args=[self.collectivite.slug]))


class Adresses:
    """Écrit l'adresse d'une fiche sans la résoudre : une page en montre des centaines.

    Une fiche d'un autre plan que le premier dit duquel elle est : un code peut y resservir.
    """

    do_not_call_in_templates = True  # un gabarit la passe, sans l'appeler

    def __init__(self, cadre: Cadre, racine: str):
        self.racine = racine
        self.suites = {
            schema.pk: f"?{urlencode({'schema': schema.slug})}" for schema in cadre.schemas[1:]
        }

    def __call__(self, fiche: FicheLue) -> str:
        return f"{self.racine}{quote(fiche.code)}/{self.suites.get(fiche.schema_id, '')}"


def cadre_public(request) -> Cadre:
    """Le cadre de la collectivité de cette requête, lu une fois par requête."""
    cadre = getattr(request, "_cadre_public", None)
    if cadre is None:
        cadre = request._cadre_public = Cadre(request.collectivite)
    return cadre


def cadre_en_cours(request) -> Cadre:
    """Les plans publiés que l'on tient encore ; tous, si le dernier est fini.

    Les pages du portail ne mêlent pas les actions d'aujourd'hui à celles d'anciens plans : elles
    restent lisibles, et leur temps ne grandit pas avec les archives.
    """
    cadre = getattr(request, "_cadre_en_cours", None)
    if cadre is None:
        publies = Schema.objects.de(request.collectivite).publies()
        cadre = Cadre(request.collectivite, publies.en_cours())
        if not cadre.schemas:
            cadre = cadre_public(request)
        request._cadre_en_cours = cadre
    return cadre


def cadre_des_plans(request, slugs: list[str]) -> Cadre:
    """Tous les plans publiés, et pour portée ceux de ces adresses ; à défaut, ceux en cours."""
    tous = cadre_public(request).schemas
    demandes = [schema for schema in tous if schema.slug in slugs]
    annee = timezone.localdate().year
    en_cours = [s for s in tous if s.est_principal or s.annee_fin >= annee]
    return Cadre(request.collectivite, tous, demandes or en_cours or tous)


def fiches_publiques(cadre: Cadre, schema: Schema | None = None) -> FicheQuerySet:
    """Les fiches que voit un visiteur, rangées par plan puis dans l'ordre du plan."""
    schemas = [schema] if schema else cadre.portee
    return (
        FicheAction.objects.publiees()
        .filter(schema__in=[s.pk for s in schemas])
        .order_by("-schema__est_principal", "schema", "division__chemin", "code")
    )
