"""Une tâche survit à son ouvrier, mais pas à trois."""

import datetime

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from maillage.socle import taches
from maillage.socle.taches import balayer, est_mort, file_d_attente, nouvelle_identite, presence

pytestmark = pytest.mark.django_db


@pytest.fixture
def tache():
    """`tache(ouvrier, …)` : une tâche prise par ces ouvriers, l'un après l'autre."""

    def prise(*ouvriers, minutes=0):
        return DBTaskResult.objects.create(
            status="RUNNING",
            args_kwargs={"args": [1], "kwargs": {}},
            task_path="maillage.plan.taches.envoyer_un_courriel",
            backend_name="default",
            worker_ids=list(ouvriers),
            started_at=timezone.now() - datetime.timedelta(minutes=minutes),
        )

    return prise


def statut(tache) -> str:
    return DBTaskResult.objects.get(pk=tache.pk).status


def test_la_tache_d_un_ouvrier_vivant_n_est_pas_touchee(tmp_path, tache):
    identite = nouvelle_identite()
    prise = tache(identite)
    with presence(tmp_path, identite):
        assert balayer(tmp_path).reprises == 0
    assert statut(prise) == "RUNNING"


def test_la_tache_d_un_ouvrier_mort_est_remise_en_file(tmp_path, tache):
    prise = tache(nouvelle_identite())
    assert balayer(tmp_path).reprises == 1
    assert statut(prise) == "READY"


def test_un_verrou_laisse_par_un_mort_ne_trompe_pas(tmp_path):
    identite = nouvelle_identite()
    (tmp_path / "ouvriers").mkdir()
    (tmp_path / "ouvriers" / f"{identite}.verrou").touch()
    assert est_mort(tmp_path, identite)


def test_trois_ouvriers_morts_font_renoncer(tmp_path, tache):
    prise = tache(*(nouvelle_identite() for _ in range(3)))
    assert balayer(tmp_path).abandonnees == 1
    assert statut(prise) == "FAILED"


@pytest.mark.parametrize(("minutes", "attendu"), [(1, "RUNNING"), (16, "READY")])
def test_d_une_autre_machine_on_attend_un_quart_d_heure(tmp_path, tache, minutes, attendu):
    prise = tache("ailleurs.12.abcd", minutes=minutes)
    balayer(tmp_path)
    assert statut(prise) == attendu


def test_une_file_que_personne_ne_vide_se_voit(tache):
    prise = tache("x")
    DBTaskResult.objects.filter(pk=prise.pk).update(
        status="READY", enqueued_at=timezone.now() - datetime.timedelta(minutes=11)
    )
    assert file_d_attente().bloquee


def test_une_identite_tient_en_64_caracteres(monkeypatch):
    monkeypatch.setattr(taches.socket, "gethostname", lambda: "machine-" * 20)
    assert len(nouvelle_identite()) <= 64
