"""Les données personnelles des comptes, des personnes, des rôles et des invitations."""

from maillage.socle.personnelles import MISSION, OBLIGATION, DonneePersonnelle

_VIE_DU_COMPTE = "Tant que le compte est ouvert, puis un an après sa fermeture."
_VIE_DU_PLAN = "La durée du schéma, puis un an. Retirée plus tôt si la personne le demande."


def _donnees(modele: str, base: str, champs: dict[str, tuple[str, str]]):
    return [
        DonneePersonnelle(modele, champ, finalite, base, conservation)
        for champ, (finalite, conservation) in champs.items()
    ]


DONNEES = (
    *_donnees(
        "acteurs.Compte",
        MISSION,
        {
            "courriel": ("Reconnaître la personne, lui écrire.", _VIE_DU_COMPTE),
            "nom": ("Signer ce qu’elle écrit dans le plan.", _VIE_DU_COMPTE),
            "personne": ("Relier le compte à la personne nommée dans le plan.", _VIE_DU_COMPTE),
            "derniere_visite": ("Montrer ce qui a changé depuis.", _VIE_DU_COMPTE),
            "password": ("Vérifier la connexion ; seule une empreinte est gardée.", _VIE_DU_COMPTE),
        },
    ),
    *_donnees(
        "acteurs.Personne",
        MISSION,
        {
            "nom": ("Dire qui répond d’une action.", _VIE_DU_PLAN),
            "fonction": ("Dire qui répond d’une action.", _VIE_DU_PLAN),
            "courriel": ("Joindre la personne à propos de l’action.", _VIE_DU_PLAN),
        },
    ),
    *_donnees(
        "acteurs.Attribution",
        MISSION,
        {
            "compte": ("Ouvrir à chacun ce que son rôle permet.", "Jusqu’au retrait du rôle."),
            "role": ("Ouvrir à chacun ce que son rôle permet.", "Jusqu’au retrait du rôle."),
        },
    ),
    *_donnees(
        "acteurs.Invitation",
        MISSION,
        {
            "courriel": ("Envoyer le lien d’entrée.", "Un an après la fin de l’invitation."),
            "invitee_par": ("Savoir qui a ouvert la porte.", "Un an après la fin de l’invitation."),
        },
    ),
    DonneePersonnelle(
        "axes.AccessAttempt",
        "username, ip_address, user_agent",
        "Arrêter qui essaie des mots de passe.",
        OBLIGATION,
        "Quinze minutes, ou jusqu’à la prochaine connexion réussie.",
    ),
    DonneePersonnelle(
        "mfa.Authenticator",
        "data",
        "Vérifier le second facteur.",
        OBLIGATION,
        "Jusqu’à sa désactivation.",
    ),
    DonneePersonnelle(
        "account.EmailAddress",
        "email",
        "Envoyer un nouveau mot de passe.",
        MISSION,
        _VIE_DU_COMPTE,
    ),
)

SANS_PERSONNE = (
    "Collectivite.nom",
    "Collectivite.nom_court",
    "Organisation.nom",
    "Organisation.nom_normalise",
)
