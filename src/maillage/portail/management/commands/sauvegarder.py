"""maillage sauvegarder DOSSIER : toute l'installation, pendant qu'elle sert."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from maillage.portail.sauvegarde.sauvegarder import SauvegardeRefusee, sauvegarder


class Command(BaseCommand):
    requires_system_checks = ()
    help = (
        "Écrit la base et les documents dans un dossier neuf, sans arrêter le service. "
        "Le dossier contient des données personnelles : gardez-le en lieu sûr."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dossier", type=Path, metavar="DOSSIER")
        parser.add_argument("--json", action="store_true", help="résultat en JSON")

    def handle(self, *args, **options) -> None:
        try:
            bilan = sauvegarder(options["dossier"])
        except SauvegardeRefusee as faute:
            raise CommandError(str(faute)) from faute
        if options["json"]:
            self.stdout.write(json.dumps(bilan.en_dict(), ensure_ascii=False))
            return
        self.stdout.write(
            f"Sauvegardé dans {bilan.dossier} : {bilan.lignes} lignes de {bilan.tables} tables, "
            f"{bilan.documents} document(s), {bilan.octets / 1e6:.1f} Mo.\n"
            f"Pour la remettre en place : maillage restaurer {bilan.dossier}"
        )
        if bilan.laissees:
            self.stdout.write(f"Laissées, car inconnues de Maillage : {', '.join(bilan.laissees)}.")
