"""L'agenda personnel : une adresse que le logiciel d'agenda relit, et que l'on peut couper."""

import secrets

from django.db import models
from django.utils import timezone

from maillage.acteurs.models import Collectivite, Compte


def tirer_la_cle() -> str:
    return secrets.token_urlsafe(16)


class AbonnementAgenda(models.Model):
    """Ce compte relit ses échéances dans son agenda. Effacer la ligne ferme l'adresse.

    L'adresse porte cette clé, signée par l'installation : la base seule ne suffit pas à l'écrire.
    """

    compte = models.ForeignKey(Compte, models.CASCADE, related_name="agendas")
    collectivite = models.ForeignKey(Collectivite, models.CASCADE, related_name="+")
    cle = models.CharField(max_length=32, unique=True, editable=False)
    cree_le = models.DateTimeField("ouvert le", default=timezone.now)

    class Meta:
        verbose_name = "agenda personnel"
        verbose_name_plural = "agendas personnels"
        constraints = [
            models.UniqueConstraint(fields=["compte", "collectivite"], name="agenda_unique"),
        ]

    def __str__(self):
        return f"Agenda de {self.compte}"
