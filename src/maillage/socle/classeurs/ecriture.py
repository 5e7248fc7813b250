"""Écrire un classeur .xlsx, .ods ou .csv que `lire` relit à l'identique.

Un texte reste un texte : « =1+1 » n'est jamais une formule, « 007 » garde ses zéros, les
caractères de contrôle sont échappés à la façon d'Excel. Ce qu'un format ne peut pas porter est
refusé, cellule nommée, plutôt qu'abîmé.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from maillage.socle.francais import booleen_fr, date_fr, nombre_fr

from .lecture_csv import proteger
from .modele import ClasseurRefuse, Probleme, Valeur, reference
from .texte_xml import echapper, est_ecrivable

Genre = Literal["texte", "nombre", "montant", "date", "horodatage", "pourcentage", "booleen"]
FORMATS_ECRITS = ("xlsx", "ods", "csv")
TEXTE_MAX = 32_767
"""Caractères (unités UTF-16) qu'Excel accepte dans une cellule."""
CHIFFRES_MAX = 15
"""Chiffres significatifs qu'un tableur garde."""
DATE_MIN = dt.date(1900, 3, 1)
"""Avant, Excel compte un 29 février 1900 qui n'a pas existé : la date part en texte."""

FORMATS_NOMBRE: dict[str, str] = {
    "texte": "@",
    "nombre": "General",
    "montant": '#,##0.00\\ "€"',
    "date": "dd/mm/yyyy",
    "horodatage": "dd/mm/yyyy\\ hh:mm:ss",
    "pourcentage": "0.##%",
    "booleen": "General",
}


@dataclass(frozen=True, slots=True)
class Colonne:
    """Une colonne à écrire. `largeur` en caractères.

    Une colonne `pourcentage` reçoit des points (45 pour 45 %), comme `lire_pourcentage` en rend.
    """

    intitule: str
    genre: Genre = "texte"
    largeur: int = 18


@dataclass(slots=True)
class FeuilleEcrite:
    """Une feuille à écrire : titres facultatifs, en-tête figé, lignes de valeurs."""

    nom: str
    colonnes: Sequence[Colonne]
    lignes: Iterable[Sequence[Valeur]] = ()
    titres: Sequence[str] = field(default_factory=tuple)


def ecrire(feuilles: Sequence[FeuilleEcrite], format: str, *, nom: str = "export") -> bytes:
    """Octets du classeur ; lève `ClasseurRefuse` pour une valeur qui s'abîmerait.

    Un .csv ne porte qu'une feuille. Un texte vide s'écrit comme une cellule vide.
    Lève `ValueError` pour un format inconnu ou des feuilles sans nom distinct.
    """
    noms = [feuille.nom.casefold() for feuille in feuilles]
    if not feuilles or len(set(noms)) != len(noms):
        raise ValueError("Il faut au moins une feuille, et des noms distincts.")
    if format == "csv":
        if len(feuilles) > 1:
            raise ValueError("Un fichier .csv ne porte qu'une feuille.")
        return _ecrire_csv(feuilles[0], nom)
    for feuille in feuilles:
        if not 0 < len(feuille.nom) <= 31 or set(feuille.nom) & set("[]:*?/\\"):
            raise ValueError(f"Nom de feuille impossible : {feuille.nom!r}")
    if format == "xlsx":
        return _ecrire_xlsx(feuilles, nom)
    if format == "ods":
        from .ecriture_ods import ecrire_ods

        return ecrire_ods(feuilles, nom)
    raise ValueError(f"Format inconnu : {format!r}")


class Verificateur:
    """Ramène chaque valeur à ce qui s'écrit, et retient les refus d'une feuille."""

    def __init__(self, feuille: FeuilleEcrite) -> None:
        self.feuille = feuille
        self.problemes: list[Probleme] = []

    def convertir(self, valeur: Valeur, genre: Genre, ligne: int, colonne: int) -> Valeur:
        """Valeur prête : texte non échappé, nombre en points ramené à l'unité, date ou rien."""
        if valeur is None or valeur == "":
            return None
        if isinstance(valeur, str):
            return self._texte(valeur, ligne, colonne)
        if isinstance(valeur, bool):
            return valeur
        if isinstance(valeur, int | Decimal):
            nombre = Decimal(valeur)
            if genre == "texte":
                return str(valeur)
            if not nombre.is_finite() or _chiffres(nombre) > CHIFFRES_MAX:
                return self._refuser(ligne, colonne, "le nombre a trop de chiffres pour un tableur")
            return nombre / 100 if genre == "pourcentage" else nombre
        if isinstance(valeur, dt.datetime):
            if genre == "date":
                valeur = valeur.date()
            elif valeur.tzinfo is not None or valeur.microsecond:
                return self._refuser(ligne, colonne, "l’heure doit être locale et à la seconde")
            elif valeur.date() < DATE_MIN:
                return f"{date_fr(valeur.date())} {valeur:%H:%M:%S}"
        if isinstance(valeur, dt.date):
            ancienne = not isinstance(valeur, dt.datetime) and valeur < DATE_MIN
            return date_fr(valeur) if ancienne else valeur
        return self._refuser(ligne, colonne, f"une valeur {type(valeur).__name__} ne s’écrit pas")

    def _texte(self, valeur: str, ligne: int, colonne: int) -> Valeur:
        if not est_ecrivable(valeur):
            return self._refuser(ligne, colonne, "le texte contient une moitié de caractère")
        if len(valeur) > TEXTE_MAX // 7 and _longueur(valeur) > TEXTE_MAX:
            limite = nombre_fr(TEXTE_MAX)
            return self._refuser(ligne, colonne, f"le texte dépasse {limite} caractères")
        return valeur

    def _refuser(self, ligne: int, colonne: int, message: str) -> Valeur:
        self.problemes.append(
            Probleme(
                f"{message}. Corriger la cellule avant d’exporter.",
                self.feuille.nom,
                ligne,
                colonne,
                reference(ligne, colonne),
            )
        )
        return None

    def lignes(self) -> Iterable[list[tuple[Valeur, str]]]:
        """Toutes les lignes : titres, en-tête, données ; chaque cellule avec son genre."""
        numero = 0
        for titre in self.feuille.titres:
            numero += 1
            yield [(self.convertir(titre, "texte", numero, 1), "titre")]
        numero += 1
        yield [
            (self.convertir(colonne.intitule, "texte", numero, rang), "entete")
            for rang, colonne in enumerate(self.feuille.colonnes, start=1)
        ]
        for ligne in self.feuille.lignes:
            numero += 1
            if len(ligne) > len(self.feuille.colonnes):
                raise ValueError(f"Ligne {numero} : plus de valeurs que de colonnes.")
            yield [
                (self.convertir(valeur, colonne.genre, numero, rang), colonne.genre)
                for rang, (valeur, colonne) in enumerate(
                    zip(ligne, self.feuille.colonnes, strict=False), start=1
                )
            ]


def preparer(feuilles: Sequence[FeuilleEcrite], nom: str) -> list[list[list[tuple[Valeur, str]]]]:
    """Lignes prêtes de chaque feuille ; lève `ClasseurRefuse` avec tous les refus."""
    preparees, problemes = [], []
    for feuille in feuilles:
        verificateur = Verificateur(feuille)
        preparees.append(list(verificateur.lignes()))
        problemes += verificateur.problemes
    if problemes:
        raise ClasseurRefuse(nom, problemes)
    return preparees


def genre_effectif(valeur: Valeur, genre: str) -> str:
    """Genre d'une valeur convertie : celui de la colonne s'il lui convient, le sien sinon."""
    if isinstance(valeur, str):
        return "texte"
    if isinstance(valeur, bool):
        return "booleen"
    if isinstance(valeur, dt.datetime):
        return "horodatage"
    if isinstance(valeur, dt.date):
        return "date"
    return genre if genre in ("montant", "pourcentage") else "nombre"


def _longueur(texte: str) -> int:
    """Longueur comptée par Excel, caractères échappés compris."""
    return len(echapper(texte).encode("utf-16-le")) // 2


def _chiffres(nombre: Decimal) -> int:
    return len("".join(map(str, nombre.as_tuple().digits)).strip("0")) or 1


def _ecrire_csv(feuille: FeuilleEcrite, nom: str) -> bytes:
    """UTF-8 avec marque, « ; », chaque texte entre guillemets : Excel n'hésite pas.

    Une cellule vide ne s'écrit pas : un tableau large en compte beaucoup.
    """
    (lignes,) = preparer([feuille], nom)
    rangees = (
        ";".join(_entre_guillemets(_texte_csv(valeur, genre)) for valeur, genre in ligne)
        for ligne in lignes
    )
    return "".join(f"{rangee}\r\n" for rangee in rangees).encode("utf-8-sig")


def _entre_guillemets(texte: str) -> str:
    return '"' + texte.replace('"', '""') + '"' if texte else ""


def _texte_csv(valeur: Valeur, genre: str) -> str:
    if valeur is None:
        return ""
    if isinstance(valeur, str):
        return echapper(proteger(valeur))
    if isinstance(valeur, bool):
        return booleen_fr(valeur)
    if isinstance(valeur, int | Decimal):
        unite = "%" if genre == "pourcentage" else ""
        nombre = Decimal(valeur) * 100 if unite else Decimal(valeur)
        return nombre_fr(nombre).replace("\u202f", "").replace("\u2212", "-") + unite
    if isinstance(valeur, dt.datetime):
        return f"{date_fr(valeur.date())} {valeur:%H:%M:%S}"
    if not isinstance(valeur, dt.date):
        raise TypeError(type(valeur).__name__)
    return date_fr(valeur)


def _ecrire_xlsx(feuilles: Sequence[FeuilleEcrite], nom: str) -> bytes:
    # Tout est vérifié avant d'ouvrir le classeur : openpyxl laisse sinon des fichiers derrière lui.
    preparees = preparer(feuilles, nom)
    classeur = Workbook(write_only=True)
    gras, titre_gras = Font(bold=True), Font(bold=True, size=14)
    fond = PatternFill("solid", fgColor="E8EDF3")
    retour = Alignment(wrap_text=True, vertical="top")
    for feuille, lignes in zip(feuilles, preparees, strict=True):
        page = classeur.create_sheet(feuille.nom)
        page.freeze_panes = f"A{len(feuille.titres) + 2}"
        for rang, colonne in enumerate(feuille.colonnes, start=1):
            page.column_dimensions[get_column_letter(rang)].width = colonne.largeur
        for ligne in lignes:
            rangee: list[WriteOnlyCell | None] = []
            for valeur, genre in ligne:
                if valeur is None:
                    rangee.append(None)
                    continue
                cellule = WriteOnlyCell(page)
                if isinstance(valeur, str):
                    # Posé sans passer par `value`, qui en ferait une formule ou une erreur.
                    cellule._value = echapper(valeur)
                    cellule.data_type = "s"
                    cellule.quotePrefix = valeur[0] in "=+-@'"
                else:
                    cellule.value = valeur
                if genre == "entete":
                    cellule.font, cellule.fill, cellule.alignment = gras, fond, retour
                elif genre == "titre":
                    cellule.font = titre_gras
                else:
                    cellule.number_format = FORMATS_NOMBRE[genre_effectif(valeur, genre)]
                    if isinstance(valeur, str):
                        cellule.alignment = retour
                rangee.append(cellule)
            page.append(rangee)
    sortie = io.BytesIO()
    classeur.save(sortie)
    return sortie.getvalue()
