"""`maillage bench [NOM]` : mesurer la vitesse et la mémoire, sur des bases neuves et jetables."""

import importlib
import json
import sys
from datetime import datetime

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

NOMS = ("table", "changements", "imports", "documents", "pages")


class Command(BaseCommand):
    help = "Mesure la vitesse et la mémoire ; affiche une table et écrit un JSON."
    requires_system_checks: list[str] = []

    def add_arguments(self, analyseur):
        analyseur.add_argument("nom", nargs="?", choices=NOMS, help="une partie seulement")
        analyseur.add_argument("--json", action="store_true", help="le JSON sur la sortie")

    def handle(self, *args, nom=None, **options):
        if not (settings.RACINE / "bench").is_dir():
            raise CommandError("Le dossier bench/ est absent : lancez la mesure depuis le dépôt.")
        sys.path.insert(0, str(settings.RACINE))
        resultats = {}
        for partie in (nom,) if nom else NOMS:
            if not options["json"]:
                self.stdout.write(f"\n{partie}")
            try:
                mesures = importlib.import_module(f"bench.{partie}").mesurer()
            except RuntimeError as faute:
                raise CommandError(f"La mesure « {partie} » a échoué : {faute}") from faute
            resultats[partie] = [mesure.en_json() for mesure in mesures]
            for mesure in () if options["json"] else mesures:
                etat = {None: "", True: "tenu", False: "DÉPASSÉ"}[mesure.tenue]
                plafond = "" if mesure.plafond is None else f"≤ {mesure.plafond:g}"
                self.stdout.write(
                    f"  {mesure.nom:<58} {mesure.valeur:>10.2f} {mesure.unite:<8} "
                    f"{plafond:<8} {etat}"
                )
        texte = json.dumps(resultats, ensure_ascii=False, indent=2)
        dossier = settings.DOSSIER / "bench"
        dossier.mkdir(parents=True, exist_ok=True)
        (dossier / f"{datetime.now():%Y-%m-%d-%Hh%M%S}.json").write_text(texte, encoding="utf-8")
        if options["json"]:
            self.stdout.write(texte)
