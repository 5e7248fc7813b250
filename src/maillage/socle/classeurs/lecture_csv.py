"""Lecture des fichiers .csv : encodage et séparateur reconnus, guillemets vérifiés."""

from __future__ import annotations

import csv
import io
import re

from .archive import refus
from .construction import Batisseur, Compteur
from .limites import Limites
from .modele import Classeur
from .texte_xml import retablir

SEPARATEURS = (";", "\t", ",", "|")
_PART_SURE = 0.9
"""Part des lignes de même largeur qui suffit à retenir un séparateur, dans l'ordre ci-dessus."""
_ESSAI = 60
"""Lignes examinées pour choisir le séparateur."""
_APOSTROPHE = re.compile(r"'+[=+\-@\t\r]")


def proteger(texte: str) -> str:
    """Apostrophe devant un texte qu'un tableur prendrait pour une formule."""
    return "'" + texte if re.match(r"'*[=+\-@\t\r]", texte) else texte


def deproteger(texte: str) -> str:
    """Inverse exact de `proteger`."""
    return texte[1:] if _APOSTROPHE.match(texte) else texte


def lire_csv(octets: bytes, nom: str, limites: Limites) -> Classeur:
    """Une feuille, toutes les valeurs en texte ; lève `Refus` si le texte ne se découpe pas."""
    classeur = Classeur(nom, "csv")
    texte = _decoder(octets, classeur)
    separateur, texte, decalage = _separateur(texte)
    compteur = Compteur(limites)
    batisseur = Batisseur(nom.rpartition(".")[0] or nom, compteur)
    numero = 0
    try:
        lecteur = csv.reader(io.StringIO(texte, newline=""), delimiter=separateur, strict=True)
        for numero, rangee in enumerate(lecteur, start=1 + decalage):
            for colonne, valeur in enumerate(rangee, start=1):
                if valeur:
                    batisseur.ajouter(numero, colonne, deproteger(retablir(valeur)))
    except csv.Error as erreur:
        raise _refus_csv(erreur, numero + 1) from erreur
    classeur.feuilles.append(batisseur.terminer())
    return classeur


def _refus_csv(erreur: csv.Error, ligne: int) -> Exception:
    if "field larger" in str(erreur):
        message = "une cellule est démesurée. Chercher un guillemet ouvert et jamais refermé."
    elif "unexpected end" in str(erreur):
        message = "un guillemet ouvert n’est jamais refermé. Le refermer ou le supprimer."
    else:
        message = "les guillemets sont mal placés. Les doubler à l’intérieur d’une cellule."
    return refus(message, ligne=ligne)


def _decoder(octets: bytes, classeur: Classeur) -> str:
    if octets[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return octets.decode("utf-16", "strict") if _utf16_valide(octets) else _illisible()
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    classeur.avertissements.append(
        "Le fichier n’est pas en UTF-8 : il a été lu comme un fichier Windows. "
        "Vérifier les accents."
    )
    try:
        return octets.decode("cp1252")
    except UnicodeDecodeError:
        return _illisible()


def _utf16_valide(octets: bytes) -> bool:
    try:
        octets.decode("utf-16")
    except UnicodeDecodeError:
        return False
    return True


def _illisible() -> str:
    raise refus(
        "Les accents du fichier sont illisibles. "
        "L’enregistrer au format «\u00a0CSV UTF-8\u00a0», puis recommencer."
    )


def _separateur(texte: str) -> tuple[str, str, int]:
    """Séparateur, texte à lire, lignes déjà passées (« sep=; » d'Excel en tête)."""
    if trouve := re.match(r"sep=(.)\r?\n", texte, re.I):
        return trouve[1], texte[trouve.end() :], 1
    mesures = [(separateur, *_regularite(texte, separateur)) for separateur in SEPARATEURS]
    for separateur, part, largeur in mesures:
        if part >= _PART_SURE and largeur > 1:
            return separateur, texte, 0
    separateur, part, largeur = max(mesures, key=lambda m: m[1] * (m[2] - 1))
    return (separateur if largeur > 1 else ";"), texte, 0


def _regularite(texte: str, separateur: str) -> tuple[float, int]:
    """Largeur la plus fréquente (hors lignes d'une cellule), et part des lignes qui l'ont.

    Un séparateur qui laisse un guillemet au milieu d'une cellule n'est pas le bon.
    """
    largeurs: list[int] = []
    lecteur = csv.reader(io.StringIO(texte, newline=""), delimiter=separateur, strict=True)
    try:
        for rangee in lecteur:
            if any(rangee):
                largeurs.append(len(rangee))
            if len(largeurs) >= _ESSAI:
                break
    except csv.Error:
        return 0.0, 1
    larges = [largeur for largeur in largeurs if largeur > 1]
    if not larges:
        return 0.0, 1
    commune = max(set(larges), key=lambda n: (larges.count(n), n))
    return larges.count(commune) / len(largeurs), commune
