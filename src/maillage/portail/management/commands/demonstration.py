"""maillage demonstration : les plans réels, une année de suivi inventée, des comptes d'un clic."""

import datetime
import os
import time

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from maillage.acteurs.models import Collectivite
from maillage.portail.demonstration.chargement import (
    GRAINE,
    DemonstrationRefusee,
    charger,
    deja_chargee,
)
from maillage.portail.demonstration.presentation import presenter


class Command(BaseCommand):
    requires_system_checks = ()
    help = (
        "Charge les plans du Loir-et-Cher et du Loiret, et une année de suivi inventée, signalée "
        "comme telle. Ne fait rien si elle est déjà là. Refusée en production."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--graine", type=int, default=GRAINE, help=f"même graine, mêmes données ({GRAINE})"
        )
        parser.add_argument(
            "--jour",
            type=datetime.date.fromisoformat,
            metavar="AAAA-MM-JJ",
            help="jour auquel la démonstration est fraîche (aujourd’hui)",
        )
        parser.add_argument(
            "--si-vide", action="store_true", help="ne rien charger s’il y a déjà une collectivité"
        )
        parser.add_argument("--json", action="store_true", help="résultat en JSON")

    def handle(self, *args, **options) -> None:
        debut = time.monotonic()
        if options["si_vide"] and deja_chargee() is None and Collectivite.objects.exists():
            self.stdout.write("Des collectivités sont déjà installées ici : rien n’est chargé.")
            return
        try:
            fait = charger(graine=options["graine"], jour=options["jour"] or timezone.localdate())
        except DemonstrationRefusee as faute:
            raise CommandError(str(faute)) from faute
        adresse = f"http://127.0.0.1:{os.environ.get('PORT') or '8000'}"
        self.stdout.write(
            presenter(
                fait, adresse=adresse, secondes=time.monotonic() - debut, en_json=options["json"]
            )
        )
