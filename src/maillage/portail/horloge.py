"""L'horloge : ce qui est dû aujourd'hui est mis en file. Sonner deux fois n'ajoute rien."""

import datetime

from django.utils import timezone

from maillage.acteurs.models import Collectivite
from maillage.plan.rappels.envois import Bilan, preparer
from maillage.socle.taches import oublier_les_taches_finies


def tic(jour: datetime.date | None = None) -> dict[str, Bilan]:
    """{collectivité: ce qui a été fait}. Une collectivité en panne n'arrête pas les autres :
    chacune a sa transaction."""
    jour = jour or timezone.localdate()
    bilans = {
        collectivite.slug: preparer(collectivite=collectivite, jour=jour)
        for collectivite in Collectivite.objects.actives().order_by("pk")
    }
    oublier_les_taches_finies()
    return bilans
