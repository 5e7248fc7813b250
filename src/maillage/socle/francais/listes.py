"""Plusieurs noms dans une seule cellule."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable

from .texte import est_sans_valeur, normaliser

_PUCE = re.compile(r"^(?:[-–—•·▪◦*]|->|→)\s+")


def lire_liste(
    valeur: object, *, connus: Collection[str] | Callable[[str], bool] | None = None
) -> list[str]:
    """Plusieurs noms dans une cellule, dans l'ordre, sans doublon.

    « ; » et le retour à la ligne séparent toujours. À défaut, « / » puis « , » séparent quand
    c'est sûr : hors parenthèses, hors nombres et adresses, et si chaque morceau commence comme un
    nom (majuscule ou chiffre) ou figure parmi les noms `connus`. « et » ne sépare jamais. Un nom
    entre guillemets droits est gardé entier.
    """
    if valeur is None:
        return []
    texte = str(valeur).replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").strip()
    if not texte or (texte[0] != '"' and est_sans_valeur(texte)):
        return []
    if connus is None:
        est_connu: Callable[[str], bool] = lambda nom: False  # noqa: E731
    elif callable(connus):
        est_connu = connus
    else:
        formes = {normaliser(nom) for nom in connus}
        est_connu = lambda nom: normaliser(nom) in formes  # noqa: E731
    morceaux = _decouper(texte, ";\n", guillemets=True)
    if len(morceaux) == 1 and not texte.startswith('"') and not est_connu(texte):
        for separateur in "/,":
            essai = [m.strip() for m in _decouper(texte, separateur, guillemets=False)]
            if len(essai) > 1 and all(_ressemble_a_un_nom(m, est_connu) for m in essai):
                if separateur == "/" and re.search(r"\bet ?/ ?ou\b|://|\d ?/ ?\d", texte):
                    continue
                morceaux = essai
                break
    noms = (_defaire(morceau) for morceau in morceaux)
    return list(dict.fromkeys(nom for nom in noms if nom))


def _defaire(morceau: str) -> str:
    nom = morceau.strip()
    if len(nom) > 1 and nom[0] == nom[-1] == '"' and re.fullmatch(r'"(?:[^"]|"")*"', nom, re.S):
        return nom[1:-1].replace('""', '"')
    return _PUCE.sub("", nom).strip()


def _ressemble_a_un_nom(morceau: str, est_connu: Callable[[str], bool]) -> bool:
    return bool(morceau) and (morceau[0].isupper() or morceau[0].isdigit() or est_connu(morceau))


def _decouper(texte: str, separateurs: str, *, guillemets: bool) -> list[str]:
    """Coupe hors parenthèses (un retour à la ligne les referme) et hors guillemets droits."""
    morceaux, debut, profondeur, cite, entre_guillemets = [], 0, 0, False, False
    for rang, c in enumerate(texte):
        if guillemets and c == '"' and (entre_guillemets or not texte[debut:rang].strip()):
            cite, entre_guillemets = not cite, True
        elif cite:
            # Un guillemet doublé referme puis rouvre : l'état revient de lui-même.
            continue
        elif c == "(":
            profondeur += 1
        elif c == ")":
            profondeur = max(0, profondeur - 1)
        elif c in separateurs and (profondeur == 0 or c == "\n"):
            morceaux.append(texte[debut:rang])
            debut, profondeur, entre_guillemets = rang + 1, 0, False
    morceaux.append(texte[debut:])
    if cite:  # Guillemet jamais refermé : ce n'était qu'un signe, on coupe sans lui.
        return _decouper(texte.replace('"', "”"), separateurs, guillemets=False)
    return morceaux


def _parentheses_justes(nom: str) -> bool:
    profondeur = 0
    for c in nom:
        profondeur += (c == "(") - (c == ")")
        if profondeur < 0:
            return False
    return profondeur == 0


def joindre_liste(noms: Iterable[str]) -> str:
    """Écriture que `lire_liste` relit à l'identique : « CAF ; MSA », guillemets si besoin."""
    ecrits = []
    for nom in noms:
        if not nom.strip():
            continue
        sur = nom == nom.strip() and not re.search(r'[;\n\r\u2028"]', nom)
        sur = sur and not _PUCE.match(nom) and _parentheses_justes(nom)
        sur = sur and not est_sans_valeur(nom)
        ecrits.append(nom if sur else '"' + nom.replace('"', '""') + '"')
    if len(ecrits) == 1 and ecrits[0][0] != '"' and re.search(r"[,/]", ecrits[0]):
        return f"{ecrits[0]} ;"
    return " ; ".join(ecrits)
