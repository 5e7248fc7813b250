"""maillage exporter-plan : tout un plan dans un classeur, qui se réimporte sans différence."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from maillage.plan.echanges.export_plan import FORMATS, exporter
from maillage.plan.models import FicheAction
from maillage.socle.classeurs import ClasseurRefuse

from .importer_plan import trouver_schema


class Command(BaseCommand):
    help = "Exporte un plan, fiches archivées comprises, en .xlsx, .ods ou .csv."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--collectivite", required=True, metavar="SLUG")
        parser.add_argument("--schema", required=True, metavar="SLUG")
        parser.add_argument("--sortie", required=True, type=Path, metavar="FICHIER.{xlsx,ods,csv}")
        parser.add_argument("--json", action="store_true", help="résultat en JSON")

    def handle(self, *args, **options) -> None:
        sortie: Path = options["sortie"]
        format = sortie.suffix.removeprefix(".").lower()
        if format not in FORMATS:
            raise CommandError(
                f"« {sortie.name} » doit finir par .xlsx, .ods ou .csv.", returncode=2
            )
        schema = trouver_schema(options["collectivite"], options["schema"])
        try:
            octets = exporter(schema=schema, format=format)
            # Écrit à côté puis renommé : un fichier en place n'est jamais à moitié remplacé.
            provisoire = sortie.with_name(f".{sortie.name}.partiel")
            provisoire.write_bytes(octets)
            provisoire.replace(sortie)
        except ClasseurRefuse as refus:
            raise CommandError(str(refus)) from refus
        except OSError as faute:
            raise CommandError(f"{sortie} ne s’écrit pas : {faute.strerror}.") from faute
        nombre = FicheAction.objects.filter(schema=schema).count()
        if options["json"]:
            self.stdout.write(
                json.dumps({"sortie": str(sortie), "octets": len(octets), "fiches": nombre})
            )
        else:
            self.stdout.write(f"{sortie} : {nombre} fiche(s), {len(octets)} octets")
