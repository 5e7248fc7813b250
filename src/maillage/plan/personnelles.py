"""Les données personnelles du plan : qui pilote, qui contribue, qui écrit."""

from maillage.socle.personnelles import MISSION, DonneePersonnelle

_VIE_DU_PLAN = "La durée du schéma, puis un an."

DONNEES = (
    DonneePersonnelle(
        "plan.FicheAction", "pilote_personne", "Dire qui répond de l’action.", MISSION, _VIE_DU_PLAN
    ),
    DonneePersonnelle(
        "plan.Contributeur",
        "compte",
        "Ouvrir la fiche à qui aide à la tenir.",
        MISSION,
        "Jusqu’au retrait de la contribution.",
    ),
    DonneePersonnelle(
        "plan.AbonnementAgenda",
        "compte",
        "Tenir à jour l’agenda personnel de qui l’a demandé.",
        MISSION,
        "Jusqu’à la fermeture de l’agenda, ou du compte.",
    ),
    DonneePersonnelle(
        "plan.Referent",
        "compte",
        "Ouvrir l’axe à qui en répond.",
        MISSION,
        "Jusqu’au retrait de la charge.",
    ),
    DonneePersonnelle("plan.PointEtape", "auteur", "Signer le suivi.", MISSION, _VIE_DU_PLAN),
    DonneePersonnelle(
        "plan.PointEtape", "fonction_auteur", "Signer le suivi en public.", MISSION, _VIE_DU_PLAN
    ),
    DonneePersonnelle(
        "plan.VersionFiche",
        "auteur",
        "Savoir qui a changé la fiche.",
        MISSION,
        _VIE_DU_PLAN,
    ),
    DonneePersonnelle(
        "plan.VersionFiche",
        "etat",
        "Retrouver la fiche telle qu’elle était, pilote compris.",
        MISSION,
        _VIE_DU_PLAN,
    ),
    DonneePersonnelle(
        "plan.Envoi",
        "compte",
        "Savoir qui a reçu quel rappel, et ne jamais l’envoyer deux fois.",
        MISSION,
        "Un an après l’envoi.",
    ),
    DonneePersonnelle(
        "plan.PauseRappels",
        "compte",
        "Respecter le souhait de ne plus recevoir de rappels.",
        MISSION,
        "Jusqu’à la reprise des rappels, ou la fermeture du compte.",
    ),
    DonneePersonnelle(
        "plan.ObligationConvention",
        "personne",
        "Savoir qui doit rendre ce qui est dû.",
        MISSION,
        "La durée de la convention, puis cinq ans.",
    ),
)

SANS_PERSONNE = (
    "Division.nom",
    "EtapeParcours.nom",
    "EtapeParcours.nom_simple",
    "PublicCible.nom",
    "Schema.nom",
)
