"""La fiche action en document Word, pour la reprendre : les faits de la page, de vrais styles."""

from typing import Any

from maillage.socle.documents.mot import FORMES, DocumentMot

from ..models import FicheAction
from .faits import date_de_la_fiche, donnees_de_la_fiche


def fiche_en_docx(fiche: FicheAction, *, interne: bool = False) -> bytes:
    """Compose le document. `interne` ajoute risques, notes et noms, qui ne sont pas publiés."""
    faits = donnees_de_la_fiche(fiche, interne=interne)
    mot = DocumentMot(
        titre=f"{fiche.code} · {fiche.titre}",
        auteur=faits["collectivite"],
        sujet=faits["schema"],
        accent=fiche.schema.collectivite.accent,
        date=date_de_la_fiche(fiche),
    )
    mot.paragraphe(" › ".join(faits["chemin"]), discret=True)
    mot.titre(fiche.titre, 0)
    mot.paragraphe(" · ".join([fiche.code, *faits["etiquettes"]]), discret=True)
    _etat(mot, faits)
    _mesures(mot, faits)
    for section in faits["sections"]:
        mot.titre(section["titre"], 1)
        for paragraphe in section["paragraphes"]:
            mot.paragraphe(paragraphe)
    if faits["acteurs"]:
        mot.titre("Qui, pour qui, où", 1)
        for nom, texte in faits["acteurs"]:
            mot.terme(nom, texte)
    _tableaux(mot, faits)
    if faits["textes"]:
        mot.titre("Textes et documents", 1)
        for reference, url in faits["textes"]:
            mot.puce(f"{reference} ({url})" if url else reference)
    if faits["notes"]:
        mot.titre("Notes reprises d’un classeur", 1)
        for nom, texte in faits["notes"]:
            mot.terme(nom, texte)
    mot.pied(faits["pied"])
    return mot.octets()


def _etat(mot: DocumentMot, faits: dict[str, Any]) -> None:
    mot.titre("Où en est-on ?", 1)
    point = faits["point"]
    paragraphe = mot.paragraphe()
    dit = point["mot"] if point else "Pas encore de point d’étape"
    forme = point["meteo"] if point else "sans"
    mot.image(FORMES / f"{forme}.png", f"Météo : {dit.lower()}", paragraphe)
    paragraphe.add_run(f" {dit}").bold = True
    if point:
        paragraphe.add_run(f" {point['quand']}")
        for nom, texte in point["textes"]:
            mot.terme(nom, texte)
    for nom, texte in faits["suivi"]:
        mot.terme(nom, texte)


def _mesures(mot: DocumentMot, faits: dict[str, Any]) -> None:
    if not faits["indicateurs"]:
        return
    mot.titre("Ce que l’on mesure", 1)
    mot.tableau(
        ("Indicateur", "Niveau", "Départ", "Aujourd’hui", "Cible", "Chemin fait"),
        faits["indicateurs"],
        largeurs=(5.6, 2.6, 1.8, 2.2, 1.8, 2.6),
        nombres=4,
        resume="Les indicateurs de la fiche : départ, valeur d’aujourd’hui, cible, chemin fait",
    )
    mot.paragraphe(faits["repose_sur"], discret=True)


def _tableaux(mot: DocumentMot, faits: dict[str, Any]) -> None:
    if faits["jalons"]:
        mot.titre("Jalons", 1)
        mot.tableau(
            ("Étape", "Prévue le", "Réalisée le"),
            faits["jalons"],
            largeurs=(9.0, 3.8, 3.8),
            nombres=0,
            resume="Les étapes de l’action, prévues et réalisées",
        )
    if faits["budgets"]:
        mot.titre("Budget", 1)
        mot.tableau(
            ("Année", "Financeur", "Section", "Prévu", "Engagé", "Réalisé"),
            faits["budgets"],
            largeurs=(1.4, 5.6, 3.0, 2.2, 2.2, 2.2),
            nombres=3,
            resume="Le budget par année et par financeur",
        )
    if faits["risques"]:
        mot.titre("Risques", 1)
        mot.tableau(
            ("Risque", "Gravité", "Probabilité", "Parade"),
            faits["risques"],
            largeurs=(6.0, 2.0, 2.6, 6.0),
            nombres=0,
            resume="Les risques de l’action et leur parade",
        )
