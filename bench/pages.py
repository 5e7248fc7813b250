"""Servir les pages publiques : huit clients à la fois, avec et sans cache, à 1x, 10x et 100x."""

import gzip
import http.client
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from .mesure import RACINE, Mesure, environnement, lancer, percentile

CLIENTS = 8
PAGES = {
    "accueil": "/loir-et-cher/",
    "plan en une page": "/loir-et-cher/plan/",
    "arbre": "/loir-et-cher/plan/arbre/",
    "table des actions": "/loir-et-cher/actions/",
    "fiche": "/loir-et-cher/actions/V2.A1.03/",
    "territoire": "/loir-et-cher/territoires/nord/",
    "étape de la vie": "/loir-et-cher/parcours/grandir/",
    "recherche": "/loir-et-cher/recherche/?q=aidant",
}


def _port_libre() -> int:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return prise.getsockname()[1]


class Serveur:
    """Le serveur de production, sur la base de ce dossier."""

    def __init__(self, dossier: Path):
        self.port = _port_libre()
        self.processus = subprocess.Popen(
            [sys.executable, "-m", "maillage.commandes", "servir"],
            env=environnement(dossier) | {"PORT": str(self.port)},
            cwd=RACINE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(150):
            try:
                self.lire("/sante/")
                return
            except OSError:
                time.sleep(0.2)
        self.fermer()
        raise RuntimeError("le serveur ne répond pas")

    def lire(self, chemin: str) -> tuple[int, bytes]:
        lien = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        lien.request("GET", chemin)
        reponse = lien.getresponse()
        corps = reponse.read()
        lien.close()
        return reponse.status, corps

    def fermer(self) -> None:
        self.processus.terminate()
        self.processus.wait(timeout=20)

    def charger(self, chemin: str, requetes: int, *, sans_cache: bool) -> tuple[float, float]:
        """Rend (95e percentile en ms, requêtes par seconde) pour `requetes` en tout."""
        temps: list[float] = []
        verrou = threading.Lock()
        reste = iter(range(requetes))

        def client() -> None:
            lien = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            while True:
                with verrou:
                    rang = next(reste, None)
                if rang is None:
                    lien.close()
                    return
                liaison = "&" if "?" in chemin else "?"
                adresse = f"{chemin}{liaison}mesure={os.getpid()}-{rang}" if sans_cache else chemin
                debut = time.perf_counter()
                lien.request("GET", adresse, headers={"Accept-Encoding": "gzip"})
                reponse = lien.getresponse()
                reponse.read()
                duree = time.perf_counter() - debut
                if reponse.status != 200:
                    raise RuntimeError(f"{adresse} répond {reponse.status}")
                with verrou:
                    temps.append(duree)

        debut = time.perf_counter()
        fils = [threading.Thread(target=client) for _ in range(CLIENTS)]
        for fil in fils:
            fil.start()
        for fil in fils:
            fil.join()
        total = time.perf_counter() - debut
        if len(temps) != requetes:
            raise RuntimeError(f"{chemin} : {len(temps)} réponses sur {requetes}")
        return 1000 * percentile(temps, 0.95), requetes / total


def _poids(serveur: Serveur, chemin: str) -> tuple[float, int]:
    """Poids compressé d'une première visite, en ko, et nombre de requêtes."""
    _, page = serveur.lire(chemin)
    html = page.decode()
    liens = set(re.findall(r'(?:href|src)="(/[^"]+\.(?:css|js|svg|woff2|png))"', html))
    feuilles = [lien for lien in liens if lien.endswith(".css")]
    octets = len(gzip.compress(page, 6))
    for feuille in feuilles:
        _, css = serveur.lire(feuille)
        for police in re.findall(r'url\("?([^")]+\.woff2)"?\)', css.decode()):
            liens.add(police if police.startswith("/") else f"{feuille.rsplit('/', 1)[0]}/{police}")
    for lien in liens:
        statut, corps = serveur.lire(lien)
        if statut != 200:
            raise RuntimeError(f"{lien} répond {statut}")
        octets += len(corps) if lien.endswith((".woff2", ".png")) else len(gzip.compress(corps, 6))
    return octets / 1024, 1 + len(liens)


def mesurer(facteurs: tuple[int, ...] = (1, 10, 100), requetes: int = 400) -> list[Mesure]:
    mesures = []
    premiers: dict[str, float] = {}
    for facteur in facteurs:
        with tempfile.TemporaryDirectory(prefix="maillage-bench-") as racine:
            dossier = Path(racine)
            lancer(["maillage.commandes", "migrer"], dossier)
            lancer(["maillage.commandes", "demonstration"], dossier)
            lancer(["django", "collectstatic", "--noinput", "-v", "0"], dossier)
            if facteur > 1:
                lancer(["bench.grossir", str(facteur)], dossier)
            serveur = Serveur(dossier)
            try:
                for nom, chemin in PAGES.items():
                    if facteur == 1:
                        ko, nombre = _poids(serveur, chemin)
                        mesures += [
                            Mesure(f"{nom} : première visite", ko, "ko", 100),
                            Mesure(f"{nom} : requêtes", nombre, "", 9),
                        ]
                    serveur.charger(chemin, 32, sans_cache=True)
                    lent, _ = serveur.charger(chemin, requetes // 4, sans_cache=True)
                    p95, debit = serveur.charger(chemin, requetes, sans_cache=False)
                    mesures += [
                        Mesure(f"{nom}, {facteur}x : p95 en cache", p95, "ms", 50),
                        Mesure(f"{nom}, {facteur}x : débit en cache", debit, "pages/s"),
                        Mesure(f"{nom}, {facteur}x : p95 sans cache", lent, "ms"),
                    ]
                    if facteur == 1:
                        premiers[nom] = lent
                    elif nom in premiers:
                        mesures.append(
                            Mesure(
                                f"{nom} : {facteur}x sur 1x, sans cache",
                                lent / premiers[nom],
                                "fois",
                                1.5,
                            )
                        )
            finally:
                serveur.fermer()
    return mesures
