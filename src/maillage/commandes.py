"""La commande `maillage` : les commandes de gestion, sous leur nom français à traits d'union.

`maillage importer-plan F.xlsx …` appelle la commande de gestion `importer_plan`.
Sorties : 0 fait, 1 refusé (la raison sur la sortie d'erreur), 2 mauvais usage.
"""

import os
import sys
from importlib import resources


def noms_des_commandes() -> dict[str, str]:
    """Nom affiché -> nom de la commande de gestion, pour toutes les applications de la maison."""
    noms = {}
    for application in resources.files("maillage").iterdir():
        dossier = application / "management" / "commands"
        if not dossier.is_dir():
            continue
        for fichier in dossier.iterdir():
            if fichier.name.endswith(".py") and not fichier.name.startswith("_"):
                nom = fichier.name.removesuffix(".py")
                noms[nom.replace("_", "-")] = nom
    return dict(sorted(noms.items()))


def _aide(noms: dict[str, str]) -> str:
    lignes = ["Usage : maillage COMMANDE [options]", "", "Commandes (maillage COMMANDE --help) :"]
    lignes += [f"  {nom}" for nom in noms]
    return "\n".join(lignes)


def principal(arguments: list[str] | None = None) -> int:
    """Lance une commande et rend son code de sortie."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maillage.config.settings")
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    noms = noms_des_commandes()
    if not arguments or arguments[0] in {"-h", "--help", "--aide", "help"}:
        print(_aide(noms))
        return 0 if arguments else 2
    nom, *reste = arguments
    if nom not in noms and nom.replace("-", "_") != "makemigrations":
        print(f"maillage : « {nom} » n’est pas une commande.\n\n{_aide(noms)}", file=sys.stderr)
        return 2

    import django
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import ManagementUtility

    try:
        django.setup()
        ManagementUtility(["maillage", noms.get(nom, nom), *reste]).execute()
    except ImproperlyConfigured as faute:
        print(f"maillage : {faute}", file=sys.stderr)
        return 1
    except SystemExit as sortie:
        return int(sortie.code or 0) if not isinstance(sortie.code, str) else 1
    return 0


if __name__ == "__main__":
    sys.exit(principal())
