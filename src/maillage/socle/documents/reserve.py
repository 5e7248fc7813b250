"""La réserve : un document lourd, composé une fois, gardé sur le disque tant qu'il dit vrai.

La clé dit tout ce dont le document dépend. Un seul document se compose à la fois sur la machine,
quel que soit le nombre de demandes et de processus : les autres attendent, puis lisent le fichier.
"""

import contextlib
import fcntl
import hashlib
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings

ATTENTE_S = 40
EN_ATTENTE_AU_PLUS = 12
GARDES = 60
_FAMILLE = re.compile(r"[a-z0-9-]+")


class DocumentEnPreparation(RuntimeError):
    """D'autres documents se composent déjà : à redemander dans un instant."""


def tirer_de_la_reserve(famille: str, cle: str, composer: Callable[[], bytes]) -> bytes:
    """Le document de cette clé, composé s'il manque. Un nouveau remplace l'ancien de sa famille.

    `famille` : minuscules, chiffres et tirets (« plan-12-public »). Lève `DocumentEnPreparation`
    après 40 secondes d'attente, ou tout de suite si trop de demandes attendent déjà.
    """
    if not _FAMILLE.fullmatch(famille):
        raise ValueError(f"nom de famille inattendu : {famille}")
    dossier = Path(settings.DOSSIER) / "documents-composes"
    dossier.mkdir(parents=True, exist_ok=True)
    fichier = dossier / f"{famille}.{hashlib.sha256(cle.encode()).hexdigest()[:32]}"
    if (octets := _lire(fichier)) is not None:
        return octets
    with _place_dans_la_file(dossier), _seul(dossier / "composition.verrou"):
        if (octets := _lire(fichier)) is not None:  # composé pendant qu'on attendait
            return octets
        octets = composer()
        _ecrire(fichier, octets)
        _ranger(dossier, fichier, famille)
        return octets


def _lire(fichier: Path) -> bytes | None:
    try:
        return fichier.read_bytes()
    except FileNotFoundError:
        return None


def _ecrire(fichier: Path, octets: bytes) -> None:
    """Entier ou absent. Un disque plein n'empêche pas de servir ce qui vient d'être composé."""
    with contextlib.suppress(OSError):
        descripteur, provisoire = tempfile.mkstemp(dir=fichier.parent, prefix="en-cours-")
        try:
            with os.fdopen(descripteur, "wb") as sortie:
                sortie.write(octets)
            os.replace(provisoire, fichier)
        except OSError:
            Path(provisoire).unlink(missing_ok=True)
            raise


def _ranger(dossier: Path, garde: Path, famille: str) -> None:
    """Ôte les anciens de la famille, puis les plus vieux au-delà de soixante documents."""
    for ancien in dossier.glob(f"{famille}.*"):
        if ancien != garde:
            ancien.unlink(missing_ok=True)
    documents = [f for f in dossier.iterdir() if f.suffix != ".verrou"]
    for vieux in sorted(documents, key=lambda f: f.stat().st_mtime, reverse=True)[GARDES:]:
        vieux.unlink(missing_ok=True)


@contextlib.contextmanager
def _seul(verrou: Path) -> Iterator[None]:
    """Un verrou de fichier : il vaut entre les fils et entre les processus, et meurt avec eux."""
    with verrou.open("a") as poignee:
        fin = time.monotonic() + ATTENTE_S
        while True:
            try:
                fcntl.flock(poignee, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > fin:
                    raise DocumentEnPreparation from None
                time.sleep(0.05)
        try:
            yield
        finally:
            fcntl.flock(poignee, fcntl.LOCK_UN)


@contextlib.contextmanager
def _place_dans_la_file(dossier: Path) -> Iterator[None]:
    """Une des douze places d'attente ; au-delà on ne bloque pas un fil de plus du serveur."""
    with contextlib.ExitStack() as pile:
        for rang in range(EN_ATTENTE_AU_PLUS):
            poignee = pile.enter_context((dossier / f"place-{rang}.verrou").open("a"))
            try:
                fcntl.flock(poignee, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield
            return
        raise DocumentEnPreparation
