"""« Ce qui a changé » sur une année de 161 fiches, et la situation comparée du tableau de bord.

Chaque fiche est réécrite quatre fois dans l'année : texte, jalons, budget, indicateurs. Mesuré dans
le processus, sans cache, processeur et temps réel ; la page entière, gabarit compris.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from .mesure import RACINE, Mesure, environnement, lancer

_TOURS = 15
_CODE = f"""
import datetime, json, time, django
django.setup()
from django.conf import settings
settings.ALLOWED_HOSTS = ["testserver"]
from django.test import Client
from django.utils import timezone
from maillage.acteurs.models import Compte
from maillage.plan.etat import etats_de
from maillage.plan.models import FicheAction, Schema, VersionFiche
from maillage.plan.services import enregistrer_lot
schema = Schema.objects.get(slug="solidarites-2024-2028")
jour = timezone.localdate()
for tour, jours in enumerate((330, 240, 150, 60)):
    etats = []
    for etat in etats_de(FicheAction.objects.filter(schema=schema)).values():
        etat["description"] += f" Tour {{tour}} : les équipes ont vu trois communes."
        etat["jalons"].append({{"titre": f"Étape {{tour}}", "date_prevue": str(jour),
                               "date_realisee": None, "demonstration": True}})
        etats.append(etat)
    enregistrer_lot(schema=schema, etats=etats, par=None, origine="commande", motif="mesure")
    VersionFiche.objects.filter(fiche__schema=schema, motif="mesure",
        date__gte=timezone.now() - datetime.timedelta(days=20)).update(
        date=timezone.now() - datetime.timedelta(days=jours))
du = (jour - datetime.timedelta(days=365)).isoformat()
def mesurer(client, adresse, combien):
    reel, unite = [], []
    for rang in range({_TOURS} + 3):
        debut, d = time.perf_counter(), time.process_time()
        reponse = client.get(adresse, {{"du": du, "au": jour.isoformat(), "mesure": rang}})
        reel.append(1000 * (time.perf_counter() - debut))
        unite.append(1000 * (time.process_time() - d))
        assert reponse.status_code == 200, reponse.status_code
    if combien:
        assert f"Les fiches : {{combien}}<" in reponse.content.decode()
    reel, unite = sorted(reel[3:]), sorted(unite[3:])
    rang = int(0.95 * len(reel))
    return [unite[rang], reel[rang], len(reponse.content) / 1024]
public, espace = Client(), Client()
espace.force_login(Compte.objects.get(courriel="administrateur@loir-et-cher.demonstration.invalid"))
print(json.dumps({{
    "changements, public": mesurer(public, "/loir-et-cher/changements/", 161),
    "changements, espace": mesurer(espace, "/loir-et-cher/espace/changements/", 161),
    "tableau de bord comparé": mesurer(espace, "/loir-et-cher/espace/tableau-de-bord/", 0),
}}))
"""
_PLAFONDS = {"changements, public": 300, "changements, espace": 300, "tableau de bord comparé": 80}


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
    mesures = []
    for nom, (unite, p95, ko) in json.loads(fait.stdout.splitlines()[-1]).items():
        mesures += [
            Mesure(f"{nom}, un an, 161 fiches : processeur, p95", unite, "ms", _PLAFONDS[nom]),
            Mesure(f"{nom} : temps réel, p95", p95, "ms"),
            Mesure(f"{nom} : page, non compressée", ko, "ko"),
        ]
    return mesures
