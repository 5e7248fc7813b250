"""Bâtir une feuille en tenant les bornes, puis étendre les fusions."""

from __future__ import annotations

from bisect import bisect_left
from decimal import Decimal

from maillage.socle.francais import FINE_INSECABLE, INSECABLE, nombre_fr

from .archive import refus
from .limites import Limites
from .modele import Cellule, Feuille, Ligne, Plage, Probleme, Valeur, lettre_colonne, reference

_PROBLEMES_MAX = 200
_VISITES_MAX = 4_000_000


def nombre_exact(texte: str) -> int | Decimal | None:
    """Nombre à quinze chiffres, ce que montre un tableur ; `None` s'il n'est pas fini.

    Un fichier écrit 0.30000000000000004 : l'écran montre 0,3, et c'est 0,3 que la personne a lu.
    """
    if len(texte) <= 15 and texte.isdecimal() and texte.isascii():
        return int(texte)
    try:
        valeur = float(texte)
    except ValueError:
        return None
    if valeur != valeur or valeur in (float("inf"), float("-inf")):
        return None
    exact = Decimal(format(valeur, ".15g"))
    if exact == exact.to_integral_value() and abs(exact) < Decimal(10) ** 15:
        return int(exact)
    return exact


class Compteur:
    """Cellules remplies, sur tout le classeur."""

    def __init__(self, limites: Limites) -> None:
        self.limites = limites
        self.cellules = 0


class Batisseur:
    """Reçoit les cellules remplies d'une feuille, dans n'importe quel ordre."""

    def __init__(self, nom: str, compteur: Compteur, *, masquee: bool = False) -> None:
        self.feuille = Feuille(nom, masquee=masquee)
        self.compteur = compteur
        self._lignes: dict[int, Ligne] = {}
        self._remplies: set[int] = set()
        self._masquees: set[int] = set()
        self._trop_large = False

    def masquer_ligne(self, ligne: int) -> None:
        self._masquees.add(ligne)

    def probleme(self, ligne: int, colonne: int, message: str) -> None:
        probleme = Probleme(message, self.feuille.nom, ligne, colonne, reference(ligne, colonne))
        if len(self.feuille.problemes) < _PROBLEMES_MAX:
            self.feuille.problemes.append(probleme)

    def ajouter(
        self, ligne: int, colonne: int, valeur: Valeur, pourcentage: bool = False, zeros: int = 0
    ) -> None:
        """Pose une cellule non vide ; refuse au-delà des bornes."""
        limites = self.compteur.limites
        if isinstance(valeur, str):
            if len(valeur) > limites.texte:
                self.probleme(ligne, colonne, "le texte est trop long. Le raccourcir.")
                return
            remplie = not valeur.isspace()
        else:
            remplie = True
        if colonne > limites.colonnes:
            if remplie and not self._trop_large:
                self._trop_large = True
                self.probleme(
                    ligne,
                    colonne,
                    f"le tableau dépasse {limites.colonnes} colonnes. "
                    f"Vider les cellules à droite de {lettre_colonne(limites.colonnes)}.",
                )
            return
        if remplie and ligne not in self._remplies:
            self._remplies.add(ligne)
            if len(self._remplies) > limites.lignes:
                raise refus(
                    f"la feuille compte plus de {nombre_fr(limites.lignes)} lignes remplies. "
                    "Garder seulement les lignes du plan, ou couper le fichier en plusieurs.",
                    feuille=self.feuille.nom,
                    ligne=ligne,
                )
        self.compteur.cellules += 1
        if self.compteur.cellules > limites.cellules:
            raise refus(
                f"Le classeur compte plus de {nombre_fr(limites.cellules)} cellules remplies. "
                "Garder seulement les feuilles du plan, puis recommencer."
            )
        rangee = self._lignes.get(ligne)
        if rangee is None:
            rangee = self._lignes[ligne] = Ligne(ligne)
        rangee.cellules[colonne] = Cellule(valeur, ligne, colonne, pourcentage, None, False, zeros)

    def fusionner(self, plage: Plage) -> None:
        self.feuille.fusions.append(plage)
        if len(self.feuille.fusions) > self.compteur.limites.fusions:
            raise refus(
                "la feuille compte trop de cellules fusionnées. Les défusionner, puis recommencer.",
                feuille=self.feuille.nom,
            )

    def terminer(self) -> Feuille:
        """Rend la feuille : lignes vides ôtées, fusions étendues."""
        feuille = self.feuille
        feuille.lignes = [self._lignes[n] for n in sorted(self._lignes) if n in self._remplies]
        for ligne in feuille.lignes:
            ligne.masquee = ligne.numero in self._masquees
        etendre_fusions(feuille, self)
        return feuille


def etendre_fusions(feuille: Feuille, batisseur: Batisseur) -> None:
    """Recopie la valeur de chaque fusion dans ses cellules ; signale les valeurs cachées.

    Seules les lignes qui ont un contenu propre sont visitées : une fusion de colonne entière
    ne crée pas un million de lignes.
    """
    numeros = [ligne.numero for ligne in feuille.lignes]
    largeur = feuille.largeur
    visites = 0
    for plage in feuille.fusions:
        debut = bisect_left(numeros, plage.ligne_debut)
        rangees = feuille.lignes[debut : bisect_left(numeros, plage.ligne_fin + 1)]
        colonnes = range(plage.colonne_debut, min(plage.colonne_fin, largeur) + 1)
        visites += len(rangees) * len(colonnes)
        if visites > _VISITES_MAX:
            raise refus(
                "la feuille compte trop de cellules fusionnées. Les défusionner, puis recommencer.",
                feuille=feuille.nom,
            )
        premiere = rangees[0] if rangees and numeros[debut] == plage.ligne_debut else None
        source = premiere.cellules.get(plage.colonne_debut) if premiere else None
        if source is not None and source.est_vide:
            source = None
        nom = str(plage)
        for ligne in rangees:
            for colonne in colonnes:
                cachee = ligne.cellules.get(colonne)
                if cachee is source and source is not None:
                    source.fusion = nom
                    continue
                if cachee is not None and not cachee.est_vide and not cachee.propagee:
                    if source is None or cachee.valeur != source.valeur:
                        _signaler(batisseur, nom, cachee)
                        continue
                if source is not None:
                    ligne.cellules[colonne] = Cellule(
                        source.valeur,
                        ligne.numero,
                        colonne,
                        source.format_pourcentage,
                        nom,
                        True,
                        source.zeros,
                    )


def _signaler(batisseur: Batisseur, nom: str, cachee: Cellule) -> None:
    extrait = cachee.texte.replace("\n", " ")[:60]
    batisseur.probleme(
        cachee.ligne,
        cachee.colonne,
        f"la fusion {nom} cache la valeur «{INSECABLE}{extrait}{INSECABLE}» "
        f"en {cachee.reference}. Défusionner {nom}, garder la bonne valeur, puis recommencer.",
    )


def dire_masques(feuille: Feuille) -> list[str]:
    """Phrases sur ce que l'écran ne montre pas mais qui a été lu."""
    nom = f"«{INSECABLE}{feuille.nom}{INSECABLE}»"
    phrases = []
    if feuille.masquee:
        phrases.append(f"La feuille {nom} est masquée dans le tableur : elle a été lue.")
    if lignes := feuille.lignes_masquees:
        suite = "…" if len(lignes) > 10 else ""
        numeros = ", ".join(str(n) for n in lignes[:10])
        mot = "ligne masquée lue" if len(lignes) == 1 else "lignes masquées lues"
        total = nombre_fr(len(lignes)).replace(FINE_INSECABLE, INSECABLE)
        phrases.append(f"Feuille {nom} : {total} {mot} ({numeros}{suite}).")
    visibles = [c for c in feuille.colonnes_masquees if c <= feuille.largeur]
    if visibles:
        lettres = ", ".join(lettre_colonne(c) for c in visibles[:10])
        mot = "colonne masquée lue" if len(visibles) == 1 else "colonnes masquées lues"
        phrases.append(f"Feuille {nom} : {len(visibles)} {mot} ({lettres}).")
    return phrases
