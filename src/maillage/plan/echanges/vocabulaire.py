"""Les mots des départements : intitulés de colonnes, états d'avancement, noms de niveaux.

Les mots sont dans un fichier de données daté (`donnees/vocabulaire/`) ; ce module les prépare.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from maillage.indicateurs.models import Indicateur, ValeurIndicateur
from maillage.socle.classeurs.entetes import Vocabulaire, cle_intitule
from maillage.socle.francais import normaliser

from ..etat import CHAMPS, PAR_CLE
from ..models import Atteinte, Avancement, IndicateurFiche, LigneBudget, Meteo, Suite
from ..models.fiche import Confidentialite

FICHIER = Path(settings.DONNEES) / "vocabulaire" / "plan-2026.yaml"

# Champs de l'état portés par une seule colonne ; « lignes » et « notes » en ont plusieurs.
CHAMPS_SIMPLES = tuple(c for c in CHAMPS if c.sorte not in {"lignes", "notes"})

# Champs d'un point d'étape, dans l'ordre de l'écran : (clé, libellé, sorte).
CHAMPS_POINT: tuple[tuple[str, str, str], ...] = (
    ("date", "Date", "date"),
    ("meteo", "Météo", "choix"),
    ("motif_meteo", "Pourquoi la météo s’assombrit", "texte"),
    ("taux", "Taux d’avancement", "taux"),
    ("avancement", "Avancement", "choix"),
    ("atteinte", "Objectifs atteints", "choix"),
    ("suite", "Suite", "choix"),
    ("faits_marquants", "Faits marquants", "long"),
    ("difficultes", "Difficultés", "long"),
    ("besoin_arbitrage", "Besoin d’arbitrage", "long"),
    ("prochaines_etapes", "Prochaines étapes", "long"),
    ("bloquee_par", "Bloquée par", "texte"),
    ("bloquee_jusqu_au", "Bloquée jusqu’au", "date_fin"),
    ("fonction_auteur", "Signé", "texte"),
    ("demonstration", "Donnée de démonstration", "oui_non"),
)
# Colonnes de suivi d'un tableau de fiches -> champ du point d'étape.
SUIVI = {"date_point": "date"} | {
    cle: cle
    for cle, _, _ in CHAMPS_POINT
    if cle not in {"date", "fonction_auteur", "demonstration"}
}
LIBELLES_SUIVI = {"date_point": "Date du point d’étape"} | {
    cle: libelle for cle, libelle, _ in CHAMPS_POINT if cle in SUIVI
}

_CHOIX: dict[str, Any] = {
    "meteo": Meteo,
    "avancement": Avancement,
    "atteinte": Atteinte,
    "suite": Suite,
    "confidentialite": Confidentialite,
    "section": LigneBudget.Section,
    "niveau": IndicateurFiche.Niveau,
    "sens": Indicateur.Sens,
    "periodicite": Indicateur.Periodicite,
    "statut": ValeurIndicateur.Statut,
}

# Ce que disent les colonnes qui se répètent, pour la page de correspondance.
LIBELLES_REPETES = {
    "financeur": "Budget : financeur",
    "financeurs": "Budget : plusieurs financeurs dans une case",
    "prevu": "Budget : montant prévu",
    "engage": "Budget : montant engagé",
    "realise": "Budget : montant réalisé",
    "annee": "Budget : année",
    "section": "Budget : section",
    "jalon": "Jalon : étape",
    "jalon_date": "Jalon : date prévue",
    "jalon_realise": "Jalon : date de réalisation",
    "indicateur": "Indicateur",
    "indicateur_unite": "Indicateur : unité",
    "indicateur_initiale": "Indicateur : point de départ",
    "indicateur_cible": "Indicateur : cible",
    "risque": "Risque (devient une note)",
    "texte": "Texte de référence",
    "calendrier": "Calendrier",
}


@dataclass(frozen=True, slots=True)
class Mots:
    """Le contenu du fichier de vocabulaire, normalisé."""

    champs: Mapping[str, tuple[str, ...]]
    repetables: frozenset[str]
    annuels: frozenset[str]
    niveaux: Mapping[str, tuple[str, ...]]
    valeurs: Mapping[str, Mapping[str, str]]  # sorte de choix -> {forme normalisée: clé}
    symboles: Mapping[str, str]


@lru_cache(maxsize=1)
def mots() -> Mots:
    """Le vocabulaire, lu une fois."""
    brut = yaml.safe_load(FICHIER.read_text(encoding="utf-8"))
    valeurs: dict[str, dict[str, str]] = {}
    for sorte, choix in _CHOIX.items():
        formes: dict[str, str] = {}
        for cle, libelle in choix.choices:
            for forme in (cle, libelle, *brut["valeurs"].get(sorte, {}).get(cle, ())):
                formes.setdefault(normaliser(forme), cle)
        valeurs[sorte] = formes
    return Mots(
        {cle: tuple(formes) for cle, formes in brut["champs"].items()},
        frozenset(brut["repetables"]),
        frozenset(brut["annuels"]),
        {normaliser(nom): tuple(formes) for nom, formes in brut["niveaux"].items()},
        valeurs,
        {signe: cle for cle, signes in brut["symboles"].items() for signe in signes},
    )


def libelle_du_choix(sorte: str, cle: str) -> str:
    """« Soleil » pour ("meteo", "soleil") ; "" pour une clé vide."""
    return str(dict(_CHOIX[sorte].choices).get(cle, cle)) if cle else ""


def choix_possibles(sorte: str) -> list[str]:
    return [str(libelle) for libelle in _CHOIX[sorte].labels]


def lire_choix(sorte: str, texte: str) -> str | None:
    """La clé que dit ce texte ; None s'il n'est pas connu.

    À défaut d'une forme entière, la plus longue forme connue qui ouvre le texte compte : « en cours
    (retard à prévoir) » est « en cours ». Un symbole (🟢) suffit pour une météo.
    """
    formes = mots().valeurs[sorte]
    normalise = normaliser(texte)
    if normalise in formes:
        return formes[normalise]
    if sorte == "meteo":
        for signe in texte:
            if signe in mots().symboles:
                return mots().symboles[signe]
    morceaux = normalise.split()
    for fin in range(len(morceaux) - 1, 0, -1):
        debut = " ".join(morceaux[:fin])
        if debut in formes and len(debut) > 3:
            return formes[debut]
    return None


# --- Colonnes -----------------------------------------------------------------------------------


def libelle_du_champ(champ: str, niveaux: Sequence[str] = ()) -> str:
    """Le nom d'un champ de colonne, comme la page de correspondance l'écrit."""
    if champ in PAR_CLE:
        return PAR_CLE[champ].libelle
    if champ in LIBELLES_SUIVI:
        return f"Suivi : {LIBELLES_SUIVI[champ].lower()}"
    if champ in LIBELLES_REPETES:
        return LIBELLES_REPETES[champ]
    if champ.startswith("niveau_"):
        _, rang, *genre = champ.split("_")
        nom = niveaux[int(rang)] if int(rang) < len(niveaux) else f"niveau {int(rang) + 1}"
        return {"": nom, "code": f"code : {nom}", "nom": f"nom : {nom}"}[
            genre[0] if genre else ""
        ].capitalize()
    return champ


def champs_proposes(niveaux: Sequence[str]) -> list[tuple[str, str]]:
    """Les champs qu'une colonne peut porter, pour la liste déroulante : (clé, nom)."""
    cles = [champ.cle for champ in CHAMPS_SIMPLES]
    cles += [f"niveau_{rang}" for rang in range(len(niveaux))]
    cles += [f"niveau_{rang}_{quoi}" for rang in range(len(niveaux)) for quoi in ("code", "nom")]
    cles += [*SUIVI, *LIBELLES_REPETES]
    return [(cle, libelle_du_champ(cle, niveaux)) for cle in cles]


def vocabulaire_des_fiches(
    niveaux: Sequence[str], correspondances: Mapping[str, str | None]
) -> Vocabulaire:
    """Le vocabulaire d'un tableau de fiches, pour ce plan et les réponses déjà données.

    Les libellés exacts de nos exports passent avant tout, puis les noms de niveaux de ce plan :
    un plan dont un niveau s'appelle « objectif » garde sa colonne « Objectifs ».
    """
    champs: dict[str, list[str]] = {champ.cle: [champ.libelle] for champ in CHAMPS_SIMPLES}
    connus = mots()
    for rang, nom in enumerate(niveaux):
        autres = connus.niveaux.get(normaliser(nom), ())
        noms = [nom, *autres]
        champs[f"niveau_{rang}_code"] = [f"{mot} {n}" for n in noms for mot in ("code", "réf")]
        champs[f"niveau_{rang}_nom"] = [
            f"{mot} {n}" for n in noms for mot in ("nom", "intitulé", "libellé", "titre")
        ]
        champs[f"niveau_{rang}"] = noms
    for simple in CHAMPS_SIMPLES:
        champs[simple.cle] += connus.champs.get(simple.cle, ())
    for cle_suivi, libelle in LIBELLES_SUIVI.items():
        champs[cle_suivi] = [libelle, *connus.champs.get(cle_suivi, ())]
    for cle_repetee in LIBELLES_REPETES:
        champs[cle_repetee] = list(connus.champs.get(cle_repetee, ()))
    # Deux passages : nos libellés et les niveaux d'abord, les synonymes ensuite.
    ordonnes: dict[str, list[str]] = {}
    vocabulaire = Vocabulaire(
        {}, repetables=connus.repetables, annuels=connus.annuels, correspondances=correspondances
    )
    for simple in CHAMPS_SIMPLES:
        ordonnes[simple.cle] = [simple.libelle]
    for rang in range(len(niveaux)):
        for suffixe in ("", "_code", "_nom"):
            ordonnes[f"niveau_{rang}{suffixe}"] = champs[f"niveau_{rang}{suffixe}"]
    for passage in (ordonnes, champs):
        temporaire = Vocabulaire(passage)
        for forme, champ in temporaire.exacts.items():
            vocabulaire.exacts.setdefault(forme, champ)
        for forme_mots, champ in temporaire.par_mots.items():
            vocabulaire.par_mots.setdefault(forme_mots, champ)
    return vocabulaire


__all__ = [
    "CHAMPS_POINT",
    "CHAMPS_SIMPLES",
    "LIBELLES_REPETES",
    "SUIVI",
    "Vocabulaire",
    "champs_proposes",
    "choix_possibles",
    "cle_intitule",
    "libelle_du_champ",
    "libelle_du_choix",
    "lire_choix",
    "mots",
    "vocabulaire_des_fiches",
]
