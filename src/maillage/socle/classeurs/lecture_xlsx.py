"""Lecture en flux des classeurs .xlsx et .xlsm (ECMA-376, transitionnel et strict).

openpyxl n'est pas employé ici : en une passe il rend soit la formule, soit son résultat, il
efface les valeurs cachées par une fusion, et il ne borne rien. On garde ses règles de dates.
"""

from __future__ import annotations

import datetime as dt
import posixpath
import re
from dataclasses import dataclass, field

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel, from_ISO8601

from .archive import Archive, Attributs, refus
from .construction import Batisseur, Compteur, dire_masques, nombre_exact
from .modele import Classeur, Plage, Valeur
from .texte_xml import retablir

_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships|id"
_RELATIONS_STRICTES = "http://purl.oclc.org/ooxml/officeDocument/relationships|id"
_ESPACES = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main|",
    "http://purl.oclc.org/ooxml/spreadsheetml/main|",
)
_DATES_LOCALES = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_SERIE_MAX = 2_958_465  # 31/12/9999
_VRAI = frozenset({"1", "true"})

SANS_RESULTAT = (
    "la formule n’a pas de résultat enregistré. "
    "Ouvrir le fichier dans un tableur, l’enregistrer, puis recommencer."
)


def erreur_de_calcul(code: str) -> str:
    return f"la cellule contient l’erreur {code}. Corriger la formule ou saisir la valeur."


@dataclass(frozen=True, slots=True)
class _Style:
    date: bool = False
    heure: bool = False
    duree: bool = False
    pourcentage: bool = False
    zeros: int = 0


_STYLE_ORDINAIRE = _Style()


@dataclass(slots=True)
class _Plan:
    """Ce que `workbook.xml` annonce."""

    feuilles: list[tuple[str, str, bool]] = field(default_factory=list)
    """(nom, chemin, masquée)"""
    partagees: str | None = None
    styles: str | None = None
    depuis_1904: bool = False
    macros: bool = False


def lire_xlsx(archive: Archive, nom: str) -> Classeur:
    """Lit toutes les feuilles de calcul ; lève `Refus` si le fichier ne peut pas l'être."""
    plan = _lire_plan(archive)
    if not plan.feuilles:
        raise refus("Le classeur ne contient aucune feuille de calcul.")
    chaines = _lire_chaines(archive, plan.partagees) if plan.partagees in archive.noms else []
    styles = _lire_styles(archive, plan.styles) if plan.styles in archive.noms else []
    compteur = Compteur(archive.limites)
    classeur = Classeur(nom, "xlsx")
    if plan.macros:
        classeur.avertissements.append("Les macros du fichier ont été ignorées.")
    for titre, chemin, masquee in plan.feuilles:
        lecteur = _LecteurFeuille(
            Batisseur(titre, compteur, masquee=masquee), chaines, styles, plan.depuis_1904
        )
        archive.analyser(chemin, debut=lecteur.debut, fin=lecteur.fin, texte=lecteur.texte)
        feuille = lecteur.batisseur.terminer()
        classeur.feuilles.append(feuille)
        classeur.avertissements += dire_masques(feuille)
    return classeur


def _local(nom: str) -> str:
    return nom.rpartition("|")[2]


def _relations(archive: Archive, partie: str) -> dict[str, tuple[str, str]]:
    """Relations d'une partie : identifiant vers (genre, chemin dans l'archive)."""
    dossier, fichier = posixpath.split(partie)
    chemin = posixpath.join(dossier, "_rels", fichier + ".rels")
    trouvees: dict[str, tuple[str, str]] = {}
    if chemin not in archive.noms:
        return trouvees

    def debut(nom: str, attributs: Attributs) -> None:
        if _local(nom) == "Relationship" and attributs.get("TargetMode") != "External":
            cible = attributs.get("Target", "")
            absolu = posixpath.normpath(posixpath.join("/" + dossier, cible)).lstrip("/")
            genre = attributs.get("Type", "").rpartition("/")[2]
            trouvees[attributs.get("Id", "")] = (genre, absolu)

    archive.analyser(chemin, debut=debut)
    return trouvees


def _lire_plan(archive: Archive) -> _Plan:
    principale = next(
        (chemin for genre, chemin in _relations(archive, "").values() if genre == "officeDocument"),
        "xl/workbook.xml",
    )
    relations = _relations(archive, principale)
    plan = _Plan()
    for genre, chemin in relations.values():
        if genre == "sharedStrings":
            plan.partagees = chemin
        elif genre == "styles":
            plan.styles = chemin
        elif genre == "vbaProject":
            plan.macros = True

    def debut(nom: str, attributs: Attributs) -> None:
        balise = _local(nom)
        if balise == "workbookPr":
            plan.depuis_1904 = attributs.get("date1904") in _VRAI
        elif balise == "sheet":
            cle = attributs.get(_RELATIONS) or attributs.get(_RELATIONS_STRICTES) or ""
            genre, chemin = relations.get(cle, ("", ""))
            if genre == "worksheet":
                masquee = attributs.get("state", "visible") != "visible"
                plan.feuilles.append((attributs.get("name", ""), chemin, masquee))
                if len(plan.feuilles) > archive.limites.feuilles:
                    raise refus(f"Le classeur compte plus de {archive.limites.feuilles} feuilles.")

    archive.analyser(principale, debut=debut)
    return plan


def _lire_chaines(archive: Archive, chemin: str | None) -> list[str]:
    chaines: list[str] = []
    morceaux: list[str] = []
    etat = {"dans_t": False, "phonetique": False}

    def debut(nom: str, attributs: Attributs) -> None:
        balise = _local(nom)
        if balise == "si":
            morceaux.clear()
        elif balise == "rPh":
            etat["phonetique"] = True
        elif balise == "t":
            etat["dans_t"] = not etat["phonetique"]

    def fin(nom: str) -> None:
        balise = _local(nom)
        if balise == "t":
            etat["dans_t"] = False
        elif balise == "rPh":
            etat["phonetique"] = False
        elif balise == "si":
            chaines.append(retablir("".join(morceaux)))

    def texte(donnees: str) -> None:
        if etat["dans_t"]:
            morceaux.append(donnees)

    archive.analyser(chemin or "", debut=debut, fin=fin, texte=texte)
    return chaines


def _lire_styles(archive: Archive, chemin: str | None) -> list[_Style]:
    formats: dict[int, str] = {}
    numeros: list[int] = []
    etat = {"cellXfs": False}

    def debut(nom: str, attributs: Attributs) -> None:
        balise = _local(nom)
        if balise == "numFmt":
            formats[_entier(attributs.get("numFmtId"))] = attributs.get("formatCode", "")
        elif balise == "cellXfs":
            etat["cellXfs"] = True
        elif balise == "xf" and etat["cellXfs"]:
            numeros.append(_entier(attributs.get("numFmtId")))

    def fin(nom: str) -> None:
        if _local(nom) == "cellXfs":
            etat["cellXfs"] = False

    archive.analyser(chemin or "", debut=debut, fin=fin)
    connus = {
        n: _style(n, formats.get(n) or BUILTIN_FORMATS.get(n, "General")) for n in set(numeros)
    }
    return [connus[n] for n in numeros]


def _style(numero: int, code: str) -> _Style:
    if code.casefold() in {"general", "standard", "@"}:
        date = numero in _DATES_LOCALES
        return _Style(date=date)
    nu = re.sub(r'"[^"]*"|\\.|_.|\*.', "", code.split(";")[0])
    duree = bool(is_timedelta_format(code))
    date = duree or bool(is_date_format(code)) or (numero in _DATES_LOCALES)
    heure = bool(re.search(r"[hs]", re.sub(r"\[[^\]]*\]", "", nu), re.I))
    zeros = len(nu) if re.fullmatch(r"0{2,20}", nu) else 0
    return _Style(date, heure, duree, "%" in nu and not date, zeros)


def _entier(texte: str | None) -> int:
    return int(texte) if texte and texte.isdecimal() and len(texte) < 10 else 0


class _Colonnes(dict[str, int]):
    """Numéro d'une colonne d'après ses lettres, calculé une fois."""

    def __missing__(self, lettres: str) -> int:
        numero = 0
        for lettre in lettres.replace("$", "").upper():
            numero = numero * 26 + ord(lettre) - 64
        if not 0 < numero <= 16_384:
            numero = 0
        if len(self) < 20_000:
            self[lettres] = numero
        return numero


_COLONNES = _Colonnes()
_RE_PLAGE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})")


class _LecteurFeuille:
    """Automate d'une feuille : un appel par balise, une cellule posée par balise « c » close."""

    def __init__(
        self, batisseur: Batisseur, chaines: list[str], styles: list[_Style], depuis_1904: bool
    ) -> None:
        self.batisseur = batisseur
        self.chaines = chaines
        self.styles = styles
        self.epoque = MAC_EPOCH if depuis_1904 else WINDOWS_EPOCH
        self.ligne = 0
        self.colonne = 0
        self.genre = "n"
        self.style = _STYLE_ORDINAIRE
        self.formule = False
        self.a_valeur = False
        self.ecoute = False
        self.phonetique = False
        self.morceaux: list[str] = []
        self._debuts = {}
        self._fins = {}
        for espace in _ESPACES:
            for balise, methode in (
                ("c", self._debut_cellule),
                ("v", self._debut_valeur),
                ("row", self._debut_ligne),
                ("f", self._debut_formule),
                ("t", self._debut_texte),
                ("rPh", self._debut_phonetique),
                ("col", self._colonne),
                ("mergeCell", self._fusion),
            ):
                self._debuts[espace + balise] = methode
            for balise, cloture in (
                ("c", self._fin_cellule),
                ("v", self._fin_ecoute),
                ("t", self._fin_ecoute),
                ("rPh", self._fin_phonetique),
            ):
                self._fins[espace + balise] = cloture

    def debut(self, nom: str, attributs: Attributs) -> None:
        if methode := self._debuts.get(nom):
            methode(attributs)

    def fin(self, nom: str) -> None:
        if methode := self._fins.get(nom):
            methode()

    def texte(self, donnees: str) -> None:
        if self.ecoute:
            self.morceaux.append(donnees)

    def _debut_ligne(self, attributs: Attributs) -> None:
        self.ligne = _entier(attributs.get("r")) or self.ligne + 1
        self.colonne = 0
        if attributs.get("hidden") in _VRAI:
            self.batisseur.masquer_ligne(self.ligne)

    def _debut_cellule(self, attributs: Attributs) -> None:
        if lieu := attributs.get("r"):
            self.colonne = _COLONNES[lieu.rstrip("0123456789")] or self.colonne + 1
        else:
            self.colonne += 1
        self.genre = attributs.get("t", "n")
        rang = attributs.get("s")
        if rang and rang != "0" and (numero := _entier(rang)) < len(self.styles):
            self.style = self.styles[numero]
        else:
            self.style = self.styles[0] if self.styles else _STYLE_ORDINAIRE
        self.formule = self.a_valeur = False
        self.morceaux = []

    def _debut_formule(self, attributs: Attributs) -> None:
        self.formule = True

    def _debut_valeur(self, attributs: Attributs) -> None:
        self.ecoute = self.a_valeur = True

    def _debut_texte(self, attributs: Attributs) -> None:
        self.ecoute = not self.phonetique

    def _fin_ecoute(self) -> None:
        self.ecoute = False

    def _debut_phonetique(self, attributs: Attributs) -> None:
        self.phonetique = True

    def _fin_phonetique(self) -> None:
        self.phonetique = False

    def _colonne(self, attributs: Attributs) -> None:
        if attributs.get("hidden") in _VRAI:
            debut, fin = _entier(attributs.get("min")), _entier(attributs.get("max"))
            fin = min(fin, self.batisseur.compteur.limites.colonnes)
            self.batisseur.feuille.colonnes_masquees += range(debut, fin + 1)

    def _fusion(self, attributs: Attributs) -> None:
        if trouve := _RE_PLAGE.fullmatch(attributs.get("ref", "")):
            self.batisseur.fusionner(
                Plage(int(trouve[2]), _COLONNES[trouve[1]], int(trouve[4]), _COLONNES[trouve[3]])
            )

    def _fin_cellule(self) -> None:
        if not self.morceaux:
            if self.formule and not (self.a_valeur and self.genre == "str"):
                self.batisseur.probleme(self.ligne, self.colonne, SANS_RESULTAT)
            return
        brut = "".join(self.morceaux)
        genre = self.genre
        if genre == "n":
            self._nombre(brut)
            return
        valeur: Valeur
        if genre == "s":
            rang = _entier(brut) if brut.strip().isdecimal() else -1
            if not 0 <= rang < len(self.chaines):
                self._refuser("le texte de la cellule est introuvable dans le fichier.")
                return
            valeur = self.chaines[rang]
        elif genre in ("inlineStr", "str"):
            valeur = retablir(brut)
        elif genre == "b":
            valeur = brut.strip() in _VRAI
        elif genre == "e":
            self._refuser(erreur_de_calcul(brut.strip()))
            return
        elif genre == "d":
            valeur = self._date_iso(brut.strip())
        else:
            valeur = brut
        if valeur is not None and valeur != "":
            self.batisseur.ajouter(self.ligne, self.colonne, valeur)

    def _nombre(self, brut: str) -> None:
        nombre = nombre_exact(brut)
        if nombre is None:
            self._refuser("le nombre de la cellule est illisible. Le saisir de nouveau.")
            return
        style = self.style
        if not style.date:
            self.batisseur.ajouter(self.ligne, self.colonne, nombre, style.pourcentage, style.zeros)
            return
        if nombre == 0 and not style.heure:
            return  # Excel montre « 00/01/1900 » pour une case vide reprise par une formule.
        if not 0 <= nombre <= _SERIE_MAX and not style.duree:
            self._refuser("la date est hors du calendrier. La saisir de nouveau.")
            return
        valeur: Valeur
        try:
            valeur = from_excel(float(nombre), self.epoque, timedelta=style.duree)
        except (OverflowError, ValueError):
            self._refuser("la date est hors du calendrier. La saisir de nouveau.")
            return
        if isinstance(valeur, dt.datetime) and not style.heure and nombre == int(nombre):
            valeur = valeur.date()
        self.batisseur.ajouter(self.ligne, self.colonne, valeur)

    def _date_iso(self, brut: str) -> Valeur:
        try:
            valeur = from_ISO8601(brut)
        except (ValueError, TypeError, AttributeError):
            self._refuser("la date est illisible. La saisir de nouveau.")
            return None
        if isinstance(valeur, dt.datetime) and "T" not in brut:
            return valeur.date()
        return valeur

    def _refuser(self, message: str) -> None:
        self.batisseur.probleme(self.ligne, self.colonne, message)
