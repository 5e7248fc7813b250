"""maillage ouvrier : exécute les tâches de fond, dont l'envoi des courriels."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from maillage.portail.ouvrier import travailler
from maillage.portail.service import DejaEnService, verrou_du_dossier


class Command(BaseCommand):
    requires_system_checks = ()
    help = (
        "Exécute les tâches de fond. Les tâches d’un ouvrier tué sont reprises. Plusieurs ouvriers "
        "peuvent tourner. Ctrl+C ou SIGTERM : finit la tâche commencée, puis s’arrête."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--une-fois", action="store_true", help="vider la file, puis s’arrêter")
        parser.add_argument(
            "--avec-horloge",
            action="store_true",
            help="tenir aussi l’horloge, tous les quarts d’heure à partir de 8 h",
        )
        parser.add_argument(
            "--avec-le-parent",
            action="store_true",
            help="s’arrêter quand le programme qui l’a lancé s’arrête",
        )

    def handle(self, *args, **options) -> None:
        try:
            with verrou_du_dossier(Path(settings.DOSSIER), seul=False):
                travailler(
                    une_fois=options["une_fois"],
                    avec_horloge=options["avec_horloge"],
                    avec_le_parent=options["avec_le_parent"],
                )
        except DejaEnService as faute:
            raise CommandError(
                "Une restauration est en cours dans ce dossier. Attendez qu’elle finisse."
            ) from faute
