"""Qui ouvre quoi : une ligne par adresse. Une adresse sans ligne fait échouer les tests.

Pour ajouter une ligne, écrire le nom de l'adresse et qui entre :

    "plan:fiche": PUBLIC,                                  # tout le monde : 200
    "plan:espace_fiche": role("lecteur"),                  # lecteur et plus, partenaires compris
    "plan:echanges": role("administrateur", partenaires=False),
    "plan:modifier": role("pilote", sauf={"pilote": 403}), # une exception, par personne
    "plan:archiver": role("referent_axe", methode="post", statut=302),  # POST seulement

Les paramètres de l'adresse viennent de `monde.Lieu` : `PAR_DEFAUT`, plus bas, dit lequel pour
chaque nom. Pour un paramètre ambigu (`pk`), la ligne le précise : `role("pilote", pk="jalon.pk")`.
Un objet qui manque s'ajoute à `Lieu`, en une ligne.

Options : `statut` (200), `methode` ("get"), `donnees` (champs du POST), `partenaires` (vrai),
`sauf` ({personne: réponse}, ici), `croise` (404 : l'objet est d'une autre collectivité).
"""

from .attentes import CONNECTE, PERSONNES, PUBLIC, SANS_SESSION, connecte, public, role

# Paramètre d'adresse -> objet de `Lieu`.
PAR_DEFAUT = {
    "collectivite": "collectivite.slug",
    "code": "fiche.code",
    "schema": "schema.slug",
    "jeton": "jeton",
}

ADMINISTRATEUR = {"partenaires": False}
_CONNECTES = {personne: 302 for personne in PERSONNES if personne not in SANS_SESSION}

MATRICE = {
    # --- L'installation
    "maison:accueil": PUBLIC,
    "maison:sante": PUBLIC,
    "maison:accessibilite": PUBLIC,
    "maison:robots": PUBLIC,
    "maison:composants": PUBLIC,
    # --- Connexion (vues d'allauth)
    "account_login": public(sauf=_CONNECTES),
    "account_logout": connecte(),
    "account_inactive": PUBLIC,
    "account_reauthenticate": CONNECTE,
    "account_change_password": CONNECTE,
    "account_set_password": connecte(statut=302),  # tous ont déjà un mot de passe
    "account_reset_password": PUBLIC,
    "account_reset_password_done": PUBLIC,
    "account_reset_password_from_key": public(uidb36="uid", key="cle"),
    "account_reset_password_from_key_done": PUBLIC,
    "mfa_index": CONNECTE,
    "mfa_authenticate": public(statut=302),  # sans mot de passe donné juste avant : à la connexion
    "mfa_reauthenticate": connecte(statut=302),  # sans second facteur, rien à confirmer
    "mfa_activate_totp": connecte(statut=302),  # il faut d'abord confirmer que c'est soi
    "mfa_deactivate_totp": connecte(statut=404),  # rien à désactiver
    "mfa_view_recovery_codes": connecte(statut=404),
    "mfa_generate_recovery_codes": connecte(statut=302),
    "mfa_download_recovery_codes": connecte(statut=404),
    # --- Mon compte
    "compte:compte": CONNECTE,
    "compte:apres_connexion": connecte(statut=302, sauf={"sans_role": 200}),
    "compte:invitation": PUBLIC,
    "compte:demonstration": PUBLIC,
    # --- Les comptes de la collectivité
    "acteurs:comptes": role("administrateur", **ADMINISTRATEUR),
    "acteurs:inviter": role("administrateur", **ADMINISTRATEUR),
    "acteurs:invitation_retirer": role("administrateur", pk="invitation.pk", **ADMINISTRATEUR),
    "acteurs:compte": role("administrateur", pk="compte.pk", **ADMINISTRATEUR),
    "acteurs:role_donner": role("administrateur", pk="compte.pk", **ADMINISTRATEUR),
    "acteurs:compte_fermer": role("administrateur", pk="compte.pk", **ADMINISTRATEUR),
    "acteurs:compte_rouvrir": role("administrateur", pk="compte.pk", **ADMINISTRATEUR),
    "acteurs:role_dater": role("administrateur", pk="attribution.pk", **ADMINISTRATEUR),
    "acteurs:role_retirer": role("administrateur", pk="attribution.pk", **ADMINISTRATEUR),
    # --- Les organisations et les personnes
    "acteurs:organisations": role("administrateur", **ADMINISTRATEUR),
    "acteurs:organisation_creer": role("administrateur", **ADMINISTRATEUR),
    "acteurs:organisation_modifier": role("administrateur", pk="organisation.pk", **ADMINISTRATEUR),
    "acteurs:organisation_archiver": role("administrateur", pk="organisation.pk", **ADMINISTRATEUR),
    "acteurs:organisation_restaurer": role(
        "administrateur", pk="organisation.pk", **ADMINISTRATEUR
    ),
    "acteurs:personnes": role("administrateur", **ADMINISTRATEUR),
    "acteurs:personne_creer": role("administrateur", **ADMINISTRATEUR),
    "acteurs:personne_modifier": role("administrateur", pk="personne.pk", **ADMINISTRATEUR),
    # --- Le plan, lu sans compte
    "plan:plan": PUBLIC,
    "plan:arbre": PUBLIC,
    "plan:actions": PUBLIC,
    "plan:fiche": PUBLIC,
    "plan:fiche_pdf": PUBLIC,
    "plan:fiche_docx": PUBLIC,
    "plan:plan_pdf": PUBLIC,
    # --- Le plan dans le temps, ses matrices, ses calculs
    "plan:calendrier": PUBLIC,
    "plan:calendrier_ics": PUBLIC,
    "plan:fiche_ics": PUBLIC,
    "plan:agenda_personnel": public(jeton="jeton_agenda"),
    "plan:changements": PUBLIC,
    "plan:matrices": public(dimension="dimension", croise=200),
    "plan:calcul_plan": PUBLIC,
    "plan:calcul_fiche": PUBLIC,
    "plan:espace_calendrier": role("lecteur"),
    "plan:espace_changements": role("lecteur"),
    "plan:espace_matrices": role("lecteur", dimension="dimension", croise=200),
    "plan:espace_calcul": role("lecteur"),
    "plan:mon_agenda": role("lecteur"),
    "plan:jalon": role("contributeur", pk="jalon.pk"),
    # --- Le plan, dans l'espace de travail
    "plan:espace_fiches": role("lecteur"),
    "plan:espace_fiche": role("lecteur"),
    "plan:espace_fiche_pdf": role("lecteur"),
    "plan:espace_fiche_docx": role("lecteur"),
    "plan:espace_plan_pdf": role("lecteur"),
    "plan:fiche_nouvelle": role("referent_axe", **ADMINISTRATEUR),
    "plan:fiche_modifier": role("contributeur"),
    "plan:point": role("contributeur"),
    "plan:point_retirer": role("pilote", pk="point.pk"),
    "plan:valeurs": role("lecteur"),
    "plan:historique": role("lecteur"),
    "plan:version": role("lecteur", numero="version.numero"),
    "plan:archiver": role("referent_axe", **ADMINISTRATEUR),
    "plan:restaurer": role("referent_axe", statut=302, **ADMINISTRATEUR),  # rien à restaurer
    "plan:contributeurs": role("lecteur"),
    "plan:plans": role("lecteur", **ADMINISTRATEUR),
    "plan:plan_nouveau": role("administrateur", **ADMINISTRATEUR),
    "plan:structure": role("administrateur", **ADMINISTRATEUR),
    "plan:plan_modifier": role("administrateur", **ADMINISTRATEUR),
    "plan:division": role("administrateur", pk="division.pk", **ADMINISTRATEUR),
    "plan:reperes": role("administrateur", **ADMINISTRATEUR),
    # --- Le budget, les conventions, les risques
    "plan:budget": PUBLIC,
    "plan:budget_xlsx": PUBLIC,
    "plan:conventions_publiques": PUBLIC,
    "plan:espace_budget": role("lecteur"),
    "plan:espace_budget_xlsx": role("lecteur"),
    "plan:fiche_budget": role("lecteur"),
    "plan:conventions": role("lecteur"),
    "plan:convention_nouvelle": role("referent_axe", **ADMINISTRATEUR),
    "plan:convention": role("lecteur", pk="convention.pk"),
    "plan:convention_modifier": role("referent_axe", pk="convention.pk", **ADMINISTRATEUR),
    "plan:convention_archiver": role("referent_axe", pk="convention.pk", **ADMINISTRATEUR),
    "plan:convention_restaurer": role(
        "referent_axe", pk="convention.pk", methode="post", statut=302, **ADMINISTRATEUR
    ),
    "plan:obligation_rendre": role(
        "lecteur",
        pk="convention.pk",
        numero="obligation.pk",
        sauf={"lecteur": 403, "contributeur": 403, "partenaire_lecteur": 403},
    ),
    "plan:risques": role("lecteur"),
    # --- Le portail
    "portail:accueil": PUBLIC,
    "portail:territoires": PUBLIC,
    "portail:territoire": public(slug="territoire.slug"),
    "portail:commune": public(code_insee="commune.code_insee"),
    "portail:parcours_liste": PUBLIC,
    "portail:parcours": public(slug="etape.slug"),
    "portail:recherche": PUBLIC,
    "portail:jetons": PUBLIC,
    "portail:a_faire": role("lecteur"),
    "portail:tableau_de_bord": role("lecteur"),
    "portail:diaporama": role("lecteur"),
    # --- Importer, exporter
    "plan:echanges": role("administrateur", **ADMINISTRATEUR),
    "plan:exporter": role("lecteur"),
    "plan:import_essai": role("administrateur", statut=404, **ADMINISTRATEUR),  # jeton inconnu
    "plan:import_colonnes": role("administrateur", methode="post", statut=404, **ADMINISTRATEUR),
    "plan:import_abandonner": role("administrateur", methode="post", statut=404, **ADMINISTRATEUR),
    "plan:import_confirmer": role("administrateur", methode="post", statut=404, **ADMINISTRATEUR),
    "plan:import_resultat": role("administrateur", statut=404, **ADMINISTRATEUR),
    # --- Les rappels
    "plan:lien_point": public(jeton="lien_de_rappel"),
    "plan:pause_rappels": public(jeton="lien_de_pause"),
    "plan:rappels": role("administrateur", **ADMINISTRATEUR),
    "plan:rappels_reglages": role("administrateur", **ADMINISTRATEUR),
    "plan:rappels_essai": role("administrateur", methode="post", statut=302, **ADMINISTRATEUR),
    "plan:periode_retirer": role(
        "administrateur", methode="post", statut=302, pk="periode_calme.pk", **ADMINISTRATEUR
    ),
    "plan:mes_rappels": role("lecteur"),
}
