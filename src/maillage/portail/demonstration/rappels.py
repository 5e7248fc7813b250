"""Quelques rappels déjà partis, et les vacances à venir : ce que la page « Les rappels » montre."""

import datetime

from django.utils import timezone

from maillage.acteurs.models import Compte
from maillage.plan.models import Envoi, FicheAction, LigneEnvoi, PeriodeCalme, Schema
from maillage.plan.rappels.message import identifiant_du_message

# (jours avant aujourd'hui, rôle, jalon, échelon, état, raison)
_PASSES = (
    (37, "pilote", -7, "pilote", Envoi.Etat.PARTI, ""),
    (30, "pilote", 1, "pilote", Envoi.Etat.PARTI, ""),
    (
        30, "administrateur", 30, "chef", Envoi.Etat.ECHEC,
        "Le serveur de courriel a refusé le message (code 550).",
    ),
    (12, "administrateur", 30, "chef", Envoi.Etat.PARTI, ""),
)  # fmt: skip


def inventer_les_rappels(schema: Schema, comptes: dict[str, Compte], jour: datetime.date) -> None:
    """Des envois inventés, signalés comme tels."""
    pilote = comptes["pilote"].personne
    fiches = list(
        FicheAction.objects.filter(schema=schema, pilote_personne=pilote).order_by("code")[:2]
    )
    for avant, role, jalon, echelon, etat, raison in _PASSES:
        date = jour - datetime.timedelta(days=avant)
        quand = timezone.make_aware(datetime.datetime.combine(date, datetime.time(8, 15)))
        cle = f"rappel:{comptes[role].pk}:{date:%Y-%m-%d}"
        envoi = Envoi.objects.create(
            collectivite=schema.collectivite,
            compte=comptes[role],
            jour=date,
            cle=cle,
            etat=etat,
            raison=raison,
            message_id=identifiant_du_message(cle),
            prepare_le=quand,
            commence_le=quand,
            parti_le=quand if etat == Envoi.Etat.PARTI else None,
            est_demonstration=True,
        )
        LigneEnvoi.objects.bulk_create(
            LigneEnvoi(
                envoi=envoi,
                fiche=fiche,
                echeance=date - datetime.timedelta(days=jalon),
                jalon=jalon,
                echelon=echelon,
                repondu_le=quand + datetime.timedelta(hours=3) if jalon == 1 else None,
            )
            for fiche in fiches
        )
    debut = datetime.date(jour.year, 12, 19)
    PeriodeCalme.objects.create(
        collectivite=schema.collectivite,
        libelle="Vacances de Noël (démonstration)",
        debut=debut,
        fin=debut + datetime.timedelta(days=16),
    )
