"""maillage restaurer DOSSIER : remettre une sauvegarde en place."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from maillage.portail.sauvegarde.restaurer import restaurer
from maillage.portail.sauvegarde.sauvegarder import SauvegardeRefusee


class Command(BaseCommand):
    requires_system_checks = ()
    help = (
        "Remet une sauvegarde en place, la compare table par table, et garde à côté ce qui était "
        "là. Arrêtez le service d’abord."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dossier", type=Path, metavar="DOSSIER")
        parser.add_argument(
            "--remplacer", action="store_true", help="même si l’installation n’est pas vide"
        )
        parser.add_argument("--json", action="store_true", help="résultat en JSON")

    def handle(self, *args, **options) -> None:
        try:
            bilan = restaurer(options["dossier"], remplacer=options["remplacer"])
        except SauvegardeRefusee as faute:
            raise CommandError(str(faute)) from faute
        if options["json"]:
            self.stdout.write(json.dumps(bilan.en_dict(), ensure_ascii=False))
            return
        self.stdout.write(
            f"Restauré : {bilan.lignes} lignes de {bilan.tables} tables, "
            f"{bilan.documents} document(s), à l’identique de la sauvegarde du {bilan.date}."
        )
        if bilan.migrations_ajoutees:
            self.stdout.write(f"Base mise à jour : {bilan.migrations_ajoutees} migration(s).")
        if bilan.ancienne:
            self.stdout.write(f"Ce qui était en place est gardé : {bilan.ancienne}.")
