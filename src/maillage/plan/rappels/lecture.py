"""Ce que la règle des rappels a besoin de savoir, lu en un nombre borné de requêtes."""

import datetime
from collections import defaultdict
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Max

from maillage.acteurs.models import Attribution, Compte, Droits
from maillage.calcul.rappels import CHEF, JALONS, ORGANISATION, PILOTE, Attente, Passe, Periode

from ..models import Envoi, FicheAction, LigneEnvoi, PauseRappels, Referent, ReglageRappels

HORIZON_JOURS = 14  # ce que montre « à venir »
JOURS_PAR_MOIS = 30


@dataclass(frozen=True, slots=True)
class Reglages:
    """Ce que la collectivité a décidé, sous la forme que lit `calcul.rappels`."""

    actifs: bool
    fins_de_semaine: bool
    periodes: tuple[Periode, ...]

    def pour_la_regle(self) -> dict:
        return {"periodes": self.periodes, "fins_de_semaine": self.fins_de_semaine}


def reglages(collectivite) -> Reglages:
    """Deux requêtes."""
    ecrit = ReglageRappels.objects.filter(collectivite=collectivite).first() or ReglageRappels()
    return Reglages(
        actifs=ecrit.actifs,
        fins_de_semaine=ecrit.fins_de_semaine,
        periodes=tuple(
            Periode(debut, fin)
            for debut, fin in collectivite.periodes_calmes.values_list("debut", "fin")
        ),
    )


class Comptes:
    """Les comptes ouverts d'une collectivité, et ce dont chacun répond. Deux requêtes."""

    def __init__(self, collectivite, jour: datetime.date):
        par_compte: dict[Compte, list[Attribution]] = defaultdict(list)
        attributions = (
            Attribution.objects.en_vigueur(jour)
            .filter(collectivite=collectivite, compte__is_active=True)
            .select_related("compte__personne")
        )
        if not settings.EST_DEMONSTRATION:
            attributions = attributions.filter(compte__est_demonstration=False)
        for attribution in attributions:
            par_compte[attribution.compte].append(attribution)
        self.par_personne: dict[int, int] = {}
        self.par_organisation: dict[int, set[int]] = defaultdict(set)
        self.administrateurs: set[int] = set()
        self._referents: dict[int, int] = {}  # compte -> organisation
        for compte, siennes in par_compte.items():
            droits = Droits(siennes)
            if compte.personne_id and droits.au_moins("pilote"):
                self.par_personne[compte.personne_id] = compte.pk
            for organisation in droits.organisations_au_moins("pilote"):
                self.par_organisation[organisation].add(compte.pk)
            if droits.au_moins("administrateur"):
                self.administrateurs.add(compte.pk)
            if (
                droits.au_moins("referent_axe")
                and compte.personne
                and compte.personne.organisation_id
            ):
                self._referents[compte.pk] = compte.personne.organisation_id
        self.divisions = [
            (compte, schema, chemin)
            for compte, schema, chemin in Referent.objects.filter(
                compte__in=self._referents
            ).values_list("compte_id", "division__schema_id", "division__chemin")
        ]

    def echelons(self, fiche: FicheAction) -> dict[str, frozenset[int]]:
        """Le pilote ; puis, dans son organisation, les comptes pilotes et le référent de l'axe ;
        puis les administrateurs."""
        pilote = self.par_personne.get(fiche.pilote_personne_id or 0)
        organisation = set(self.par_organisation.get(fiche.pilote_organisation_id or 0, ()))
        organisation |= {
            compte
            for compte, schema, chemin in self.divisions
            if self._referents[compte] == fiche.pilote_organisation_id
            and schema == fiche.schema_id
            and fiche.division.chemin.startswith(chemin)
        }
        return {
            PILOTE: frozenset({pilote} if pilote else ()),
            ORGANISATION: frozenset(organisation),
            CHEF: frozenset(self.administrateurs),
        }


def attentes(collectivite, jour: datetime.date) -> list[Attente]:
    """Les points d'étape attendus bientôt ou déjà dus. Trois requêtes, quel que soit le plan.

    Une fiche archivée ou arrêtée n'a pas d'échéance : elle n'est jamais rappelée. Un plan
    terminé ne l'est pas non plus.
    """
    comptes = Comptes(collectivite, jour)
    fiches = (
        FicheAction.objects.actives()
        .filter(
            schema__collectivite=collectivite,
            schema__annee_fin__gte=jour.year,
            prochaine_echeance__lte=jour + datetime.timedelta(days=HORIZON_JOURS - JALONS[0]),
        )
        .select_related("schema", "division")
        .only(
            "prochaine_echeance", "periodicite_mois", "pilote_personne_id",
            "pilote_organisation_id", "schema__periodicite_mois", "division__chemin",
        )
        .order_by("pk")
    )  # fmt: skip
    return [
        Attente(
            fiche=fiche.pk,
            echeance=fiche.prochaine_echeance,
            echelons=comptes.echelons(fiche),
            periode_jours=JOURS_PAR_MOIS
            * (fiche.periodicite_mois or fiche.schema.periodicite_mois),
        )
        for fiche in fiches
        if fiche.prochaine_echeance
    ]


def passe(collectivite, jour: datetime.date) -> Passe:
    """Ce qui est déjà parti. Les cinq jours comptent d'une collectivité à l'autre."""
    derniers = dict(
        Envoi.objects.rappels()
        .qui_comptent()
        .filter(compte__attributions__collectivite=collectivite)
        .order_by()
        .values_list("compte")
        .annotate(dernier=Max("jour"))
    )
    dits: dict[tuple[int, int, datetime.date], int] = {}
    for compte, fiche, echeance, jalon in (
        LigneEnvoi.objects.filter(
            envoi__in=Envoi.objects.rappels().qui_ont_dit(),
            fiche__schema__collectivite=collectivite,
            envoi__jour__gte=jour - datetime.timedelta(days=400),
        )
        .order_by()
        .values_list("envoi__compte_id", "fiche_id", "echeance", "jalon")
    ):
        cle = (compte, fiche, echeance)
        dits[cle] = max(jalon, dits.get(cle, jalon))
    return Passe(derniers=derniers, dits=dits)


def en_pause(jour: datetime.date) -> frozenset[int]:
    return frozenset(PauseRappels.objects.en_vigueur(jour).values_list("compte_id", flat=True))
