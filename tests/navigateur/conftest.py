"""Un vrai serveur, la démonstration chargée, un vrai Chromium.

Le serveur est celui de production (granian), lancé à part sur une base SQLite neuve : ce que ces
tests voient est ce que voit une personne.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

RACINE = Path(__file__).resolve().parents[2]
IMAGES = RACINE / "docs" / "guide" / "images"
_NAVIGATEURS = ("chromium", "chromium-browser", "google-chrome")


def pytest_collection_modifyitems(items):
    for item in items:
        if "navigateur" in Path(item.fspath).parts:
            item.add_marker(pytest.mark.navigateur)


def _port_libre() -> int:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return prise.getsockname()[1]


@pytest.fixture(scope="session")
def dossier(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("maillage")


@pytest.fixture(scope="session")
def environnement(dossier) -> dict[str, str]:
    garde = {
        nom: os.environ[nom] for nom in ("PATH", "HOME", "LANG", "TMPDIR") if nom in os.environ
    }
    return garde | {
        "MAILLAGE_MODE": "demonstration",
        "MAILLAGE_DOSSIER": str(dossier),
        "DATABASE_URL": f"sqlite:///{dossier / 'essai.sqlite3'}",
        "PYTHONPATH": str(RACINE / "src"),
        "PYTHONUTF8": "1",
    }


@pytest.fixture(scope="session")
def maillage(environnement):
    """Lance une commande `maillage` ; rend sa sortie, lève si elle échoue."""

    def lancer(*arguments: str, code: int = 0) -> str:
        fait = subprocess.run(
            [sys.executable, "-m", "maillage.commandes", *arguments],
            env=environnement,
            cwd=RACINE,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert fait.returncode == code, fait.stdout + fait.stderr
        return fait.stdout + fait.stderr

    return lancer


@pytest.fixture(scope="session")
def serveur(maillage, environnement, dossier):
    """L'adresse d'un serveur qui montre la démonstration."""
    maillage("migrer")
    maillage("demonstration")
    subprocess.run(
        [sys.executable, "-m", "django", "collectstatic", "--noinput", "-v", "0"],
        env=environnement | {"DJANGO_SETTINGS_MODULE": "maillage.config.settings"},
        cwd=RACINE,
        check=True,
        timeout=120,
    )
    port = _port_libre()
    sortie = (dossier / "serveur.log").open("w")
    processus = subprocess.Popen(
        [sys.executable, "-m", "maillage.commandes", "servir"],
        env=environnement | {"PORT": str(port)},
        cwd=RACINE,
        stdout=sortie,
        stderr=subprocess.STDOUT,
    )
    adresse = f"http://127.0.0.1:{port}"
    try:
        for _ in range(150):
            try:
                urllib.request.urlopen(f"{adresse}/sante/", timeout=2).read()
                break
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                if processus.poll() is not None:
                    break
                time.sleep(0.2)
        else:
            pytest.fail("le serveur ne répond pas")
        if processus.poll() is not None:
            pytest.fail((dossier / "serveur.log").read_text())
        yield adresse
    finally:
        processus.terminate()
        processus.wait(timeout=20)
        sortie.close()


@pytest.fixture(scope="session")
def chromium() -> str:
    """Le chemin d'un Chromium ; les tests du navigateur sont sautés, et le disent, sans lui."""
    for nom in (os.environ.get("CHROMIUM", ""), *_NAVIGATEURS):
        if nom and (trouve := shutil.which(nom)):
            return trouve
    pytest.skip("Chromium est absent de ce poste.")


@pytest.fixture(scope="session")
def navigateur(chromium):
    with sync_playwright() as jeu:
        fenetre: Browser = jeu.chromium.launch(
            executable_path=chromium,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        )
        yield fenetre
        fenetre.close()


@pytest.fixture
def ouvrir(navigateur, serveur):
    """Ouvre une page dans un contexte neuf : `ouvrir("/loir-et-cher/", largeur=360)`."""
    contextes = []

    def _ouvrir(
        chemin: str = "/",
        *,
        largeur: int = 1440,
        hauteur: int = 900,
        sombre: bool = False,
        javascript: bool = True,
        role: str = "",
    ) -> Page:
        contexte = navigateur.new_context(
            base_url=serveur,
            viewport={"width": largeur, "height": hauteur},
            color_scheme="dark" if sombre else "light",
            java_script_enabled=javascript,
            locale="fr-FR",
            timezone_id="Europe/Paris",
            reduced_motion="reduce",
        )
        contextes.append(contexte)
        page = contexte.new_page()
        page.set_default_timeout(10_000)
        if role:
            entrer(page, role)
        page.goto(chemin)
        return page

    yield _ouvrir
    for contexte in contextes:
        contexte.close()


def entrer(page: Page, role: str, collectivite: str = "loir-et-cher") -> None:
    """Entre d'un clic avec un compte de démonstration : `entrer(page, "pilote")`."""
    page.goto("/compte/demonstration/")
    courriel = f"{role}@{collectivite}.demonstration.invalid"
    page.locator(f'button[name="compte"][value="{courriel}"]').click()
    page.wait_for_url("**/espace/**")


@pytest.fixture
def capture():
    """Garde une image que le guide montre, si `MAILLAGE_CAPTURES=1` ; sinon, ne touche à rien."""
    guide = "".join(p.read_text(encoding="utf-8") for p in IMAGES.parent.glob("*.md"))

    def _capture(page: Page, nom: str, *, entiere: bool = False) -> None:
        if os.environ.get("MAILLAGE_CAPTURES") == "1" and f"images/{nom}.png" in guide:
            IMAGES.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=IMAGES / f"{nom}.png", full_page=entiere)

    return _capture
