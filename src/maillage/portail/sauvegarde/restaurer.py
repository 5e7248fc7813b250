"""Restaurer : une base neuve à côté, comparée table par table, puis échangée d'un seul geste."""

import datetime
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.color import no_style
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, models, router, transaction
from django.db.migrations.executor import MigrationExecutor

from maillage.portail.service import DejaEnService, verrou_du_dossier

from .bases import base_temporaire
from .lignes import (
    Empreinte,
    colonnes,
    decoder,
    empreinte_de_fichier,
    empreinte_en_base,
    lire_table,
)
from .sauvegarder import FORMAT, MANIFESTE, SauvegardeRefusee, dernieres, modeles

EN_SERVICE = (
    "Maillage sert encore ces pages, ou un autre programme tient la base ouverte. "
    "Rien n’a changé.\nArrêtez le service, restaurez, puis relancez-le."
)
SCHEMA_NEUF = "maillage_restauration"


@dataclass(frozen=True, slots=True)
class BilanRestauration:
    date: str
    tables: int
    lignes: int
    documents: int
    migrations_ajoutees: int
    ancienne: str  # où se trouve ce qui était en place ; vide s'il n'y avait rien

    def en_dict(self) -> dict[str, Any]:
        return {cle: getattr(self, cle) for cle in self.__slots__}


def restaurer(dossier: Path, *, remplacer: bool = False) -> BilanRestauration:
    """Remet une sauvegarde en place. Tant que tout n'est pas comparé, rien ne change.

    Une sauvegarde plus ancienne que cette version est chargée dans sa propre forme, puis mise à
    jour. Lève `SauvegardeRefusee` : sauvegarde abîmée, trop récente, base déjà pleine sans
    `remplacer`, ou Maillage encore en train de servir.
    """
    try:
        with verrou_du_dossier(Path(settings.DOSSIER), seul=True):
            return _restaurer(dossier, remplacer)
    except DejaEnService as faute:
        raise SauvegardeRefusee(EN_SERVICE) from faute


def _restaurer(dossier: Path, remplacer: bool) -> BilanRestauration:
    manifeste = _lire_le_manifeste(dossier)
    _verifier_les_fichiers(dossier, manifeste)
    if not remplacer and (occupants := _occupants()):
        raise SauvegardeRefusee(
            f"Cette installation n’est pas vide : {occupants}. Rien n’a changé.\n"
            "Pour remplacer ce qui est là : maillage restaurer DOSSIER --remplacer"
        )
    horodatage = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    documents = _preparer_les_documents(dossier)
    try:
        with _base_neuve(horodatage) as (alias, echanger):
            ajoutees = _remplir(alias, dossier, manifeste)
            connections[alias].close()
            ancienne = echanger()
        _echanger_les_documents(documents, horodatage)
    finally:
        shutil.rmtree(documents, ignore_errors=True)
    return BilanRestauration(
        date=manifeste["date"],
        tables=len(manifeste["tables"]),
        lignes=sum(table["lignes"] for table in manifeste["tables"].values()),
        documents=len(manifeste["documents"]),
        migrations_ajoutees=ajoutees,
        ancienne=ancienne,
    )


# --- Lire et vérifier -------------------------------------------------------------------------
def _lire_le_manifeste(dossier: Path) -> dict[str, Any]:
    try:
        manifeste = json.loads((dossier / MANIFESTE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as faute:
        raise SauvegardeRefusee(
            f"{dossier} n’est pas une sauvegarde : {MANIFESTE} manque ou ne se lit pas."
        ) from faute
    if manifeste.get("format") != FORMAT:
        raise SauvegardeRefusee(
            f"Cette sauvegarde est au format {manifeste.get('format')} ; cette version lit le "
            f"format {FORMAT}. Mettez Maillage à jour, puis relancez."
        )
    connues = set(MigrationExecutor(connections[DEFAULT_DB_ALIAS]).loader.graph.nodes)
    if inconnues := [cle for cle in map(tuple, manifeste["migrations"]) if cle not in connues]:
        raise SauvegardeRefusee(
            f"Cette sauvegarde vient d’une version plus récente de Maillage "
            f"({manifeste['maillage']}, {'.'.join(inconnues[0])}). Mettez Maillage à jour d’abord."
        )
    return manifeste


def _verifier_les_fichiers(dossier: Path, manifeste: dict[str, Any]) -> None:
    """Relit tout avant de toucher à quoi que ce soit."""
    for nom, attendu in manifeste["tables"].items():
        empreinte = Empreinte()
        try:
            for texte in islice(lire_table(_fichier(dossier, nom)), 1, None):
                empreinte.ajouter(texte)
        except (OSError, EOFError, ValueError) as faute:
            raise SauvegardeRefusee(_abimee(nom)) from faute
        if empreinte.en_dict() != attendu:
            raise SauvegardeRefusee(_abimee(nom))
    racine = (dossier / "documents").resolve()
    for nom, attendu in manifeste["documents"].items():
        fichier = (racine / nom).resolve()
        if not fichier.is_relative_to(racine) or not fichier.is_file():
            raise SauvegardeRefusee(_abimee(nom))
        if empreinte_de_fichier(fichier) != attendu["sha256"]:
            raise SauvegardeRefusee(_abimee(nom))


def _fichier(dossier: Path, table: str) -> Path:
    return dossier / "tables" / f"{table}.jsonl.gz"


def _abimee(nom: str) -> str:
    return (
        f"Cette sauvegarde est abîmée : « {nom} » ne correspond plus au manifeste. Rien n’a changé."
    )


def _occupants() -> str:
    """Ce qui est déjà là, en une phrase ; vide si la base est neuve."""
    trouves = []
    connexion = connections[DEFAULT_DB_ALIAS]
    try:
        presentes = set(connexion.introspection.table_names())
    except DatabaseError as faute:
        raise SauvegardeRefusee(f"La base ne répond pas : {str(faute).strip()}") from faute
    for table, nom in (
        ("acteurs_collectivite", "collectivité(s)"),
        ("acteurs_compte", "compte(s)"),
    ):
        if table in presentes:
            with connexion.cursor() as curseur:
                curseur.execute(f"SELECT count(*) FROM {connexion.ops.quote_name(table)}")  # noqa: S608
                nombre = curseur.fetchone()[0]
            if nombre:
                trouves.append(f"{nombre} {nom}")
    documents = Path(settings.MEDIA_ROOT)
    if documents.is_dir() and any(documents.iterdir()):
        trouves.append("des documents")
    return ", ".join(trouves)


# --- Remplir la base neuve --------------------------------------------------------------------
def _remplir(alias: str, dossier: Path, manifeste: dict[str, Any]) -> int:
    """Crée la base dans la forme de la sauvegarde, la remplit, la compare, la met à jour.

    Rend le nombre de migrations ajoutées depuis la sauvegarde.
    """
    connexion = connections[alias]
    executeur = MigrationExecutor(connexion)
    voulues = [tuple(cle) for cle in manifeste["migrations"]]
    with _migrations_sur(alias):
        executeur.migrate(dernieres(executeur.loader.graph, voulues))
    par_table = {modele._meta.db_table: modele for modele in modeles(alias)[0]}
    with transaction.atomic(using=alias):
        for modele in par_table.values():
            modele._base_manager.using(alias).all()._raw_delete(alias)
        for nom in manifeste["tables"]:
            _charger(connexion, par_table.get(nom), _fichier(dossier, nom), nom)
    with connexion.cursor() as curseur:
        for ordre in connexion.ops.sequence_reset_sql(no_style(), list(par_table.values())):
            curseur.execute(ordre)
    for nom, attendu in manifeste["tables"].items():
        if empreinte_en_base(par_table[nom], alias).en_dict() != attendu:
            raise SauvegardeRefusee(
                f"La table « {nom} », une fois restaurée, diffère de la sauvegarde. "
                "Rien n’a changé dans l’installation."
            )
    _refaire_l_index(connexion)
    executeur = MigrationExecutor(connexion)
    suite = executeur.migration_plan(executeur.loader.graph.leaf_nodes())
    with _migrations_sur(alias):
        executeur.migrate(executeur.loader.graph.leaf_nodes())
    return len(suite)


class _Aiguillage:
    """Envoie sur la base neuve toute requête qui ne dit pas sa base."""

    def __init__(self, alias: str):
        self.alias = alias

    def db_for_read(self, model, **_) -> str:
        return self.alias

    db_for_write = db_for_read


@contextmanager
def _migrations_sur(alias: str) -> Iterator[None]:
    """Le temps des migrations, aucune requête ne va à la base en service.

    Une migration de django-tasks-db (0016) oublie de nommer la base qu'elle met à jour.
    """
    aiguillage = _Aiguillage(alias)
    router.routers.insert(0, aiguillage)
    try:
        yield
    finally:
        router.routers.remove(aiguillage)


def _charger(connexion, modele: type[models.Model] | None, fichier: Path, nom: str) -> None:
    if modele is None:
        raise SauvegardeRefusee(f"La table « {nom} » de la sauvegarde n’est pas connue ici.")
    champs = {champ.column: champ for champ in colonnes(modele)}
    lignes = lire_table(fichier)
    noms = json.loads(next(lignes))
    if set(noms) != set(champs):
        raise SauvegardeRefusee(f"Les colonnes de « {nom} » ne sont pas celles attendues.")
    quote = connexion.ops.quote_name
    table, places = quote(modele._meta.db_table), ", ".join(["%s"] * len(noms))
    # Table et colonnes viennent du modèle, vérifiées juste au-dessus.
    ordre = f"INSERT INTO {table} ({', '.join(map(quote, noms))}) VALUES ({places})"  # noqa: S608
    rangs = [champs[c] for c in noms]
    with connexion.cursor() as curseur:
        while lot := list(islice(lignes, 1000)):
            curseur.executemany(
                ordre,
                [
                    [
                        champ.get_db_prep_save(decoder(champ, valeur), connexion)
                        for champ, valeur in zip(rangs, json.loads(texte), strict=True)
                    ]
                    for texte in lot
                ],
            )


def _refaire_l_index(connexion) -> None:
    """La table de recherche de SQLite se déduit des fiches ; PostgreSQL tient seul son index."""
    if connexion.vendor != "sqlite":
        return
    if "plan_recherche" not in connexion.introspection.table_names():
        return
    with connexion.cursor() as curseur:
        curseur.execute("DELETE FROM plan_recherche")
        curseur.execute(
            "INSERT INTO plan_recherche(rowid, contenu) SELECT id, recherche FROM plan_ficheaction"
        )


# --- Échanger ---------------------------------------------------------------------------------
@contextmanager
def _base_neuve(horodatage: str) -> Iterator[tuple[str, Any]]:
    """Une base vide à côté de la principale, et le geste qui la met à sa place."""
    if connections[DEFAULT_DB_ALIAS].vendor == "sqlite":
        with _fichier_neuf(horodatage) as (alias, echanger):
            yield alias, echanger
    else:
        with _schema_neuf(horodatage) as (alias, echanger):
            yield alias, echanger


@contextmanager
def _fichier_neuf(horodatage: str) -> Iterator[tuple[str, Any]]:
    principale = connections[DEFAULT_DB_ALIAS]
    fichier = Path(principale.settings_dict["NAME"]).absolute()
    neuf = fichier.with_name(f"{fichier.name}.restauration")
    _effacer_sqlite(neuf)
    fichier.parent.mkdir(parents=True, exist_ok=True)
    principale.close()
    _personne_d_autre(fichier)

    def echanger() -> str:
        _poser_a_plat(neuf)
        _personne_d_autre(fichier)
        avant = fichier.with_name(f"{fichier.name}.avant-{horodatage}")
        existait = _a_des_tables(fichier)
        if existait:
            # Un lien puis un remplacement : à aucun instant le fichier ne manque.
            avant.hardlink_to(fichier)
        neuf.replace(fichier)
        return str(avant) if existait else ""

    try:
        with base_temporaire("restauration", NAME=str(neuf)) as alias:
            yield alias, echanger
    finally:
        _effacer_sqlite(neuf)


def _poser_a_plat(fichier: Path) -> None:
    """Tout dans un seul fichier : plus de journal à côté."""
    connexion = sqlite3.connect(fichier)
    try:
        connexion.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connexion.execute("PRAGMA journal_mode=DELETE")
    finally:
        connexion.close()


def _personne_d_autre(fichier: Path) -> None:
    """Quitter le mode WAL exige d'être seul : c'est ainsi que l'on sait si Maillage sert encore."""
    if not fichier.exists():
        return
    connexion = sqlite3.connect(fichier, timeout=2)
    try:
        mode = connexion.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
    except sqlite3.OperationalError:
        mode = "wal"
    finally:
        connexion.close()
    if mode != "delete":
        raise SauvegardeRefusee(EN_SERVICE)


def _a_des_tables(fichier: Path) -> bool:
    if not fichier.exists():
        return False
    connexion = sqlite3.connect(fichier)
    try:
        return bool(connexion.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
    finally:
        connexion.close()


def _effacer_sqlite(fichier: Path) -> None:
    for suffixe in ("", "-wal", "-shm", "-journal"):
        fichier.with_name(fichier.name + suffixe).unlink(missing_ok=True)


@contextmanager
def _schema_neuf(horodatage: str) -> Iterator[tuple[str, Any]]:
    principale = connections[DEFAULT_DB_ALIAS]
    quote = principale.ops.quote_name
    with principale.cursor() as curseur:
        curseur.execute("SELECT current_schema()")
        courant = curseur.fetchone()[0] or "public"
        curseur.execute(f"DROP SCHEMA IF EXISTS {quote(SCHEMA_NEUF)} CASCADE")
        curseur.execute(f"CREATE SCHEMA {quote(SCHEMA_NEUF)}")

    def echanger() -> str:
        avant = f"maillage_avant_{horodatage.replace('-', '_')}"
        with transaction.atomic(), principale.cursor() as curseur:
            curseur.execute("SET LOCAL lock_timeout = '20s'")
            curseur.execute(f"ALTER SCHEMA {quote(courant)} RENAME TO {quote(avant)}")
            curseur.execute(f"ALTER SCHEMA {quote(SCHEMA_NEUF)} RENAME TO {quote(courant)}")
            curseur.execute(
                "SELECT EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = %s)", [avant]
            )
            if not curseur.fetchone()[0]:
                curseur.execute(f"DROP SCHEMA {quote(avant)} CASCADE")
                return ""
        return f"schéma {avant}"

    try:
        chemin = {"options": f"-c search_path={SCHEMA_NEUF}"}
        with base_temporaire("restauration", options=chemin) as alias:
            yield alias, echanger
    finally:
        with principale.cursor() as curseur:
            curseur.execute(f"DROP SCHEMA IF EXISTS {quote(SCHEMA_NEUF)} CASCADE")


# --- Les documents ----------------------------------------------------------------------------
def _preparer_les_documents(dossier: Path) -> Path:
    racine = Path(settings.MEDIA_ROOT)
    neufs = racine.with_name(f"{racine.name}.restauration")
    shutil.rmtree(neufs, ignore_errors=True)
    racine.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(dossier / "documents", neufs)
    return neufs


def _echanger_les_documents(neufs: Path, horodatage: str) -> None:
    racine = Path(settings.MEDIA_ROOT)
    if racine.exists():
        if any(racine.iterdir()):
            racine.rename(racine.with_name(f"{racine.name}.avant-{horodatage}"))
        else:
            racine.rmdir()
    neufs.rename(racine)
