"""Composer des documents PDF accessibles (PDF/UA-1) à partir d'un modèle Typst et de données.

Les modèles sont des fichiers `.typ` rangés dans les applications. Ils lisent leurs données en
JSON : jamais de texte d'utilisateur mêlé au code du modèle.
"""

import datetime
import json
from pathlib import Path

POLICES = Path(__file__).parent / "polices"
MODELES = Path(__file__).parent / "modeles"


class DocumentImpossible(RuntimeError):
    """La composition a échoué ; le message de Typst dit où."""


def composer_pdf(modele: Path, donnees: dict, *, date: datetime.datetime) -> bytes:
    """Rend un PDF/UA-1. `modele` : chemin du fichier `.typ` ; `donnees` : ce que JSON sait écrire.

    `date` est la date inscrite au document : à données égales, octets égaux. Compter 50 à 100 ms.
    Lève `DocumentImpossible`.
    """
    import typst  # 30 Mo de bibliothèque : chargée au premier document, pas au démarrage

    try:
        rendu = typst.compile(
            str(modele),
            root=str(Path(__file__).parents[2]),
            font_paths=[str(POLICES)],
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=["ua-1"],
            sys_inputs={"donnees": json.dumps(donnees, ensure_ascii=False)},
            timestamp=int(date.timestamp()),
        )
    except typst.TypstError as faute:
        raise DocumentImpossible(str(faute)) from faute
    return bytes(rendu)
