"""Le schéma et sa structure : volets, axes, objectifs, quel que soit leur nom et leur nombre."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Collate
from django.utils import timezone

from maillage.acteurs.models import Collectivite, Compte
from maillage.socle.apps import COLLATION

PROFONDEUR_MAX = 6


def valider_niveaux(niveaux) -> None:
    """De un à six noms de niveaux, tous différents, au singulier (« volet », « axe »)."""
    if (
        not isinstance(niveaux, list)
        or not 1 <= len(niveaux) <= PROFONDEUR_MAX
        or not all(isinstance(nom, str) and nom.strip() for nom in niveaux)
        or len({nom.casefold() for nom in niveaux}) != len(niveaux)
    ):
        raise ValidationError("Donnez de un à six noms de niveaux, tous différents.")


class SchemaQuerySet(models.QuerySet):
    def publies(self):
        return self.filter(est_publie=True)

    def de(self, collectivite):
        return self.filter(collectivite=collectivite)

    def en_cours(self, jour=None):
        """Ceux que l'on tient : le plan montré d'abord, et ceux dont la période court encore."""
        annee = (jour or timezone.localdate()).year
        return self.filter(Q(est_principal=True) | Q(annee_fin__gte=annee))


class Schema(models.Model):
    """Un plan voté : schéma des solidarités, ancien schéma sectoriel, programme…"""

    class Nature(models.TextChoices):
        SOLIDARITES = "solidarites", "Schéma des solidarités"
        SECTORIEL = "sectoriel", "Schéma sectoriel"
        PROGRAMME = "programme", "Programme ou plan d’action"

    collectivite = models.ForeignKey(Collectivite, models.PROTECT, related_name="schemas")
    slug = models.SlugField("adresse", max_length=80)
    nom = models.CharField("nom", max_length=200)
    nature = models.CharField("nature", max_length=15, choices=Nature, default=Nature.SOLIDARITES)
    annee_debut = models.PositiveSmallIntegerField("première année")
    annee_fin = models.PositiveSmallIntegerField("dernière année")
    date_vote = models.DateField("voté le", null=True, blank=True)
    niveaux = models.JSONField("noms des niveaux", default=list, validators=[valider_niveaux])
    devise = models.CharField("devise", max_length=250, blank=True)
    presentation = models.TextField("présentation", blank=True)
    avertissement = models.TextField(
        "à savoir", blank=True, help_text="Ce que les sources disent autrement, montré au lecteur."
    )
    source = models.CharField("source", max_length=300, blank=True)
    periodicite_mois = models.PositiveSmallIntegerField(
        "un point d’étape tous les … mois", default=3
    )
    est_publie = models.BooleanField("publié", default=True)
    est_principal = models.BooleanField("plan en cours, montré d’abord", default=False)

    objects = SchemaQuerySet.as_manager()

    class Meta:
        verbose_name = "schéma"
        verbose_name_plural = "schémas"
        ordering = ["-est_principal", "-annee_debut", "nom"]
        constraints = [
            models.UniqueConstraint(fields=["collectivite", "slug"], name="schema_adresse_unique"),
            models.UniqueConstraint(
                fields=["collectivite"],
                condition=Q(est_principal=True),
                name="schema_principal_unique",
            ),
            models.CheckConstraint(
                condition=Q(annee_fin__gte=models.F("annee_debut")), name="schema_periode_ordonnee"
            ),
            models.CheckConstraint(
                condition=Q(periodicite_mois__gte=1) & Q(periodicite_mois__lte=24),
                name="schema_periodicite_bornee",
            ),
        ]

    def __str__(self):
        return self.nom

    @property
    def cachet(self) -> str:
        return f"schema:{self.pk}"

    @property
    def periode(self) -> str:
        return f"{self.annee_debut}-{self.annee_fin}"

    def nom_du_niveau(self, profondeur: int) -> str:
        """« volet » pour 0, « axe » pour 1…"""
        return self.niveaux[profondeur] if profondeur < len(self.niveaux) else "niveau"


class Division(models.Model):
    """Un nœud du plan : ce volet, cet axe, cet objectif. Les fiches s'accrochent à tout nœud.

    `chemin` range l'arbre d'un seul tri : les rangs des ancêtres sur quatre chiffres, collés.
    """

    schema = models.ForeignKey(Schema, models.CASCADE, related_name="divisions")
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="enfants"
    )
    profondeur = models.PositiveSmallIntegerField(editable=False, default=0)
    ordre = models.PositiveSmallIntegerField("rang", default=0)
    chemin = models.CharField(max_length=4 * PROFONDEUR_MAX, editable=False, default="")
    code = models.CharField("code", max_length=40)
    nom = models.CharField("nom", max_length=300)
    ambition = models.CharField("ambition", max_length=200, blank=True)
    presentation = models.TextField("présentation", blank=True)
    poids = models.DecimalField("poids", max_digits=6, decimal_places=2, default=1)

    class Meta:
        verbose_name = "division du plan"
        verbose_name_plural = "divisions du plan"
        ordering = ["schema", "chemin"]
        constraints = [
            models.UniqueConstraint(fields=["schema", "code"], name="division_code_unique"),
            models.CheckConstraint(
                condition=Q(profondeur__lt=PROFONDEUR_MAX), name="division_profondeur_bornee"
            ),
            models.CheckConstraint(condition=Q(poids__gte=0), name="division_poids_positif"),
            models.CheckConstraint(
                condition=Q(profondeur=0, parent__isnull=True)
                | Q(profondeur__gt=0, parent__isnull=False),
                name="division_racine_sans_parent",
            ),
        ]

    def __str__(self):
        return self.nom

    def save(self, *args, **kwargs):
        self.profondeur = self.parent.profondeur + 1 if self.parent else 0
        self.chemin = (self.parent.chemin if self.parent else "") + f"{self.ordre:04d}"
        super().save(*args, **kwargs)

    @property
    def nom_du_niveau(self) -> str:
        return self.schema.nom_du_niveau(self.profondeur)


class EtapeParcours(models.Model):
    """Une étape du parcours de vie. Le Loir-et-Cher en compte cinq (schéma, partie 1)."""

    collectivite = models.ForeignKey(Collectivite, models.PROTECT, related_name="etapes")
    slug = models.SlugField("adresse", max_length=60)
    nom = models.CharField("nom", max_length=150)
    nom_simple = models.CharField("en un mot", max_length=60)
    ordre = models.PositiveSmallIntegerField("rang", default=0)

    class Meta:
        verbose_name = "étape du parcours de vie"
        verbose_name_plural = "étapes du parcours de vie"
        ordering = ["ordre"]
        constraints = [
            models.UniqueConstraint(fields=["collectivite", "slug"], name="etape_adresse_unique"),
            models.UniqueConstraint(fields=["collectivite", "nom"], name="etape_nom_unique"),
        ]

    def __str__(self):
        return self.nom


class PublicCible(models.Model):
    """À qui s'adresse une action : familles, aidants, allocataires du RSA…"""

    collectivite = models.ForeignKey(Collectivite, models.PROTECT, related_name="publics")
    slug = models.SlugField("adresse", max_length=100)
    nom = models.CharField("nom", max_length=120)

    class Meta:
        verbose_name = "public"
        verbose_name_plural = "publics"
        ordering = [Collate("nom", COLLATION)]
        constraints = [
            models.UniqueConstraint(fields=["collectivite", "slug"], name="public_adresse_unique"),
        ]

    def __str__(self):
        return self.nom


class Referent(models.Model):
    """Ce compte répond de cette division (son axe, le plus souvent) et de tout ce qu'elle porte."""

    division = models.ForeignKey(Division, models.CASCADE, related_name="referents")
    compte = models.ForeignKey(Compte, models.CASCADE, related_name="divisions_suivies")

    class Meta:
        verbose_name = "référent"
        verbose_name_plural = "référents"
        constraints = [
            models.UniqueConstraint(fields=["division", "compte"], name="referent_unique"),
        ]

    def __str__(self):
        return f"{self.compte}, {self.division}"


class CorrespondanceColonnes(models.Model):
    """« Chez nous, cette colonne veut dire ce champ » : la réponse, gardée pour la suite."""

    collectivite = models.ForeignKey(Collectivite, models.CASCADE, related_name="correspondances")
    entete = models.CharField("en-tête", max_length=200)
    champ = models.CharField("champ", max_length=60, blank=True)

    class Meta:
        verbose_name = "correspondance de colonne"
        verbose_name_plural = "correspondances de colonnes"
        constraints = [
            models.UniqueConstraint(fields=["collectivite", "entete"], name="entete_unique"),
        ]

    def __str__(self):
        return f"{self.entete} → {self.champ or 'note'}"
