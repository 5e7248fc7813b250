"""La dernière visite d'un compte dans son espace de travail.

Une visite dure tant que le compte revient avant `PAUSE`. On écrit au plus une fois par
`PAS`, pour qu'une page lue ne coûte pas une écriture.
"""

import datetime

from django.utils import timezone

from .models import Compte

PAS = datetime.timedelta(minutes=15)
PAUSE = datetime.timedelta(hours=4)
_CLE = "visite_precedente"


def noter_la_visite(request) -> None:
    """Note le passage du compte. Garde en session la fin de la visite d'avant."""
    compte, maintenant = request.user, timezone.now()
    derniere = compte.derniere_visite
    if derniere is not None and maintenant - derniere < PAS:
        return
    if derniere is not None and maintenant - derniere >= PAUSE:
        request.session[_CLE] = derniere.isoformat()
    Compte.objects.filter(pk=compte.pk).update(derniere_visite=maintenant)
    compte.derniere_visite = maintenant


def visite_precedente(request) -> datetime.datetime | None:
    """Quand le compte est venu pour la dernière fois avant cette visite ; None si jamais."""
    garde = request.session.get(_CLE)
    return datetime.datetime.fromisoformat(garde) if garde else None
