#!/usr/bin/env python3
"""Redessine les formes de la météo en PNG, pour Word : `python outils/formes_meteo.py`.

Une seule source, `forme-meteo` de `modeles/maison.typ` : papier, Word et écran se ressemblent.
"""

from pathlib import Path

import typst

RACINE = Path(__file__).resolve().parents[1] / "src" / "maillage"
FORMES = RACINE / "socle" / "documents" / "formes"


def principal() -> None:
    for code in ("soleil", "couvert", "nuage", "orage", "sans"):
        modele = FORMES / "forme.typ"
        modele.write_text(
            '#import "/socle/documents/modeles/maison.typ": forme-meteo\n'
            "#set page(width: 24pt, height: 24pt, margin: 1pt, fill: none)\n"
            f'#forme-meteo("{code}", cote: 22pt)\n',
            encoding="utf-8",
        )
        try:
            octets = typst.compile(str(modele), root=str(RACINE), format="png", ppi=288)
            (FORMES / f"{code}.png").write_bytes(octets)
        finally:
            modele.unlink()
        print(f"{code}.png, {len(octets)} octets")


if __name__ == "__main__":
    principal()
