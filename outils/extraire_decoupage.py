#!/usr/bin/env python3
"""Refait l'extrait daté du découpage officiel, depuis les fichiers publics déjà téléchargés.

    python outils/extraire_decoupage.py DOSSIER 41 45 [--millesime 2026]

DOSSIER contient communes.json, epci.json, departements.json et regions.json du paquet
@etalab/decoupage-administratif (le dossier du paquet, ou son dossier data/). L'extrait est écrit
dans donnees/decoupage/<millésime>/. Rien n'est téléchargé.
"""

import argparse
import datetime
import sys
from pathlib import Path

RACINE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(RACINE / "src"))

from maillage.territoires.lecture import (  # noqa: E402
    ecrire_extrait,
    lire_fichiers_publics,
)


def principal() -> int:
    analyseur = argparse.ArgumentParser(description="Refait l’extrait du découpage officiel.")
    analyseur.add_argument("dossier", type=Path, help="dossier des fichiers publics")
    analyseur.add_argument("departements", nargs="+", help="codes des départements (41 45)")
    analyseur.add_argument("--millesime", type=int, help="année du découpage")
    analyseur.add_argument(
        "--date", default=datetime.date.today().isoformat(), help="date d’extraction"
    )
    options = analyseur.parse_args()
    try:
        decoupage = lire_fichiers_publics(options.dossier, millesime=options.millesime)
        sortie = RACINE / "donnees" / "decoupage" / str(decoupage.millesime)
        ecrire_extrait(decoupage, options.departements, sortie, date_extraction=options.date)
    except ValueError as faute:
        print(f"extraire_decoupage : {faute}", file=sys.stderr)
        return 1
    print(f"Extrait écrit dans {sortie.relative_to(RACINE)}.")
    return 0


if __name__ == "__main__":
    sys.exit(principal())
