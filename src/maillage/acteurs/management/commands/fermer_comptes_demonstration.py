"""maillage fermer-comptes-demonstration : avant de passer une démonstration en production."""

import json

from django.core.management.base import BaseCommand, CommandParser

from maillage.acteurs.services import fermer_les_comptes_de_demonstration


class Command(BaseCommand):
    help = "Ferme tous les comptes de démonstration."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="résultat en JSON")

    def handle(self, *args, **options) -> None:
        fermes = fermer_les_comptes_de_demonstration()
        if options["json"]:
            self.stdout.write(json.dumps({"fermes": fermes}))
        else:
            self.stdout.write(f"{fermes} compte(s) de démonstration fermé(s).")
