"""Sauvegarder puis restaurer ailleurs rend la même installation, et qui marche."""

import gzip
import json
import shutil
import subprocess
import time

import pytest

from .conftest import Installation


def test_la_copie_restauree_est_identique(sauvegarde, neuve, tmp_path):
    dossier, attendu = sauvegarde
    resultat = json.loads(neuve.lancer("restaurer", dossier, "--json").stdout)
    assert resultat["ancienne"] == ""
    assert neuve.sauvegarder(tmp_path / "seconde") == attendu
    document = neuve.dossier / "documents" / "conventions" / "répit été.txt"
    assert document.read_text() == "convention"


def test_la_sauvegarde_compte_ce_qu_elle_contient(sauvegarde):
    dossier, contenu = sauvegarde
    assert contenu["tables"]["plan_ficheaction"]["lignes"] == 214
    assert set(contenu["documents"]) == {"conventions/répit été.txt", "vide.bin"}
    assert json.loads((dossier / "manifeste.json").read_text())["tables_laissees"] == []
    assert dossier.stat().st_mode & 0o077 == 0


EN_MARCHE = """
import datetime
from maillage.plan.models import FicheAction
from maillage.plan.suivi import Saisie, ajouter_point
fiche = FicheAction.objects.get(code="V2.A1.03")
saisie = Saisie(date=datetime.date(2026, 11, 20), meteo="soleil")
ajouter_point(fiche=fiche, saisie=saisie, par=None)
fiche.refresh_from_db()
print(FicheAction.objects.chercher("pair-aidance").count(), fiche.meteo)
"""


def test_la_copie_restauree_cherche_et_ecrit(sauvegarde, neuve):
    """L'index de recherche et les compteurs de la base sont refaits, pas seulement les lignes."""
    dossier, _ = sauvegarde
    neuve.lancer("restaurer", dossier)
    assert neuve.lancer("migrer").stdout == "Base à jour.\n"
    trouvees, meteo = neuve.python(EN_MARCHE).split()
    assert int(trouvees) >= 1
    assert meteo == "soleil"


# Chaque point d'étape naît avec sa ligne de journal, dans la même transaction : une sauvegarde qui
# verrait l'un sans l'autre se trahirait.
ECRIVAIN = """
import datetime, pathlib, sys
from maillage.plan.models import FicheAction
from maillage.plan.suivi import Saisie, ajouter_point
fiches = list(FicheAction.objects.order_by("code")[:40])
arret, compte = pathlib.Path(sys.argv[1]), 0
saisie = Saisie(date=datetime.date(2026, 11, 20), meteo="soleil", taux=50)
while not arret.exists():
    ajouter_point(fiche=fiches[compte % 40], saisie=saisie, par=None)
    compte += 1
    if compte == 1:
        pathlib.Path(sys.argv[2]).touch()
print(compte)
"""


def compter(dossier, table, **voulu):
    """Lignes d'une table sauvegardée dont ces colonnes ont ces valeurs."""
    with gzip.open(dossier / "tables" / f"{table}.jsonl.gz", "rt", encoding="utf-8") as flux:
        noms = json.loads(next(flux))
        rangs = {noms.index(colonne): valeur for colonne, valeur in voulu.items()}
        lignes = map(json.loads, flux)
        return sum(all(li[rang] == valeur for rang, valeur in rangs.items()) for li in lignes)


def test_une_sauvegarde_prise_pendant_que_l_on_ecrit_est_coherente(sauvegarde, neuve, tmp_path):
    """La base sert et écrit ; trois sauvegardes se suivent ; chacune est d'un seul instant."""
    neuve.lancer("restaurer", sauvegarde[0])
    arret, parti = tmp_path / "arret", tmp_path / "parti"
    ecrivain = subprocess.Popen(
        neuve.commande_python(ECRIVAIN, str(arret), str(parti)),
        env=neuve.environnement,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        fin = time.monotonic() + 60
        while not parti.exists():
            assert time.monotonic() < fin and ecrivain.poll() is None
            time.sleep(0.05)
        prises = [tmp_path / f"prise-{rang}" for rang in range(3)]
        for prise in prises:
            neuve.lancer("sauvegarder", prise)
    finally:
        arret.touch()
        ecrits = int(ecrivain.communicate(timeout=60)[0])
    vus = []
    for prise in prises:
        points = compter(prise, "plan_pointetape", est_demonstration=False)
        assert points == compter(prise, "journal_ligne", verbe="point d’étape ajouté")
        vus.append(points)
    assert 0 < vus[0] < vus[-1] <= ecrits, "l’écrivain doit avoir écrit entre les sauvegardes"
    neuve.lancer("restaurer", prises[1], "--remplacer")


@pytest.mark.postgres
def test_une_sauvegarde_de_postgresql_se_relit_sur_sqlite(sauvegarde, tmp_path):
    dossier, attendu = sauvegarde
    ailleurs = Installation(tmp_path / "ailleurs", f"sqlite:///{tmp_path / 'ailleurs.sqlite3'}")
    ailleurs.dossier.mkdir()
    ailleurs.lancer("restaurer", dossier)
    assert ailleurs.sauvegarder(tmp_path / "relue") == attendu


def test_une_base_pas_encore_mise_a_jour_se_sauvegarde_et_se_restaure_a_jour(
    installation, sauvegarde, neuve, tmp_path
):
    """La sauvegarde d'avant une mise à jour : sa forme à elle, puis les migrations qui manquent."""
    neuve.lancer("restaurer", sauvegarde[0])
    neuve.python(
        "from django.core.management import call_command\n"
        "call_command('migrate', 'plan', '0002', verbosity=0)"
    )
    ancienne = tmp_path / "ancienne"
    contenu = neuve.sauvegarder(ancienne)
    assert ["plan", "0003_indicateurs_retires"] not in contenu["migrations"]
    resultat = json.loads(neuve.lancer("restaurer", ancienne, "--remplacer", "--json").stdout)
    assert resultat["migrations_ajoutees"] >= 1
    assert neuve.lancer("migrer").stdout == "Base à jour.\n"
    apres = neuve.sauvegarder(tmp_path / "apres")["tables"]
    # Les tables nées depuis sont vides ; celles d'alors gardent toutes leurs lignes.
    anciennes = contenu["tables"]
    refaites = {"auth_permission", "django_content_type"}
    perdues = {
        nom
        for nom in anciennes
        if nom not in refaites and apres[nom]["lignes"] != anciennes[nom]["lignes"]
    }
    assert perdues == set()
    changees = {nom for nom in anciennes if apres[nom] != anciennes[nom]} - refaites
    # Une colonne de plus pour les trois ; le reste, à l'octet près.
    assert changees <= {"plan_indicateurfiche", "plan_risque", "plan_versionfiche"}


def test_un_dossier_de_sauvegarde_se_deplace(sauvegarde, neuve, tmp_path):
    """Rien dans la sauvegarde ne dépend de l'endroit où elle a été écrite."""
    ailleurs = tmp_path / "un nom à accents"
    shutil.copytree(sauvegarde[0], ailleurs)
    neuve.lancer("restaurer", ailleurs)
