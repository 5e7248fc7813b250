"""Ce qui manque ou est mal réglé, en une phrase par point, avec ce qu'il faut faire."""

import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from maillage.acteurs.models import Attribution, Collectivite, Compte, Role
from maillage.plan.models import PointEtape
from maillage.socle.taches import file_d_attente

BON, ATTENTION, FAUTE = "bon", "attention", "faute"
PLACE_MINIMALE, PLACE_CONSEILLEE = 200 * 1024**2, 1024**3


@dataclass(frozen=True, slots=True)
class Constat:
    """Un point regardé : son état (bon, attention, faute), ce qu'on a vu, que faire."""

    point: str
    etat: str
    vu: str
    faire: str = ""

    def en_dict(self) -> dict[str, Any]:
        return asdict(self)


def diagnostiquer() -> list[Constat]:
    """Tous les constats. La base injoignable n'empêche pas les autres points d'être regardés."""
    constats = [constat for regarder in SANS_BASE for constat in regarder()]
    try:
        constats += [constat for regarder in AVEC_BASE for constat in regarder()]
    except DatabaseError as faute:
        constats.append(
            Constat(
                "base",
                FAUTE,
                f"la base ne répond pas : {str(faute).strip().splitlines()[0]}",
                "Vérifiez DATABASE_URL et que la base est démarrée.",
            )
        )
    return constats


# --- Sans la base -------------------------------------------------------------------------------
def _python() -> Iterator[Constat]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Constat("python", BON if sys.version_info >= (3, 11) else FAUTE, f"Python {version}")


def _mode() -> Iterator[Constat]:
    if settings.EST_DEMONSTRATION:
        yield Constat("mode", BON, "démonstration : comptes d’un clic, données inventées signalées")
    else:
        yield Constat("mode", BON, "production")


def _secret() -> Iterator[Constat]:
    if os.environ.get("MAILLAGE_SECRET"):
        yield Constat("secret", BON, "donné par MAILLAGE_SECRET")
        return
    fichier = Path(settings.DOSSIER) / "secret"
    if fichier.exists() and stat.S_IMODE(fichier.stat().st_mode) & 0o077:
        yield Constat(
            "secret",
            ATTENTION,
            f"{fichier} est lisible par d’autres comptes de cette machine",
            f"chmod 600 {fichier}",
        )
    else:
        yield Constat("secret", BON, "tiré au premier démarrage, propre à ce poste")


def _hotes() -> Iterator[Constat]:
    hotes = list(settings.ALLOWED_HOSTS)
    if settings.EST_DEMONSTRATION:
        yield Constat("hôtes", BON, ", ".join(hotes))
    elif "*" in hotes:
        yield Constat(
            "hôtes", FAUTE, "tous les noms sont acceptés", "Nommez vos domaines : MAILLAGE_HOTES"
        )
    elif all(hote in {"localhost", "127.0.0.1", "[::1]"} for hote in hotes):
        yield Constat(
            "hôtes",
            ATTENTION,
            "seule cette machine est servie",
            "Ajoutez votre domaine à MAILLAGE_HOTES.",
        )
    else:
        yield Constat("hôtes", BON, ", ".join(hotes))


def _disque() -> Iterator[Constat]:
    dossier = Path(settings.DOSSIER)
    if not dossier.is_dir() or not os.access(dossier, os.W_OK):
        yield Constat(
            "disque",
            FAUTE,
            f"impossible d’écrire dans {dossier}",
            "Donnez ce dossier au compte qui sert Maillage, ou changez MAILLAGE_DOSSIER.",
        )
        return
    libre = shutil.disk_usage(dossier).free
    vu = f"{libre / 1024**3:.1f} Go libres dans {dossier}"
    if libre < PLACE_MINIMALE:
        yield Constat("disque", FAUTE, vu, "Faites de la place avant toute écriture.")
    elif libre < PLACE_CONSEILLEE:
        yield Constat("disque", ATTENTION, vu, "Prévoyez un gigaoctet libre.")
    else:
        yield Constat("disque", BON, vu)


def _statiques() -> Iterator[Constat]:
    if (Path(settings.STATIC_ROOT) / "staticfiles.json").exists():
        yield Constat("feuilles de style", BON, "rassemblées")
    else:
        yield Constat(
            "feuilles de style",
            FAUTE,
            "pas encore rassemblées : les pages ne s’afficheront pas",
            "./demarrer --sans-servir, ou django collectstatic",
        )


def _documents() -> Iterator[Constat]:
    try:
        import typst
    except ImportError as faute:
        yield Constat("PDF", FAUTE, f"typst manque : {faute}", "Relancez ./demarrer.")
        return
    from maillage.socle import documents

    polices = Path(documents.__file__).parent / "polices"
    if not any(polices.glob("*.[ot]tf")):
        yield Constat("PDF", FAUTE, "les polices des documents manquent", "Réinstallez Maillage.")
        return
    try:
        typst.compile(  # type: ignore[misc]
            b"Bonjour", font_paths=[str(polices)], ignore_system_fonts=True
        )
    except Exception as faute:  # typst lève ce que son moteur lui donne
        yield Constat("PDF", FAUTE, f"la composition échoue : {faute}", "Relancez ./demarrer.")
    else:
        yield Constat("PDF", BON, "typst et ses polices répondent")


def _courriel() -> Iterator[Constat]:
    if settings.EST_DEMONSTRATION and not os.environ.get("MAILLAGE_EMAIL_URL"):
        yield Constat("courriel", BON, "gardé dans des fichiers, rien n’est envoyé")
    elif not os.environ.get("MAILLAGE_EMAIL_URL"):
        yield Constat(
            "courriel",
            ATTENTION,
            "MAILLAGE_EMAIL_URL absent : envoi par localhost:25",
            "Donnez le serveur d’envoi, sinon les invitations ne partent pas.",
        )
    else:
        yield Constat("courriel", BON, "serveur d’envoi donné")


# --- Avec la base -------------------------------------------------------------------------------
def _base() -> Iterator[Constat]:
    connexion = connections[DEFAULT_DB_ALIAS]
    connexion.ensure_connection()
    version = ".".join(map(str, connexion.get_database_version()))
    nom = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(connexion.vendor, connexion.vendor)
    if connexion.vendor == "sqlite" and not settings.EST_DEMONSTRATION:
        yield Constat(
            "base",
            ATTENTION,
            f"{nom} {version} en production : un seul écrivain à la fois",
            "PostgreSQL convient mieux au-delà d’une dizaine d’agents à la fois.",
        )
    else:
        yield Constat("base", BON, f"{nom} {version}")


def _migrations() -> Iterator[Constat]:
    executeur = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    attendues = executeur.migration_plan(executeur.loader.graph.leaf_nodes())
    if attendues:
        yield Constat("migrations", FAUTE, f"{len(attendues)} à appliquer", "maillage migrer")
    else:
        yield Constat("migrations", BON, "la base a la forme attendue")


def _collectivites() -> Iterator[Constat]:
    noms = list(Collectivite.objects.actives().values_list("nom_court", flat=True))
    if not noms:
        yield Constat(
            "collectivités",
            ATTENTION,
            "aucune n’est installée",
            "maillage demonstration, ou créez la vôtre.",
        )
        return
    yield Constat("collectivités", BON, ", ".join(noms))
    if settings.EST_DEMONSTRATION:
        return
    tenues = set(
        Attribution.objects.en_vigueur()
        .filter(role=Role.ADMINISTRATEUR, compte__is_active=True)
        .values_list("collectivite__nom_court", flat=True)
    )
    for nom in sorted(set(noms) - tenues):
        yield Constat("administrateur", FAUTE, f"{nom} n’a pas d’administrateur", "Invitez-en un.")


def _traces_de_demonstration() -> Iterator[Constat]:
    """En production, ni compte d'un clic, ni donnée inventée."""
    if settings.EST_DEMONSTRATION:
        return
    comptes = Compte.objects.filter(est_demonstration=True, is_active=True).count()
    points = PointEtape.objects.filter(est_demonstration=True).count()
    if comptes:
        yield Constat(
            "comptes de démonstration",
            FAUTE,
            f"{comptes} compte(s) de démonstration ouvert(s) en production",
            "Fermez-les : ils n’ont pas de mot de passe et ne doivent pas exister ici.",
        )
    else:
        yield Constat("comptes de démonstration", BON, "aucun")
    if points:
        yield Constat(
            "données de démonstration",
            ATTENTION,
            f"{points} point(s) d’étape inventé(s)",
            "Repartez d’une base neuve : ces données sont inventées.",
        )


def _taches() -> Iterator[Constat]:
    """Des tâches qu'aucun ouvrier ne prend : les courriels ne partent pas."""
    file = file_d_attente()
    if file.bloquee:
        yield Constat(
            "tâches de fond",
            FAUTE,
            f"{file.en_attente} en attente, aucun ouvrier ne les prend",
            "Lancez « maillage ouvrier », et gardez-le en service.",
        )
    elif file.en_echec:
        yield Constat(
            "tâches de fond",
            ATTENTION,
            f"{file.en_echec} en échec ces quatorze derniers jours",
            "La page « Les rappels » dit lesquels ; le journal de l’ouvrier dit pourquoi.",
        )
    else:
        yield Constat("tâches de fond", BON, f"{file.en_attente} en attente")


def _horloge() -> Iterator[Constat]:
    """Une horloge fausse rend la fraîcheur fausse : un point d'étape ne vient pas de l'avenir."""
    dernier = PointEtape.objects.order_by("-date").values_list("date", flat=True).first()
    aujourd_hui = timezone.localdate()
    if dernier and dernier > aujourd_hui:
        yield Constat(
            "horloge",
            ATTENTION,
            f"cette machine se croit le {aujourd_hui:%d/%m/%Y}, "
            f"un point d’étape est daté du {dernier:%d/%m/%Y}",
            "Vérifiez la date de la machine.",
        )
    else:
        yield Constat("horloge", BON, f"{aujourd_hui:%d/%m/%Y}")


SANS_BASE: tuple[Callable[[], Iterator[Constat]], ...] = (
    _python, _mode, _secret, _hotes, _disque, _statiques, _documents, _courriel,
)  # fmt: skip
AVEC_BASE: tuple[Callable[[], Iterator[Constat]], ...] = (
    _base, _migrations, _collectivites, _traces_de_demonstration, _taches, _horloge,
)  # fmt: skip
