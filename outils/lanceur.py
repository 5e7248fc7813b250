"""Ce que lancent `./demarrer` et `./tester` : bibliothèque standard seule, Linux et macOS.

`./demarrer` installe Maillage dans le dossier, charge la démonstration et sert les pages.
`./tester` lance tous les contrôles et dit ce qu'il n'a pas pu lancer.
Rien n'est écrit hors du dossier, sauf le cache des paquets et, pour root sur Debian,
les paquets du système qui manquent.
"""

from __future__ import annotations

import argparse
import errno
import hashlib
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path

RACINE = Path(__file__).resolve().parents[1]
VENV = RACINE / ".venv"
PYTHON = VENV / "bin" / "python"
EMPREINTE = VENV / "maillage-empreinte.json"
VERSION_MINIMALE = (3, 11)

SANS_RESEAU = (
    "Le registre des paquets Python ne répond pas. Cette machine a-t-elle accès à internet ? "
    "Derrière un mandataire, renseignez HTTPS_PROXY.\n"
    "Rien n’est perdu : relancez la même commande une fois la connexion revenue."
)


class Refus(Exception):
    """Une phrase pour la personne : ce qui manque, et que faire. Le lanceur s'arrête, code 1."""


def dire(phrase: str) -> None:
    print(phrase, flush=True)


# --- La machine ----------------------------------------------------------------------------
def verifier_python(version: tuple[int, ...] = tuple(sys.version_info[:3])) -> None:
    if version[:2] < VERSION_MINIMALE:
        raise Refus(
            f"Maillage a besoin de Python 3.11 ou plus récent ; celui-ci est "
            f"{version[0]}.{version[1]} ({sys.executable}). Rien n’a été installé.\n"
            "Installez-en un plus récent, ou nommez-le : MAILLAGE_PYTHON=/chemin/vers/python3 …"
        )


def verifier_ecriture(dossier: Path) -> None:
    """Refuse d'avance un disque plein ou fermé, plutôt qu'au milieu d'une installation."""
    try:
        dossier.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=dossier) as fichier:
            fichier.write(b"\0" * 65536)
            fichier.flush()
    except OSError as faute:
        if faute.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Refus(
                f"Le disque est plein : impossible d’écrire dans {dossier}.\n"
                "Il faut environ 500 Mo. Faites de la place, puis relancez la même commande."
            ) from faute
        raise Refus(
            f"Impossible d’écrire dans {dossier} ({faute.strerror}).\n"
            "Copiez Maillage dans un dossier qui vous appartient, ou choisissez où vont les "
            "données : MAILLAGE_DOSSIER=/un/dossier ./demarrer"
        ) from faute


def lire_port(texte: str) -> int:
    """Rend le numéro de port, ou refuse en disant d'où vient la mauvaise valeur."""
    if not (texte.isascii() and texte.isdigit() and 1 <= int(texte) <= 65535):
        raise Refus(f"Le port vaut « {texte} » : il faut un nombre entre 1 et 65535.")
    return int(texte)


def port_libre(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as prise:
        # Sans cette option, un port quitté à l'instant paraîtrait pris une minute de plus.
        prise.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            prise.bind(("127.0.0.1", port))
        except OSError as faute:
            if faute.errno == errno.EACCES:
                raise Refus(
                    f"Le port {port} est réservé au système. Choisissez-en un au-dessus de 1024 : "
                    "./demarrer --port 8000"
                ) from faute
            return False
    return True


def _maillage_repond(port: int) -> bool:
    try:
        adresse = f"http://127.0.0.1:{port}/sante/"
        # Sans mandataire : la question ne regarde que cette machine.
        ouvreur = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with ouvreur.open(adresse, timeout=1) as reponse:
            return reponse.headers.get_content_type() == "application/json"
    except (OSError, ValueError):
        return False


def verifier_port(port: int) -> None:
    if port_libre(port):
        return
    libre = next((p for p in range(port + 1, min(port + 200, 65536)) if port_libre(p)), 8000)
    if _maillage_repond(port):
        qui = f"Maillage répond déjà sur http://127.0.0.1:{port}/ : ouvrez cette adresse."
    else:
        qui = f"Le port {port} est déjà pris par un autre programme de cette machine."
    raise Refus(f"{qui}\nPour servir sur un autre port : PORT={libre} ./demarrer")


def est_ci() -> bool:
    return os.environ.get("CI", "").lower() not in {"", "0", "false"}


def apt_possible() -> bool:
    return (
        os.geteuid() == 0
        and Path("/etc/debian_version").exists()
        and shutil.which("apt-get") is not None
    )


def installer_par_apt(*paquets: str) -> bool:
    """Installe des paquets du système. Rend False, sans lever, si apt n'y parvient pas."""
    dire(f"  paquets du système : {' '.join(paquets)}…")
    environnement = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    code = 0
    for commande in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *paquets],
    ):
        fait = subprocess.run(
            commande, env=environnement, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        code = fait.returncode
        if code and commande[1] == "install":
            dire("  " + "\n  ".join(fait.stderr.strip().splitlines()[-5:]))
    return code == 0


# --- L'installation ------------------------------------------------------------------------
def empreinte(verrou: str) -> str:
    """Résume ce dont dépend une installation : le verrou et la définition du paquet."""
    resume = hashlib.sha256()
    for fichier in (RACINE / "requirements" / f"{verrou}.txt", RACINE / "pyproject.toml"):
        resume.update(fichier.read_bytes())
        resume.update(b"\0")
    return resume.hexdigest()


def lire_empreintes() -> dict[str, str]:
    try:
        lues = json.loads(EMPREINTE.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return lues if isinstance(lues, dict) else {}


def a_jour(verrou: str) -> bool:
    return lire_empreintes().get(verrou) == empreinte(verrou) and _python_marche()


def _python_marche() -> bool:
    """Un environnement cassé (Python retiré ou remplacé) doit être refait, pas réparé."""
    programme = "import sys; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([PYTHON, "-I", "-c", programme], capture_output=True).returncode == 0
    except OSError:
        return False


def _essayer(commande: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    environnement = {
        "UV_NATIVE_TLS": "1",  # les autorités de certification du poste, souvent celles d'un proxy
        "UV_PYTHON_DOWNLOADS": "never",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        **os.environ,
    }
    environnement.pop("VIRTUAL_ENV", None)
    try:
        return subprocess.run(
            [str(mot) for mot in commande],
            cwd=RACINE,
            env=environnement,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
    except OSError as faute:
        return subprocess.CompletedProcess(list(commande), 127, "", str(faute))


def expliquer(erreur: str) -> str:
    """Traduit la sortie d'erreur d'un installateur en une phrase qui dit que faire."""
    texte = erreur.lower()
    signes_de_reseau = (
        "dns error", "failed to fetch", "error sending request", "name resolution",
        "name or service not known", "nodename nor servname", "network is unreachable",
        "connection refused", "newconnectionerror", "max retries", "timed out", "client error",
    )  # fmt: skip
    if "no space left" in texte or "disk quota" in texte:
        return "Le disque est plein. Faites de la place (500 Mo), puis relancez la même commande."
    if "permission denied" in texte or "read-only file system" in texte:
        return f"L’installation n’a pas le droit d’écrire dans {VENV}. Supprimez ce dossier."
    if any(signe in texte for signe in signes_de_reseau):
        return SANS_RESEAU
    if "hash" in texte and "mismatch" in texte:
        return (
            "Un paquet reçu n’est pas celui du verrou : il a été refusé. Ne passez pas outre ; "
            "vérifiez la connexion (un mandataire modifie-t-il les fichiers ?) et recommencez."
        )
    fin = "\n".join("    " + ligne for ligne in erreur.strip().splitlines()[-12:])
    return f"L’installation a échoué. Les derniers mots de l’installateur :\n{fin}"


def _creer_environnement() -> str | None:
    """Crée `.venv` et rend le chemin de `uv`, ou None s'il faudra se contenter de pip."""
    uv = shutil.which("uv")
    if uv:
        if not _python_marche():
            fait = _essayer([uv, "venv", "--clear", "--python", sys.executable, VENV])
            if fait.returncode:
                raise Refus(expliquer(fait.stderr))
        return uv
    sans_ensurepip = importlib.util.find_spec("ensurepip") is None
    pip_du_systeme = importlib.util.find_spec("pip") is not None
    if sans_ensurepip and not pip_du_systeme:
        # Debian et Ubuntu rangent à part ce qui permet de créer un environnement.
        if not (apt_possible() and installer_par_apt("python3-venv")):
            raise Refus(
                "Ce Python ne sait pas créer d’environnement : il lui manque venv.\n"
                "Debian, Ubuntu : sudo apt install python3-venv — puis relancez la même commande."
            )
        sans_ensurepip = False
    if not _python_marche():
        options = ["--without-pip"] if sans_ensurepip else []
        fait = _essayer([sys.executable, "-m", "venv", "--clear", *options, VENV])
        if fait.returncode:
            shutil.rmtree(VENV, ignore_errors=True)
            raise Refus(expliquer(fait.stderr + fait.stdout))
    outils = VENV / "outils"
    uv_du_dossier = outils / "bin" / "uv"
    if not uv_du_dossier.exists():
        pip = [PYTHON if _pip_present() else sys.executable, "-m", "pip"]
        _essayer(
            [
                *(*pip, "install", "-q", "--retries", "1", "--target", outils),
                *("--require-hashes", "--only-binary", ":all:", "-r", "requirements/uv.txt"),
            ]
        )
    return str(uv_du_dossier) if uv_du_dossier.exists() else None


def _pip_present() -> bool:
    return _essayer([PYTHON, "-m", "pip", "--version"]).returncode == 0


def installer(verrou: str) -> bool:
    """Installe le verrou `base` ou `dev` et le paquet. Rend False s'il n'y avait rien à faire."""
    ailleurs = lire_empreintes().get("racine", str(RACINE)) != str(RACINE)
    if ailleurs:  # dossier déplacé ou copié : les chemins notés dans .venv sont faux
        shutil.rmtree(VENV, ignore_errors=True)
    if a_jour(verrou):
        return False
    debut = time.monotonic()
    dire("Installation des bibliothèques dans .venv (une minute la première fois)…")
    EMPREINTE.unlink(missing_ok=True)
    uv = _creer_environnement()
    options = ["--require-hashes", "-r", f"requirements/{verrou}.txt"]
    paquet = ["--no-build-isolation", "--no-deps", "-e", "."]
    installateurs: list[list[str | Path]] = []
    if uv:
        installateurs.append([uv, "pip", "install", "--quiet", "--python", PYTHON])
    if _pip_present():
        installateurs.append([PYTHON, "-m", "pip", "install", "-q", "--retries", "1"])
    erreurs = []
    for installateur in installateurs:
        fait = _essayer([*installateur, *options])
        if fait.returncode == 0:
            fait = _essayer([*installateur, *paquet])
        if fait.returncode == 0:
            break
        erreurs.append(fait.stderr)
    else:
        raise Refus(expliquer(erreurs[0]) if erreurs else SANS_RESEAU)
    empreintes = {"racine": str(RACINE), verrou: empreinte(verrou)}
    if verrou == "dev":  # le verrou dev contient le verrou base
        empreintes["base"] = empreinte("base")
    EMPREINTE.write_text(json.dumps(empreintes, indent=1), encoding="utf-8")
    dire(f"  installé en {time.monotonic() - debut:.0f} s")
    return True


# --- Démarrer ------------------------------------------------------------------------------
def dossier_des_donnees() -> Path:
    return Path(os.environ.get("MAILLAGE_DOSSIER") or RACINE / "var").absolute()


def environnement_de_service(port: int) -> dict[str, str]:
    return {
        "MAILLAGE_MODE": "demonstration",
        **os.environ,
        "MAILLAGE_DOSSIER": str(dossier_des_donnees()),
        "DJANGO_SETTINGS_MODULE": "maillage.config.settings",
        "PORT": str(port),
    }


def _lancer(commande: Sequence[str | Path], environnement: dict[str, str]) -> None:
    fait = subprocess.run([str(mot) for mot in commande], cwd=RACINE, env=environnement)
    if fait.returncode:
        nom = " ".join([Path(commande[0]).name, *(str(mot) for mot in commande[1:])])
        raise Refus(
            f"« {nom} » s’est arrêté (code {fait.returncode}) ; "
            "le message ci-dessus dit pourquoi.\n"
            "Rien d’autre n’a été lancé et les données déjà là n’ont pas été effacées."
        )


def _empreinte_des_statiques() -> str:
    """Change dès qu'une feuille de style, une image ou une bibliothèque installée change."""
    resume = hashlib.sha256(EMPREINTE.read_bytes() if EMPREINTE.exists() else b"")
    for fichier in sorted(RACINE.glob("src/maillage/*/static/**/*")):
        if fichier.is_file():
            etat = fichier.stat()
            resume.update(f"{fichier} {etat.st_size} {etat.st_mtime_ns}\n".encode())
    return resume.hexdigest()


def rassembler_les_statiques(environnement: dict[str, str]) -> None:
    donnees = dossier_des_donnees()
    temoin = donnees / "statique.empreinte"
    voulue = _empreinte_des_statiques()
    manifeste = donnees / "statique" / "staticfiles.json"
    if manifeste.exists() and temoin.exists() and temoin.read_text() == voulue:
        return
    _lancer([PYTHON, "-m", "django", "collectstatic", "--noinput", "-v", "0"], environnement)
    temoin.write_text(voulue)


def demarrer(arguments: Sequence[str]) -> int:
    analyseur = argparse.ArgumentParser(
        prog="./demarrer",
        description="Installe Maillage dans ce dossier, charge la démonstration et sert les pages.",
        epilog="Environnement : PORT, MAILLAGE_MODE, MAILLAGE_DOSSIER, DATABASE_URL.",
        add_help=False,
    )
    analyseur.add_argument("-h", "--aide", "--help", action="help", help="cette aide")
    analyseur.add_argument("--port", metavar="N", help="port d’écoute (8000, ou la variable PORT)")
    analyseur.add_argument(
        "--sans-servir", action="store_true", help="tout préparer, puis s’arrêter là"
    )
    options = analyseur.parse_args(arguments)
    port = lire_port(options.port or os.environ.get("PORT") or "8000")
    verifier_ecriture(RACINE)
    verifier_ecriture(dossier_des_donnees())
    if not options.sans_servir:
        verifier_port(port)
    installer("base")
    environnement = environnement_de_service(port)
    maillage = VENV / "bin" / "maillage"
    _lancer([maillage, "migrer"], environnement)
    if environnement["MAILLAGE_MODE"] == "demonstration":
        _lancer([maillage, "demonstration"], environnement)
    rassembler_les_statiques(environnement)
    if options.sans_servir:
        dire("Tout est prêt. Pour servir les pages : ./demarrer")
        return 0
    dire(
        f"\nMaillage : http://127.0.0.1:{port}/   (Ctrl+C pour arrêter)\n"
        f"  état de santé : http://127.0.0.1:{port}/sante/\n"
    )
    os.chdir(RACINE)
    # Un ouvrier vit à côté du serveur, et s’arrête avec lui : les rappels partent.
    os.execve(maillage, [str(maillage), "servir", "--avec-ouvrier"], environnement)


# --- Entrée --------------------------------------------------------------------------------
def principal(arguments: Sequence[str]) -> int:
    import essais

    actions: dict[str, Callable[[Sequence[str]], int]] = {
        "demarrer": demarrer,
        "tester": essais.tester,
    }
    if not arguments or arguments[0] not in actions:
        print("Usage : lanceur.py demarrer|tester [options]", file=sys.stderr)
        return 2
    try:
        verifier_python()
        return actions[arguments[0]](arguments[1:])
    except Refus as refus:
        print(f"\n{refus}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nArrêté à votre demande.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    # `essais` importe ce module : qu'il trouve celui-ci, et non un second exemplaire.
    sys.modules["lanceur"] = sys.modules["__main__"]
    for flux in (sys.stdout, sys.stderr):
        flux.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    sys.exit(principal(sys.argv[1:]))
