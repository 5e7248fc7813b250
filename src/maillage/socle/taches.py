"""Les tâches de fond qui survivent à leur ouvrier.

django-tasks-db garde les tâches en base, mais une tâche dont l'ouvrier est tué y resterait « en
cours » pour toujours. Chaque ouvrier tient un verrou de fichier à son nom, que le système rend à sa
mort, même brutale : on sait donc, sur cette machine, qui n'est plus là. D'une autre machine, on
attend la durée qu'aucune tâche ne dépasse.

Une tâche reprise peut avoir fait une partie de son travail : toutes doivent pouvoir être refaites.
"""

import datetime
import fcntl
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

ESSAIS_AU_PLUS = 3
DUREE_AU_PLUS = datetime.timedelta(minutes=15)
CONSERVATION = datetime.timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Reprise:
    """Ce qu'a trouvé un balayage : tâches remises en file, tâches auxquelles on renonce."""

    reprises: int = 0
    abandonnees: int = 0


def nouvelle_identite() -> str:
    """Le nom d'un ouvrier : sa machine, son processus, un tirage. 64 caractères au plus."""
    return f"{_machine()}.{os.getpid()}.{secrets.token_hex(4)}"


def _machine() -> str:
    return "".join(c if c.isalnum() else "-" for c in socket.gethostname())[:36] or "machine"


@contextmanager
def presence(dossier: Path, identite: str) -> Iterator[None]:
    """Tient le verrou de cet ouvrier tant qu'il vit."""
    places = dossier / "ouvriers"
    places.mkdir(parents=True, exist_ok=True)
    fichier = places / f"{identite}.verrou"
    with fichier.open("a") as poignee:
        fcntl.flock(poignee, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fichier.unlink(missing_ok=True)


def est_mort(dossier: Path, identite: str) -> bool:
    """Vrai si cet ouvrier de cette machine n'est plus là. Faux pour une autre machine : on n'en
    sait rien."""
    if not identite.startswith(f"{_machine()}."):
        return False
    fichier = dossier / "ouvriers" / f"{identite}.verrou"
    try:
        with fichier.open("a" if fichier.exists() else "r") as poignee:
            fcntl.flock(poignee, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fichier.unlink(missing_ok=True)
    except FileNotFoundError:
        return True
    except BlockingIOError:
        return False
    return True


def balayer(dossier: Path) -> Reprise:
    """Remet en file les tâches des ouvriers disparus ; renonce après trois essais."""
    reprises = abandonnees = 0
    trop_vieux = timezone.now() - DUREE_AU_PLUS
    for tache in DBTaskResult.objects.running().order_by():
        dernier = tache.worker_ids[-1] if tache.worker_ids else ""
        perdue = (tache.started_at and tache.started_at < trop_vieux) or est_mort(dossier, dernier)
        if not perdue:
            continue
        with transaction.atomic():
            # Elle a pu finir, ou être reprise par un autre, pendant qu'on regardait.
            encore = (
                DBTaskResult.objects.select_for_update()
                .running()
                .filter(pk=tache.pk, started_at=tache.started_at)
                .first()
            )
            if encore is None:
                continue
            if len(encore.worker_ids) < ESSAIS_AU_PLUS:
                encore.status = TaskResultStatus.READY
                encore.started_at = None
                encore.save(update_fields=["status", "started_at"])
                reprises += 1
            else:
                encore.set_failed(OuvrierDisparu(f"{len(encore.worker_ids)} ouvriers disparus"))
                abandonnees += 1
    return Reprise(reprises, abandonnees)


class OuvrierDisparu(Exception):
    """La tâche a vu mourir trop d'ouvriers : elle n'est plus reprise."""


def attend_du_travail() -> bool:
    """Une lecture, sans verrou : l'ouvrier peut regarder souvent."""
    return DBTaskResult.objects.ready().order_by().exists()


def oublier_les_taches_finies() -> int:
    """Efface les tâches finies depuis quatorze jours."""
    nombre, _ = (
        DBTaskResult.objects.finished()
        .filter(finished_at__lt=timezone.now() - CONSERVATION)
        .order_by()
        .delete()
    )
    return nombre


@dataclass(frozen=True, slots=True)
class File:
    """Où en sont les tâches : en attente, la plus ancienne depuis quand, en échec."""

    en_attente: int
    depuis: datetime.datetime | None
    en_echec: int

    @property
    def bloquee(self) -> bool:
        """Une tâche prête attend depuis dix minutes : aucun ouvrier ne tourne."""
        return self.depuis is not None and timezone.now() - self.depuis > datetime.timedelta(
            minutes=10
        )


def file_d_attente() -> File:
    pretes = DBTaskResult.objects.ready().order_by("enqueued_at")
    return File(
        en_attente=pretes.count(),
        depuis=pretes.values_list("enqueued_at", flat=True).first(),
        en_echec=DBTaskResult.objects.failed().order_by().count(),
    )
