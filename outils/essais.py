"""`./tester` : tous les contrôles, dans l'ordre, puis un tableau et ce qui n'a pas pu être lancé.

Sortie 0 si tout ce qui a été lancé a réussi ; 1 sinon. Sous CI=true, tout contrôle laissé de
côté (base, navigateur, option --rapide…) fait aussi sortir en 1 : un vert partiel n'existe pas.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import secrets
import shutil
import subprocess
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import lanceur
from lanceur import PYTHON, RACINE, VENV, Refus, dire

BIN = VENV / "bin"
RAPPORTS = RACINE / "var" / "essais"
REUSSIE, ECHOUEE, LAISSEE = "réussie", "ÉCHOUÉE", "NON LANCÉE"
PYTEST_SANS_TEST = 5  # code de sortie de pytest quand aucun test n'est retenu


@dataclass
class Etape:
    """Un contrôle. `preparer` rend l'environnement à ajouter, ou lève `Absent`."""

    nom: str
    commande: Sequence[str | Path]
    marques: str = ""  # expression de marques : l'étape est alors une passe de pytest
    preparer: Callable[[], dict[str, str]] = dict
    lente: bool = False  # laissée de côté par --rapide


class Absent(Exception):
    """Ce qui manque à une étape, et comment l'avoir."""


@dataclass
class Bilan:
    etape: str
    resultat: str
    duree: float = 0.0
    raison: str = ""
    tests: dict[str, int] = field(default_factory=dict)


# --- Ce qu'il faut trouver ----------------------------------------------------------------
def chercher_chromium() -> str | None:
    """Rend le chemin d'un Chromium : la variable CHROMIUM, le PATH, puis les Applications."""
    if choisi := os.environ.get("CHROMIUM"):
        return shutil.which(choisi)
    noms = (
        "chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    )  # fmt: skip
    return next((trouve for nom in noms if (trouve := shutil.which(nom))), None)


def avoir_chromium() -> dict[str, str]:
    if choisi := os.environ.get("CHROMIUM"):
        if not shutil.which(choisi):
            raise Absent(f"la variable CHROMIUM nomme {choisi}, qui n’est pas un programme")
    chromium = chercher_chromium()
    if not chromium and lanceur.apt_possible():
        lanceur.installer_par_apt("chromium")
        chromium = chercher_chromium()
    if not chromium:
        raise Absent(
            "aucun Chromium sur cette machine. Debian : sudo apt install chromium ; "
            "ou nommez-le : CHROMIUM=/chemin ./tester"
        )
    return {"CHROMIUM": chromium}


def postgres_repond(adresse: str) -> str:
    """Rend "" si ce PostgreSQL répond et laisse créer une base, sinon la raison en une phrase."""
    programme = (
        "import sys, psycopg\n"
        "c = psycopg.connect(sys.argv[1], dbname='postgres', connect_timeout=3)\n"
        "q = 'select rolsuper or rolcreatedb from pg_roles where rolname = current_user'\n"
        "sys.exit(0 if c.execute(q).fetchone()[0] else 'ce compte ne peut pas créer de base')\n"
    )
    fait = subprocess.run(
        [str(PYTHON), "-c", programme, adresse],
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )  # fmt: skip
    if fait.returncode == 0:
        return ""
    return (fait.stderr.strip().splitlines() or ["pas de réponse"])[-1]


def _base_d_essai() -> str:
    """Un nom de base par dossier : deux copies de travail peuvent tester en même temps."""
    return "maillage_" + hashlib.sha256(str(RACINE).encode()).hexdigest()[:8]


def _adresses_postgres() -> list[str]:
    compte = os.environ.get("USER") or os.environ.get("LOGNAME") or "root"
    base = _base_d_essai()
    adresses = [f"postgresql://postgres@127.0.0.1:5432/{base}"]
    if compte != "postgres":
        adresses.append(f"postgresql://{compte}@127.0.0.1:5432/{base}")
    return adresses


def _installer_postgres() -> str | None:
    """Installe et démarre PostgreSQL par apt, crée un compte d'essai ; rend son adresse."""
    if not shutil.which("pg_lsclusters") or not shutil.which("pg_ctlcluster"):
        lanceur.installer_par_apt("postgresql")
    if not shutil.which("pg_lsclusters"):
        return None
    grappes = subprocess.run(
        ["pg_lsclusters", "-h"], stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    for ligne in grappes.stdout.splitlines():
        version, nom, port, etat, *_ = ligne.split()
        if not etat.startswith("online"):
            subprocess.run(
                ["pg_ctlcluster", "--skip-systemctl-redirect", version, nom, "start"],
                stdin=subprocess.DEVNULL,
            )
        # Tiré à chaque fois : ce compte, qui peut créer des bases, n'a pas de secret connu.
        secret = secrets.token_hex(16)
        ordre = (
            "DO $$ BEGIN CREATE ROLE maillage_essais LOGIN CREATEDB; "
            "EXCEPTION WHEN duplicate_object THEN NULL; END $$; "
            f"ALTER ROLE maillage_essais LOGIN CREATEDB PASSWORD '{secret}'"
        )
        fait = subprocess.run(
            [
                *("runuser", "-u", "postgres", "--", "psql", "-qX", "-p", port),
                *("-v", "ON_ERROR_STOP=1", "-d", "postgres", "-c", ordre),
            ],
            cwd="/",
            stdin=subprocess.DEVNULL,
        )
        adresse = f"postgresql://maillage_essais:{secret}@127.0.0.1:{port}/{_base_d_essai()}"
        if fait.returncode == 0 and not postgres_repond(adresse):
            return adresse
    return None


def avoir_postgres() -> dict[str, str]:
    if choisie := os.environ.get("MAILLAGE_TEST_POSTGRES"):
        if raison := postgres_repond(choisie):
            raise Absent(f"MAILLAGE_TEST_POSTGRES ne répond pas : {raison}")
        return {"MAILLAGE_TEST_POSTGRES": choisie}
    for adresse in _adresses_postgres():
        if not postgres_repond(adresse):
            return {"MAILLAGE_TEST_POSTGRES": adresse}
    if lanceur.est_ci() and lanceur.apt_possible() and (installee := _installer_postgres()):
        return {"MAILLAGE_TEST_POSTGRES": installee}
    raise Absent(
        "aucun PostgreSQL ne répond sur 127.0.0.1:5432. Nommez-en un, avec un compte qui peut "
        "créer des bases : MAILLAGE_TEST_POSTGRES=postgresql://compte:secret@hote:5432/base"
    )


def _sqlite() -> dict[str, str]:
    return {"MAILLAGE_TEST_POSTGRES": ""}


# --- Les étapes ---------------------------------------------------------------------------
def etapes() -> list[Etape]:
    pytest: list[str | Path] = [PYTHON, "-m", "pytest"]
    sur_deux: list[str | Path] = [*pytest, "-n", "2"]
    return [
        Etape("ruff", [BIN / "ruff", "check", "."]),
        Etape("format", [BIN / "ruff", "format", "--check", "."]),
        Etape("gabarits", [BIN / "djlint", "src/maillage", "--lint", "--quiet"]),
        Etape("types", [BIN / "mypy"]),
        Etape("etages", [BIN / "lint-imports", "--no-logo"]),
        Etape(
            "migrations",
            [PYTHON, "-m", "django", "makemigrations", "--check", "--dry-run"],
            preparer=lambda: {"DJANGO_SETTINGS_MODULE": "maillage.config.settings.test"},
        ),
        Etape("sqlite", sur_deux, marques="not navigateur and not postgres", preparer=_sqlite),
        Etape("postgres", sur_deux, marques="not navigateur", preparer=avoir_postgres, lente=True),
        Etape(
            "navigateur",
            sur_deux,
            marques="navigateur",
            preparer=lambda: {**_sqlite(), **avoir_chromium()},
            lente=True,
        ),
        Etape(
            "bandit",
            [BIN / "bandit", "-q", "-ll", "-c", "pyproject.toml", "-r", "src", "outils"],
        ),
    ]


def compter(rapport: Path) -> dict[str, int]:
    """Lit un rapport JUnit de pytest. Un rapport absent ou tronqué compte pour un échec."""
    try:
        # Notre propre fichier, écrit à l'instant par pytest.
        suites = ET.parse(rapport).getroot().iter("testsuite")  # nosec B314
    except (OSError, ET.ParseError):
        return {"passed": 0, "failed": 1, "skipped": 0}
    total = {"passed": 0, "failed": 0, "skipped": 0}
    for suite in suites:
        ratees = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        sautees = int(suite.get("skipped", 0))
        total["failed"] += ratees
        total["skipped"] += sautees
        total["passed"] += max(0, int(suite.get("tests", 0)) - ratees - sautees)
    return total


def lancer(etape: Etape, rapide: bool, suite: Sequence[str]) -> Bilan:
    """Lance une étape, sa sortie au terminal, et rend son bilan. Ne lève jamais."""
    if rapide and etape.lente:
        return Bilan(etape.nom, LAISSEE, raison="laissée de côté par --rapide")
    dire(f"\n━━ {etape.nom} " + "━" * (72 - len(etape.nom)))
    debut = time.monotonic()
    try:
        ajout = etape.preparer()
    except Absent as absent:
        dire(f"non lancée : {absent}")
        return Bilan(etape.nom, LAISSEE, time.monotonic() - debut, str(absent))
    commande = [str(mot) for mot in etape.commande]
    rapport = RAPPORTS / f"{etape.nom}.xml"
    if etape.marques:
        rapport.parent.mkdir(parents=True, exist_ok=True)
        rapport.unlink(missing_ok=True)
        marques = f"({etape.marques}) and not lent" if rapide else etape.marques
        commande += ["-m", marques, f"--junitxml={rapport}", *suite]
    environnement = {**os.environ, **ajout}
    if environnement.get("MAILLAGE_TEST_POSTGRES") == "":
        del environnement["MAILLAGE_TEST_POSTGRES"]
    try:
        code = subprocess.run(
            commande, cwd=RACINE, env=environnement, stdin=subprocess.DEVNULL
        ).returncode
    except OSError as faute:
        dire(f"{commande[0]} : {faute.strerror}")
        code = 127
    duree = time.monotonic() - debut
    if not etape.marques:
        return Bilan(etape.nom, ECHOUEE if code else REUSSIE, duree)
    if code == PYTEST_SANS_TEST:
        return Bilan(etape.nom, LAISSEE, duree, "aucun test retenu")
    tests = compter(rapport)
    if code and not tests["failed"]:
        tests["failed"] = 1  # pytest s'est arrêté sans qu'un test en particulier soit en cause
    return Bilan(etape.nom, ECHOUEE if code else REUSSIE, duree, tests=tests)


def resumer(bilans: Sequence[Bilan]) -> int:
    """Imprime le tableau, ce qui manque, puis le compte des tests ; rend le code de sortie."""
    dire("\n" + "━" * 76)
    for bilan in bilans:
        t = bilan.tests
        compte = f"{t['passed']} réussis, {t['failed']} ratés, {t['skipped']} sautés" if t else ""
        duree = f"{bilan.duree:.1f}".replace(".", ",") + " s"
        dire(f"  {bilan.etape:<12} {bilan.resultat:<11} {duree:>9}   {compte}".rstrip())
    laissees = [bilan for bilan in bilans if bilan.resultat == LAISSEE]
    ratees = [bilan.etape for bilan in bilans if bilan.resultat == ECHOUEE]
    if laissees:
        dire("\n*** TOUT N’A PAS ÉTÉ VÉRIFIÉ : " + ", ".join(b.etape for b in laissees).upper())
        for bilan in laissees:
            dire(f"***   {bilan.etape} : {bilan.raison}")
        if lanceur.est_ci():
            dire("*** Sous CI, un contrôle laissé de côté est un échec.")
    if ratees:
        dire("\nÀ corriger : " + ", ".join(ratees))
    elif not laissees and len(bilans) == len(etapes()):
        dire("\nTout est vérifié.")
    elif not laissees:
        dire("\nSeules ces étapes ont été lancées.")
    if any(bilan.tests for bilan in bilans):
        total = {
            cle: sum(bilan.tests.get(cle, 0) for bilan in bilans)
            for cle in ("passed", "failed", "skipped")
        }
        dire(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
    return 1 if ratees or (laissees and lanceur.est_ci()) else 0


def tester(arguments: Sequence[str]) -> int:
    arguments = list(arguments)
    suite: list[str] = []
    if "--" in arguments:
        coupe = arguments.index("--")
        arguments, suite = arguments[:coupe], arguments[coupe + 1 :]
    noms = [etape.nom for etape in etapes()]
    analyseur = argparse.ArgumentParser(
        prog="./tester",
        description="Lance tous les contrôles de Maillage et dit ce qui n’a pas pu l’être.",
        epilog="Après « -- », tout va à pytest : ./tester --seulement sqlite -- tests/plan",
        add_help=False,
    )
    analyseur.add_argument("-h", "--aide", "--help", action="help", help="cette aide")
    analyseur.add_argument(
        "--rapide", action="store_true", help="ni PostgreSQL, ni navigateur, ni tests lents"
    )
    analyseur.add_argument(
        "--seulement",
        action="append",
        metavar="ÉTAPE",
        choices=noms,
        help=f"une étape (répétable) : {', '.join(noms)}",
    )
    options = analyseur.parse_args(arguments)
    lanceur.verifier_ecriture(RACINE)
    lanceur.installer("dev")
    choisies = [e for e in etapes() if not options.seulement or e.nom in options.seulement]
    if not choisies:
        raise Refus("Aucune étape choisie.")
    bilans = [lancer(etape, options.rapide, suite) for etape in choisies]
    if options.seulement and lanceur.est_ci():
        bilans += [
            Bilan(nom, LAISSEE, raison="non demandée (--seulement)")
            for nom in noms
            if nom not in options.seulement
        ]
    return resumer(bilans)
