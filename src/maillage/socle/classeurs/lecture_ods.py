"""Lecture en flux des classeurs .ods (OpenDocument 1.2 et suivants).

odfpy bâtit tout l'arbre en mémoire : plusieurs dizaines de secondes pour 10 000 lignes. On lit
donc `content.xml` au fil de l'eau, et on garde odfpy comme témoin dans les tests.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from .archive import Archive, Attributs, refus
from .construction import Batisseur, Compteur, dire_masques, nombre_exact
from .lecture_xlsx import SANS_RESULTAT, erreur_de_calcul
from .modele import Classeur, Plage, Valeur
from .texte_xml import retablir

_ODF = "urn:oasis:names:tc:opendocument:xmlns:"
_TABLE, _TEXTE, _OFFICE, _STYLE = (f"{_ODF}{x}:1.0|" for x in ("table", "text", "office", "style"))
_CALCEXT = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0|value-type"
_IGNORES = frozenset(
    {
        _OFFICE + "annotation",
        _OFFICE + "forms",
        _TABLE + "tracked-changes",
        _TABLE + "shapes",
        _TEXTE + "ruby-text",
        _TEXTE + "note",
    }
)
_CELLULES = frozenset({_TABLE + "table-cell", _TABLE + "covered-table-cell"})
_REPETE_C = _TABLE + "number-columns-repeated"
_REPETE_L = _TABLE + "number-rows-repeated"
_DUREE = re.compile(r"(-?)P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,](\d+))?S)?")
_BLANCS = re.compile(r"[ \t\r\n]+")


class _Exact(str):
    """Blanc voulu (`text:s`, tabulation, retour) : il échappe à la fusion des blancs."""


def lire_ods(archive: Archive, nom: str) -> Classeur:
    """Lit toutes les feuilles ; lève `Refus` si le fichier ne peut pas l'être."""
    lecteur = _LecteurOds(archive, nom)
    archive.analyser("content.xml", debut=lecteur.debut, fin=lecteur.fin, texte=lecteur.texte)
    if not lecteur.classeur.feuilles:
        raise refus("Le classeur ne contient aucune feuille de calcul.")
    if any(chemin.startswith("Basic/") for chemin in archive.noms):
        lecteur.classeur.avertissements.append("Les macros du fichier ont été ignorées.")
    return lecteur.classeur


def _repetition(attributs: Attributs, nom: str) -> int:
    brut = attributs.get(nom, "1")
    return max(int(brut), 1) if brut.isdecimal() and len(brut) < 9 else 1


def _assembler(morceaux: list[str]) -> str:
    """Texte d'un paragraphe : suites de blancs réduites à un, sauf les blancs voulus."""
    sortie: list[str] = []
    apres_blanc = True
    for morceau in morceaux:
        if isinstance(morceau, _Exact):
            sortie.append(morceau)
            apres_blanc = False
            continue
        reduit = _BLANCS.sub(" ", morceau)
        if apres_blanc:
            reduit = reduit.removeprefix(" ")
        if reduit:
            apres_blanc = reduit.endswith(" ")
            sortie.append(reduit)
    return "".join(sortie)


class _LecteurOds:
    """Automate de `content.xml`."""

    def __init__(self, archive: Archive, nom: str) -> None:
        self.limites = archive.limites
        self.compteur = Compteur(archive.limites)
        self.classeur = Classeur(nom, "ods")
        self.batisseur: Batisseur | None = None
        self.ignore = 0
        self.tables = 0
        self.styles_caches: set[str] = set()
        self.style_lu: str | None = None
        self.ligne = self.colonne = 0
        self.colonnes_vues = 0
        self.repete_ligne = 1
        self.cellules_ligne: list[tuple[int, Valeur, bool]] = []
        self.attributs: Attributs | None = None
        self.paragraphes: list[str] = []
        self.morceaux: list[str] | None = None
        self.debuts = {
            _STYLE + "style": self._style,
            _STYLE + "table-properties": self._proprietes,
            _TABLE + "table": self._table,
            _TABLE + "table-column": self._colonne,
            _TABLE + "table-row": self._debut_ligne,
            _TABLE + "table-cell": self._debut_cellule,
            _TABLE + "covered-table-cell": self._debut_cellule,
            _TEXTE + "p": self._paragraphe,
            _TEXTE + "h": self._paragraphe,
            _TEXTE + "s": self._espaces,
            _TEXTE + "tab": self._tabulation,
            _TEXTE + "line-break": self._retour,
        }

    # Chaque balise ignorée avale ses descendantes.
    def debut(self, nom: str, attributs: Attributs) -> None:
        if self.ignore or nom in _IGNORES:
            self.ignore += 1
            return
        if self.tables > 1:  # sous-tableau dans une cellule : rien d'un plan
            if nom == _TABLE + "table":
                self.tables += 1
            return
        if methode := self.debuts.get(nom):
            methode(attributs)

    def fin(self, nom: str) -> None:
        if self.ignore:
            self.ignore -= 1
            return
        if nom == _TABLE + "table":
            self.tables -= 1
            if self.tables == 0:
                self._fin_table()
            return
        if self.tables != 1:
            return
        if nom in _CELLULES:
            self._fin_cellule()
        elif nom == _TABLE + "table-row":
            self._fin_ligne()
        elif nom in (_TEXTE + "p", _TEXTE + "h") and self.morceaux is not None:
            self.paragraphes.append(_assembler(self.morceaux))
            self.morceaux = None

    def texte(self, donnees: str) -> None:
        if self.morceaux is not None and not self.ignore and self.tables == 1:
            self.morceaux.append(donnees)

    def _style(self, attributs: Attributs) -> None:
        famille = attributs.get(_STYLE + "family")
        self.style_lu = attributs.get(_STYLE + "name") if famille == "table" else None

    def _proprietes(self, attributs: Attributs) -> None:
        if self.style_lu and attributs.get(_TABLE + "display") == "false":
            self.styles_caches.add(self.style_lu)

    def _table(self, attributs: Attributs) -> None:
        self.tables += 1
        if self.tables > 1:
            return
        if len(self.classeur.feuilles) >= self.limites.feuilles:
            raise refus(f"Le classeur compte plus de {self.limites.feuilles} feuilles.")
        masquee = attributs.get(_TABLE + "style-name") in self.styles_caches
        nom = attributs.get(_TABLE + "name", "")
        self.batisseur = Batisseur(nom, self.compteur, masquee=masquee)
        self.ligne = self.colonnes_vues = 0

    def _fin_table(self) -> None:
        if self.batisseur is not None:
            feuille = self.batisseur.terminer()
            self.classeur.feuilles.append(feuille)
            self.classeur.avertissements += dire_masques(feuille)
        self.batisseur = None

    def _colonne(self, attributs: Attributs) -> None:
        debut = self.colonnes_vues + 1
        self.colonnes_vues += _repetition(attributs, _REPETE_C)
        if self.batisseur and attributs.get(_TABLE + "visibility", "visible") != "visible":
            fin = min(self.colonnes_vues, self.limites.colonnes)
            self.batisseur.feuille.colonnes_masquees += range(debut, fin + 1)

    def _debut_ligne(self, attributs: Attributs) -> None:
        self.ligne += 1
        self.colonne = 0
        self.repete_ligne = _repetition(attributs, _REPETE_L)
        self.cellules_ligne = []
        if self.batisseur and attributs.get(_TABLE + "visibility", "visible") != "visible":
            for numero in range(self.ligne, self.ligne + min(self.repete_ligne, 50_000)):
                self.batisseur.masquer_ligne(numero)

    def _fin_ligne(self) -> None:
        batisseur = self.batisseur
        if batisseur is not None and self.cellules_ligne:
            for numero in range(self.ligne, self.ligne + self.repete_ligne):
                for colonne, valeur, pourcentage in self.cellules_ligne:
                    batisseur.ajouter(numero, colonne, valeur, pourcentage)
        self.ligne += self.repete_ligne - 1

    def _debut_cellule(self, attributs: Attributs) -> None:
        self.attributs = attributs
        self.paragraphes = []

    def _paragraphe(self, attributs: Attributs) -> None:
        if self.attributs is not None:
            self.morceaux = []

    def _espaces(self, attributs: Attributs) -> None:
        if self.morceaux is not None:
            nombre = min(_repetition(attributs, _TEXTE + "c"), self.limites.texte)
            self.morceaux.append(_Exact(" " * nombre))

    def _tabulation(self, attributs: Attributs) -> None:
        if self.morceaux is not None:
            self.morceaux.append(_Exact("\t"))

    def _retour(self, attributs: Attributs) -> None:
        if self.morceaux is not None:
            self.morceaux.append(_Exact("\n"))

    def _fin_cellule(self) -> None:
        attributs, self.attributs = self.attributs, None
        batisseur = self.batisseur
        if attributs is None or batisseur is None:
            return
        debut = self.colonne + 1
        repetition = _repetition(attributs, _REPETE_C)
        self.colonne += repetition
        hauteur = _repetition(attributs, _TABLE + "number-rows-spanned")
        largeur = _repetition(attributs, _TABLE + "number-columns-spanned")
        if hauteur > 1 or largeur > 1:
            fin = (self.ligne + hauteur - 1, debut + largeur - 1)
            batisseur.fusionner(Plage(self.ligne, debut, *fin))
        valeur = self._valeur(attributs, batisseur, debut)
        if valeur is None or valeur == "":
            return
        pourcentage = attributs.get(_OFFICE + "value-type") == "percentage"
        for colonne in range(debut, debut + min(repetition, self.limites.colonnes + 1)):
            self.cellules_ligne.append((colonne, valeur, pourcentage))

    def _valeur(self, attributs: Attributs, batisseur: Batisseur, colonne: int) -> Valeur:
        genre = attributs.get(_OFFICE + "value-type")
        affiche = "\n".join(self.paragraphes)
        erreur = attributs.get(_CALCEXT) == "error"
        formule = _TABLE + "formula" in attributs
        if formule and re.fullmatch(r"#[A-Z/0-9]+[!?]|#N/A|Err:\d+", affiche):
            erreur = True
        if erreur:
            batisseur.probleme(self.ligne, colonne, erreur_de_calcul(affiche or "de calcul"))
            return None
        if genre is None:
            if formule and not affiche:
                batisseur.probleme(self.ligne, colonne, SANS_RESULTAT)
            return retablir(affiche)
        if genre == "string":
            return retablir(attributs.get(_OFFICE + "string-value", affiche))
        try:
            return _typer(genre, attributs)
        except (ValueError, OverflowError):
            batisseur.probleme(
                self.ligne, colonne, "la valeur est illisible. La saisir de nouveau."
            )
            return None


def _typer(genre: str, attributs: Attributs) -> Valeur:
    """Valeur d'une cellule typée ; `ValueError` quand l'attribut est faux."""
    if genre in ("float", "percentage", "currency"):
        nombre = nombre_exact(attributs.get(_OFFICE + "value", ""))
        if nombre is None:
            raise ValueError(genre)
        return nombre
    if genre == "boolean":
        return attributs.get(_OFFICE + "boolean-value") == "true"
    if genre == "date":
        brut = attributs.get(_OFFICE + "date-value", "")
        if "T" not in brut:
            return dt.date.fromisoformat(brut)
        instant = dt.datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", brut))
        return instant.replace(tzinfo=None)
    if genre == "time":
        trouve = _DUREE.fullmatch(attributs.get(_OFFICE + "time-value", ""))
        if not trouve:
            raise ValueError(genre)
        jours, heures, minutes, secondes = (int(trouve[n] or 0) for n in (2, 3, 4, 5))
        fraction = Decimal("0." + (trouve[6] or "0")[:6])
        duree = dt.timedelta(
            days=jours,
            hours=heures,
            minutes=minutes,
            seconds=secondes,
            microseconds=int(fraction * 1_000_000),
        )
        if trouve[1]:
            return -duree
        return (dt.datetime.min + duree).time() if duree < dt.timedelta(days=1) else duree
    raise ValueError(genre)
