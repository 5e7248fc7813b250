"""Les rappels : quand on se tait, ce qui est parti, à qui, et ce qui a été répondu."""

import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone

from maillage.acteurs.models import Collectivite, Compte

from .fiche import FicheAction
from .suivi import PointEtape


class ReglageRappels(models.Model):
    """Ce qu'une collectivité décide de ses rappels. Sans ligne : ils partent, la semaine."""

    collectivite = models.OneToOneField(
        Collectivite, models.CASCADE, related_name="reglage_rappels"
    )
    actifs = models.BooleanField("envoyer les rappels", default=True)
    fins_de_semaine = models.BooleanField("envoyer aussi le samedi et le dimanche", default=False)

    class Meta:
        verbose_name = "réglage des rappels"
        verbose_name_plural = "réglages des rappels"

    def __str__(self):
        return f"Rappels, {self.collectivite}"


class PeriodeCalme(models.Model):
    """Des vacances, une fermeture : du début à la fin, compris, aucun rappel ne part."""

    collectivite = models.ForeignKey(Collectivite, models.CASCADE, related_name="periodes_calmes")
    libelle = models.CharField("raison", max_length=100)
    debut = models.DateField("du")
    fin = models.DateField("au")

    class Meta:
        verbose_name = "période sans rappel"
        verbose_name_plural = "périodes sans rappel"
        ordering = ["debut", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(libelle=""), name="periode_calme_nommee"),
            models.CheckConstraint(
                condition=Q(fin__gte=models.F("debut")), name="periode_calme_ordonnee"
            ),
        ]

    def __str__(self):
        return f"{self.libelle}, du {self.debut:%d/%m/%Y} au {self.fin:%d/%m/%Y}"


class PauseQuerySet(models.QuerySet):
    def en_vigueur(self, jour=None):
        jour = jour or timezone.localdate()
        return self.filter(Q(jusqu_au__isnull=True) | Q(jusqu_au__gte=jour))


class PauseRappels(models.Model):
    """Cette personne ne veut plus de rappels, jusqu'à une date ou jusqu'à nouvel ordre."""

    compte = models.OneToOneField(Compte, models.CASCADE, related_name="pause_rappels")
    jusqu_au = models.DateField("jusqu’au", null=True, blank=True)
    depuis = models.DateTimeField("depuis", default=timezone.now)

    objects = PauseQuerySet.as_manager()

    class Meta:
        verbose_name = "pause des rappels"
        verbose_name_plural = "pauses des rappels"

    def __str__(self):
        return f"{self.compte}, {self.jusqu_au or 'jusqu’à nouvel ordre'}"


class EnvoiQuerySet(models.QuerySet):
    def rappels(self):
        return self.filter(genre=Envoi.Genre.RAPPEL)

    def qui_comptent(self):
        """Ceux après lesquels on attend cinq jours : peut-être reçus, ou sur le point de l'être."""
        return self.exclude(etat=Envoi.Etat.ANNULE)

    def qui_ont_dit(self):
        """Ceux dont les lignes ne sont pas à redire."""
        return self.filter(etat__in=[Envoi.Etat.PREPARE, Envoi.Etat.EN_COURS, Envoi.Etat.PARTI])


class Envoi(models.Model):
    """Un courriel à une personne. Sa clé est unique : un rappel par personne et par jour, au plus.

    `prepare` : écrit, pas encore remis. `en_cours` : noté juste avant de remettre le message ; s'il
    le reste, l'ouvrier est mort à cet instant, et le message est peut-être parti : l'envoi devient
    `incertain` et n'est jamais refait.
    """

    class Genre(models.TextChoices):
        RAPPEL = "rappel", "Rappel"
        ESSAI = "essai", "Essai"

    class Etat(models.TextChoices):
        PREPARE = "prepare", "À envoyer"
        EN_COURS = "en_cours", "En cours d’envoi"
        PARTI = "parti", "Parti"
        INCERTAIN = "incertain", "Peut-être parti"
        ECHEC = "echec", "Pas parti"
        ANNULE = "annule", "Annulé"

    collectivite = models.ForeignKey(Collectivite, models.CASCADE, related_name="envois")
    compte = models.ForeignKey(Compte, models.CASCADE, related_name="envois")
    genre = models.CharField(max_length=10, choices=Genre, default=Genre.RAPPEL)
    jour = models.DateField()
    cle = models.CharField(max_length=80, unique=True, editable=False)
    etat = models.CharField(max_length=10, choices=Etat, default=Etat.PREPARE)
    message_id = models.CharField(max_length=120, blank=True)
    tentatives = models.PositiveSmallIntegerField(default=0)
    prepare_le = models.DateTimeField(default=timezone.now)
    commence_le = models.DateTimeField(null=True, blank=True)
    parti_le = models.DateTimeField(null=True, blank=True)
    raison = models.CharField("ce qui s’est passé", max_length=300, blank=True)
    est_demonstration = models.BooleanField("donnée de démonstration", default=False)

    objects = EnvoiQuerySet.as_manager()

    class Meta:
        verbose_name = "envoi"
        verbose_name_plural = "envois"
        ordering = ["-jour", "-pk"]
        indexes = [
            models.Index(fields=["collectivite", "-jour", "-id"], name="envoi_par_jour"),
            models.Index(fields=["compte", "-jour"], name="envoi_par_compte"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(etat="parti") | Q(parti_le__isnull=False), name="envoi_parti_date"
            ),
        ]

    def __str__(self):
        return f"{self.get_genre_display()} du {self.jour:%d/%m/%Y} à {self.compte}"


class LigneEnvoi(models.Model):
    """Une fiche nommée dans un envoi, avec le lien qui permet d'y répondre une fois."""

    DUREE_JOURS = 30

    envoi = models.ForeignKey(Envoi, models.CASCADE, related_name="lignes")
    fiche = models.ForeignKey(FicheAction, models.CASCADE, related_name="rappels")
    echeance = models.DateField()
    jalon = models.SmallIntegerField()
    echelon = models.CharField(max_length=12)
    point = models.ForeignKey(
        PointEtape, models.SET_NULL, null=True, blank=True, related_name="rappels"
    )
    repondu_le = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "ligne d’envoi"
        verbose_name_plural = "lignes d’envoi"
        ordering = ["echeance", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["envoi", "fiche"], name="ligne_envoi_une_fois"),
        ]

    def __str__(self):
        return f"{self.fiche_id}, {self.echeance:%d/%m/%Y}"

    @property
    def expire_le(self) -> datetime.datetime:
        return self.envoi.prepare_le + datetime.timedelta(days=self.DUREE_JOURS)
