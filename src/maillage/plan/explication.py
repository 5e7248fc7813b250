"""Comment un taux est calculé : la formule avec ses nombres, ligne à ligne, pour qui veut refaire.

Rien n'est recalculé autrement : les mêmes fonctions que l'écran (`calcul.avancement`, `synthese`).
"""

from dataclasses import dataclass
from decimal import Decimal

from maillage.calcul.avancement import Agregat, agreger
from maillage.socle.mise_en_mots import nombre_en_mots

from .ecriture import taux_du_lien
from .models import FicheAction, IndicateurFiche
from .synthese import Noeud, Synthese, remonter

SENS = {"hausse": "doit augmenter", "baisse": "doit baisser", "": "sens non déclaré"}


@dataclass(frozen=True, slots=True)
class Terme:
    """Un élément de la moyenne. `part` : son poids, de 0 à 100 % ; `apport` : en points."""

    nom: str
    code: str
    taux: float | None
    poids: Decimal
    part: float | None
    apport: float | None
    pourquoi: str = ""
    url: str = ""
    appuis: Agregat | None = None


@dataclass(frozen=True, slots=True)
class TermeIndicateur:
    """Un indicateur : ses trois valeurs, la formule chiffrée, et son terme dans la moyenne."""

    terme: Terme
    sens: str
    unite: str
    initiale: Decimal | None
    actuelle: Decimal | None
    cible: Decimal | None
    formule: str
    brut: float | None
    demonstration: bool

    @property
    def borne(self) -> bool:
        """Vrai si le taux montré a été ramené entre 0 et 100."""
        return self.brut is not None and not 0 <= self.brut <= 100


@dataclass(frozen=True, slots=True)
class Explication:
    """Une moyenne et ses termes. `somme` : la division finale, écrite en nombres."""

    taux: Agregat
    termes: list
    somme: str


def _parts(termes: list[tuple[float | None, Decimal]]) -> list[tuple[float | None, float | None]]:
    total = sum(poids for taux, poids in termes if taux is not None)
    return [
        (float(100 * poids / total), float(Decimal(taux) * poids / total))
        if taux is not None and total
        else (None, None)
        for taux, poids in termes
    ]


def _somme(termes: list[Terme], resultat: float | None) -> str:
    """« (40 × 1 + 100 × 2) ÷ (1 + 2) = 80 % » ; "" quand rien n'est calculable."""
    utiles = [t for t in termes if t.taux is not None and t.poids]
    if resultat is None or len(utiles) > 12:
        return ""
    haut = " + ".join(
        f"{nombre_en_mots(round(t.taux or 0, 1), None)} × {nombre_en_mots(t.poids, None)}"
        for t in utiles
    )
    bas = " + ".join(nombre_en_mots(t.poids, None) for t in utiles)
    return f"({haut}) ÷ ({bas}) = {nombre_en_mots(round(resultat, 1), None)}\u00a0%"


def formule(initiale: Decimal, actuelle: Decimal, cible: Decimal, brut: float) -> str:
    """« 100 × (42 − 30) ÷ (60 − 30) = 40 % »."""
    i, a, c = (nombre_en_mots(v, None) for v in (initiale, actuelle, cible))
    return f"100 × ({a} − {i}) ÷ ({c} − {i}) = {nombre_en_mots(round(brut, 1), None)}\u00a0%"


def pourquoi_pas(lien: IndicateurFiche) -> str:
    """Pourquoi cet indicateur n'a pas de taux ; "" s'il en a un."""
    mesure = lien.indicateur
    if lien.initiale is None:
        return "Il manque le point de départ."
    if mesure.derniere_valeur is None:
        return "Il n’a pas encore été mesuré."
    if lien.cible is None:
        return "Il manque la cible."
    if lien.cible == lien.initiale:
        return "La cible est égale au point de départ."
    if taux_du_lien(lien) is None:
        return "La cible va à l’opposé du sens déclaré."
    return ""


def expliquer_une_fiche(fiche: FicheAction) -> Explication:
    """Indicateur par indicateur. Une requête."""
    liens = list(fiche.indicateurs.select_related("indicateur").order_by("ordre", "pk"))
    taux = [taux_du_lien(lien) for lien in liens]
    parts = _parts([(t, lien.poids) for t, lien in zip(taux, liens, strict=True)])
    termes = []
    for lien, valeur, (part, apport) in zip(liens, taux, parts, strict=True):
        mesure, actuelle = lien.indicateur, lien.indicateur.derniere_valeur
        brut, ecrite = None, ""
        initiale, cible = lien.initiale, lien.cible
        if valeur is not None:  # le taux n'existe que si les trois nombres sont là
            assert initiale is not None and cible is not None and actuelle is not None
            brut = float(100 * (actuelle - initiale) / (cible - initiale))
            ecrite = formule(initiale, actuelle, cible, brut)
        termes.append(
            TermeIndicateur(
                Terme(mesure.libelle, "", valeur, lien.poids, part, apport, pourquoi_pas(lien)),
                SENS[mesure.sens], mesure.unite, lien.initiale, actuelle, lien.cible, ecrite,
                brut, mesure.est_demonstration,
            )
        )  # fmt: skip
    total = agreger((t, float(lien.poids)) for t, lien in zip(taux, liens, strict=True))
    return Explication(total, termes, _somme([t.terme for t in termes], total.valeur))


def expliquer_un_noeud(vue: Synthese, noeud: Noeud | None, adresse, parties: str) -> Explication:
    """Le plan (sans nœud) ou une de ses parties : ses sous-parties et ses fiches, avec leur poids.

    `adresse(fiche)` : la page de calcul d'une fiche ; `parties` : celle d'une partie, code ôté.
    """
    enfants = noeud.enfants if noeud else vue.racines
    fiches = noeud.fiches if noeud else []
    elements = [(e.taux.valeur, e.division.poids) for e in enfants]
    elements += [(f.taux_indicateurs, f.poids) for f in fiches]
    parts = _parts(elements)
    termes = [
        Terme(e.division.nom, e.division.code, e.taux.valeur, e.division.poids, part, apport,
              "" if e.taux.valeur is not None else "Aucune de ses actions n’a de taux.",
              f"{parties}{e.division.code}", e.taux)
        for e, (part, apport) in zip(enfants, parts, strict=False)
    ]  # fmt: skip
    termes += [
        Terme(f.titre, f.code, f.taux_indicateurs, f.poids, part, apport,
              "" if f.taux_indicateurs is not None else "Aucun indicateur calculable.", adresse(f),
              Agregat(f.taux_indicateurs, f.indicateurs_calculables, f.indicateurs_total))
        for f, (part, apport) in zip(fiches, parts[len(enfants):], strict=True)
    ]  # fmt: skip
    taux = remonter(fiches, enfants)
    return Explication(taux, termes, _somme(termes, taux.valeur))


def trouver_le_noeud(vue: Synthese, code: str) -> Noeud | None:
    """La partie de ce code, où qu'elle soit dans l'arbre."""
    pile = list(vue.racines)
    while pile:
        noeud = pile.pop()
        if noeud.division.code == code:
            return noeud
        pile += noeud.enfants
    return None
