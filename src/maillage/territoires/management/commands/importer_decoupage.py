"""maillage importer-decoupage : communes et EPCI officiels d'un département, ou de tous."""

import json
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from maillage.territoires.codes import CodeInvalide, code_departement
from maillage.territoires.lecture import (
    DecoupageIllisible,
    DecoupageOfficiel,
    departements_de_l_extrait,
    dernier_extrait,
    lire_extrait,
    lire_fichiers_publics,
)
from maillage.territoires.services import BilanImport, ImportRefuse, importer_decoupage

OU_TROUVER = (
    "Récupérez les fichiers publics, par exemple :\n"
    "  npm pack @etalab/decoupage-administratif@6.0.0\n"
    "  tar xzf etalab-decoupage-administratif-6.0.0.tgz\n"
    "puis lancez :\n"
    "  maillage importer-decoupage {code} --fichiers package/data"
)


class Command(BaseCommand):
    help = (
        "Charge les communes et les EPCI officiels d’un département. Loir-et-Cher (41) et "
        "Loiret (45) sont fournis ; les autres se lisent dans les fichiers publics (--fichiers)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "departement", help="code du département (41, 2A, 974), ou « tous » avec --fichiers"
        )
        parser.add_argument(
            "--fichiers",
            type=Path,
            metavar="DOSSIER",
            help="dossier de communes.json, epci.json, departements.json (et regions.json)",
        )
        parser.add_argument("--millesime", type=int, metavar="AAAA", help="année de ces fichiers")
        parser.add_argument("--essai", action="store_true", help="compter sans rien écrire")
        parser.add_argument("--json", action="store_true", help="résultat en JSON")

    def handle(self, *args, **options) -> None:
        tous = options["departement"].strip().lower() == "tous"
        try:
            code = None if tous else code_departement(options["departement"])
        except CodeInvalide as faute:
            raise CommandError(str(faute), returncode=2) from faute
        if tous and options["fichiers"] is None:
            raise CommandError(
                "« tous » demande les fichiers publics.\n" + OU_TROUVER.format(code="tous"),
                returncode=2,
            )
        try:
            bilan = importer_decoupage(
                officiel=self._lire(code, options),
                departements=None if code is None else [code],
                essai=options["essai"],
            )
        except (DecoupageIllisible, ImportRefuse) as faute:
            raise CommandError(str(faute)) from faute
        for avertissement in bilan.avertissements:
            self.stderr.write(f"À revoir : {avertissement}")
        if options["json"]:
            self.stdout.write(json.dumps(bilan.en_dict(), ensure_ascii=False, indent=2))
        else:
            self._raconter(bilan)

    def _lire(self, code: str | None, options: dict) -> DecoupageOfficiel:
        if options["fichiers"] is not None:
            return lire_fichiers_publics(options["fichiers"], millesime=options["millesime"])
        extrait = dernier_extrait(Path(settings.DONNEES) / "decoupage")
        fournis = departements_de_l_extrait(extrait) if extrait else []
        if extrait is None or code not in fournis:
            raise CommandError(
                f"Le département {code} n’est pas fourni avec Maillage "
                f"(fournis : {', '.join(fournis) or 'aucun'}).\n" + OU_TROUVER.format(code=code)
            )
        return lire_extrait(extrait)

    def _raconter(self, bilan: BilanImport) -> None:
        if bilan.essai:
            self.stdout.write("Essai : rien n’est écrit.")
        noms = {
            "departements": ("départements", ""),
            "epci": ("EPCI", ""),
            "communes": ("communes", "e"),
        }
        self.stdout.write(f"Découpage {bilan.millesime}")
        for table, compte in bilan.comptes.items():
            nom, e = noms[table]
            self.stdout.write(
                f"  {nom} : {compte['crees']} créé{e}s, {compte['modifies']} modifié{e}s, "
                f"{compte['inchanges']} inchangé{e}s"
            )
        for commune in bilan.disparues:
            suite = commune["remplacee_par"] or "remplaçante inconnue"
            self.stdout.write(f"  disparue : {commune['nom']} ({commune['code']}) → {suite}")
