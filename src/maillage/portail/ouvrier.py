"""L'ouvrier : il exécute les tâches de fond, reprend celles des ouvriers morts, tient l'horloge."""

import datetime
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections
from django.utils import timezone
from django_tasks_db.management.commands.db_worker import Worker

from maillage.socle.taches import attend_du_travail, balayer, nouvelle_identite, presence

from .horloge import tic

journal = logging.getLogger("maillage.ouvrier")

BALAYAGE = 20.0  # secondes entre deux recherches d'ouvriers morts
HORLOGE = 15 * 60.0
PREMIERE_HEURE = 8  # personne ne reçoit de rappel avant
BASE_ABSENTE = 5.0


def travailler(
    *, avec_horloge: bool = False, une_fois: bool = False, avec_le_parent: bool = False,
    intervalle: float = 1.0,
) -> None:  # fmt: skip
    """Boucle jusqu'à SIGTERM ou Ctrl+C ; la tâche commencée est finie avant de sortir.

    `une_fois` : s'arrête quand la file est vide. `avec_le_parent` : s'arrête avec le serveur.
    """
    identite, parent = nouvelle_identite(), os.getppid()
    dossier = Path(settings.DOSSIER)
    ouvrier = Worker(
        queue_names=["default"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=identite,
        excluded_queue_names=[],
    )
    ouvrier.configure_signals()
    balaye = sonne = -float("inf")
    with presence(dossier, identite):
        while ouvrier.running and not (avec_le_parent and os.getppid() != parent):
            try:
                close_old_connections()
                maintenant = time.monotonic()
                if maintenant - balaye >= BALAYAGE:
                    balaye = maintenant
                    reprise = balayer(dossier)
                    if reprise.reprises or reprise.abandonnees:
                        journal.warning(
                            "tâches d’un ouvrier disparu : %s reprises, %s abandonnées",
                            reprise.reprises,
                            reprise.abandonnees,
                        )
                if avec_horloge and maintenant - sonne >= HORLOGE and _heure_ouverte():
                    sonne = maintenant
                    tic()
                if attend_du_travail():
                    ouvrier.run()
                elif une_fois:
                    return
            except (OperationalError, InterfaceError) as faute:
                journal.warning("la base ne répond pas, nouvel essai dans 5 s : %s", faute)
                time.sleep(BASE_ABSENTE)
                continue
            if ouvrier.running:
                time.sleep(intervalle)


def _heure_ouverte(maintenant: datetime.datetime | None = None) -> bool:
    return timezone.localtime(maintenant).hour >= PREMIERE_HEURE


@contextmanager
def a_cote(*, actif: bool) -> Iterator[None]:
    """Fait vivre un ouvrier à côté du serveur, le temps du bloc."""
    if not actif:
        yield
        return
    # Sa propre session : un Ctrl+C n'arrête que le serveur, qui l'arrête ensuite d'un seul signal.
    processus = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "maillage.commandes",
            "ouvrier",
            "--avec-horloge",
            "--avec-le-parent",
        ],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        processus.terminate()
        try:
            processus.wait(timeout=30)
        except subprocess.TimeoutExpired:
            processus.kill()
            processus.wait()
