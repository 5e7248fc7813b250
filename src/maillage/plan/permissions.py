"""Qui peut quoi sur une fiche. Prédicats `rules`, refusés par défaut.

- lecteur : lit l'espace de travail ;
- contributeur : écrit les fiches où il est inscrit comme contributeur ;
- pilote : écrit celles qu'il pilote ou auxquelles il contribue ;
- référent d'axe : tout dans les divisions dont il répond, archivage compris ;
- administrateur : tout dans sa collectivité ;
- partenaires : les mêmes gestes, sur les fiches que pilote leur organisation.
"""

import rules

from .models import FicheAction


def _droits(compte, fiche: FicheAction):
    return compte.droits_dans(fiche.schema.collectivite)


@rules.predicate
def est_administrateur(compte, fiche):
    return _droits(compte, fiche).au_moins("administrateur")


@rules.predicate
def est_referent(compte, fiche):
    if not _droits(compte, fiche).au_moins("referent_axe"):
        return False
    memoire = compte.__dict__.setdefault("_divisions_suivies", None)
    if memoire is None:
        memoire = compte._divisions_suivies = list(
            compte.divisions_suivies.values_list("division__schema_id", "division__chemin")
        )
    return any(
        schema_id == fiche.schema_id and fiche.division.chemin.startswith(chemin)
        for schema_id, chemin in memoire
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


actif = rules.is_authenticated & rules.is_active
repond = est_administrateur | est_referent | est_pilote

rules.add_perm("plan.faire_le_point", actif & (repond | est_contributeur))
rules.add_perm("plan.modifier_fiche", actif & (repond | est_contributeur))
rules.add_perm("plan.retirer_point", actif & repond)
rules.add_perm("plan.archiver_fiche", actif & (est_administrateur | est_referent))
rules.add_perm("plan.inscrire_contributeur", actif & repond)
