"""Outils communs : processus mesurés, base neuve, percentiles."""

import os
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

RACINE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Mesure:
    """Une ligne du tableau : quoi, combien, quelle unité, quel engagement (None : information)."""

    nom: str
    valeur: float
    unite: str
    plafond: float | None = None

    @property
    def tenue(self) -> bool | None:
        return None if self.plafond is None else self.valeur <= self.plafond

    def en_json(self) -> dict:
        return {**asdict(self), "tenue": self.tenue}


def environnement(dossier: Path) -> dict[str, str]:
    """Une installation neuve de démonstration dans ce dossier."""
    return {
        **os.environ,
        "MAILLAGE_MODE": "demonstration",
        "MAILLAGE_DOSSIER": str(dossier),
        "DATABASE_URL": f"sqlite:///{dossier / 'bench.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "maillage.config.settings",
        "PYTHONPATH": os.pathsep.join([str(RACINE / "src"), str(RACINE)]),
    }


def lancer(arguments: list[str], dossier: Path) -> float:
    """Lance `python -m …` dans cette installation ; rend les secondes. Lève si elle échoue."""
    debut = time.perf_counter()
    fait = subprocess.run(
        [sys.executable, "-m", *arguments],
        env=environnement(dossier),
        cwd=RACINE,
        capture_output=True,
        text=True,
        check=False,
    )
    if fait.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments)} : {fait.stdout}{fait.stderr}")
    return time.perf_counter() - debut


def lancer_et_peser(arguments: list[str], dossier: Path) -> tuple[float, float]:
    """Comme `lancer`, avec la mémoire de pointe du processus, en mégaoctets."""
    tuyau, envoi = os.pipe()
    enfant = os.fork()
    if enfant == 0:  # un processus à part : RUSAGE_CHILDREN ne compte alors que cette commande
        os.close(tuyau)
        try:
            secondes = lancer(arguments, dossier)
            octets = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
            # Linux compte en kio, macOS en octets.
            mo = octets / 1024 if sys.platform != "darwin" else octets / 1024**2
            os.write(envoi, f"{secondes} {mo}".encode())
            os._exit(0)
        except RuntimeError as faute:
            os.write(envoi, f"! {faute}".encode()[:4000])
            os._exit(1)
    os.close(envoi)
    reponse = b""
    while morceau := os.read(tuyau, 4096):
        reponse += morceau
    os.close(tuyau)
    os.waitpid(enfant, 0)
    if reponse.startswith(b"!"):
        raise RuntimeError(reponse.decode())
    secondes, mo = reponse.decode().split()
    return float(secondes), float(mo)


def percentile(valeurs: list[float], part: float) -> float:
    """Valeur sous laquelle se trouve cette part (0 à 1) des mesures, sans interpolation."""
    rangees = sorted(valeurs)
    return rangees[min(len(rangees) - 1, int(part * len(rangees)))]
