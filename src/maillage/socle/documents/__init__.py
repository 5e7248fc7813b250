"""Composer des documents PDF accessibles (PDF/UA-1) à partir d'un modèle Typst et de données.

Les modèles sont des fichiers `.typ` rangés dans les applications. Ils lisent leurs données en
JSON : jamais de texte d'utilisateur mêlé au code du modèle.
"""

import datetime
import json
import subprocess
import sys
from pathlib import Path

POLICES = Path(__file__).parent / "polices"
MODELES = Path(__file__).parent / "modeles"
RACINE = Path(__file__).parents[2]
# À augmenter quand un document garde les mêmes données et change de forme : la réserve l'oublie.
VERSION = "1"


class DocumentImpossible(RuntimeError):
    """La composition a échoué ; le message de Typst dit où."""


def composer_pdf(modele: Path, donnees: dict, *, date: datetime.datetime) -> bytes:
    """Rend un PDF/UA-1. `modele` : chemin du fichier `.typ` ; `donnees` : ce que JSON sait écrire.

    `date` est la date inscrite au document : à données égales, octets égaux. Compter 50 à 100 ms.
    Lève `DocumentImpossible`.
    """
    return _composer(str(modele), json.dumps(donnees, ensure_ascii=False), int(date.timestamp()))


def composer_pdf_a_part(
    modele: Path, donnees: dict, *, date: datetime.datetime, secondes: int = 60
) -> bytes:
    """Comme `composer_pdf`, dans un processus à lui : pour un document de cent pages.

    Typst garde en mémoire de quoi recomposer : ici, le serveur la retrouve entière à la fin. Un
    document qui dure plus de `secondes` est abandonné. Lève `DocumentImpossible`.
    """
    commande = [sys.executable, "-m", __name__, str(modele), str(int(date.timestamp()))]
    try:
        fait = subprocess.run(
            commande,
            input=json.dumps(donnees, ensure_ascii=False).encode(),
            capture_output=True,
            timeout=secondes,
            check=False,
            cwd=RACINE.parent,  # « -m maillage… » se trouve d'ici, quelle que soit l'installation
        )
    except subprocess.TimeoutExpired as faute:
        raise DocumentImpossible(f"composition trop longue : plus de {secondes} s") from faute
    if fait.returncode != 0:
        raise DocumentImpossible(fait.stderr.decode(errors="replace")[-2000:])
    return fait.stdout


def _composer(modele: str, donnees: str, instant: int) -> bytes:
    import typst  # 30 Mo de bibliothèque : chargée au premier document, pas au démarrage

    try:
        rendu = typst.compile(
            modele,
            root=str(RACINE),
            font_paths=[str(POLICES)],
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=["ua-1"],
            sys_inputs={"donnees": donnees},
            timestamp=instant,
        )
    except typst.TypstError as faute:
        raise DocumentImpossible(str(faute)) from faute
    return bytes(rendu)
