"""Sauvegarder : une photo cohérente de la base, les documents, un manifeste qui les compte."""

import datetime
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.migrations.graph import MigrationGraph
from django.db.migrations.loader import MigrationLoader

from .bases import photo_de_la_base
from .lignes import colonnes, ecrire_table, empreinte_de_fichier, textes

FORMAT = 1
MANIFESTE = "manifeste.json"
# Tables que d'autres suffisent à refaire, ou que la base tient seule (débuts de noms).
REFAITES = ("django_migrations", "plan_recherche", "sqlite_")


class SauvegardeRefusee(Exception):
    """Rien n'a été sauvegardé, ou rien restauré ; le message dit pourquoi."""


@dataclass(frozen=True, slots=True)
class BilanSauvegarde:
    dossier: Path
    tables: int
    lignes: int
    documents: int
    octets: int
    laissees: list[str]

    def en_dict(self) -> dict[str, Any]:
        return {
            "dossier": str(self.dossier),
            "tables": self.tables,
            "lignes": self.lignes,
            "documents": self.documents,
            "octets": self.octets,
            "tables_laissees": self.laissees,
        }


def modeles(alias: str) -> tuple[list[type[models.Model]], list[tuple[str, str]]]:
    """Les tables de cette base, une fois chacune, et les migrations qu'elle a reçues.

    Leur forme vient des migrations reçues, non du code : une base pas encore mise à jour se
    sauvegarde telle qu'elle est, juste avant de l'être.
    """
    chargeur = MigrationLoader(connections[alias])
    if inconnues := sorted(set(chargeur.applied_migrations) - set(chargeur.graph.nodes)):
        raise SauvegardeRefusee(
            f"Cette base a été mise à jour par une version plus récente "
            f"({'.'.join(inconnues[0])}). Sauvegardez-la avec cette version-là."
        )
    recues = sorted(chargeur.applied_migrations)
    etat = chargeur.project_state(dernieres(chargeur.graph, recues))
    par_table = {
        modele._meta.db_table: modele
        for modele in etat.apps.get_models(include_auto_created=True)
        if modele._meta.managed and not modele._meta.proxy
    }
    return [par_table[nom] for nom in sorted(par_table)], recues


def dernieres(graphe: MigrationGraph, cles: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Parmi ces migrations, celles dont aucune autre d'entre elles ne dépend."""
    connues = set(cles)
    return [cle for cle in cles if not any(e.key in connues for e in graphe.node_map[cle].children)]


def sauvegarder(dossier: Path) -> BilanSauvegarde:
    """Écrit une sauvegarde complète dans ce dossier, neuf ou vide. Tout ou rien.

    Le dossier ne prend son nom qu'une fois complet : une sauvegarde interrompue ne se voit pas.
    Lève `SauvegardeRefusee`.
    """
    dossier = dossier.absolute()
    if dossier.exists() and (not dossier.is_dir() or any(dossier.iterdir())):
        raise SauvegardeRefusee(
            f"{dossier} existe déjà et n’est pas vide. Rien n’a été écrit.\n"
            "Donnez un dossier neuf, par exemple avec la date du jour."
        )
    if not modeles(DEFAULT_DB_ALIAS)[0]:
        raise SauvegardeRefusee("La base est vide : il n’y a rien à sauvegarder.")
    chantier = dossier.with_name(f".{dossier.name}.en-cours")
    shutil.rmtree(chantier, ignore_errors=True)
    try:
        chantier.mkdir(parents=True, mode=0o700)
        manifeste = _tout_ecrire(chantier)
        if dossier.exists():
            dossier.rmdir()
        chantier.rename(dossier)
        _noter_sur_le_disque(dossier.parent)
    except OSError as faute:
        raise SauvegardeRefusee(
            f"La sauvegarde n’a pas pu être écrite dans {dossier} : {faute.strerror}.\n"
            "Rien n’est changé dans Maillage. Vérifiez la place et les droits, puis relancez."
        ) from faute
    finally:
        shutil.rmtree(chantier, ignore_errors=True)
    return BilanSauvegarde(
        dossier=dossier,
        tables=len(manifeste["tables"]),
        lignes=sum(table["lignes"] for table in manifeste["tables"].values()),
        documents=len(manifeste["documents"]),
        octets=sum(f.stat().st_size for f in dossier.rglob("*") if f.is_file()),
        laissees=manifeste["tables_laissees"],
    )


def _tout_ecrire(chantier: Path) -> dict[str, Any]:
    (chantier / "tables").mkdir()
    (chantier / "documents").mkdir()
    with photo_de_la_base(chantier) as alias:
        decrites, migrations = modeles(alias)
        laissees = _tables_non_decrites(alias, decrites)
        tables = {
            modele._meta.db_table: _ecrire_une_table(chantier, modele, alias) for modele in decrites
        }
    # Après la base : tout document que la photo cite est déjà sur le disque.
    documents = {nom: _copier(source, chantier / "documents" / nom) for nom, source in _documents()}
    manifeste = {
        "format": FORMAT,
        "maillage": _version(),
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "base": connections[DEFAULT_DB_ALIAS].vendor,
        "migrations": [list(cle) for cle in migrations],
        "tables": tables,
        "tables_laissees": laissees,
        "documents": documents,
    }
    chemin = chantier / MANIFESTE
    with chemin.open("w", encoding="utf-8") as flux:
        json.dump(manifeste, flux, ensure_ascii=False, indent=1, sort_keys=True)
        flux.flush()
        os.fsync(flux.fileno())
    return manifeste


def _tables_non_decrites(alias: str, decrites: list[type[models.Model]]) -> list[str]:
    """Tables posées là par un autre programme : on ne les emporte pas, mais on le dit."""
    connues = {modele._meta.db_table for modele in decrites}
    presentes = connections[alias].introspection.table_names()
    return sorted(n for n in presentes if n not in connues and not n.startswith(REFAITES))


def _ecrire_une_table(chantier: Path, modele: type[models.Model], alias: str) -> dict[str, Any]:
    nom = modele._meta.db_table
    return ecrire_table(
        chantier / "tables" / f"{nom}.jsonl.gz",
        [champ.column or "" for champ in colonnes(modele)],
        textes(modele, alias),
    ).en_dict()


def _documents() -> Iterator[tuple[str, Path]]:
    racine = Path(settings.MEDIA_ROOT)
    for fichier in sorted(racine.rglob("*")) if racine.is_dir() else ():
        if fichier.is_file() and not fichier.is_symlink():
            yield fichier.relative_to(racine).as_posix(), fichier


def _copier(source: Path, cible: Path) -> dict[str, Any]:
    cible.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, cible)
    return {"octets": cible.stat().st_size, "sha256": empreinte_de_fichier(cible)}


def _noter_sur_le_disque(dossier: Path) -> None:
    """Le nouveau nom survit à une coupure de courant."""
    poignee = os.open(dossier, os.O_RDONLY)
    try:
        os.fsync(poignee)
    finally:
        os.close(poignee)


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("maillage")
    except PackageNotFoundError:
        return ""
