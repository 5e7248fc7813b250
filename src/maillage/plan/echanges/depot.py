"""Garder un classeur envoyé entre l'essai et la confirmation. Rien d'autre n'y touche.

Le fichier est dans `DOSSIER/imports/`, sous un nom tiré au hasard. Il n'est rendu qu'au compte et à
la session qui l'ont envoyé, dans leur collectivité, pendant 24 heures. Il ne s'importe qu'une fois.
"""

import json
import re
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

DUREE = 24 * 3600  # secondes
_JETON = re.compile(r"[A-Za-z0-9_-]{32}")


class DepotIntrouvable(LookupError):
    """Ce dépôt n'existe pas, n'est plus gardé, a déjà servi, ou appartient à quelqu'un d'autre."""


@dataclass(frozen=True, slots=True)
class Depot:
    """Un classeur envoyé : où il est, son nom d'origine, le schéma visé."""

    jeton: str
    nom: str
    schema_id: int
    fichier: Path


def _dossier() -> Path:
    dossier = Path(settings.DOSSIER) / "imports"
    dossier.mkdir(mode=0o700, parents=True, exist_ok=True)
    return dossier


def _proprietaire(request) -> list[Any]:
    if not request.session.session_key:
        request.session.save()
    return [request.user.pk, request.session.session_key, request.collectivite.pk]


def deposer(request, *, morceaux: Iterable[bytes], nom: str, schema_id: int) -> Depot:
    """Garde ce fichier. Efface au passage les dépôts de plus de 24 heures."""
    purger()
    jeton = secrets.token_urlsafe(24)
    dossier = _dossier()
    fichier = dossier / f"{jeton}.classeur"
    with open(fichier, "xb") as sortie:
        for morceau in morceaux:
            sortie.write(morceau)
    fiche = {"nom": nom[:200], "schema": schema_id, "a": _proprietaire(request)}
    (dossier / f"{jeton}.json").write_text(json.dumps(fiche), encoding="utf-8")
    return Depot(jeton, nom[:200], schema_id, fichier)


def retrouver(request, jeton: str) -> Depot:
    """Le dépôt de cette personne. Lève `DepotIntrouvable`."""
    fiche = _lire(request, jeton, "json")
    return Depot(jeton, fiche["nom"], fiche["schema"], _dossier() / f"{jeton}.classeur")


def prendre(request, jeton: str) -> Depot:
    """Prend le dépôt pour l'importer : un second clic ne le trouve plus.

    Lève `DepotIntrouvable`.
    """
    depot = retrouver(request, jeton)
    try:
        (_dossier() / f"{jeton}.json").rename(_dossier() / f"{jeton}.pris")
    except FileNotFoundError:
        raise DepotIntrouvable(jeton) from None
    return depot


def rendre(depot: Depot) -> None:
    """L'import n'a pas eu lieu : le dépôt peut resservir."""
    (_dossier() / f"{depot.jeton}.pris").rename(_dossier() / f"{depot.jeton}.json")


def terminer(request, depot: Depot, resultat: dict[str, Any]) -> None:
    """L'import a eu lieu : le classeur s'efface, son résultat se garde pour la dernière page."""
    fait = {"nom": depot.nom, "schema": depot.schema_id, "a": _proprietaire(request)}
    (_dossier() / f"{depot.jeton}.fait").write_text(
        json.dumps({**fait, "resultat": resultat}), encoding="utf-8"
    )
    effacer(depot.jeton, sauf=".fait")


def resultat(request, jeton: str) -> dict[str, Any]:
    """Ce qu'a fait l'import de ce dépôt. Lève `DepotIntrouvable`."""
    return _lire(request, jeton, "fait")


def effacer(jeton: str, sauf: str = "") -> None:
    """Efface les fichiers d'un dépôt."""
    if _JETON.fullmatch(jeton):
        for fichier in _dossier().glob(f"{jeton}.*"):
            if fichier.suffix != sauf:
                fichier.unlink(missing_ok=True)


def purger(age: int = DUREE) -> int:
    """Efface les fichiers plus vieux que `age` secondes. Rend combien."""
    limite, efface = time.time() - age, 0
    for fichier in _dossier().iterdir():
        try:
            if fichier.stat().st_mtime < limite:
                fichier.unlink()
                efface += 1
        except FileNotFoundError:
            continue
    return efface


def _lire(request, jeton: str, suffixe: str) -> dict[str, Any]:
    if not _JETON.fullmatch(jeton):
        raise DepotIntrouvable(jeton)
    fichier = _dossier() / f"{jeton}.{suffixe}"
    try:
        if fichier.stat().st_mtime < time.time() - DUREE:
            raise DepotIntrouvable(jeton)
        fiche = json.loads(fichier.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DepotIntrouvable(jeton) from None
    if fiche["a"] != _proprietaire(request):
        raise DepotIntrouvable(jeton)
    return fiche
