"""maillage horloge : met en file ce qui est dû aujourd'hui. Pour cron ou un minuteur systemd."""

import datetime
import json

from django.core.management.base import BaseCommand, CommandParser

from maillage.portail.horloge import tic
from maillage.socle.mise_en_mots import accorder


class Command(BaseCommand):
    requires_system_checks = ()
    help = (
        "Met en file les rappels dus aujourd’hui. À lancer une fois par jour ou plus : rien n’est "
        "préparé deux fois. « maillage ouvrier » les envoie."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--jour",
            type=datetime.date.fromisoformat,
            metavar="AAAA-MM-JJ",
            help="faire comme si l’on était ce jour-là (aujourd’hui)",
        )
        parser.add_argument("--json", action="store_true", help="résultat en JSON")

    def handle(self, *args, **options) -> None:
        bilans = tic(options["jour"])
        if options["json"]:
            self.stdout.write(
                json.dumps({nom: b.en_dict() for nom, b in bilans.items()}, ensure_ascii=False)
            )
            return
        for nom, bilan in bilans.items():
            suite = f", {accorder(bilan.incertains, 'incertain')}" if bilan.incertains else ""
            self.stdout.write(
                f"{nom} : {accorder(bilan.prepares, 'rappel')} pour "
                f"{accorder(bilan.fiches, 'fiche')}{suite}."
            )
