"""Préparer et remettre : qui, combien de fois, et ce qui se passe quand ça va mal."""

import datetime
import re
import smtplib

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django_tasks import default_task_backend
from tests.plan_publie import faire_le_point

from maillage.journal.models import Ligne
from maillage.plan.models import Confidentialite, Envoi, FicheAction, LigneEnvoi
from maillage.plan.rappels.envois import envoyer, preparer, preparer_un_essai
from maillage.plan.rappels.services import ajouter_une_periode, mettre_en_pause, regler

from .conftest import compte

pytestmark = pytest.mark.django_db
Etat = Envoi.Etat


def partir(collectivite, jour):
    """Prépare et remet tout ce qui est dû ce jour."""
    preparer(collectivite=collectivite, jour=jour)
    for envoi in Envoi.objects.filter(etat=Etat.PREPARE, collectivite=collectivite):
        envoyer(envoi.pk)


def test_le_pilote_recoit_un_seul_courriel_pour_ses_deux_fiches(collectivite, poser, pilote, jour):
    codes = {poser().code, poser(retard=2).code}
    partir(collectivite, jour)
    (message,) = mail.outbox
    assert message.to == [pilote.courriel]
    assert all(code in message.body for code in codes)
    assert len(set(re.findall(r"http://testserver/\S+/point/\S+/", message.body))) == 2


def test_preparer_deux_fois_n_ecrit_qu_un_envoi(collectivite, poser, jour):
    poser()
    default_task_backend.clear()
    premier = preparer(collectivite=collectivite, jour=jour)
    second = preparer(collectivite=collectivite, jour=jour)
    assert (premier.prepares, second.prepares) == (1, 0)
    assert Envoi.objects.count() == len(default_task_backend.results) == 1


def test_remettre_deux_fois_n_ecrit_qu_une_fois(collectivite, poser, jour):
    poser()
    preparer(collectivite=collectivite, jour=jour)
    envoi = Envoi.objects.get()
    assert [envoyer(envoi.pk), envoyer(envoi.pk)] == [Etat.PARTI, Etat.PARTI]
    assert len(mail.outbox) == 1


def test_le_lendemain_rien_ne_repart(collectivite, poser, jour):
    poser()
    partir(collectivite, jour)
    partir(collectivite, jour + datetime.timedelta(days=1))
    assert len(mail.outbox) == 1


def test_une_fiche_archivee_n_est_pas_rappelee(collectivite, poser, jour):
    poser(archivee_le=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))
    assert preparer(collectivite=collectivite, jour=jour).prepares == 0


def test_un_plan_fini_n_est_pas_rappele(collectivite, plan, poser, jour):
    poser()
    plan.schema.annee_fin = 2025
    plan.schema.save()
    assert preparer(collectivite=collectivite, jour=jour).prepares == 0


def test_a_trente_jours_l_organisation_et_le_chef_sont_prevenus(
    collectivite, poser, organisation, pilote, chef, jour
):
    partenaire = compte(collectivite, "partenaire_pilote", organisation=organisation)
    poser(retard=30)
    partir(collectivite, jour)
    echelons = dict(LigneEnvoi.objects.values_list("envoi__compte", "echelon"))
    assert echelons == {pilote.pk: "pilote", partenaire.pk: "organisation", chef.pk: "chef"}


def test_le_chef_n_est_pas_prevenu_avant(collectivite, poser, chef, jour):
    poser(retard=29)
    partir(collectivite, jour)
    assert chef.courriel not in [m.to[0] for m in mail.outbox]


def test_un_pilote_au_compte_ferme_ne_recoit_rien(collectivite, poser, pilote, jour):
    pilote.is_active = False
    pilote.save()
    poser()
    assert preparer(collectivite=collectivite, jour=jour).prepares == 0


def test_repondre_avant_le_depart_annule_le_courriel(collectivite, poser, jour):
    fiche = poser()
    preparer(collectivite=collectivite, jour=jour)
    faire_le_point(fiche)
    assert envoyer(Envoi.objects.get().pk) == Etat.ANNULE
    assert mail.outbox == []


def test_une_pause_prise_avant_le_depart_est_respectee(collectivite, poser, pilote, jour):
    poser()
    preparer(collectivite=collectivite, jour=jour)
    mettre_en_pause(compte=pilote, collectivite=collectivite, jusqu_au=None)
    assert envoyer(Envoi.objects.get().pk) == Etat.ANNULE


def test_rien_ne_part_pendant_les_vacances_ni_quand_c_est_eteint(collectivite, poser, chef, jour):
    poser()
    ajouter_une_periode(
        collectivite=collectivite, libelle="Vacances", debut=jour, fin=jour, par=chef
    )
    assert preparer(collectivite=collectivite, jour=jour).prepares == 0
    regler(collectivite=collectivite, actifs=False, fins_de_semaine=False, par=chef)
    demain = jour + datetime.timedelta(days=1)
    assert preparer(collectivite=collectivite, jour=demain).prepares == 0


def test_un_envoi_reste_en_cours_n_est_jamais_refait(collectivite, poser, jour):
    poser()
    preparer(collectivite=collectivite, jour=jour)
    Envoi.objects.update(etat=Etat.EN_COURS)
    assert envoyer(Envoi.objects.get().pk) == Etat.INCERTAIN
    partir(collectivite, jour + datetime.timedelta(days=1))
    assert mail.outbox == []


def test_un_rappel_incertain_est_redit_cinq_jours_plus_tard(collectivite, poser, jour, monkeypatch):
    poser()
    preparer(collectivite=collectivite, jour=jour)
    Envoi.objects.update(etat=Etat.INCERTAIN)
    plus_tard = jour + datetime.timedelta(days=6)  # un lundi
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *a: plus_tard)
    partir(collectivite, plus_tard)
    assert len(mail.outbox) == 1


def test_un_envoi_de_la_veille_est_remplace(collectivite, poser, jour):
    poser()
    preparer(collectivite=collectivite, jour=jour - datetime.timedelta(days=1))
    bilan = preparer(collectivite=collectivite, jour=jour)
    assert (bilan.annules, bilan.prepares) == (1, 1)


class ServeurAbsent(EmailBackend):
    def open(self):
        raise ConnectionRefusedError("personne")


class ServeurQuiRefuse(EmailBackend):
    code = 550

    def send_messages(self, messages):
        raise smtplib.SMTPRecipientsRefused({messages[0].to[0]: (self.code, b"non")})


class ServeurQuiCoupe(EmailBackend):
    def send_messages(self, messages):
        raise smtplib.SMTPServerDisconnected("coupure")


def remettre_par(settings, serveur, collectivite, jour):
    settings.EMAIL_BACKEND = f"{__name__}.{serveur.__name__}"
    preparer(collectivite=collectivite, jour=jour)
    default_task_backend.clear()
    return envoyer(Envoi.objects.get().pk)


def test_un_serveur_absent_fait_attendre_puis_renoncer(settings, collectivite, poser, jour):
    poser()
    etats = [remettre_par(settings, ServeurAbsent, collectivite, jour) for _ in range(5)]
    assert etats == [Etat.PREPARE] * 4 + [Etat.ECHEC]


def test_un_serveur_absent_remet_la_tache_en_file_plus_tard(settings, collectivite, poser, jour):
    poser()
    remettre_par(settings, ServeurAbsent, collectivite, jour)
    (tache,) = default_task_backend.results
    assert tache.task.run_after is not None


def test_une_adresse_refusee_est_un_echec(settings, collectivite, poser, jour):
    poser()
    assert remettre_par(settings, ServeurQuiRefuse, collectivite, jour) == Etat.ECHEC
    assert "550" in Envoi.objects.get().raison


def test_une_coupure_pendant_l_envoi_laisse_un_doute(settings, collectivite, poser, jour):
    poser()
    assert remettre_par(settings, ServeurQuiCoupe, collectivite, jour) == Etat.INCERTAIN


def test_une_fiche_restreinte_n_est_nommee_que_par_son_code(collectivite, poser, jour):
    fiche = poser(confidentialite=Confidentialite.RESTREINTE)
    FicheAction.objects.filter(pk=fiche.pk).update(titre="Un titre à taire")
    partir(collectivite, jour)
    (message,) = mail.outbox
    assert fiche.code in message.body
    assert "à taire" not in message.body + str(message.alternatives)


def test_le_courriel_a_ses_entetes(collectivite, poser, jour):
    poser()
    partir(collectivite, jour)
    entetes = mail.outbox[0].message()
    assert entetes["Message-ID"] == Envoi.objects.get().message_id
    assert entetes["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert entetes["Auto-Submitted"] == "auto-generated"


def test_le_journal_dit_chaque_depart(collectivite, poser, jour):
    poser()
    partir(collectivite, jour)
    assert Ligne.objects.filter(verbe="rappel envoyé", origine="systeme").count() == 1


def test_un_essai_ne_retarde_pas_un_rappel(collectivite, poser, pilote, jour):
    poser()
    envoyer(preparer_un_essai(collectivite=collectivite, par=pilote).pk)
    partir(collectivite, jour)
    assert [m.subject.startswith("Essai") for m in mail.outbox] == [True, False]


def test_un_an_apres_l_envoi_est_oublie(collectivite, poser, jour):
    poser()
    preparer(collectivite=collectivite, jour=jour)
    Envoi.objects.update(prepare_le=datetime.datetime(2025, 11, 1, tzinfo=datetime.UTC))
    assert preparer(collectivite=collectivite, jour=jour).purges == 1


def test_le_nombre_de_requetes_ne_depend_pas_du_nombre_de_fiches(
    collectivite, poser, jour, django_assert_max_num_queries
):
    for _ in range(30):
        poser()
    with django_assert_max_num_queries(26):
        preparer(collectivite=collectivite, jour=jour)
