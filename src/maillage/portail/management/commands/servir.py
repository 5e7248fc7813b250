"""maillage servir : servir les pages par granian, sur cette machine seulement."""

import os
import socket
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from maillage.portail.ouvrier import a_cote
from maillage.portail.service import DejaEnService, prevoir, serveur, verrou_du_dossier


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Sert les pages sur 127.0.0.1 (variable PORT, 8000 par défaut). Ctrl+C pour arrêter."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", default=os.environ.get("PORT") or "8000", metavar="N")
        parser.add_argument(
            "--adresse", default="127.0.0.1", help="adresse d’écoute (127.0.0.1)", metavar="IP"
        )
        parser.add_argument(
            "--processus", type=int, metavar="N", help="processus de service (selon la machine)"
        )
        parser.add_argument(
            "--avec-ouvrier",
            action="store_true",
            help="faire tourner à côté un ouvrier et l’horloge (rappels)",
        )

    def handle(self, *args, **options) -> None:
        port = str(options["port"])
        if not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
            raise CommandError(
                f"Le port vaut « {port} » : il faut un nombre de 1 à 65535.", returncode=2
            )
        verifier_l_adresse(options["adresse"], int(port))
        prevu = prevoir(vendeur=connection.vendor, processus=options["processus"])
        connection.close()
        mode = "démonstration" if settings.EST_DEMONSTRATION else "production"
        self.stdout.write(
            f"Maillage sert sur http://{options['adresse']}:{port}/ "
            f"(mode {mode}, {prevu.processus} processus, {prevu.fils} fils chacun)."
        )
        self.stdout.flush()
        try:
            with verrou_du_dossier(Path(settings.DOSSIER), seul=False):
                with a_cote(actif=options["avec_ouvrier"]):
                    serveur(adresse=options["adresse"], port=int(port), prevu=prevu).serve()
        except DejaEnService as faute:
            raise CommandError(
                "Une restauration est en cours dans ce dossier. Attendez qu’elle finisse."
            ) from faute


def verifier_l_adresse(adresse: str, port: int) -> None:
    """Refuse d'une phrase une adresse prise ou interdite, avant de lancer le serveur."""
    famille = socket.AF_INET6 if ":" in adresse else socket.AF_INET
    with socket.socket(famille, socket.SOCK_STREAM) as prise:
        prise.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            prise.bind((adresse, port))
        except OSError as faute:
            raise CommandError(
                f"Impossible d’écouter sur {adresse}, port {port} : {faute.strerror}.\n"
                f"Pour un autre port : PORT={port + 1} maillage servir"
            ) from faute
