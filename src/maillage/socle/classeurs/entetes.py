"""Trouver la ligne d'en-tête d'une feuille et reconnaître ses colonnes.

Le vocabulaire vient de l'appelant : champ canonique vers intitulés possibles. La comparaison
ignore accents, casse, ponctuation, pluriels, articles, retours à la ligne, « (obligatoire) » et
l'ordre des mots. Un champ répétable porte un rang (« Financeur 2 »), un champ annuel une année
(« Montant 2025 »), ou les deux (« Montant 2025 n° 2 »).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from maillage.socle.francais import INSECABLE, normaliser

from .modele import Feuille, Ligne, Probleme, lettre_colonne, reference

PROFONDEUR = 20
"""Lignes de la feuille où l'en-tête est cherché."""

_VIDES = frozenset("a au aux d de des du en l la le les n no num numero par pour s un une".split())
_ORDINAUX = {"premier": "1", "premiere": "1", "deuxieme": "2", "second": "2", "seconde": "2"}
_ORDINAUX |= {"troisieme": "3", "quatrieme": "4", "cinquieme": "5", "sixieme": "6"}
_ANNEE = re.compile(r"(?:19|20|21)\d\d")
_MENTION = re.compile(r"[(\[]\s*(?:obligatoire|facultatif|optionnel|requis)s?\s*[)\]]", re.I)
_LONGUEUR_MAX = 200
"""Un intitulé plus long est une phrase, pas un en-tête."""


@dataclass(frozen=True, slots=True)
class ColonneReconnue:
    """Une colonne et son champ ; `rang` commence à 1 pour un champ répétable, sinon `None`."""

    colonne: int
    intitule: str
    champ: str
    rang: int | None = None
    annee: int | None = None

    @property
    def cle(self) -> tuple[str, int | None, int | None]:
        return (self.champ, self.rang, self.annee)


@dataclass(frozen=True, slots=True)
class ColonneInconnue:
    """Une colonne sans champ ; `suggestions` : champs proches, le plus probable d'abord."""

    colonne: int
    intitule: str
    suggestions: tuple[str, ...] = ()
    ignoree: bool = False
    """Vrai quand une correspondance mémorisée dit de l'ignorer."""


@dataclass(slots=True)
class Entetes:
    """L'en-tête d'une feuille. Sans en-tête trouvé, `lignes` est vide et `problemes` le dit."""

    feuille: str
    lignes: tuple[int, ...] = ()
    """Numéros des lignes d'en-tête (deux pour un en-tête à deux étages)."""
    titres: list[str] = field(default_factory=list)
    colonnes: list[ColonneReconnue] = field(default_factory=list)
    inconnues: list[ColonneInconnue] = field(default_factory=list)
    problemes: list[Probleme] = field(default_factory=list)

    @property
    def trouve(self) -> bool:
        return bool(self.lignes)

    @property
    def premiere_ligne(self) -> int:
        """Numéro de la première ligne de données."""
        return max(self.lignes, default=0) + 1

    @property
    def champs(self) -> set[str]:
        return {colonne.champ for colonne in self.colonnes}

    def colonne(
        self, champ: str, rang: int | None = None, annee: int | None = None
    ) -> ColonneReconnue | None:
        """La colonne de ce champ, ou `None`."""
        return next((c for c in self.colonnes if c.cle == (champ, rang, annee)), None)

    def donnees(self, feuille: Feuille) -> list[Ligne]:
        """Les lignes sous l'en-tête."""
        return [ligne for ligne in feuille.lignes if ligne.numero >= self.premiere_ligne]


@lru_cache(maxsize=8192)
def cle_intitule(texte: str) -> str:
    """Intitulé normalisé, à mémoriser pour une correspondance : « Nom de l'action * » et
    « NOM DE L’ACTION (obligatoire) » ont la même clé."""
    sans_mention = _MENTION.sub(" ", texte)
    return normaliser(re.sub(r"[\u00ad\u200b]", "", sans_mention))


@lru_cache(maxsize=8192)
def _mots(cle: str) -> tuple[str, ...]:
    """Mots utiles d'une clé, au singulier, triés."""
    utiles = [mot for mot in cle.split() if mot not in _VIDES] or cle.split()
    return tuple(sorted(m[:-1] if len(m) > 3 and m[-1] in "sx" else m for m in utiles))


class Vocabulaire:
    """Vocabulaire préparé : se construit une fois et sert pour toutes les feuilles."""

    def __init__(
        self,
        champs: Mapping[str, Iterable[str]],
        *,
        repetables: Collection[str] = (),
        annuels: Collection[str] = (),
        correspondances: Mapping[str, str | None] | None = None,
    ) -> None:
        self.repetables = frozenset(repetables)
        self.annuels = frozenset(annuels)
        self.correspondances = {cle_intitule(k): v for k, v in (correspondances or {}).items()}
        self.exacts: dict[str, str] = {}
        self.par_mots: dict[tuple[str, ...], str] = {}
        for champ, synonymes in champs.items():
            for forme in (champ.replace("_", " "), *synonymes):
                cle = cle_intitule(forme)
                if cle:
                    self.exacts.setdefault(cle, champ)
                    self.par_mots.setdefault(_mots(cle), champ)
        self._memoire: dict[str, tuple[str, int | None, int | None] | None] = {}

    def reconnaitre(self, intitule: str) -> tuple[str, int | None, int | None] | None:
        """(champ, rang, année), ou `None` si l'intitulé n'est pas reconnu."""
        if not intitule or len(intitule) > _LONGUEUR_MAX:
            return None
        if intitule not in self._memoire:
            self._memoire[intitule] = self._chercher(intitule)
        return self._memoire[intitule]

    def _chercher(self, intitule: str) -> tuple[str, int | None, int | None] | None:
        cle = cle_intitule(intitule)
        if not cle:
            return None
        if cle in self.correspondances:
            champ = self.correspondances[cle]
            if champ is None:
                return None
            return (champ, 1 if champ in self.repetables else None, None)
        # L'intitulé entier d'abord, puis sans ses parenthèses (« (en €) », « (cf. annexe) »).
        formes = [cle, cle_intitule(re.sub(r"\([^)]*\)", " ", intitule))]
        for forme in dict.fromkeys(f for f in formes if f):
            champ = self.exacts.get(forme) or self.par_mots.get(_mots(forme))
            if champ:
                return (champ, 1 if champ in self.repetables else None, None)
        for forme in dict.fromkeys(f for f in formes if f):
            if trouve := self._avec_nombres(forme):
                return trouve
        return None

    def _avec_nombres(self, cle: str) -> tuple[str, int | None, int | None] | None:
        """« montant 2025 n 2 » : ôte l'année et le rang, puis cherche le reste."""
        separe = re.sub(r"(?<=[a-z])(?=\d)|(?<=\d)(?!(?:er|e|eme|nd|re)\b)(?=[a-z])", " ", cle)
        separe = re.sub(r"\b(\d+)(?:er|e|eme|nd|re)\b", r"\1", separe)
        mots = [_ORDINAUX.get(mot, mot) for mot in separe.split()]
        annees = [mot for mot in mots if _ANNEE.fullmatch(mot)]
        rangs = [mot for mot in mots if mot.isdecimal() and len(mot) <= 2 and int(mot) > 0]
        if len(annees) > 1 or len(rangs) > 1 or not (annees or rangs):
            return None
        reste = " ".join(m for m in mots if m not in annees and m not in rangs)
        reste = " ".join(m for m in reste.split() if m not in {"n", "no", "num", "numero"})
        champ = self.exacts.get(reste) or self.par_mots.get(_mots(reste)) if reste else None
        if not champ or (annees and champ not in self.annuels):
            return None
        if rangs and champ not in self.repetables:
            return None
        rang = int(rangs[0]) if rangs else (1 if champ in self.repetables else None)
        return (champ, rang, int(annees[0]) if annees else None)

    def suggerer(self, intitule: str, nombre: int = 3) -> tuple[str, ...]:
        """Champs dont un intitulé ressemble, pour la page de correspondance."""
        cle = re.sub(r"\b\d+\b", " ", cle_intitule(intitule[:_LONGUEUR_MAX]))
        proches = difflib.get_close_matches(" ".join(cle.split()), self.exacts, n=12, cutoff=0.6)
        mots = set(_mots(cle))
        communs = [
            forme
            for forme in self.exacts
            if (utiles := set(_mots(forme))) and (utiles <= mots or (mots and mots <= utiles))
        ]
        return tuple(dict.fromkeys(self.exacts[f] for f in [*proches, *communs]))[:nombre]


@dataclass(slots=True)
class _Candidat:
    lignes: tuple[int, ...]
    intitules: dict[int, str]
    reconnus: dict[int, tuple[str, int | None, int | None]]

    @property
    def score(self) -> int:
        return len(set(self.reconnus.values()))

    def vaut_mieux(self, autre: _Candidat) -> bool:
        """À égalité, un seul étage l'emporte : la ligne du dessus n'était qu'un titre."""
        if self.score != autre.score:
            return self.score > autre.score
        return len(self.lignes) < len(autre.lignes) and self.lignes[0] in autre.lignes


def trouver_entetes(
    feuille: Feuille,
    vocabulaire: Vocabulaire | Mapping[str, Sequence[str]],
    *,
    requis: Collection[str] = (),
    minimum: int = 2,
    profondeur: int = PROFONDEUR,
) -> Entetes:
    """Cherche l'en-tête dans les `profondeur` premières lignes.

    `minimum` : colonnes reconnues pour qu'une ligne soit un en-tête. `requis` : champs sans
    lesquels le tableau ne se lit pas. Ne lève rien : les problèmes sont dans `Entetes.problemes`.
    """
    if not isinstance(vocabulaire, Vocabulaire):
        vocabulaire = Vocabulaire(vocabulaire)
    haut = [ligne for ligne in feuille.lignes if ligne.numero <= profondeur]
    entetes = Entetes(feuille.nom)
    meilleur: _Candidat | None = None
    for rang, ligne in enumerate(haut):
        candidats = [_simple(ligne, vocabulaire)]
        if rang + 1 < len(haut) and haut[rang + 1].numero == ligne.numero + 1:
            candidats.append(_double(ligne, haut[rang + 1], vocabulaire))
        for candidat in candidats:
            if meilleur is None or candidat.vaut_mieux(meilleur):
                meilleur = candidat
    if meilleur is None or meilleur.score < minimum:
        entetes.problemes.append(_introuvable(feuille, profondeur, meilleur))
        return entetes
    entetes.lignes = meilleur.lignes
    entetes.titres = _titres(haut, meilleur.lignes[0])
    _remplir_colonnes(entetes, meilleur, vocabulaire)
    _verifier_unique(entetes, feuille, meilleur, vocabulaire, minimum)
    manquants = [champ for champ in requis if champ not in entetes.champs]
    if manquants:
        noms = ", ".join(champ.replace("_", " ") for champ in manquants)
        mot = "la colonne manque" if len(manquants) == 1 else "des colonnes manquent"
        entetes.problemes.append(
            Probleme(
                f"{mot} : {noms}. L’ajouter à l’en-tête, ou dire quelle colonne en tient lieu.",
                feuille.nom,
                max(meilleur.lignes),
            )
        )
    return entetes


def _intitules(ligne: Ligne) -> dict[int, str]:
    return {
        colonne: " ".join(cellule.texte.split())
        for colonne, cellule in sorted(ligne.cellules.items())
        if not cellule.est_vide
    }


def _reconnaitre_tout(
    intitules: Mapping[int, str], vocabulaire: Vocabulaire
) -> dict[int, tuple[str, int | None, int | None]]:
    lus = ((c, vocabulaire.reconnaitre(intitule)) for c, intitule in intitules.items())
    return {c: cle for c, cle in lus if cle is not None}


def _simple(ligne: Ligne, vocabulaire: Vocabulaire) -> _Candidat:
    # Une fusion horizontale ne compte qu'une fois : c'est un titre ou un groupe.
    intitules = {
        c: t
        for c, t in _intitules(ligne).items()
        if not (ligne.cellules[c].propagee and ligne.cellules[c].fusion)
        or ligne.cellules.get(c - 1) is None
        or ligne.cellules[c - 1].fusion != ligne.cellules[c].fusion
    }
    return _Candidat((ligne.numero,), intitules, _reconnaitre_tout(intitules, vocabulaire))


def _double(haute: Ligne, basse: Ligne, vocabulaire: Vocabulaire) -> _Candidat:
    """En-tête à deux étages : « Budget » au-dessus de « 2025 | 2026 » donne « Budget 2025 »."""
    groupes, details = _intitules(haute), _intitules(basse)
    intitules: dict[int, str] = {}
    reconnus: dict[int, tuple[str, int | None, int | None]] = {}
    courant = ""
    for colonne in range(1, max([*groupes, *details], default=0) + 1):
        groupe, detail = groupes.get(colonne, ""), details.get(colonne, "")
        if groupe:
            courant = groupe
        elif detail:
            groupe = courant  # groupe écrit une fois, sans fusion
        if not detail:
            essais = [groupes.get(colonne, "")]
        elif not groupe or groupe == detail:
            essais = [detail]
        else:
            essais = [f"{groupe} {detail}", detail]
        if not essais[0]:
            continue
        retenu = next((e for e in essais if vocabulaire.reconnaitre(e)), None)
        intitules[colonne] = retenu or essais[0]
        cle = vocabulaire.reconnaitre(retenu) if retenu else None
        if cle:
            reconnus[colonne] = cle
    return _Candidat((haute.numero, basse.numero), intitules, reconnus)


def _titres(haut: list[Ligne], premiere: int) -> list[str]:
    """Textes au-dessus de l'en-tête, une fois chacun."""
    textes = (t for ligne in haut if ligne.numero < premiere for t in _intitules(ligne).values())
    return list(dict.fromkeys(textes))


def _remplir_colonnes(entetes: Entetes, candidat: _Candidat, vocabulaire: Vocabulaire) -> None:
    prises: dict[tuple[str, int | None, int | None], int] = {}
    for colonne, intitule in candidat.intitules.items():
        cle = candidat.reconnus.get(colonne)
        if cle is None:
            memorisee = cle_intitule(intitule) in vocabulaire.correspondances
            entetes.inconnues.append(
                ColonneInconnue(
                    colonne,
                    intitule,
                    () if memorisee else vocabulaire.suggerer(intitule),
                    memorisee,
                )
            )
            continue
        champ, rang, annee = cle
        if cle in prises and champ in vocabulaire.repetables:
            # « Financeur | Montant | Financeur | Montant » : le rang vient de l'ordre.
            rang = next(r for r in range(1, 1000) if (champ, r, annee) not in prises)
            cle = (champ, rang, annee)
        if cle in prises:
            premiere = prises[cle]
            entetes.problemes.append(
                Probleme(
                    f"les colonnes {lettre_colonne(premiere)} et {lettre_colonne(colonne)} "
                    f"disent la même chose («{INSECABLE}{intitule}{INSECABLE}»). "
                    "En garder une, ou renommer l’autre.",
                    entetes.feuille,
                    max(candidat.lignes),
                    colonne,
                    reference(max(candidat.lignes), colonne),
                )
            )
            continue
        prises[cle] = colonne
        entetes.colonnes.append(ColonneReconnue(colonne, intitule, champ, rang, annee))


def _verifier_unique(
    entetes: Entetes,
    feuille: Feuille,
    candidat: _Candidat,
    vocabulaire: Vocabulaire,
    minimum: int,
) -> None:
    """Un second en-tête plus bas (deux tableaux empilés, en-tête recopié) est un problème.

    Une ligne de données ne répète jamais la plupart des intitulés : le seuil est de 60 % des
    colonnes reconnues, et deux au moins.
    """
    seuil = max(minimum, 2, -(-candidat.score * 6 // 10))
    connus = set(candidat.reconnus.values())
    for ligne in feuille.lignes:
        if ligne.numero in candidat.lignes:
            continue
        courts = 0
        for cellule in ligne.cellules.values():
            valeur = cellule.valeur
            if isinstance(valeur, str) and len(valeur) < 80:
                courts += 1
        if courts < seuil:
            continue
        autre = _second(ligne, vocabulaire)
        if len(connus & autre) >= seuil:
            entetes.problemes.append(
                Probleme(
                    f"deux en-têtes se ressemblent, lignes {min(candidat.lignes)} "
                    f"et {ligne.numero}. Garder un seul tableau par feuille, "
                    "ou supprimer l’en-tête en trop.",
                    feuille.nom,
                    ligne.numero,
                )
            )
            return


def _second(ligne: Ligne, vocabulaire: Vocabulaire) -> set[tuple[str, int | None, int | None]]:
    """Champs d'une ligne de données ; seuls les intitulés du vocabulaire comptent.

    Le filtre sur les formes exactes évite d'analyser chaque cellule d'un long tableau.
    """
    trouves = set()
    for cellule in ligne.cellules.values():
        valeur = cellule.valeur
        if isinstance(valeur, str) and len(valeur) < 80 and not cellule.propagee:
            cle = cle_intitule(valeur)
            connu = cle in vocabulaire.exacts or _mots(cle) in vocabulaire.par_mots
            if (connu or cle[-1:].isdigit()) and (trouve := vocabulaire.reconnaitre(valeur)):
                trouves.add(trouve)
    return trouves


def _introuvable(feuille: Feuille, profondeur: int, meilleur: _Candidat | None) -> Probleme:
    if not feuille.lignes:
        return Probleme("la feuille est vide.", feuille.nom)
    vu = ""
    if meilleur is not None and meilleur.reconnus:
        premier = meilleur.intitules[next(iter(meilleur.reconnus))]
        vu = f" Seul «{INSECABLE}{premier}{INSECABLE}» est connu, ligne {meilleur.lignes[0]}."
    return Probleme(
        f"aucun en-tête reconnu dans les {profondeur} premières lignes.{vu} "
        "Écrire les noms des colonnes au-dessus des données.",
        feuille.nom,
    )
