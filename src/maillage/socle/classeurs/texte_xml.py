"""Caractères que XML interdit, écrits « _xHHHH_ » comme le fait Excel, sans perte."""

from __future__ import annotations

import re

_INTERDITS = re.compile(r"[\x00-\x08\x0b-\x0d\x0e-\x1f\ufffe\uffff]")
# Un « _x0041 » que suit un caractère interdit deviendrait « _x0041_ » une fois celui-ci échappé.
_SEQUENCE = re.compile(r"_(?=x[0-9A-Fa-f]{4}[_\x00-\x08\x0b-\x0d\x0e-\x1f\ufffe\uffff])")
_ECHAPPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SUBSTITUT = re.compile(r"[\ud800-\udfff]")


def est_ecrivable(texte: str) -> bool:
    """Faux pour une moitié d'emoji : ce n'est pas un caractère, aucun format ne la porte."""
    return not _SUBSTITUT.search(texte)


def echapper(texte: str) -> str:
    """Retour chariot et caractères de contrôle deviennent « _x000D_ » ; l'inverse est exact."""
    protege = _SEQUENCE.sub("_x005F_", texte) if "_x" in texte else texte
    return _INTERDITS.sub(lambda trouve: f"_x{ord(trouve[0]):04X}_", protege)


def retablir(texte: str) -> str:
    """Inverse de `echapper` ; une moitié d'emoji échappée reste telle qu'écrite."""
    if "_x" not in texte:
        return texte

    def caractere(trouve: re.Match[str]) -> str:
        c = chr(int(trouve[1], 16))
        return c if est_ecrivable(c) else trouve[0]

    return _ECHAPPE.sub(caractere, texte)
