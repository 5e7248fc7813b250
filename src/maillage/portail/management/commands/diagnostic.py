"""maillage diagnostic : ce qui manque ou est mal réglé. Sort en 1 s'il y a une faute."""

import json
import sys

from django.core.management.base import BaseCommand, CommandParser

from maillage.portail.diagnostic import ATTENTION, BON, FAUTE, diagnostiquer

_SIGNES = {BON: "  bon ", ATTENTION: "à voir", FAUTE: " FAUTE"}


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Dit ce qui manque ou est mal réglé, et que faire. Sort en 1 s’il y a une faute."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="résultat en JSON")

    def handle(self, *args, **options) -> None:
        constats = diagnostiquer()
        fautes = [constat for constat in constats if constat.etat == FAUTE]
        if options["json"]:
            self.stdout.write(
                json.dumps(
                    {"sain": not fautes, "constats": [c.en_dict() for c in constats]},
                    ensure_ascii=False,
                    indent=1,
                )
            )
        else:
            for constat in constats:
                self.stdout.write(f"{_SIGNES[constat.etat]}  {constat.point} : {constat.vu}")
                if constat.faire:
                    self.stdout.write(f"        → {constat.faire}")
            a_voir = sum(constat.etat == ATTENTION for constat in constats)
            self.stdout.write(f"\n{len(fautes)} faute(s), {a_voir} point(s) à voir.")
        if fautes:
            sys.exit(1)
