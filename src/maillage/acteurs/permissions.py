"""Ce que chacun peut faire aux comptes et aux organisations d'une collectivité.

Les droits viennent des attributions en vigueur, jamais d'un drapeau posé sur le compte.
"""

import rules
from django.core.exceptions import PermissionDenied


@rules.predicate
def administre(compte, objet) -> bool:
    """`objet` est une collectivité, ou appartient à une collectivité."""
    collectivite = getattr(objet, "collectivite", objet)
    return compte.is_active and compte.droits_dans(collectivite).au_moins("administrateur")


# Ce que chaque rôle permet, en une phrase : à montrer là où l'on choisit un rôle.
EN_CLAIR = {
    "lecteur": "Lit tout l’espace de travail, sans rien changer.",
    "contributeur": "Aide à tenir les fiches où il est inscrit.",
    "pilote": "Répond de ses fiches : les tient à jour, fait le point.",
    "referent_axe": "Répond d’un axe entier, et de toutes ses fiches.",
    "administrateur": "Tout : le plan, les comptes, les organisations.",
    "partenaire_lecteur": "Lit les fiches de son organisation.",
    "partenaire_contributeur": "Aide à tenir les fiches de son organisation.",
    "partenaire_pilote": "Tient à jour les fiches que pilote son organisation.",
}

GERER_LES_COMPTES = "acteurs.gerer_les_comptes"
GERER_LES_ORGANISATIONS = "acteurs.gerer_les_organisations"

rules.add_perm(GERER_LES_COMPTES, administre)
rules.add_perm(GERER_LES_ORGANISATIONS, administre)


def exiger(permission: str, par, objet) -> None:
    """Lève `PermissionDenied` si `par` n'a pas la permission. `par=None` : le système."""
    if par is not None and not rules.has_perm(permission, par, objet):
        raise PermissionDenied("Cette action est réservée aux administrateurs de la collectivité.")
