"""Le suivi : points d'étape datés, jamais écrasés ; versions complètes de chaque fiche."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from maillage.acteurs.models import Compte


class Meteo(models.TextChoices):
    """Le jugement du pilote, du plus serein au plus préoccupant."""

    SOLEIL = "soleil", "Soleil"
    COUVERT = "couvert", "Couvert"
    NUAGE = "nuage", "Nuage"
    ORAGE = "orage", "Orage"

    @property
    def gravite(self) -> int:
        return list(Meteo).index(self)

    @property
    def explication(self) -> str:
        return {
            "soleil": "Tout avance comme prévu.",
            "couvert": "Ça avance, avec un point à surveiller.",
            "nuage": "Des difficultés ralentissent l’action.",
            "orage": "L’action est en danger ou arrêtée.",
        }[self.value]


class Avancement(models.TextChoices):
    """Où en est la réalisation. Distinct de l'atteinte des objectifs et de la suite donnée."""

    A_LANCER = "a_lancer", "À lancer"
    EN_COURS = "en_cours", "En cours"
    SUSPENDUE = "suspendue", "Suspendue"
    FINALISEE = "finalisee", "Finalisée"
    ABANDONNEE = "abandonnee", "Abandonnée"


class Atteinte(models.TextChoices):
    NON_EVALUEE = "non_evaluee", "Pas encore évaluée"
    ATTEINT = "atteint", "Objectifs atteints"
    PARTIEL = "partiel", "Objectifs atteints en partie"
    NON_ATTEINT = "non_atteint", "Objectifs non atteints"


class Suite(models.TextChoices):
    A_DECIDER = "a_decider", "À décider"
    POURSUITE = "poursuite", "Se poursuit"
    AJUSTEMENT = "ajustement", "Se poursuit, ajustée"
    GENERALISATION = "generalisation", "Se généralise"
    ARRET = "arret", "S’arrête"


class PointEtapeQuerySet(models.QuerySet):
    def valables(self):
        """Ceux qui n'ont pas été retirés."""
        return self.filter(retire_le__isnull=True)

    def du_plus_recent(self):
        return self.order_by("-date", "-pk")


class PointEtape(models.Model):
    """Un point d'étape daté. On n'en modifie pas : on en ajoute, ou on en retire avec un motif."""

    fiche = models.ForeignKey("plan.FicheAction", models.CASCADE, related_name="points")
    date = models.DateField("date du point")
    meteo = models.CharField("météo", max_length=10, choices=Meteo)
    motif_meteo = models.CharField("pourquoi la météo s’assombrit", max_length=500, blank=True)
    taux = models.PositiveSmallIntegerField("taux d’avancement", null=True, blank=True)
    avancement = models.CharField(
        "avancement", max_length=12, choices=Avancement, default=Avancement.EN_COURS
    )
    atteinte = models.CharField(
        "objectifs", max_length=12, choices=Atteinte, default=Atteinte.NON_EVALUEE
    )
    suite = models.CharField("suite", max_length=15, choices=Suite, default=Suite.A_DECIDER)
    faits_marquants = models.TextField("faits marquants", blank=True)
    difficultes = models.TextField("difficultés", blank=True)
    besoin_arbitrage = models.TextField("besoin d’arbitrage", blank=True)
    prochaines_etapes = models.TextField("prochaines étapes", blank=True)
    bloquee_par = models.CharField("bloquée par", max_length=300, blank=True)
    bloquee_jusqu_au = models.DateField("bloquée jusqu’au", null=True, blank=True)
    auteur = models.ForeignKey(
        Compte, models.SET_NULL, null=True, blank=True, related_name="points_etape"
    )
    fonction_auteur = models.CharField("signé", max_length=200, blank=True)
    jeton = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    cree_le = models.DateTimeField(default=timezone.now, editable=False)
    retire_le = models.DateTimeField(null=True, blank=True, editable=False)
    motif_retrait = models.CharField("motif du retrait", max_length=300, blank=True)
    est_demonstration = models.BooleanField("donnée de démonstration", default=False)

    objects = PointEtapeQuerySet.as_manager()

    class Meta:
        verbose_name = "point d’étape"
        verbose_name_plural = "points d’étape"
        ordering = ["-date", "-pk"]
        indexes = [models.Index(fields=["fiche", "-date", "-id"], name="point_par_fiche")]
        constraints = [
            models.CheckConstraint(
                condition=Q(taux__isnull=True) | Q(taux__lte=100), name="point_taux_borne"
            ),
            models.CheckConstraint(condition=Q(meteo__in=Meteo.values), name="point_meteo_connue"),
            models.CheckConstraint(
                condition=Q(bloquee_jusqu_au__isnull=True) | ~Q(bloquee_par=""),
                name="point_blocage_explique",
            ),
            models.CheckConstraint(
                condition=Q(retire_le__isnull=True) | ~Q(motif_retrait=""),
                name="point_retrait_motive",
            ),
        ]

    def __str__(self):
        return f"{self.fiche.code}, point du {self.date:%d/%m/%Y}"


class VersionFiche(models.Model):
    """L'état entier d'une fiche après une écriture, et ce que cette écriture a changé."""

    fiche = models.ForeignKey("plan.FicheAction", models.CASCADE, related_name="versions")
    numero = models.PositiveIntegerField("version")
    date = models.DateTimeField("date", default=timezone.now)
    auteur = models.ForeignKey(Compte, models.SET_NULL, null=True, blank=True, related_name="+")
    origine = models.CharField("origine", max_length=10, default="ecran")
    motif = models.CharField("motif", max_length=300, blank=True)
    etat = models.JSONField("état")
    changements = models.JSONField("changements", default=list)

    class Meta:
        verbose_name = "version de fiche"
        verbose_name_plural = "versions de fiche"
        ordering = ["-numero"]
        constraints = [
            models.UniqueConstraint(fields=["fiche", "numero"], name="version_numero_unique"),
        ]

    def __str__(self):
        return f"{self.fiche.code}, version {self.numero}"
