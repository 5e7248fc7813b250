"""Comment granian sert Maillage : combien de processus, combien de fils, quels délais."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MEMOIRE_PAR_PROCESSUS = 350 * 1024 * 1024  # pages gardées en mémoire comprises
PROCESSUS_MAX = 4


@dataclass(frozen=True, slots=True)
class Service:
    processus: int
    fils: int


class DejaEnService(Exception):
    """Maillage sert depuis ce dossier, ou une restauration y est en cours."""


@contextmanager
def verrou_du_dossier(dossier: Path, *, seul: bool) -> Iterator[None]:
    """Servir et restaurer s'excluent : qui sert partage le verrou, qui restaure le veut pour lui.

    Le système le rend à la fin du processus, même tué. Lève `DejaEnService`.
    """
    dossier.mkdir(parents=True, exist_ok=True)
    with (dossier / "service.verrou").open("a") as poignee:
        try:
            fcntl.flock(poignee, (fcntl.LOCK_EX if seul else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError as faute:
            raise DejaEnService from faute
        yield


def memoire_disponible() -> int | None:
    """Octets disponibles, ou None quand le système ne le dit pas."""
    try:
        with open("/proc/meminfo", encoding="ascii") as flux:
            for ligne in flux:
                if ligne.startswith("MemAvailable:"):
                    return int(ligne.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        return None
    return None


def prevoir(*, vendeur: str, processus: int | None = None) -> Service:
    """Un processus par cœur, borné par la mémoire ; deux au plus sur SQLite.

    SQLite n'admet qu'un écrivain à la fois : au-delà de deux processus, ils s'attendent.
    """
    if processus is None:
        coeurs = os.cpu_count() or 1
        memoire = memoire_disponible()
        places = coeurs if memoire is None else memoire // MEMOIRE_PAR_PROCESSUS
        processus = min(coeurs, places, 2 if vendeur == "sqlite" else PROCESSUS_MAX)
    return Service(processus=max(1, processus), fils=4)


def serveur(*, adresse: str, port: int, prevu: Service):
    """Le serveur prêt à lancer. Un processus qui tombe est relancé ; l'arrêt laisse finir."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    return Granian(
        "maillage.config.wsgi:application",
        address=adresse,
        port=port,
        interface=Interfaces.WSGI,
        workers=prevu.processus,
        blocking_threads=prevu.fils,
        respawn_failed_workers=True,
        workers_kill_timeout=20,
        log_level=LogLevels.warning,
    )
