"""maillage importer-plan : créer ou mettre à jour un plan depuis un classeur."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from maillage.plan.echanges.bilan import Bilan, ImportRefuse
from maillage.plan.echanges.import_plan import essayer, importer
from maillage.plan.models import Schema


def trouver_schema(collectivite: str, schema: str) -> Schema:
    """Le schéma demandé ; lève `CommandError` en citant ceux qui existent."""
    trouve = (
        Schema.objects.select_related("collectivite", "collectivite__decoupage")
        .filter(collectivite__slug=collectivite, slug=schema)
        .first()
    )
    if trouve is None:
        connus = [
            f"{c}/{s}"
            for c, s in Schema.objects.order_by("collectivite__slug", "slug").values_list(
                "collectivite__slug", "slug"
            )
        ]
        raise CommandError(
            f"Le schéma « {collectivite}/{schema} » n’existe pas. "
            f"Connus : {', '.join(connus) or 'aucun'}."
        )
    return trouve


class Command(BaseCommand):
    help = "Importe un plan depuis un classeur .xlsx, .ods ou .csv. Tout est écrit, ou rien."
    requires_system_checks = []  # une commande courte : les contrôles coûtent plus que l’import

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("fichier", type=Path, metavar="FICHIER")
        parser.add_argument("--collectivite", required=True, metavar="SLUG")
        parser.add_argument("--schema", required=True, metavar="SLUG")
        parser.add_argument("--essai", action="store_true", help="montrer sans rien écrire")
        parser.add_argument("--json", action="store_true", help="résultat en JSON")

    def handle(self, *args, **options) -> None:
        schema = trouver_schema(options["collectivite"], options["schema"])
        fichier: Path = options["fichier"]
        try:
            if options["essai"]:
                bilan = essayer(source=fichier, schema=schema)
                if bilan.est_refuse:
                    raise ImportRefuse(bilan)
            else:
                bilan = importer(source=fichier, schema=schema, par=None, origine="commande")
        except OSError as faute:
            raise CommandError(f"{fichier} ne se lit pas : {faute.strerror}.") from faute
        except ImportRefuse as refus:
            if options["json"]:
                self._montrer_json(refus.bilan)
            raise CommandError(
                f"{fichier.name} est refusé. Rien n’a été enregistré.\n{refus}"
            ) from refus
        if options["json"]:
            self._montrer_json(bilan)
            return
        if options["essai"]:
            self.stdout.write("Essai : rien n’est écrit.")
        for ligne in bilan.resume():
            self.stdout.write(ligne)

    def _montrer_json(self, bilan: Bilan) -> None:
        self.stdout.write(json.dumps(bilan.en_dict(), ensure_ascii=False, indent=2))
