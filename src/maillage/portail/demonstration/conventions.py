"""Quelques conventions inventées, pour que le registre se lise. Toutes sont marquées."""

import datetime
from decimal import Decimal

from maillage.plan.conventions import Saisie, creer_convention
from maillage.plan.models import Convention, FicheAction, LigneBudget, Schema

_SUFFIXE = " (démonstration)"
# Nature, objet, partenaire, codes des fiches, début et fin en jours autour du jour de référence,
# préavis, reconduction, publiée, obligations (libellé, jours, fait ou non).
_CONVENTIONS = (
    (
        Convention.Nature.CPOM, "Soutien à la parentalité",
        "Caisse d’allocations familiales de Loir-et-Cher",
        ("V2.A1.03", "V2.A1.04", "V2.A3.07"), -680, 415, 6, "expresse", True,
        (("Bilan annuel d’activité", -12, False), ("Compte rendu financier 2025", -150, True)),
    ),
    (
        Convention.Nature.CONVENTION, "Prévention et accès aux soins des plus fragiles",
        "Caisse primaire d’assurance maladie de Loir-et-Cher",
        ("V2.A5.02", "V2.A6.07"), -640, 95, 3, "tacite", True,
        (("Comité de suivi semestriel", 18, False),),
    ),
    (
        Convention.Nature.APPEL, "Retour à l’emploi des parents isolés",
        "France Travail Centre-Val de Loire",
        ("V2.A3.14", "V2.A3.17"), -300, 430, None, "aucune", False,
        (("Premier bilan quantitatif", 70, False),),
    ),
    (
        Convention.Nature.SUBVENTION, "Groupes d’entraide entre parents",
        "MSA Berry-Touraine",
        ("V2.A1.03",), -900, -170, 2, "aucune", False,
        (("Rapport final", -140, True),),
    ),
)  # fmt: skip


def inventer_les_conventions(*, schema: Schema, jour: datetime.date) -> None:
    """Quatre conventions, avec les montants que disent déjà les budgets inventés.

    À appeler dans la transaction du chargement, une fois les budgets posés.
    """
    fiches = {f.code: f for f in FicheAction.objects.filter(schema=schema).select_related("schema")}
    departement = f"Département de {schema.collectivite.nom_court}"
    for rang, (
        nature,
        objet,
        partenaire,
        codes,
        debut,
        fin,
        preavis,
        suite,
        publiee,
        dues,
    ) in enumerate(_CONVENTIONS, start=1):
        servies = [fiches[code] for code in codes if code in fiches]
        debut_le, fin_le = (jour + datetime.timedelta(days=j) for j in (debut, fin))
        creer_convention(
            collectivite=schema.collectivite,
            par=None,
            origine="commande",
            est_demonstration=True,
            saisie=Saisie(
                valeurs={
                    "objet": objet + _SUFFIXE,
                    "nature": nature,
                    "reference": f"DEMO-{debut_le.year}-{rang:02d}",
                    "date_debut": debut_le,
                    "date_fin": fin_le,
                    "reconduction": suite,
                    "preavis_mois": preavis,
                    "objectifs": "Convention inventée pour la démonstration.",
                    "est_publiee": publiee,
                },
                parties=[(departement, "signataire"), (partenaire, "financeur")],
                montants=_promis(servies, partenaire, debut_le.year, fin_le.year),
                obligations=[
                    {
                        "libelle": libelle,
                        "organisation": partenaire,
                        "echeance": jour + datetime.timedelta(days=jours),
                        "faite_le": jour + datetime.timedelta(days=jours - 4) if fait else None,
                        "preuve": "Pièce inventée" if fait else "",
                    }
                    for libelle, jours, fait in dues
                ],
                fiches=servies,
            ),
        )


def _promis(
    fiches: list[FicheAction], partenaire: str, debut: int, fin: int
) -> list[tuple[int, str, Decimal]]:
    """Par année, ce que ce partenaire a prévu sur ces fiches ; 10 000 € quand rien n'est dit."""
    promis = {annee: Decimal(0) for annee in range(debut, fin + 1)}
    for annee, prevu in LigneBudget.objects.filter(
        fiche__in=fiches, financeur__nom=partenaire, annee__gte=debut, annee__lte=fin
    ).values_list("annee", "prevu"):
        promis[annee] += prevu or 0
    return [(annee, partenaire, somme or Decimal(10_000)) for annee, somme in promis.items()]
