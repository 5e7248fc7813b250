"""Cellules hiérarchiques laissées vides : l'axe écrit une fois vaut pour les lignes du dessous."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .modele import Cellule, Ligne


def remplir_vers_le_bas(lignes: Iterable[Ligne], niveaux: Sequence[int]) -> list[Ligne]:
    """Copies des lignes où les colonnes `niveaux` sont remplies d'après les lignes du dessus.

    `niveaux` va du plus haut (axe) au plus bas (objectif). Quand un niveau change, les niveaux
    plus bas repartent de vide : un objectif n'est jamais rangé sous l'axe d'à côté. Réécrire la
    même valeur n'est pas un changement. Les cellules remplies portent `propagee=True`, et gardent
    la ligne et la colonne où elles sont posées ; les lignes d'origine ne sont pas modifiées.
    """
    courant: list[Cellule | None] = [None] * len(niveaux)
    remplies: list[Ligne] = []
    for ligne in lignes:
        cellules = dict(ligne.cellules)
        for rang, colonne in enumerate(niveaux):
            cellule = cellules.get(colonne)
            if cellule is not None and not cellule.est_vide:
                ancienne = courant[rang]
                if ancienne is None or ancienne.texte != cellule.texte:
                    courant[rang + 1 :] = [None] * (len(niveaux) - rang - 1)
                courant[rang] = cellule
                continue
            source = courant[rang]
            if source is not None:
                cellules[colonne] = Cellule(
                    source.valeur,
                    ligne.numero,
                    colonne,
                    source.format_pourcentage,
                    source.fusion,
                    True,
                    source.zeros,
                )
        remplies.append(Ligne(ligne.numero, cellules, ligne.masquee))
    return remplies


def intercalaire(ligne: Ligne) -> str | None:
    """Texte d'une ligne de séparation (« Axe 2 – Bien vieillir » seul sur sa ligne), ou `None`.

    Une ligne de séparation n'a qu'une cellule écrite, ou une seule fusion sur toute sa largeur.
    """
    ecrites = [cellule for cellule in ligne.cellules.values() if not cellule.est_vide]
    if not ecrites:
        return None
    premiere = ecrites[0]
    seule = len(ecrites) == 1 or (
        premiere.fusion is not None and all(c.fusion == premiere.fusion for c in ecrites)
    )
    return premiere.texte if seule and isinstance(premiere.valeur, str) else None
