"""Composer les documents : le plan en PDF, la fiche en Word, le diaporama du comité."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from .mesure import RACINE, Mesure, environnement, lancer

_CODE = """
import json, resource, statistics, sys, threading, time, django
django.setup()
from django.conf import settings
settings.ALLOWED_HOSTS = ["testserver"]
from django.test import Client
from maillage.acteurs.models import Attribution

def lire(client, adresse):
    debut = time.perf_counter()
    reponse = client.get(adresse)
    assert reponse.status_code == 200, (adresse, reponse.status_code)
    return time.perf_counter() - debut, len(reponse.content)

def mo(qui):
    octets = resource.getrusage(qui).ru_maxrss
    return octets / (1024 if sys.platform != "darwin" else 1024**2)

rendu = {}
plan = "/loir-et-cher/plan/plan.pdf"
huit = []
fils = [threading.Thread(target=lambda: huit.append(lire(Client(), plan)[0])) for _ in range(8)]
for fil in fils: fil.start()
for fil in fils: fil.join()
rendu["huit"] = max(huit)
assert len(huit) == 8
documents = settings.DOSSIER / "documents-composes"
for garde in documents.glob("plan-*"): garde.unlink()
rendu["froid"], octets = lire(Client(), plan)
rendu["ko"] = octets / 1024
rendu["atelier"] = mo(resource.RUSAGE_CHILDREN)
rendu["serveur"] = mo(resource.RUSAGE_SELF)
rendu["chaud"] = 1000 * statistics.median(lire(Client(), plan)[0] for _ in range(20))
rendu["docx"] = 1000 * statistics.median(
    lire(Client(), f"/loir-et-cher/actions/V2.A1.03/fiche.docx?m={i}")[0] for i in range(12))
client = Client()
client.force_login(Attribution.objects.filter(
    collectivite__slug="loir-et-cher", role="administrateur").first().compte)
bord = "/loir-et-cher/espace/tableau-de-bord/"
rendu["pptx"] = 1000 * statistics.median(
    lire(client, bord + "diaporama.pptx")[0] for _ in range(7))
print(json.dumps(rendu))
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
        lu = json.loads(fait.stdout.splitlines()[-1])
    return [
        Mesure("plan de 161 fiches en PDF, à froid", lu["froid"], "s", 10),
        Mesure("le même, huit demandes ensemble, la plus lente", lu["huit"], "s", 10),
        Mesure("le même, déjà composé", lu["chaud"], "ms", 50),
        Mesure("mémoire de pointe de la composition", lu["atelier"], "Mo", 300),
        Mesure("mémoire de pointe du serveur", lu["serveur"], "Mo"),
        Mesure("poids du PDF", lu["ko"], "ko"),
        Mesure("fiche en Word", lu["docx"], "ms"),
        Mesure("diaporama du comité", lu["pptx"], "ms"),
    ]
