"""Lire un classeur .xlsx, .ods ou .csv : contenu reconnu, tailles bornées, problèmes nommés."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from maillage.socle.francais import INSECABLE

from .archive import Refus
from .lecture_csv import lire_csv
from .lecture_ods import lire_ods
from .lecture_xlsx import lire_xlsx
from .limites import LIMITES, MO, Limites
from .modele import Classeur, ClasseurRefuse, Probleme
from .nature import reconnaitre


def lire(
    source: str | Path | bytes | BinaryIO,
    nom: str = "",
    *,
    limites: Limites = LIMITES,
    exiger: bool = True,
) -> Classeur:
    """Lit un classeur depuis un chemin, des octets ou un fichier ouvert en binaire.

    `nom` sert aux messages (par défaut, celui du chemin). Le format vient du contenu, jamais de
    l'extension. Lève `ClasseurRefuse` quand le fichier ne peut pas être lu, ou porte un problème
    de cellule (formule sans résultat, erreur de calcul, fusion qui cache une valeur). Avec
    `exiger=False`, ces derniers restent sur chaque feuille : l'appelant choisit les feuilles
    utiles puis appelle `classeur.exiger_sans_probleme(noms)`. Lève `OSError` si le chemin manque.
    """
    if not nom and isinstance(source, str | Path):
        nom = Path(source).name
    nom = nom or "fichier"
    try:
        octets = _octets(source, limites)
        genre, archive = reconnaitre(octets, limites)
        if archive is None:
            classeur = lire_csv(octets, nom, limites)
        elif genre == "xlsx":
            classeur = lire_xlsx(archive, nom)
        else:
            classeur = lire_ods(archive, nom)
    except Refus as arret:
        raise ClasseurRefuse(nom, arret.problemes) from arret
    _dire_extension(classeur, nom)
    if exiger:
        classeur.exiger_sans_probleme()
    return classeur


def _octets(source: str | Path | bytes | BinaryIO, limites: Limites) -> bytes:
    if isinstance(source, bytes):
        octets = source
    elif isinstance(source, str | Path):
        with open(source, "rb") as fichier:
            octets = fichier.read(limites.fichier + 1)
    else:
        octets = source.read(limites.fichier + 1)
    if len(octets) > limites.fichier:
        raise Refus(
            Probleme(
                f"Le fichier dépasse {limites.fichier // MO} Mo. "
                "Retirer les images et les feuilles inutiles, puis recommencer."
            )
        )
    return octets


def _dire_extension(classeur: Classeur, nom: str) -> None:
    extension = nom.rpartition(".")[2].casefold() if "." in nom else ""
    proches = {"xlsx": {"xlsx", "xlsm", "xltx", "xltm"}, "ods": {"ods", "ots"}}
    attendues = proches.get(classeur.format, {"csv", "txt", "tsv"})
    if extension and extension not in attendues:
        classeur.avertissements.append(
            f"Le fichier s’appelle «{INSECABLE}.{extension}{INSECABLE}» "
            f"mais contient du {classeur.format} : il a été lu ainsi."
        )
