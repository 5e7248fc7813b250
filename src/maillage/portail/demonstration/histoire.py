"""Vieillir les versions de la démonstration : un plan voté, complété, puis retouché au fil de l'an.

Les écritures passent par le service des fiches ; seule leur date est reculée. Sans cela, tout
serait daté du chargement, et « ce qui a changé » n'aurait rien à dire.
"""

import datetime

from django.db.models import F
from django.utils import timezone

from maillage.plan.etat import etats_de
from maillage.plan.models import FicheAction, Schema, VersionFiche
from maillage.plan.services import enregistrer_lot

from .annee import PREMIER_JOUR, hasard

MOTIF = "retouche inventée pour la démonstration"
# Jours avant aujourd'hui, et nombre de fiches retouchées.
RETOUCHES = ((250, 9), (120, 12), (40, 8), (6, 3))


def _a_neuf_heures(jour: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(jour, datetime.time(9)))


def vieillir(*, schemas: list[Schema], suivi: Schema, graine: int, jour: datetime.date) -> None:
    """Date les versions : la première du vote, la deuxième du début du suivi, puis des retouches.

    À appeler dans la transaction du chargement.
    """
    for schema in schemas:
        vote = _a_neuf_heures(schema.date_vote or datetime.date(schema.annee_debut, 1, 1))
        FicheAction.objects.filter(schema=schema).update(creee_le=vote)
        VersionFiche.objects.filter(fiche__schema=schema, numero=1).update(date=vote)
    VersionFiche.objects.filter(fiche__schema=suivi, numero=2).update(
        date=_a_neuf_heures(PREMIER_JOUR)
    )
    codes = sorted(
        FicheAction.objects.filter(schema=suivi, version__gte=2).values_list("code", flat=True)
    )
    for rang, (jours, nombre) in enumerate(RETOUCHES):
        choisies = hasard(graine, "retouches", str(rang)).sample(codes, min(nombre, len(codes)))
        _retoucher(suivi, choisies, rang, jour)
        VersionFiche.objects.filter(
            fiche__schema=suivi, fiche__code__in=choisies, numero=F("fiche__version"), motif=MOTIF
        ).update(date=_a_neuf_heures(jour - datetime.timedelta(days=jours)))


def _retoucher(schema: Schema, codes: list[str], rang: int, jour: datetime.date) -> None:
    """Le dernier jalon repoussé d'un mois ; s'il n'y en a plus à venir, un de plus.

    On ne touche qu'à des jalons : eux seuls, ici, portent chacun leur marque de démonstration.
    """
    etats = []
    for etat in etats_de(FicheAction.objects.filter(schema=schema, code__in=codes)).values():
        a_venir = [
            jalon
            for jalon in etat["jalons"]
            if jalon["demonstration"] and not jalon["date_realisee"]
            and (jalon["date_prevue"] or "") > str(jour)
        ]  # fmt: skip
        if a_venir:
            prevue = datetime.date.fromisoformat(a_venir[-1]["date_prevue"])
            a_venir[-1]["date_prevue"] = (prevue + datetime.timedelta(days=30)).isoformat()
        else:
            etat["jalons"].append({
                "titre": f"Bilan avec les partenaires, {rang + 1}",
                "date_prevue": (jour + datetime.timedelta(days=90 + 20 * rang)).isoformat(),
                "date_realisee": None,
                "demonstration": True,
            })  # fmt: skip
        etats.append({"code": etat["code"], "jalons": etat["jalons"]})
    enregistrer_lot(schema=schema, etats=etats, par=None, origine="commande", motif=MOTIF)
