"""Écrire et lire les conventions. Une transaction, une ligne de journal, un cachet par écriture.

L'état d'une convention est un dictionnaire que JSON sait écrire, comme celui d'une fiche : le
journal en garde l'avant et l'après.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from maillage.acteurs.models import Organisation
from maillage.calcul.budget import Montants
from maillage.journal.services import consigner
from maillage.socle.francais import normaliser

from .etat import decimal_texte
from .models import (
    Convention,
    FicheAction,
    LigneBudget,
    MontantConvention,
    ObligationConvention,
    PartieConvention,
)

SIMPLES = (
    "objet", "nature", "reference", "date_debut", "date_fin", "reconduction", "preavis_mois",
    "objectifs", "document", "est_publiee",
)  # fmt: skip


class ConventionRefusee(ValueError):
    """La convention n'a pas été écrite. `champs` : {nom du champ: ce qu'il faut corriger}."""

    def __init__(self, champs: dict[str, str]):
        self.champs = champs
        super().__init__(" ".join(champs.values()))


class ConventionChangee(Exception):
    """Quelqu'un l'a écrite entre-temps ; rien n'a été écrit. `convention` : telle qu'elle est."""

    def __init__(self, convention: Convention):
        self.convention = convention
        super().__init__("Cette convention a été modifiée entre-temps.")


@dataclass(frozen=True, slots=True)
class Saisie:
    """Ce qu'une personne dit d'une convention.

    `parties` : (nom d'organisation, rôle) ; `montants` : (année, nom du financeur, euros) ;
    `obligations` : dictionnaires (pk s'il est connu, libelle, organisation, personne, echeance,
    faite_le, preuve). Un nom d'organisation nouveau la crée.
    """

    valeurs: dict[str, Any]
    parties: list[tuple[str, str]]
    montants: list[tuple[int, str, Decimal]]
    obligations: list[dict[str, Any]]
    fiches: list[FicheAction]


def etat_de_la_convention(convention: Convention) -> dict[str, Any]:
    """Tout ce qu'elle dit, en valeurs que JSON sait écrire."""
    return {
        **{nom: _simple(getattr(convention, nom)) for nom in SIMPLES},
        "parties": [
            [p.organisation.nom, p.role]
            for p in convention.engagements.select_related("organisation")
        ],
        "montants": [
            [m.annee, m.financeur.nom, decimal_texte(m.montant)]
            for m in convention.montants.select_related("financeur")
        ],
        "obligations": [
            {
                "libelle": o.libelle,
                "organisation": o.organisation.nom if o.organisation else "",
                "personne": str(o.personne) if o.personne else "",
                "echeance": _simple(o.echeance),
                "faite_le": _simple(o.faite_le),
                "preuve": o.preuve,
            }
            for o in convention.obligations.select_related("organisation", "personne")
        ],
        "fiches": sorted(convention.fiches.values_list("code", flat=True)),
        "archivee": convention.archivee_le is not None,
        "motif_archivage": convention.motif_archivage,
    }


def _simple(valeur):
    return valeur.isoformat() if isinstance(valeur, datetime.date) else valeur


def creer_convention(
    *, collectivite, saisie: Saisie, par, origine: str = "ecran", est_demonstration: bool = False
) -> Convention:
    """Crée une convention. Lève `ConventionRefusee`."""
    with transaction.atomic():
        verifier(collectivite, saisie)
        convention = Convention(collectivite=collectivite, est_demonstration=est_demonstration)
        _poser(convention, saisie)
        consigner(
            verbe="convention créée",
            objet=convention,
            par=par,
            collectivite=collectivite,
            origine=origine,
            cachets=[convention.cachet],
        )
        return convention


def modifier_convention(
    *, convention: Convention, saisie: Saisie, par, version_attendue: int
) -> Convention:
    """Écrit une convention à partir de la version que la personne avait sous les yeux.

    Lève `ConventionChangee` si elle a changé depuis, `ConventionRefusee` ; n'écrit alors rien.
    Ne fait rien quand rien ne diffère.
    """
    with transaction.atomic():
        convention = _relire(convention)
        if convention.version != version_attendue:
            raise ConventionChangee(convention)
        verifier(convention.collectivite, saisie)
        avant = etat_de_la_convention(convention)
        reprise = transaction.savepoint()
        _poser(convention, saisie)
        apres = etat_de_la_convention(convention)
        if apres == avant:
            transaction.savepoint_rollback(reprise)
            return convention
        transaction.savepoint_commit(reprise)
        _monter(convention)
        _consigner(convention, "convention modifiée", par, avant, apres)
        return convention


def archiver_convention(*, convention: Convention, motif: str, par) -> Convention:
    """Sort une convention du registre sans rien effacer. Lève `ConventionRefusee` sans motif."""
    motif = " ".join(motif.split())[:300]
    if not motif:
        raise ConventionRefusee({"motif": "Dites pourquoi, en une phrase."})
    return _changer_l_archivage(convention, timezone.now(), motif, par, "convention archivée")


def restaurer_convention(*, convention: Convention, par) -> Convention:
    """Remet au registre une convention archivée."""
    return _changer_l_archivage(convention, None, "", par, "convention remise au registre")


def rendre_compte(
    *, obligation: ObligationConvention, faite_le: datetime.date, preuve: str, par
) -> ObligationConvention:
    """Dit qu'une obligation est remplie, quand, et ce qui le prouve.

    Lève `ConventionRefusee` pour une date à venir, ou si la convention est archivée.
    """
    if faite_le > timezone.localdate():
        raise ConventionRefusee({"faite_le": "Cette date est dans l’avenir."})
    with transaction.atomic():
        convention = _relire(obligation.convention)
        if convention.archivee_le:
            raise ConventionRefusee({"": "Cette convention est archivée."})
        obligation = ObligationConvention.objects.get(pk=obligation.pk)
        avant = etat_de_la_convention(convention)
        obligation.faite_le, obligation.preuve = faite_le, preuve.strip()[:500]
        obligation.save(update_fields=["faite_le", "preuve"])
        _monter(convention)
        _consigner(convention, "obligation remplie", par, avant, etat_de_la_convention(convention))
        return obligation


def verifier(collectivite, saisie: Saisie) -> None:
    """Lève `ConventionRefusee`."""
    fautes: dict[str, str] = {}
    debut, fin = saisie.valeurs.get("date_debut"), saisie.valeurs.get("date_fin")
    if not saisie.valeurs.get("objet"):
        fautes["objet"] = "L’objet manque."
    if debut and fin and fin < debut:
        fautes["date_fin"] = "La fin vient avant le début."
    preavis = saisie.valeurs.get("preavis_mois")
    if preavis is not None and not 0 <= preavis <= 60:
        fautes["preavis_mois"] = "Un préavis va de 0 à 60 mois."
    if not saisie.parties:
        fautes["parties"] = "Nommez au moins une partie : qui s’engage ?"
    parties = [(normaliser(nom), role) for nom, role in saisie.parties]
    if len(set(parties)) != len(parties):
        fautes["parties"] = "Une organisation est donnée deux fois avec le même rôle."
    cles = [(annee, normaliser(nom)) for annee, nom, _ in saisie.montants]
    if len(set(cles)) != len(cles):
        fautes["montants"] = "Un financeur est donné deux fois pour la même année."
    if any(not 1990 <= annee <= 2100 for annee, _, _ in saisie.montants):
        fautes["montants"] = "Une année est entre 1990 et 2100."
    if any(montant < 0 for _, _, montant in saisie.montants):
        fautes["montants"] = "Un montant n’est jamais négatif."
    if any(f.schema.collectivite_id != collectivite.pk for f in saisie.fiches):
        fautes["fiches"] = "Une de ces fiches est d’une autre collectivité."
    if fautes:
        raise ConventionRefusee(fautes)


def _relire(convention: Convention) -> Convention:
    return (
        Convention.objects.select_for_update(of=("self",))
        .select_related("collectivite")
        .get(pk=convention.pk)
    )


def _monter(convention: Convention) -> None:
    convention.version += 1
    convention.save(update_fields=["version"])


def _consigner(convention, verbe, par, avant, apres) -> None:
    consigner(
        verbe=verbe,
        objet=convention,
        par=par,
        collectivite=convention.collectivite,
        changements={
            cle: {"avant": avant[cle], "apres": apres[cle]}
            for cle in apres
            if avant[cle] != apres[cle]
        },
        cachets=[convention.cachet],
    )


def _changer_l_archivage(convention, quand, motif, par, verbe) -> Convention:
    with transaction.atomic():
        convention = _relire(convention)
        if (convention.archivee_le is None) == (quand is None):
            return convention
        avant = etat_de_la_convention(convention)
        convention.archivee_le, convention.motif_archivage = quand, motif
        convention.version += 1
        convention.save(update_fields=["archivee_le", "motif_archivage", "version"])
        _consigner(convention, verbe, par, avant, etat_de_la_convention(convention))
        return convention


def _poser(convention: Convention, saisie: Saisie) -> None:
    for nom in SIMPLES:
        if nom in saisie.valeurs:
            setattr(convention, nom, saisie.valeurs[nom])
    convention.save()
    noms = [nom for nom, _ in saisie.parties] + [nom for _, nom, _ in saisie.montants]
    noms += [o.get("organisation") or "" for o in saisie.obligations]
    organisations = organisations_nommees(convention.collectivite, noms)
    convention.engagements.all().delete()
    PartieConvention.objects.bulk_create(
        [
            PartieConvention(
                convention=convention, organisation=organisations[normaliser(nom)], role=role
            )
            for nom, role in saisie.parties
        ]
    )
    convention.montants.all().delete()
    MontantConvention.objects.bulk_create(
        [
            MontantConvention(
                convention=convention,
                annee=annee,
                financeur=organisations[normaliser(nom)],
                montant=montant,
            )
            for annee, nom, montant in saisie.montants
        ]
    )
    _poser_les_obligations(convention, saisie.obligations, organisations)
    convention.fiches.set(saisie.fiches)


def _poser_les_obligations(convention, dites: list[dict], organisations: dict) -> None:
    """Une obligation connue garde son identifiant : son adresse ne change pas quand on la relit."""
    connues = {o.pk: o for o in convention.obligations.all()}
    for dite in dites:
        obligation = connues.pop(dite.get("pk") or 0, None) or ObligationConvention(
            convention=convention, est_demonstration=convention.est_demonstration
        )
        nom = dite.get("organisation") or ""
        obligation.libelle = dite["libelle"]
        obligation.organisation = organisations[normaliser(nom)] if nom else None
        obligation.personne = dite.get("personne")
        obligation.echeance = dite.get("echeance")
        obligation.faite_le = dite.get("faite_le")
        obligation.preuve = dite.get("preuve") or ""
        obligation.save()
    ObligationConvention.objects.filter(pk__in=connues).delete()


def organisations_nommees(collectivite, noms: Iterable[str]) -> dict[str, Organisation]:
    """Les organisations de ces noms ou sigles, par nom comparé ; crée celles qui manquent."""
    connues: dict[str, Organisation] = {}
    for organisation in Organisation.objects.de(collectivite):
        connues[organisation.nom_normalise] = organisation
    for organisation in list(connues.values()):
        if organisation.sigle:
            connues.setdefault(normaliser(organisation.sigle), organisation)
    for nom in noms:
        if nom and normaliser(nom) not in connues:
            connues[normaliser(nom)] = Organisation.objects.create(
                collectivite=collectivite, nom=" ".join(nom.split())[:200]
            )
    return connues


# --- Lire -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Engagement:
    """Un financeur, une année : ce qu'il a promis, ce que disent les fiches servies, en euros."""

    annee: int
    financeur: str
    promis: Decimal | None
    fait: Montants

    @property
    def ecart(self) -> Decimal | None:
        """Promis moins engagé ; None sans promesse."""
        return None if self.promis is None else self.promis - (self.fait.engage or 0)


def engagements_et_realise(convention: Convention, fiches: Iterable[int]) -> list[Engagement]:
    """Ce que chaque partenaire a promis, à côté de ce qu'il a fait sur ces fiches.

    `fiches` : les fiches servies que le lecteur peut voir. Deux requêtes. Les années sans promesse
    n'apparaissent que pour un financeur de la convention.
    """
    promis: dict[tuple[int, int], Decimal] = {}
    noms: dict[int, str] = {}
    for montant in convention.montants.select_related("financeur"):
        promis[montant.annee, montant.financeur_id] = montant.montant
        noms[montant.financeur_id] = montant.financeur.nom
    faits: dict[tuple[int, int], Montants] = defaultdict(Montants)
    if noms:
        for annee, financeur, *montants in LigneBudget.objects.filter(
            fiche__in=list(fiches), financeur__in=noms
        ).values_list("annee", "financeur_id", "prevu", "engage", "realise"):
            faits[annee, financeur] += Montants(*montants)
    return [
        Engagement(annee, noms[financeur], promis.get((annee, financeur)), faits[annee, financeur])
        for annee, financeur in sorted({*promis, *faits}, key=lambda cle: (cle[0], noms[cle[1]]))
    ]


def dues(conventions, jour: datetime.date, delai: int = 30) -> list[ObligationConvention]:
    """Les obligations de ces conventions, à remplir d'ici ce délai en jours ou déjà dépassées."""
    return list(
        ObligationConvention.objects.filter(
            convention__in=conventions.actives(),
            faite_le__isnull=True,
            echeance__lte=jour + datetime.timedelta(days=delai),
        )
        .select_related("convention", "organisation", "personne")
        .order_by("echeance", "pk")
    )


def a_renouveler(conventions, jour: datetime.date, delai: int = 60) -> list[Convention]:
    """Celles dont le préavis tombe d'ici ce délai en jours, et qui ne sont pas finies."""
    return [
        convention
        for convention in conventions.actives().filter(date_fin__gte=jour).order_by("date_fin")
        if (preavis := convention.date_de_preavis)
        and preavis <= jour + datetime.timedelta(days=delai)
    ]
