"""Les données personnelles du journal."""

from maillage.socle.personnelles import OBLIGATION, DonneePersonnelle

DONNEES = (
    DonneePersonnelle(
        "journal.Ligne",
        "auteur_id",
        "Savoir qui a écrit quoi, et quand.",
        OBLIGATION,
        "La durée du schéma, puis un an.",
    ),
    DonneePersonnelle(
        "journal.Ligne",
        "objet_libelle",
        "Nommer l’objet même s’il n’existe plus ; parfois l’adresse d’une personne invitée.",
        OBLIGATION,
        "La durée du schéma, puis un an.",
    ),
)
