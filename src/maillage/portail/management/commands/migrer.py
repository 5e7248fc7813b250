"""maillage migrer : mettre la base à la forme qu'attend cette version."""

import json

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.db.migrations.executor import MigrationExecutor


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Met la base de données à jour. Sans risque à relancer : rien n’est fait deux fois."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="résultat en JSON")

    def handle(self, *args, **options) -> None:
        connexion = connections[DEFAULT_DB_ALIAS]
        try:
            attendues = a_appliquer(connexion)
        except OperationalError as faute:
            raise CommandError(
                f"La base ne répond pas ({connexion.vendor}) : {str(faute).strip()}\n"
                "Rien n’a changé. Vérifiez DATABASE_URL, puis relancez."
            ) from faute
        if attendues:
            call_command("migrate", interactive=False, verbosity=0)
        if options["json"]:
            self.stdout.write(json.dumps({"appliquees": attendues}, ensure_ascii=False))
        elif attendues:
            pluriel = "s" if len(attendues) > 1 else ""
            self.stdout.write(
                f"Base à jour : {len(attendues)} migration{pluriel} appliquée{pluriel}."
            )
        else:
            self.stdout.write("Base à jour.")


def a_appliquer(connexion) -> list[str]:
    """Les migrations que la base n'a pas encore reçues, dans l'ordre."""
    executeur = MigrationExecutor(connexion)
    plan = executeur.migration_plan(executeur.loader.graph.leaf_nodes())
    return [str(migration) for migration, _ in plan]
