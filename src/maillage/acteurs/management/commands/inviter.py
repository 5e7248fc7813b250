"""maillage inviter : ouvrir la porte, quand personne n'a encore de compte."""

import json

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.urls import reverse

from maillage.acteurs.models import Collectivite, Organisation, Role
from maillage.acteurs.services import OperationRefusee, envoyer_l_invitation, inviter


class Command(BaseCommand):
    help = "Invite une adresse dans une collectivité, et affiche le lien d’entrée."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("courriel")
        parser.add_argument("--collectivite", required=True, metavar="SLUG")
        parser.add_argument("--role", choices=Role.values, default=Role.ADMINISTRATEUR.value)
        parser.add_argument("--organisation", help="son nom exact ; requise pour un partenaire")
        parser.add_argument(
            "--adresse", help="début des liens ; à défaut, https:// et le premier hôte servi"
        )
        parser.add_argument("--sans-courriel", action="store_true", help="afficher seulement")
        parser.add_argument("--json", action="store_true", help="résultat en JSON")

    def handle(self, *args, **options) -> None:
        collectivite = Collectivite.objects.actives().filter(slug=options["collectivite"]).first()
        if collectivite is None:
            raise CommandError(f"La collectivité « {options['collectivite']} » n’existe pas ici.")
        try:
            validate_email(options["courriel"])
            invitation, jeton = inviter(
                courriel=options["courriel"],
                role=options["role"],
                collectivite=collectivite,
                organisation=self._organisation(collectivite, options["organisation"]),
                par=None,
            )
        except ValidationError as faute:
            raise CommandError(f"« {options['courriel']} » n’est pas une adresse.") from faute
        except OperationRefusee as faute:
            raise CommandError(str(faute)) from faute
        debut = options["adresse"] or f"https://{settings.ALLOWED_HOSTS[0]}"
        lien = debut.rstrip("/") + reverse("compte:invitation", args=[jeton])
        envoye = not options["sans_courriel"] and envoyer_l_invitation(
            invitation=invitation, lien=lien
        )
        if options["json"]:
            self.stdout.write(json.dumps({"lien": lien, "courriel_envoye": envoye}))
            return
        self.stdout.write(f"{invitation} : le lien sert une fois, pendant quatorze jours.\n{lien}")
        if not envoye:
            self.stdout.write("Aucun courriel n’est parti : transmettez ce lien vous-même.")

    def _organisation(self, collectivite, nom: str | None) -> Organisation | None:
        if not nom:
            return None
        organisation = Organisation.objects.de(collectivite).filter(nom=nom).first()
        if organisation is None:
            raise CommandError(f"L’organisation « {nom} » n’existe pas dans {collectivite}.")
        return organisation
