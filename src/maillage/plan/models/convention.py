"""Les conventions : qui s'engage avec qui, pour quelles fiches, combien, jusqu'à quand."""

import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone

from maillage.acteurs.models import Collectivite, Organisation, Personne
from maillage.calcul.calendrier import mois_plus_tot

from .fiche import FicheAction

# Sans préavis écrit, on s'y prend deux mois avant la fin.
MOIS_POUR_PREPARER = 2


class ConventionQuerySet(models.QuerySet):
    def actives(self):
        return self.filter(archivee_le__isnull=True)

    def publiees(self):
        """Ce qu'un visiteur voit : publiée, non archivée."""
        return self.actives().filter(est_publiee=True)

    def visibles_par(self, compte, collectivite):
        """Toutes pour un rôle interne ; pour un partenaire, celles où son organisation s'engage."""
        base = self.filter(collectivite=collectivite)
        if not compte.is_authenticated:
            return base.publiees()
        droits = compte.droits_dans(collectivite)
        if droits.au_moins("lecteur"):
            return base
        if droits.rang_partenaire:
            miennes = PartieConvention.objects.filter(organisation__in=droits.organisations)
            return base.filter(pk__in=miennes.values("convention_id"))
        return base.none()

    def en_cours(self, jour: datetime.date | None = None):
        """Commencée (ou sans début dit) et pas encore finie."""
        jour = jour or timezone.localdate()
        return self.actives().filter(
            Q(date_debut__isnull=True) | Q(date_debut__lte=jour),
            Q(date_fin__isnull=True) | Q(date_fin__gte=jour),
        )


class Convention(models.Model):
    """Un engagement écrit entre organisations. `version` monte à chaque écriture."""

    class Nature(models.TextChoices):
        CPOM = "cpom", "Contrat pluriannuel d’objectifs et de moyens (CPOM)"
        APPEL = "appel_a_projets", "Appel à projets"
        CONVENTION = "convention", "Convention de partenariat"
        SUBVENTION = "subvention", "Convention de subvention"

    class Reconduction(models.TextChoices):
        AUCUNE = "aucune", "Pas de reconduction"
        EXPRESSE = "expresse", "Par décision des parties"
        TACITE = "tacite", "Tacite, sauf dénonciation"

    collectivite = models.ForeignKey(Collectivite, models.PROTECT, related_name="conventions")
    objet = models.CharField("objet", max_length=300)
    nature = models.CharField("nature", max_length=20, choices=Nature, default=Nature.CONVENTION)
    reference = models.CharField("référence", max_length=100, blank=True)
    date_debut = models.DateField("début", null=True, blank=True)
    date_fin = models.DateField("fin", null=True, blank=True)
    reconduction = models.CharField(
        "reconduction", max_length=10, choices=Reconduction, default=Reconduction.AUCUNE
    )
    preavis_mois = models.PositiveSmallIntegerField("préavis, en mois", null=True, blank=True)
    objectifs = models.TextField("objectifs", blank=True)
    document = models.URLField("lien vers le document", max_length=500, blank=True)
    parties: models.ManyToManyField = models.ManyToManyField(
        Organisation, through="PartieConvention", related_name="conventions"
    )
    fiches = models.ManyToManyField(FicheAction, blank=True, related_name="conventions")
    est_publiee = models.BooleanField("publiée", default=False)
    est_demonstration = models.BooleanField("donnée de démonstration", default=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    creee_le = models.DateTimeField(default=timezone.now, editable=False)
    archivee_le = models.DateTimeField(null=True, blank=True, editable=False)
    motif_archivage = models.CharField("motif", max_length=300, blank=True)

    objects = ConventionQuerySet.as_manager()

    class Meta:
        verbose_name = "convention"
        verbose_name_plural = "conventions"
        ordering = ["date_fin", "objet", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(objet=""), name="convention_nommee"),
            models.CheckConstraint(
                condition=Q(date_debut__isnull=True)
                | Q(date_fin__isnull=True)
                | Q(date_fin__gte=models.F("date_debut")),
                name="convention_dates_ordonnees",
            ),
            models.CheckConstraint(
                condition=Q(preavis_mois__isnull=True) | Q(preavis_mois__lte=60),
                name="convention_preavis_borne",
            ),
            models.CheckConstraint(
                condition=Q(archivee_le__isnull=True) | ~Q(motif_archivage=""),
                name="convention_archivage_motive",
            ),
        ]

    def __str__(self):
        return f"{self.reference} · {self.objet}" if self.reference else self.objet

    @property
    def cachet(self) -> str:
        return f"conventions:{self.collectivite_id}"

    @property
    def date_de_preavis(self) -> datetime.date | None:
        """Dernier jour pour dire si l'on continue ; None sans date de fin."""
        if self.date_fin is None:
            return None
        mois = self.preavis_mois if self.preavis_mois is not None else MOIS_POUR_PREPARER
        return mois_plus_tot(self.date_fin, mois)

    def etat_au(self, jour: datetime.date | None = None) -> str:
        """archivee, a_venir, terminee, a_renouveler (le préavis est atteint) ou en_cours."""
        jour = jour or timezone.localdate()
        if self.archivee_le is not None:
            return "archivee"
        if self.date_debut and self.date_debut > jour:
            return "a_venir"
        if self.date_fin and self.date_fin < jour:
            return "terminee"
        preavis = self.date_de_preavis
        return "a_renouveler" if preavis and preavis <= jour else "en_cours"


class PartieConvention(models.Model):
    """Une organisation qui s'engage dans une convention, et à quel titre."""

    class Role(models.TextChoices):
        SIGNATAIRE = "signataire", "Signataire"
        FINANCEUR = "financeur", "Financeur"
        OPERATEUR = "operateur", "Met en œuvre"
        BENEFICIAIRE = "beneficiaire", "Bénéficiaire"

    convention = models.ForeignKey(Convention, models.CASCADE, related_name="engagements")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="engagements")
    role = models.CharField("rôle", max_length=15, choices=Role, default=Role.SIGNATAIRE)

    class Meta:
        verbose_name = "partie à une convention"
        verbose_name_plural = "parties à une convention"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["convention", "organisation", "role"], name="partie_unique"
            ),
        ]

    def __str__(self):
        return f"{self.organisation}, {self.get_role_display().lower()}"


class MontantConvention(models.Model):
    """Ce qu'un financeur s'engage à verser une année, en euros."""

    convention = models.ForeignKey(Convention, models.CASCADE, related_name="montants")
    annee = models.PositiveSmallIntegerField("année")
    financeur = models.ForeignKey(
        Organisation, models.PROTECT, related_name="montants_conventionnes"
    )
    montant = models.DecimalField("montant", max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = "montant de convention"
        verbose_name_plural = "montants de convention"
        ordering = ["annee", "financeur__nom"]
        constraints = [
            models.UniqueConstraint(
                fields=["convention", "annee", "financeur"], name="montant_convention_unique"
            ),
            models.CheckConstraint(condition=Q(montant__gte=0), name="montant_convention_positif"),
            models.CheckConstraint(
                condition=Q(annee__gte=1990) & Q(annee__lte=2100),
                name="montant_convention_annee_plausible",
            ),
        ]

    def __str__(self):
        return f"{self.annee}, {self.financeur}"


class ObligationConvention(models.Model):
    """Une chose due au titre d'une convention : un bilan, un comité, un compte rendu financier."""

    convention = models.ForeignKey(Convention, models.CASCADE, related_name="obligations")
    libelle = models.CharField("obligation", max_length=300)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="obligations"
    )
    personne = models.ForeignKey(
        Personne, models.PROTECT, null=True, blank=True, related_name="obligations"
    )
    echeance = models.DateField("échéance", null=True, blank=True)
    faite_le = models.DateField("faite le", null=True, blank=True)
    preuve = models.CharField("preuve", max_length=500, blank=True)
    est_demonstration = models.BooleanField("donnée de démonstration", default=False)

    class Meta:
        verbose_name = "obligation"
        verbose_name_plural = "obligations"
        ordering = ["echeance", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(libelle=""), name="obligation_nommee"),
        ]

    def __str__(self):
        return self.libelle
