"""Les comptes d'un clic du Loir-et-Cher, et ce dont chacun s'occupe."""

from maillage.acteurs.models import Compte, Organisation, Personne
from maillage.acteurs.services import creer_comptes_de_demonstration
from maillage.plan.models import Contributeur, Division, FicheAction, Referent, Schema

from .suivi_invente import CAF, CPAM, FONCTION_DU_PILOTE, FRANCE_TRAVAIL, SUFFIXE

_FONCTIONS = {
    "contributeur": "Travailleuse sociale, parentalité" + SUFFIXE,
    "pilote": FONCTION_DU_PILOTE,
    "referent_axe": "Référent de l’axe enfance-famille" + SUFFIXE,
    "administrateur": "Cheffe de projet du schéma, administration" + SUFFIXE,
}
# Dans l'ordre des rôles : partenaire lecteur, contributeur, pilote.
_PARTENAIRES = (CPAM, FRANCE_TRAVAIL, CAF)
_CONTRIBUTIONS = {
    "contributeur": ("V2.A1.03", "V2.A1.11", "V2.A1.12"),
    "partenaire_contributeur": ("V2.A3.14",),
}


def ouvrir_les_comptes(schema: Schema) -> dict[str, Compte]:
    """Un compte par rôle, chacun avec sa personne. Rend {rôle: compte}."""
    collectivite = schema.collectivite
    connues = {o.nom: o for o in Organisation.objects.de(collectivite)}
    comptes = creer_comptes_de_demonstration(
        collectivite, organisations=[connues[nom] for nom in _PARTENAIRES]
    )
    for role, fonction in _FONCTIONS.items():
        personne, _ = Personne.objects.get_or_create(
            collectivite=collectivite,
            nom="",
            fonction=fonction,
            defaults={
                "organisation": connues["Département de Loir-et-Cher"],
                "est_demonstration": True,
            },
        )
        comptes[role].personne = personne
        comptes[role].save(update_fields=["personne"])
    return comptes


def confier(schema: Schema, comptes: dict[str, Compte]) -> None:
    """Le référent répond de l'axe enfance-famille ; les contributeurs ont leurs fiches."""
    axe = Division.objects.get(schema=schema, code="V2.A1")
    Referent.objects.get_or_create(division=axe, compte=comptes["referent_axe"])
    fiches = {f.code: f for f in FicheAction.objects.filter(schema=schema)}
    for role, codes in _CONTRIBUTIONS.items():
        for code in codes:
            Contributeur.objects.get_or_create(fiche=fiches[code], compte=comptes[role])
