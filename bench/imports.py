"""Importer un plan : 161 fiches, puis 10 000, par la commande que tout le monde a."""

import tempfile
from pathlib import Path

from .mesure import Mesure, lancer, lancer_et_peser

SCHEMA = ["--collectivite", "loir-et-cher", "--schema", "solidarites-2024-2028"]
_EN_TETES = [
    "Code", "Volet", "Axe", "Intitulé de l’action", "Constat", "Objectifs", "Description",
    "Publics", "Service pilote", "Partenaires", "Financeur 1", "Année 1", "Montant 1",
    "Financeur 2", "Année 2", "Montant 2", "Jalon 1", "Date 1", "Jalon 2", "Date 2",
]  # fmt: skip


def _grand_classeur(chemin: Path, nombre: int) -> None:
    """Un classeur comme on en tient : un titre, un en-tête, une ligne par fiche."""
    from openpyxl import Workbook

    classeur = Workbook(write_only=True)
    feuille = classeur.create_sheet("Fiches")
    feuille.append(["Suivi du plan d’action"])
    feuille.append(_EN_TETES)
    for rang in range(nombre):
        feuille.append(
            [
                f"X{rang % 12:02d}.{rang:05d}", "Sectoriel", f"Axe de mesure {rang % 12}",
                f"Action de mesure numéro {rang}", "Constat " * 12, "Objectif " * 12,
                "Description " * 20, "Familles ; Aidants", f"Direction {rang % 9}",
                f"CAF ; Partenaire {rang % 40}", "CAF", 2026, "12 500 €", "ARS", 2026, "3,5 k€",
                "Convention", "15/03/2026", "Bilan", "T4 2026",
            ]
        )  # fmt: skip
    classeur.save(chemin)


def mesurer() -> list[Mesure]:
    mesures = []
    with tempfile.TemporaryDirectory(prefix="maillage-bench-") as racine:
        dossier = Path(racine)
        lancer(["maillage.commandes", "migrer"], dossier)
        lancer(["maillage.commandes", "demonstration"], dossier)
        reel = dossier / "plan.xlsx"
        lancer(["maillage.commandes", "exporter-plan", *SCHEMA, "--sortie", str(reel)], dossier)
        a_vide = lancer(["maillage.commandes", "demonstration"], dossier)
        # Le même classeur dans un plan vide d'une autre installation : tout est à créer.
        neuf = dossier / "neuf"
        neuf.mkdir()
        lancer(["maillage.commandes", "migrer"], neuf)
        lancer(["maillage.commandes", "demonstration"], neuf)
        lancer(["bench.vierge"], neuf)
        secondes, mo = lancer_et_peser(
            ["maillage.commandes", "importer-plan", str(reel), *SCHEMA], neuf
        )
        mesures += [
            Mesure("importer 161 fiches avec leur suivi, commande entière", secondes, "s", 2),
            Mesure("dont démarrage d’une commande (démonstration déjà chargée)", a_vide, "s"),
            Mesure("par fiche (le plus proche voisin annonce 0,8 s)", secondes / 161, "s"),
            Mesure("mémoire de pointe, 161 fiches", mo, "Mo", 200),
        ]
        grand = dossier / "grand.xlsx"
        _grand_classeur(grand, 10_000)
        secondes, mo = lancer_et_peser(
            ["maillage.commandes", "importer-plan", str(grand), *SCHEMA], neuf
        )
        mesures += [
            Mesure("importer 10 000 fiches, commande entière", secondes, "s", 60),
            Mesure("mémoire de pointe, 10 000 fiches", mo, "Mo"),
        ]
    return mesures
