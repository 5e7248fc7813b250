"""Le budget d'une fiche en grille : financeurs en lignes, années et mesures en colonnes.

Une grille est un dictionnaire de cellules (financeur comparé, section, année, mesure) → euros en
texte canonique. Une cellule absente n'est pas zéro : personne ne l'a dite.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from maillage.calcul.budget import MESURES
from maillage.socle.classeurs import ClasseurRefuse, Limites, Vocabulaire, lire, trouver_entetes
from maillage.socle.francais import ValeurIllisible, lire_entier, lire_montant, normaliser

from .etat import decimal_texte
from .models import LigneBudget
from .validation import CHOIX

SECTIONS = dict(LigneBudget.Section.choices)
NOMS_DES_MESURES = {"prevu": "Prévu", "engage": "Engagé", "realise": "Réalisé"}
LIGNES_MAX = 60  # au-delà, c'est un envoi fabriqué
COLLAGE_MAX = 200_000  # caractères

Cle = tuple[str, str, int, str]
Cellules = dict[Cle, str]

_VOCABULAIRE = Vocabulaire(
    {
        "annee": ["année", "exercice", "année du budget", "année budgétaire", "an"],
        "financeur": ["financeur", "financeurs", "organisme", "partenaire", "source de financement",
                      "financé par"],
        "section": ["section", "section budgétaire", "nature", "nature du budget"],
        "prevu": ["prévu", "montant", "montant prévu", "budget", "budget prévisionnel", "bp",
                  "prévisionnel", "crédits"],
        "engage": ["engagé", "montant engagé", "crédits engagés", "budget engagé"],
        "realise": ["réalisé", "montant réalisé", "mandaté", "dépensé", "crédits consommés", "ca",
                    "payé"],
    },
    annuels=MESURES,
)  # fmt: skip
_ANNEE_SEULE = re.compile(r"^\s*(?:19|20)\d\d\s*$")
_TOTAUX = {"total", "totaux", "total general", "sous total", "ensemble"}


def cellules_de(budgets: Iterable[dict]) -> Cellules:
    """Les cellules dites d'une liste de lignes de l'état."""
    return {
        (normaliser(li["financeur"]), li["section"], li["annee"], mesure): li[mesure]
        for li in budgets
        for mesure in MESURES
        if li[mesure] is not None
    }


def lignes_de(cellules: Cellules, noms: dict[str, str], avant: Iterable[dict]) -> list[dict]:
    """Les lignes de l'état que disent ces cellules.

    `avant` : les lignes de départ. Une ligne gardée garde son nom et sa marque de démonstration ;
    une ligne de départ qui ne disait aucun montant demeure.
    """
    depart = {(normaliser(li["financeur"]), li["section"], li["annee"]): li for li in avant}
    cles = {cle[:3] for cle in cellules}
    cles |= {cle for cle, li in depart.items() if all(li[m] is None for m in MESURES)}
    lignes = []
    for cle in sorted(cles, key=lambda c: (c[2], c[0], c[1])):
        financeur, section, annee = cle
        ancienne = depart.get(cle)
        lignes.append(
            {
                "annee": annee,
                "financeur": ancienne["financeur"] if ancienne else noms.get(financeur, financeur),
                "section": section,
                **{mesure: cellules.get((*cle, mesure)) for mesure in MESURES},
                "demonstration": bool(ancienne and ancienne["demonstration"]),
            }
        )
    return lignes


def fusionner_cellules(
    base: Cellules, actuel: Cellules, mien: Cellules
) -> tuple[Cellules, list[Cle]]:
    """Réunit deux écritures parties de la même base, cellule par cellule.

    Rend la grille réunie et les cellules écrites différemment des deux côtés, où elle garde la
    mienne.
    """
    reuni, conflits = {}, []
    for cle in {*base, *actuel, *mien}:
        b, a, m = base.get(cle), actuel.get(cle), mien.get(cle)
        valeur = a if m == b else m
        if m != b and a != b and a != m:
            conflits.append(cle)
        if valeur is not None:
            reuni[cle] = valeur
    return reuni, sorted(conflits, key=lambda c: (c[2], c[0], c[1], MESURES.index(c[3])))


def nommer(cle: Cle, noms: dict[str, str]) -> str:
    """« CAF, fonctionnement, 2026, prévu »."""
    financeur, section, annee, mesure = cle
    return (
        f"{noms.get(financeur, financeur)}, {SECTIONS[section].lower()}, {annee}, "
        f"{NOMS_DES_MESURES[mesure].lower()}"
    )


# --- La saisie dans la grille ------------------------------------------------------------------


@dataclass(slots=True)
class LigneSaisie:
    """Une ligne de la grille : un financeur, une section, et ce qui est tapé dans chaque case."""

    rang: int
    financeur: str
    section: str
    cases: dict[tuple[int, str], str]
    fautes: dict[tuple[int, str], str] = field(default_factory=dict)
    faute: str = ""


@dataclass(slots=True)
class Faute:
    ancre: str
    libelle: str
    message: str


class Grille:
    """La grille montrée : des années, des lignes, leurs totaux et leurs fautes."""

    def __init__(self, annees: list[int], lignes: list[LigneSaisie]):
        self.annees, self.lignes = annees, lignes
        self.cellules: Cellules = {}
        self.noms: dict[str, str] = {}
        self.fautes: list[Faute] = []

    @classmethod
    def depuis(
        cls, cellules: Cellules, noms: dict[str, str], annees: list[int], *, vides: int = 1
    ) -> "Grille":
        paires = sorted({cle[:2] for cle in cellules})
        lignes = [
            LigneSaisie(
                rang,
                noms.get(financeur, financeur),
                section,
                {
                    (annee, mesure): _montrer(cellules.get((financeur, section, annee, mesure)))
                    for annee in annees
                    for mesure in MESURES
                },
            )
            for rang, (financeur, section) in enumerate(paires)
        ]
        for _ in range(vides):
            lignes.append(LigneSaisie(len(lignes), "", "fonctionnement", {}))
        grille = cls(annees, lignes)
        grille.cellules, grille.noms = cellules, noms
        return grille

    @classmethod
    def envoyee(
        cls, donnees, annees: list[int], nommer_: Callable[[str], str], *, ajouter: bool = False
    ) -> "Grille":
        """Lit un envoi. Une case illisible reste telle qu'elle a été tapée, et le dit."""
        brut = donnees.get("lignes", "")
        nombre = min(int(brut), LIGNES_MAX) if brut.isdecimal() and len(brut) < 4 else 0
        lignes = []
        for rang in range(nombre):
            section = donnees.get(f"section-{rang}", "")
            lignes.append(
                LigneSaisie(
                    rang,
                    " ".join(donnees.get(f"financeur-{rang}", "").split())[:200],
                    section if section in SECTIONS else "fonctionnement",
                    {
                        (annee, mesure): donnees.get(f"c-{rang}-{annee}-{mesure}", "").strip()[:40]
                        for annee in annees
                        for mesure in MESURES
                    },
                )
            )
        if ajouter and len(lignes) < LIGNES_MAX:
            lignes.append(LigneSaisie(len(lignes), "", "fonctionnement", {}))
        grille = cls(annees, lignes)
        grille._lire(nommer_)
        return grille

    def _lire(self, nommer_: Callable[[str], str]) -> None:
        vues: dict[tuple[str, str], int] = {}
        for ligne in self.lignes:
            remplie = any(ligne.cases.values())
            if not ligne.financeur:
                if remplie:
                    ligne.faute = "Dites qui finance cette ligne."
                    self.fautes.append(Faute(f"financeur-{ligne.rang}", "Financeur", ligne.faute))
                continue
            ligne.financeur = nommer_(ligne.financeur)
            cle = (normaliser(ligne.financeur), ligne.section)
            self.noms[cle[0]] = ligne.financeur
            if cle in vues and remplie:
                ligne.faute = (
                    f"Cette ligne répète la ligne {vues[cle] + 1} : "
                    f"{ligne.financeur}, {SECTIONS[ligne.section].lower()}."
                )
                self.fautes.append(Faute(f"financeur-{ligne.rang}", "Financeur", ligne.faute))
                continue
            vues.setdefault(cle, ligne.rang)
            for (annee, mesure), texte in ligne.cases.items():
                try:
                    valeur = lire_montant(texte)
                except ValeurIllisible as refus:
                    ligne.fautes[annee, mesure] = str(refus)
                    self.fautes.append(
                        Faute(
                            f"c-{ligne.rang}-{annee}-{mesure}",
                            nommer((*cle, annee, mesure), self.noms),
                            str(refus),
                        )
                    )
                    continue
                if valeur is not None:
                    self.cellules[(*cle, annee, mesure)] = decimal_texte(valeur) or "0"

    # --- Montrer -----------------------------------------------------------------------------

    def rangees(self) -> list[dict[str, Any]]:
        """Chaque ligne avec ses cases dans l'ordre, et son total par mesure."""
        rangees = []
        for ligne in self.lignes:
            cle = (normaliser(ligne.financeur), ligne.section)
            rangees.append(
                {
                    "ligne": ligne,
                    "nom": ligne.financeur or f"Ligne {ligne.rang + 1}",
                    "cases": [
                        {
                            "id": f"c-{ligne.rang}-{annee}-{mesure}",
                            "etiquette": f"{ligne.financeur or f'Ligne {ligne.rang + 1}'}, "
                            f"{SECTIONS[ligne.section].lower()}, {annee}, "
                            f"{NOMS_DES_MESURES[mesure].lower()}",
                            "texte": ligne.cases.get((annee, mesure), ""),
                            "faute": ligne.fautes.get((annee, mesure), ""),
                            "annee": annee,
                            "mesure": mesure,
                        }
                        for annee in self.annees
                        for mesure in MESURES
                    ],
                    "totaux": [{"mesure": m, "montant": self.somme(m, paire=cle)} for m in MESURES]
                    if not ligne.faute
                    else [{"mesure": m, "montant": None} for m in MESURES],
                }
            )
        return rangees

    def somme(
        self, mesure: str, *, paire: tuple[str, str] | None = None, annee: int | None = None
    ) -> Decimal | None:
        """Le total d'une mesure, pour une ligne, pour une année, ou pour tout ; None si rien."""
        dits = [
            Decimal(valeur)
            for cle, valeur in self.cellules.items()
            if cle[3] == mesure
            and cle[2] in self.annees
            and (paire is None or cle[:2] == paire)
            and (annee is None or cle[2] == annee)
        ]
        return sum(dits, Decimal(0)) if dits else None

    def totaux(self) -> list[dict[str, Any]]:
        """Le pied : un total par colonne, puis le total de chaque mesure."""
        colonnes = [
            {"annee": annee, "mesure": m, "montant": self.somme(m, annee=annee)}
            for annee in self.annees
            for m in MESURES
        ]
        return [*colonnes, *({"annee": 0, "mesure": m, "montant": self.somme(m)} for m in MESURES)]


def _montrer(valeur: str | None) -> str:
    return "" if valeur is None else valeur.replace(".", ",")


# --- Coller depuis un tableur ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ErreurDeCollage:
    """Ce qui ne se lit pas, et où : ligne et colonne du texte collé, à partir de 1."""

    ligne: int
    colonne: int
    message: str


@dataclass(slots=True)
class Collage:
    """Ce que dit un texte collé : des cellules, des erreurs, et ce qui n'a pas servi."""

    cellules: Cellules = field(default_factory=dict)
    noms: dict[str, str] = field(default_factory=dict)
    erreurs: list[ErreurDeCollage] = field(default_factory=list)
    ignorees: list[str] = field(default_factory=list)

    def _refuser(self, ligne: int, colonne: int, message: str) -> None:
        self.erreurs.append(ErreurDeCollage(ligne, colonne, message))


def lire_collage(
    texte: str, nommer_: Callable[[str], str], annee_par_defaut: int | None = None
) -> Collage:
    """Lit un tableau copié d'un tableur, avec son en-tête, dans n'importe quel ordre de colonnes.

    Deux formes : une ligne par année (« Année, Financeur, Prévu… ») ou une colonne par année
    (« Financeur, Prévu 2026, Prévu 2027… », ou « Financeur, 2026, 2027 » pour du prévu). Une case
    vide ne change rien. Ne lève rien : les erreurs sont dans le `Collage`.
    """
    collage = Collage()
    texte = texte.replace("\r\n", "\n").replace("\r", "\n")
    if not texte.strip():
        collage._refuser(1, 1, "Rien n’est collé. Copiez le tableau avec sa ligne de titres.")
        return collage
    if len(texte) > COLLAGE_MAX:
        collage._refuser(1, 1, "Ce texte est trop long pour le budget d’une seule fiche.")
        return collage
    try:
        classeur = lire(_nommer_les_annees(texte).encode(), "collage.txt", limites=Limites())
    except ClasseurRefuse as refus:
        for probleme in refus.problemes:
            collage._refuser(probleme.ligne or 1, 1, probleme.message)
        return collage
    feuille = classeur.feuilles[0]
    entetes = trouver_entetes(feuille, _VOCABULAIRE, minimum=2)
    if not entetes.trouve or "financeur" not in entetes.champs:
        collage._refuser(
            1, 1,
            "La ligne de titres n’est pas reconnue. Il faut « Financeur », puis « Année » et "
            "« Prévu », « Engagé » ou « Réalisé », ou un titre par année : « Prévu 2026 ».",
        )  # fmt: skip
        return collage
    collage.ignorees = [f"colonne « {c.intitule} »" for c in entetes.inconnues if c.intitule]
    montants = [c for c in entetes.colonnes if c.champ in MESURES]
    annee_seule = entetes.colonne("annee")
    if not montants:
        collage._refuser(1, 1, "Aucune colonne de montant : « Prévu », « Engagé » ou « Réalisé ».")
    if annee_seule is None and annee_par_defaut is None and any(c.annee is None for c in montants):
        collage._refuser(1, 1, "L’année manque : une colonne « Année », ou un titre par année.")
    if collage.erreurs:
        return collage
    vues: dict[Cle, int] = {}
    for ligne in entetes.donnees(feuille):
        lire_ligne = _LecteurDeLigne(collage, ligne, entetes, nommer_, annee_par_defaut, vues)
        lire_ligne.faire(montants)
    return collage


def _nommer_les_annees(texte: str) -> str:
    """« Financeur, 2026, 2027 » : une année seule en titre veut dire le prévu de cette année."""
    tete, saut, reste = texte.lstrip("\n").partition("\n")
    if "\t" not in tete:
        return texte
    titres = [
        f"Prévu {titre.strip()}" if _ANNEE_SEULE.match(titre) else titre
        for titre in tete.split("\t")
    ]
    perdues = len(texte) - len(texte.lstrip("\n"))
    return "\n" * perdues + "\t".join(titres) + saut + reste


class _LecteurDeLigne:
    def __init__(self, collage, ligne, entetes, nommer_, annee_par_defaut, vues):
        self.collage, self.ligne, self.entetes = collage, ligne, entetes
        self.nommer, self.annee_par_defaut, self.vues = nommer_, annee_par_defaut, vues

    def _texte(self, champ: str) -> tuple[str, int]:
        colonne = self.entetes.colonne(champ)
        if colonne is None:
            return "", 0
        return " ".join(self.ligne.cellule(colonne.colonne).texte.split()), colonne.colonne

    def faire(self, montants) -> None:
        numero = self.ligne.numero
        nom, ou = self._texte("financeur")
        if normaliser(nom) in _TOTAUX:
            self.collage.ignorees.append(f"ligne {numero} (« {nom} » : les totaux se recalculent)")
            return
        if not nom:
            self.collage._refuser(numero, ou, "Le financeur manque.")
            return
        if len(nom) > 200:
            self.collage._refuser(numero, ou, "Ce nom de financeur est trop long.")
            return
        nom = self.nommer(nom)
        self.collage.noms[normaliser(nom)] = nom
        section = self._section()
        annee = self._annee()
        if section is None:
            return
        for colonne in montants:
            de_la_colonne = colonne.annee or annee
            cellule = self.ligne.cellule(colonne.colonne)
            try:
                valeur = lire_montant(cellule.texte)
            except ValeurIllisible as refus:
                self.collage._refuser(numero, colonne.colonne, str(refus))
                continue
            if valeur is None:
                continue
            if de_la_colonne is None:
                if not self.annee_fautive:
                    self.collage._refuser(numero, colonne.colonne, "L’année manque.")
                return
            if valeur >= Decimal(10) ** 12:
                self.collage._refuser(numero, colonne.colonne, "Ce montant est trop grand.")
                continue
            cle = (normaliser(nom), section, de_la_colonne, colonne.champ)
            if cle in self.vues:
                self.collage._refuser(
                    numero,
                    colonne.colonne,
                    f"Déjà dit à la ligne {self.vues[cle]} : {nommer(cle, self.collage.noms)}.",
                )
                continue
            self.vues[cle] = numero
            self.collage.cellules[cle] = decimal_texte(valeur) or "0"

    def _section(self) -> str | None:
        texte, ou = self._texte("section")
        if not texte:
            return "fonctionnement"
        for valeur in CHOIX["section"]:
            if len(texte) >= 3 and valeur.startswith(normaliser(texte)):
                return valeur
        self.collage._refuser(
            self.ligne.numero,
            ou,
            f"« {texte} » n’est pas une section : fonctionnement ou investissement.",
        )
        return None

    def _annee(self) -> int | None:
        self.annee_fautive = False
        texte, ou = self._texte("annee")
        if not texte:
            return self.annee_par_defaut
        try:
            annee = lire_entier(texte)
        except ValeurIllisible as refus:
            self.collage._refuser(self.ligne.numero, ou, str(refus))
            self.annee_fautive = True
            return None
        if annee is None or not 1990 <= annee <= 2100:
            self.collage._refuser(self.ligne.numero, ou, f"« {texte} » n’est pas une année.")
            self.annee_fautive = True
            return None
        return annee
