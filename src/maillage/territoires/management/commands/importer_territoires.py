"""maillage importer-territoires : les territoires d'action et leurs défis, depuis un fichier."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from maillage.territoires.fichier import (
    FichierDeTerritoiresRefuse,
    charger_decoupage_territorial,
)


class Command(BaseCommand):
    help = "Charge un découpage en territoires d’action, avec leurs défis, depuis un fichier YAML."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("fichier", type=Path, metavar="FICHIER.yaml")
        parser.add_argument("--essai", action="store_true", help="contrôler sans rien écrire")
        parser.add_argument("--json", action="store_true", help="résultat en JSON")

    def handle(self, *args, **options) -> None:
        try:
            bilan = charger_decoupage_territorial(options["fichier"], essai=options["essai"])
        except FichierDeTerritoiresRefuse as faute:
            raise CommandError(str(faute)) from faute
        if options["json"]:
            self.stdout.write(json.dumps(bilan.en_dict(), ensure_ascii=False, indent=2))
            return
        if options["essai"]:
            self.stdout.write("Essai : rien n’est écrit.")
        self.stdout.write(f"{bilan.decoupage} : {len(bilan.changements)} changement(s)")
        for slug, nombre in bilan.communes_par_territoire.items():
            self.stdout.write(f"  {slug} : {nombre} communes")
        if bilan.communes_sans_territoire:
            self.stdout.write(f"  sans territoire : {bilan.communes_sans_territoire} communes")
