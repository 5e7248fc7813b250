"""D'une cellule à une valeur d'état, et retour : ce qui est écrit ici se relit à l'identique."""

import datetime as dt
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from maillage.socle.classeurs import Cellule
from maillage.socle.classeurs.ecriture import Genre
from maillage.socle.francais import (
    ValeurIllisible,
    booleen_fr,
    est_sans_valeur,
    joindre_liste,
    lire_booleen,
    lire_date,
    lire_entier,
    lire_liste,
    lire_montant,
    lire_nombre,
    lire_pourcentage,
)

from ..etat import decimal_texte
from .vocabulaire import choix_possibles, libelle_du_choix, lire_choix

_CHIFFRES_SURS = 15  # au-delà, un tableur arrondit : le nombre part en texte
# Noms d'une seule organisation ou personne : « à définir » n'en est pas une.
NOMS = {"pilote_organisation", "pilote_personne", "pilote_fonction"}


def net(texte: str) -> str:
    """Un texte comme une cellule le rend : sans blancs autour, retours à la ligne simples."""
    return texte.replace("\r\n", "\n").replace("\r", "\n").strip()


def lire_cellule(
    cle: str, sorte: str, cellule: Cellule, *, connus: Callable[[str], bool] | None = None
) -> Any:
    """La valeur d'état que dit cette cellule ; lève `ValeurIllisible`.

    Une cellule vide donne la valeur vide de la sorte (None, "", [], False). `connus` dit si un nom
    est déjà connu : cela aide à couper une liste.
    """
    if sorte == "liste":
        return lire_liste(cellule.texte, connus=connus)
    if cle in NOMS:
        return lire_nom(cellule.texte)
    if sorte in {"texte", "long"}:
        return cellule.texte
    if sorte == "oui_non":
        return _oui_non(cellule)
    if sorte == "choix":
        return lire_le_choix(cle, cellule.texte)
    if cellule.est_vide:
        return None
    valeur = cellule.valeur
    if sorte == "entier":
        return lire_entier(valeur)
    if sorte == "montant":
        return decimal_texte(lire_montant(valeur))
    if sorte == "decimal":
        return decimal_texte(lire_nombre(valeur, unites=("ETP", "%", "€") if cle == "etp" else ()))
    if sorte == "taux":
        points = lire_pourcentage(
            valeur, format_pourcentage=cellule.format_pourcentage, maximum=100
        )
        return None if points is None else int(points.quantize(Decimal(1), ROUND_HALF_UP))
    lue = lire_date(valeur)
    if lue is None:
        return None
    return (lue.fin if sorte == "date_fin" or cle == "date_fin" else lue.date).isoformat()


def _oui_non(cellule: Cellule) -> bool:
    try:
        return bool(lire_booleen(cellule.valeur))
    except ValeurIllisible:
        # « Haute », « P1 », « phare » : la colonne est cochée par un mot à elle.
        raise ValeurIllisible(
            f"« {cellule.texte[:60]} » n’est ni oui ni non. Écrire oui ou non."
        ) from None


def lire_le_choix(sorte: str, texte: str) -> str:
    """La clé d'un choix ; lève `ValeurIllisible` en citant les réponses possibles."""
    if not texte or (est_sans_valeur(texte) and lire_choix(sorte, texte) is None):
        return ""
    trouve = lire_choix(sorte, texte)
    if trouve is None:
        raise ValeurIllisible(
            f"« {texte[:60]} » n’est pas connu. Réponses possibles : "
            f"{', '.join(choix_possibles(sorte))}."
        )
    return trouve


def lire_nom(texte: str) -> str:
    """Un nom ; vide pour « à définir ». Entre guillemets droits, gardé tel quel."""
    if len(texte) > 1 and texte[0] == texte[-1] == '"' and '"' not in texte[1:-1].replace('""', ""):
        return texte[1:-1].replace('""', '"')
    return "" if est_sans_valeur(texte) else texte


def ecrire_nom(nom: str) -> str:
    """Écriture que `lire_nom` et la coupe des noms relisent comme ce seul nom."""
    if not nom or (lire_nom(nom) == nom and lire_liste(nom) == [nom]):
        return nom
    return '"' + nom.replace('"', '""') + '"'


def ecrire_valeur(cle: str, sorte: str, valeur: Any) -> Any:
    """Valeur de cellule pour cette valeur d'état ; None pour une cellule vide."""
    if valeur is None or valeur == "" or valeur == []:
        return None
    if sorte == "liste":
        return joindre_liste(valeur)
    if cle in NOMS:
        return ecrire_nom(valeur)
    if sorte == "oui_non":
        return booleen_fr(valeur)
    if sorte == "choix":
        return libelle_du_choix(cle, valeur)
    if sorte in {"decimal", "montant"}:
        return _nombre(Decimal(valeur))
    if sorte in {"date", "date_fin"}:
        return valeur if isinstance(valeur, dt.date) else dt.date.fromisoformat(valeur)
    return valeur


def _nombre(nombre: Decimal) -> Decimal | str:
    chiffres = len("".join(map(str, nombre.as_tuple().digits)).strip("0")) or 1
    if chiffres <= _CHIFFRES_SURS:
        return nombre
    return format(nombre, "f").replace(".", ",")


def genre_de(sorte: str) -> Genre:
    """Genre de colonne pour l'écriture du classeur."""
    genres: dict[str, Genre] = {
        "date": "date",
        "date_fin": "date",
        "decimal": "nombre",
        "entier": "nombre",
        "taux": "nombre",
        "montant": "montant",
    }
    return genres.get(sorte, "texte")


def largeur_de(sorte: str) -> int:
    """Largeur de colonne, en caractères."""
    return {"long": 60, "texte": 28, "liste": 34, "oui_non": 10, "date": 12, "date_fin": 12}.get(
        sorte, 16
    )
