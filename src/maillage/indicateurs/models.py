"""Ce que l'on mesure, et les valeurs dans le temps."""

from django.db import models
from django.db.models import Q

from maillage.acteurs.models import Collectivite
from maillage.socle.francais import normaliser


class Indicateur(models.Model):
    """La définition d'une mesure, propre à une collectivité.

    `derniere_valeur`, `derniere_date` et `trace` (les 24 dernières valeurs, de la plus ancienne à
    la plus récente) sont recopiées par `indicateurs.services` : une page de liste ne relit jamais
    toutes les valeurs.
    """

    class Sens(models.TextChoices):
        HAUSSE = "hausse", "à augmenter"
        BAISSE = "baisse", "à faire baisser"

    class Periodicite(models.TextChoices):
        MENSUELLE = "mensuelle", "tous les mois"
        TRIMESTRIELLE = "trimestrielle", "tous les trimestres"
        SEMESTRIELLE = "semestrielle", "tous les six mois"
        ANNUELLE = "annuelle", "tous les ans"
        PONCTUELLE = "ponctuelle", "une seule fois"

    collectivite = models.ForeignKey(Collectivite, models.PROTECT, related_name="indicateurs")
    libelle = models.CharField("libellé", max_length=250)
    libelle_normalise = models.CharField(max_length=250, editable=False)
    definition = models.TextField("définition", blank=True)
    unite = models.CharField("unité", max_length=60, blank=True)
    sens = models.CharField("sens", max_length=10, choices=Sens, blank=True)
    source = models.CharField("source", max_length=250, blank=True)
    methode = models.TextField("méthode", blank=True)
    periodicite = models.CharField("périodicité", max_length=15, choices=Periodicite, blank=True)
    derniere_valeur = models.DecimalField(
        null=True, editable=False, max_digits=18, decimal_places=4
    )
    derniere_date = models.DateField(null=True, editable=False)
    trace = models.JSONField(default=list, editable=False)
    est_demonstration = models.BooleanField("donnée de démonstration", default=False)

    class Meta:
        verbose_name = "indicateur"
        verbose_name_plural = "indicateurs"
        ordering = ["libelle"]

    def __str__(self):
        return self.libelle

    def save(self, *args, **kwargs):
        self.libelle_normalise = normaliser(self.libelle)[:250]
        super().save(*args, **kwargs)


class ValeurIndicateur(models.Model):
    """Une valeur à une date. Une absence connue se dit par le statut, jamais par un zéro."""

    class Statut(models.TextChoices):
        DEFINITIF = "definitif", "définitive"
        PROVISOIRE = "provisoire", "provisoire"
        ESTIME = "estime", "estimée"
        ABSENT = "absent", "absente"

    indicateur = models.ForeignKey(Indicateur, models.CASCADE, related_name="valeurs")
    date = models.DateField("date")
    valeur = models.DecimalField("valeur", null=True, blank=True, max_digits=18, decimal_places=4)
    statut = models.CharField("statut", max_length=12, choices=Statut, default=Statut.DEFINITIF)
    commentaire = models.CharField("commentaire", max_length=300, blank=True)
    est_demonstration = models.BooleanField("donnée de démonstration", default=False)

    class Meta:
        verbose_name = "valeur d’indicateur"
        verbose_name_plural = "valeurs d’indicateur"
        ordering = ["date"]
        constraints = [
            models.UniqueConstraint(fields=["indicateur", "date"], name="valeur_unique_par_date"),
            models.CheckConstraint(
                condition=Q(statut="absent", valeur__isnull=True)
                | (~Q(statut="absent") & Q(valeur__isnull=False)),
                name="valeur_presente_ou_absente",
            ),
        ]

    def __str__(self):
        return f"{self.indicateur} au {self.date:%d/%m/%Y}"
