"""Le journal des écritures et les cachets des pages.

Aucune clé étrangère ne part d'ici : le journal est au rez-de-chaussée et ne connaît personne.
Il garde des identifiants ; les étages du dessus savent dire de qui et de quoi il s'agit.
"""

from django.db import models
from django.db.models import Q


class LigneQuerySet(models.QuerySet):
    def de(self, objet):
        """Les lignes qui parlent de cet objet."""
        return self.filter(objet_type=objet._meta.label_lower, objet_id=str(objet.pk))

    def de_la_collectivite(self, collectivite_id):
        return self.filter(collectivite_id=collectivite_id)


class Ligne(models.Model):
    """Une écriture : une par appel de service, dans la même transaction que ce qu'elle raconte."""

    class Origine(models.TextChoices):
        ECRAN = "ecran", "à l’écran"
        IMPORT = "import", "par import"
        COMMANDE = "commande", "par commande"
        SYSTEME = "systeme", "par le système"
        LIEN = "lien", "par le lien d’un rappel"

    date = models.DateTimeField("date", auto_now_add=True)
    collectivite_id = models.BigIntegerField("collectivité", null=True, db_index=True)
    auteur_id = models.BigIntegerField("auteur", null=True, db_index=True)
    verbe = models.CharField("verbe", max_length=60)
    objet_type = models.CharField("type d’objet", max_length=60)
    objet_id = models.CharField("identifiant", max_length=60)
    objet_libelle = models.CharField("objet", max_length=300)
    changements = models.JSONField("changements", default=dict, blank=True)
    origine = models.CharField("origine", max_length=10, choices=Origine, default=Origine.ECRAN)

    objects = LigneQuerySet.as_manager()

    class Meta:
        verbose_name = "ligne de journal"
        verbose_name_plural = "lignes de journal"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["objet_type", "objet_id", "-id"], name="journal_par_objet"),
            models.Index(fields=["collectivite_id", "-id"], name="journal_par_collectivite"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(verbe=""), name="journal_verbe_present"),
        ]

    def __str__(self):
        return f"{self.verbe} {self.objet_libelle}"


class Cachet(models.Model):
    """Numéro de version d'une chose montrée en public (« fiche:12 »), augmenté à chaque écriture.

    Le numéro monte dans la transaction de l'écriture : la ligne est verrouillée jusqu'à la
    validation, si bien que deux écritures simultanées ne donnent jamais le même numéro.
    """

    cle = models.CharField("clé", max_length=80, primary_key=True)
    version = models.PositiveBigIntegerField("version", default=1)

    class Meta:
        verbose_name = "cachet"
        verbose_name_plural = "cachets"

    def __str__(self):
        return f"{self.cle} v{self.version}"
