"""Mettre un état de fiche en mots : ce qu'un agent lit d'une version, d'un conflit."""

import datetime
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from maillage.socle.mise_en_mots import date_en_mots, montant_en_mots, nombre_en_mots

from .etat import CHAMPS, PAR_CLE, Champ, Etat
from .validation import CHOIX

_MONTANTS = {"prevu", "engage", "realise"}
_ORIGINES = {
    "ecran": "à l’écran",
    "import": "par import",
    "commande": "par commande",
    "systeme": "par le système",
}


def origine_en_mots(origine: str) -> str:
    """« par import » ; une origine inconnue se lit telle quelle."""
    return _ORIGINES.get(origine, origine)


def valeur_en_mots(cle: str, sorte: str, valeur: Any) -> str:
    """Une valeur simple en français ; "" quand elle est absente. Jamais d'erreur : un état ancien
    peut contenir ce que le code d'aujourd'hui refuserait."""
    if valeur in (None, "", [], {}):
        return ""
    if sorte == "oui_non":
        return "oui" if valeur else "non"
    if sorte == "choix":
        return str(CHOIX.get(cle, {}).get(valeur, valeur))
    if sorte == "date":
        try:
            return date_en_mots(datetime.date.fromisoformat(str(valeur)))
        except ValueError:
            return str(valeur)
    if sorte == "decimal":
        try:
            Decimal(str(valeur))
        except InvalidOperation:
            return str(valeur)
        return montant_en_mots(valeur) if cle in _MONTANTS else nombre_en_mots(valeur, None)
    return str(valeur)


def ligne_en_mots(champ: Champ, ligne: dict) -> str:
    """Une ligne de budget, un jalon… en une phrase : « 2026, CAF, prévu 38 000 € »."""
    morceaux = []
    for cle, libelle, sorte in champ.colonnes:
        if cle == "demonstration":
            continue
        texte = valeur_en_mots(cle, sorte, ligne.get(cle))
        if not texte:
            continue
        nue = cle in champ.identite or sorte == "choix"
        morceaux.append(texte if nue else f"{libelle[0].lower()}{libelle[1:]} {texte}")
    return ", ".join(morceaux)


def texte_de(champ: Champ, valeur: Any) -> str:
    """La valeur entière d'un champ, en texte : une ligne par élément pour les listes."""
    if champ.sorte == "liste":
        return "\n".join(valeur or [])
    if champ.sorte == "lignes":
        return "\n".join(ligne_en_mots(champ, ligne) for ligne in valeur or [])
    if champ.sorte == "notes":
        return "\n".join(f"{cle} : {texte}" for cle, texte in (valeur or {}).items())
    return valeur_en_mots(champ.cle, champ.sorte, valeur)


@dataclass(slots=True)
class ChangementLisible:
    """Un champ qui a changé, tel qu'on le montre.

    `sorte` : « mots » (comparaison mot à mot), « valeur » (avant → après) ou « listes » (ajouts,
    retraits, lignes modifiées).
    """

    cle: str
    libelle: str
    sorte: str
    avant: str = ""
    apres: str = ""
    ajoutes: list[str] = field(default_factory=list)
    retires: list[str] = field(default_factory=list)
    modifies: list["LigneModifiee"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LigneModifiee:
    """Une ligne qui demeure : ce qui la nomme, et (colonne, avant, après) pour ce qui change."""

    nom: str
    colonnes: list[tuple[str, str, str]]


def changement_lisible(cle: str, avant: Any, apres: Any) -> ChangementLisible:
    """Rend lisible le passage d'une valeur à une autre, pour un champ de l'état."""
    champ = PAR_CLE.get(cle)
    if champ is None:  # un champ que cette version du logiciel ne connaît plus
        return ChangementLisible(cle, cle, "valeur", str(avant or ""), str(apres or ""))
    if champ.sorte == "liste":
        a, b = list(avant or []), list(apres or [])
        return ChangementLisible(
            cle, champ.libelle, "listes",
            ajoutes=[n for n in b if n not in a], retires=[n for n in a if n not in b],
        )  # fmt: skip
    if champ.sorte == "lignes":
        return _lignes_lisibles(champ, list(avant or []), list(apres or []))
    sorte = "mots" if champ.sorte in {"long", "notes"} or cle == "titre" else "valeur"
    return ChangementLisible(
        cle, champ.libelle, sorte, texte_de(champ, avant), texte_de(champ, apres)
    )


def _lignes_lisibles(champ: Champ, avant: list[dict], apres: list[dict]) -> ChangementLisible:
    """Rapproche les lignes par leur identité : ajoutées, retirées, modifiées."""
    rendu = ChangementLisible(champ.cle, champ.libelle, "listes")
    restantes: dict[tuple, list[dict]] = {}
    for ligne in avant:
        restantes.setdefault(_identite(champ, ligne), []).append(ligne)
    for ligne in apres:
        memes = restantes.get(_identite(champ, ligne))
        if not memes:
            rendu.ajoutes.append(ligne_en_mots(champ, ligne))
            continue
        if colonnes := _colonnes_changees(champ, memes.pop(0), ligne):
            nom = ", ".join(str(ligne.get(cle) or "") for cle in champ.identite[:2])
            rendu.modifies.append(LigneModifiee(nom, colonnes))
    rendu.retires = [ligne_en_mots(champ, li) for lignes in restantes.values() for li in lignes]
    if not (rendu.ajoutes or rendu.retires or rendu.modifies):
        rendu.sorte, rendu.avant, rendu.apres = "valeur", "", "ordre ou provenance des lignes"
    return rendu


def _colonnes_changees(champ: Champ, avant: dict, apres: dict) -> list[tuple[str, str, str]]:
    trouvees = []
    for cle, libelle, sorte in champ.colonnes:
        a, b = (valeur_en_mots(cle, sorte, ligne.get(cle)) for ligne in (avant, apres))
        if a != b and cle != "demonstration":
            trouvees.append((libelle, a, b))
    return trouvees


def _identite(champ: Champ, ligne: dict) -> tuple:
    return tuple(str(ligne.get(cle) or "").casefold() for cle in champ.identite)


def changements_lisibles(changements: list[dict]) -> list[ChangementLisible]:
    """Les changements gardés par une version (`VersionFiche.changements`)."""
    return [changement_lisible(c["cle"], c.get("avant"), c.get("apres")) for c in changements]


@dataclass(frozen=True, slots=True)
class ChampLu:
    """Un champ d'un état : son nom et ce qu'il dit."""

    cle: str
    libelle: str
    texte: str
    long: bool


def etat_lisible(etat: Etat) -> list[ChampLu]:
    """Ce que dit un état, champ par champ, vides ôtés."""
    lus = []
    for champ in CHAMPS:
        texte = texte_de(champ, etat.get(champ.cle))
        if texte and texte != "non":
            longue = champ.sorte in {"long", "liste", "lignes", "notes"}
            lus.append(ChampLu(champ.cle, champ.libelle, texte, longue))
    return lus
