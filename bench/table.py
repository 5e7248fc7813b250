"""Temps processeur du serveur pour la table de 161 fiches, sans cache, dans le processus."""

import subprocess
import sys
import tempfile
from pathlib import Path

from .mesure import RACINE, Mesure, environnement, lancer

_TOURS = 40
_CODE = f"""
import statistics, time, django
django.setup()
from django.conf import settings
settings.ALLOWED_HOSTS = ["testserver"]
from django.test import Client
client = Client()
adresse = "/loir-et-cher/actions/"
temps = []
for rang in range({_TOURS} + 5):
    debut = time.process_time()
    reponse = client.get(adresse, {{"mesure": rang}})
    fin = time.process_time()
    assert reponse.status_code == 200, reponse.status_code
    assert reponse.content.count(b"<tr") >= 161
    temps.append(1000 * (fin - debut))
print(statistics.median(temps[5:]))
"""


def mesurer() -> list[Mesure]:
    with tempfile.TemporaryDirectory(prefix="maillage-bench-") as racine:
        dossier = Path(racine)
        lancer(["maillage.commandes", "migrer"], dossier)
        lancer(["maillage.commandes", "demonstration"], dossier)
        lancer(["django", "collectstatic", "--noinput", "-v", "0"], dossier)
        fait = subprocess.run(
            [sys.executable, "-c", _CODE],
            env=environnement(dossier),
            cwd=RACINE,
            capture_output=True,
            text=True,
            check=False,
        )
        if fait.returncode != 0:
            raise RuntimeError(fait.stderr)
    return [
        Mesure("table de 161 fiches, processeur, médiane sans cache", float(fait.stdout), "ms", 20)
    ]
