"""Qui peut quoi sur une fiche. Prédicats `rules`, refusés par défaut.

- lecteur : lit l'espace de travail ;
- contributeur : écrit les fiches où il est inscrit comme contributeur ;
- pilote : écrit celles qu'il pilote ou auxquelles il contribue ;
- référent d'axe : tout dans les divisions dont il répond, archivage compris ;
- administrateur : tout dans sa collectivité ;
- partenaires : les mêmes gestes, sur les fiches que pilote leur organisation.

Les conventions se tiennent par les référents d'axe et les administrateurs ; chacun rend compte
des obligations qui lui sont confiées.
"""

import rules

from .models import FicheAction


def _droits(compte, fiche: FicheAction):
    return compte.droits_dans(fiche.schema.collectivite)


def divisions_suivies(compte) -> list[tuple[int, str]]:
    """(schéma, chemin) des divisions dont ce compte répond ; une requête, gardée sur l'objet."""
    memoire = compte.__dict__.setdefault("_divisions_suivies", None)
    if memoire is None:
        memoire = compte._divisions_suivies = list(
            compte.divisions_suivies.values_list("division__schema_id", "division__chemin")
        )
    return memoire


@rules.predicate
def est_administrateur(compte, fiche):
    return _droits(compte, fiche).au_moins("administrateur")


@rules.predicate
def est_referent(compte, fiche):
    if not _droits(compte, fiche).au_moins("referent_axe"):
        return False
    return any(
        schema_id == fiche.schema_id and fiche.division.chemin.startswith(chemin)
        for schema_id, chemin in divisions_suivies(compte)
    )


@rules.predicate
def est_pilote(compte, fiche):
    droits = _droits(compte, fiche)
    if droits.au_moins("pilote") and fiche.est_pilotee_par(compte):
        return True
    return fiche.pilote_organisation_id in droits.organisations_au_moins("pilote")


@rules.predicate
def est_contributeur(compte, fiche):
    droits = _droits(compte, fiche)
    inscrit = fiche.contributeurs.filter(compte=compte).exists()
    if droits.au_moins("contributeur") and inscrit:
        return True
    return inscrit and fiche.pilote_organisation_id in droits.organisations_au_moins("contributeur")


@rules.predicate
def peut_creer_dans(compte, division):
    """Administrateur, ou référent de cette division (ou d'une division qui la porte)."""
    droits = compte.droits_dans(division.schema.collectivite)
    if droits.au_moins("administrateur"):
        return True
    return droits.au_moins("referent_axe") and any(
        schema_id == division.schema_id and division.chemin.startswith(chemin)
        for schema_id, chemin in divisions_suivies(compte)
    )


@rules.predicate
def administre_le_plan(compte, collectivite):
    return compte.droits_dans(collectivite).au_moins("administrateur")


@rules.predicate
def tient_les_conventions(compte, collectivite):
    """Administrateur ou référent d'axe."""
    return compte.droits_dans(collectivite).au_moins("referent_axe")


@rules.predicate
def repond_de_l_obligation(compte, obligation):
    """La personne nommée, ou un contributeur partenaire de l'organisation nommée."""
    droits = compte.droits_dans(obligation.convention.collectivite)
    if obligation.personne_id and obligation.personne_id == compte.personne_id:
        return bool(droits)
    return obligation.organisation_id in droits.organisations_au_moins("contributeur")


@rules.predicate
def tient_la_convention_de(compte, obligation):
    return tient_les_conventions(compte, obligation.convention.collectivite)


actif = rules.is_authenticated & rules.is_active
repond = est_administrateur | est_referent | est_pilote

rules.add_perm("plan.faire_le_point", actif & (repond | est_contributeur))
rules.add_perm("plan.modifier_fiche", actif & (repond | est_contributeur))
rules.add_perm("plan.retirer_point", actif & repond)
rules.add_perm("plan.archiver_fiche", actif & (est_administrateur | est_referent))
rules.add_perm("plan.inscrire_contributeur", actif & repond)
rules.add_perm("plan.creer_fiche", actif & peut_creer_dans)
rules.add_perm("plan.gerer_les_plans", actif & administre_le_plan)
rules.add_perm("plan.tenir_les_conventions", actif & tient_les_conventions)
rules.add_perm("plan.rendre_compte", actif & (tient_la_convention_de | repond_de_l_obligation))
