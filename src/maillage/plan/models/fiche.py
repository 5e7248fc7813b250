"""La fiche action et ce qu'elle porte : jalons, budget, risques, textes, indicateurs."""

import datetime

from django.db import connection, models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from maillage.acteurs.models import Compte, Organisation, Personne
from maillage.indicateurs.models import Indicateur
from maillage.socle.recherche import requete_fts5, requete_tsquery
from maillage.territoires.models import TerritoireAction

from .schema import Division, EtapeParcours, PublicCible, Schema
from .suivi import Atteinte, Avancement, Meteo, Suite

# Une fiche est « à actualiser » dès l'échéance de son point d'étape, « en retard » après ce délai.
JOURS_AVANT_RETARD = 30


def fraicheur_au(echeance: datetime.date | None, jour: datetime.date) -> str:
    """La fraîcheur, ce jour-là, d'une fiche dont le prochain point est dû à cette échéance."""
    if echeance is None:
        return "sans_suivi"
    if echeance > jour:
        return "a_jour"
    return "en_retard" if (jour - echeance).days > JOURS_AVANT_RETARD else "a_actualiser"


class Confidentialite(models.TextChoices):
    PUBLIQUE = "publique", "Publique"
    INTERNE = "interne", "Réservée à l’espace de travail"
    RESTREINTE = "restreinte", "Réservée au pilote, au référent et aux administrateurs"


class FicheQuerySet(models.QuerySet):
    def actives(self):
        return self.filter(archivee_le__isnull=True)

    def archivees(self):
        return self.filter(archivee_le__isnull=False)

    def publiees(self):
        """Ce qu'un visiteur voit."""
        return self.actives().filter(
            confidentialite=Confidentialite.PUBLIQUE, schema__est_publie=True
        )

    def visibles_par(self, compte, collectivite):
        """Ce que ce compte voit dans l'espace de travail de cette collectivité."""
        base = self.filter(schema__collectivite=collectivite)
        if not compte.is_authenticated:
            return base.publiees()
        droits = compte.droits_dans(collectivite)
        if droits.au_moins("administrateur"):
            return base
        if droits.au_moins("lecteur"):
            suivies = Q(pilote_personne__compte=compte) | Q(contributeurs__compte=compte)
            # Le référent d'une division répond aussi de toutes celles qu'elle porte.
            for schema_id, chemin in compte.divisions_suivies.values_list(
                "division__schema_id", "division__chemin"
            ):
                suivies |= Q(schema_id=schema_id, division__chemin__startswith=chemin)
            return base.filter(~Q(confidentialite=Confidentialite.RESTREINTE) | suivies).distinct()
        if droits.rang_partenaire:
            return base.filter(
                Q(pilote_organisation__in=droits.organisations)
                | Q(copilotes__in=droits.organisations)
                | Q(partenaires__in=droits.organisations),
                ~Q(confidentialite=Confidentialite.RESTREINTE),
            ).distinct()
        return base.none()

    def a_actualiser(self, jour=None):
        """Échéance du point d'étape atteinte ou dépassée, en retard compris."""
        return self.actives().filter(prochaine_echeance__lte=jour or timezone.localdate())

    def en_retard(self, jour=None):
        jour = jour or timezone.localdate()
        return self.actives().filter(
            prochaine_echeance__lt=jour - datetime.timedelta(days=JOURS_AVANT_RETARD)
        )

    def bloquees(self):
        return self.actives().exclude(bloquee_par="")

    def chercher(self, texte: str):
        """Plein texte, sans accent ni terminaison : « aidant » trouve « aidants »."""
        if connection.vendor == "postgresql":
            requete = requete_tsquery(texte)
            clause = "to_tsvector('simple', plan_ficheaction.recherche) @@ to_tsquery('simple', %s)"
        else:
            requete = requete_fts5(texte)
            clause = (
                "plan_ficheaction.id IN "
                "(SELECT rowid FROM plan_recherche WHERE plan_recherche MATCH %s)"
            )
        if not requete:
            return self.none()
        # Clauses fixes, la question passe en paramètre.
        return self.extra(where=[clause], params=[requete])  # nosec B610


class FicheAction(models.Model):
    """Une action du plan : pourquoi, quoi, pour qui, où, qui, quand, combien, avec quel effet.

    Les champs de suivi (météo, taux, avancement, blocage…) sont recopiés du dernier point d'étape
    par `plan.services` ; on ne les écrit jamais directement. `version` monte à chaque écriture.
    """

    schema = models.ForeignKey(Schema, models.PROTECT, related_name="fiches")
    division = models.ForeignKey(Division, models.PROTECT, related_name="fiches")
    code = models.CharField("code", max_length=40)
    titre = models.CharField("titre", max_length=400)
    constat = models.TextField("constat, contexte", blank=True)
    objectifs = models.TextField("objectifs", blank=True)
    description = models.TextField("description", blank=True)
    modalites = models.TextField("modalités de mise en œuvre", blank=True)
    edition = models.CharField("édition", max_length=20, blank=True)
    phare = models.BooleanField("action phare", default=False)
    prioritaire = models.BooleanField("action prioritaire", default=False)
    confidentialite = models.CharField(
        "visibilité", max_length=12, choices=Confidentialite, default=Confidentialite.PUBLIQUE
    )
    periodicite_mois = models.PositiveSmallIntegerField(
        "un point d’étape tous les … mois", null=True, blank=True
    )
    date_debut = models.DateField("début", null=True, blank=True)
    date_fin = models.DateField("fin prévue", null=True, blank=True)
    publics = models.ManyToManyField(PublicCible, blank=True, related_name="fiches")
    etapes = models.ManyToManyField(EtapeParcours, blank=True, related_name="fiches")
    territoires = models.ManyToManyField(TerritoireAction, blank=True, related_name="fiches")
    renvois = models.ManyToManyField(Division, blank=True, related_name="fiches_en_renvoi")
    pilote_organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="fiches_pilotees"
    )
    pilote_personne = models.ForeignKey(
        Personne, models.PROTECT, null=True, blank=True, related_name="fiches_pilotees"
    )
    copilotes = models.ManyToManyField(Organisation, blank=True, related_name="fiches_copilotees")
    partenaires = models.ManyToManyField(
        Organisation, blank=True, related_name="fiches_partenaires"
    )
    etp = models.DecimalField(
        "équivalents temps plein", max_digits=7, decimal_places=2, null=True, blank=True
    )
    moyens = models.TextField("autres moyens", blank=True)
    poids = models.DecimalField("poids dans l’axe", max_digits=6, decimal_places=2, default=1)
    # Colonnes inconnues d'un classeur importé : {en-tête: texte}. Rien de reçu ne se perd.
    notes = models.JSONField("notes reprises d’un classeur", default=dict, blank=True)

    version = models.PositiveIntegerField(default=1, editable=False)
    creee_le = models.DateTimeField(default=timezone.now, editable=False)
    archivee_le = models.DateTimeField(null=True, blank=True, editable=False)
    motif_archivage = models.CharField("motif", max_length=300, blank=True)

    meteo = models.CharField(max_length=10, choices=Meteo, blank=True, editable=False)
    taux = models.PositiveSmallIntegerField(null=True, editable=False)
    avancement = models.CharField(
        max_length=12, choices=Avancement, default=Avancement.A_LANCER, editable=False
    )
    atteinte = models.CharField(
        max_length=12, choices=Atteinte, default=Atteinte.NON_EVALUEE, editable=False
    )
    suite = models.CharField(max_length=15, choices=Suite, default=Suite.A_DECIDER, editable=False)
    bloquee_par = models.CharField(max_length=300, blank=True, editable=False)
    bloquee_jusqu_au = models.DateField(null=True, editable=False)
    arbitrage_demande = models.BooleanField(default=False, editable=False)
    dernier_point_le = models.DateField(null=True, editable=False)
    suivi_demonstration = models.BooleanField(default=False, editable=False)
    prochaine_echeance = models.DateField(null=True, editable=False, db_index=True)
    taux_indicateurs = models.FloatField(null=True, editable=False)
    indicateurs_calculables = models.PositiveSmallIntegerField(default=0, editable=False)
    indicateurs_total = models.PositiveSmallIntegerField(default=0, editable=False)
    completude = models.PositiveSmallIntegerField(default=0, editable=False)
    recherche = models.TextField(default="", editable=False)

    objects = FicheQuerySet.as_manager()

    class Meta:
        verbose_name = "fiche action"
        verbose_name_plural = "fiches action"
        ordering = ["schema", "division__chemin", "code"]
        indexes = [
            models.Index(fields=["schema", "meteo"], name="fiche_par_meteo"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["schema", "code"], name="fiche_code_unique"),
            models.CheckConstraint(condition=~Q(code="") & ~Q(titre=""), name="fiche_nommee"),
            models.CheckConstraint(
                condition=Q(date_debut__isnull=True)
                | Q(date_fin__isnull=True)
                | Q(date_fin__gte=models.F("date_debut")),
                name="fiche_dates_ordonnees",
            ),
            models.CheckConstraint(condition=Q(etp__isnull=True) | Q(etp__gte=0), name="fiche_etp"),
            models.CheckConstraint(condition=Q(completude__lte=100), name="fiche_completude"),
        ]

    def __str__(self):
        return f"{self.code} · {self.titre}"

    def get_absolute_url(self):
        return reverse("plan:fiche", args=[self.schema.collectivite.slug, self.code])

    @property
    def cachet(self) -> str:
        return f"fiche:{self.pk}"

    @property
    def est_publique(self) -> bool:
        return (
            self.archivee_le is None
            and self.confidentialite == Confidentialite.PUBLIQUE
            and self.schema.est_publie
        )

    def fraicheur(self, jour=None) -> str:
        """« a_jour », « a_actualiser », « en_retard », ou « sans_suivi » (rien n'est attendu)."""
        return fraicheur_au(self.prochaine_echeance, jour or timezone.localdate())

    def est_pilotee_par(self, compte) -> bool:
        return (
            self.pilote_personne_id is not None
            and compte.is_authenticated
            and compte.personne_id == self.pilote_personne_id
        )


class Contributeur(models.Model):
    """Ce compte aide à tenir cette fiche : il la modifie et fait le point, sans en répondre."""

    fiche = models.ForeignKey(FicheAction, models.CASCADE, related_name="contributeurs")
    compte = models.ForeignKey(Compte, models.CASCADE, related_name="contributions")

    class Meta:
        verbose_name = "contributeur"
        verbose_name_plural = "contributeurs"
        constraints = [
            models.UniqueConstraint(fields=["fiche", "compte"], name="contributeur_unique"),
        ]

    def __str__(self):
        return f"{self.compte}, {self.fiche.code}"


class Jalon(models.Model):
    """Une étape datée de l'action. Réalisée quand elle porte sa date de réalisation."""

    fiche = models.ForeignKey(FicheAction, models.CASCADE, related_name="jalons")
    ordre = models.PositiveSmallIntegerField(default=0)
    titre = models.CharField("étape", max_length=300)
    date_prevue = models.DateField("prévue le", null=True, blank=True)
    date_realisee = models.DateField("réalisée le", null=True, blank=True)
    est_demonstration = models.BooleanField(default=False)

    class Meta:
        verbose_name = "jalon"
        verbose_name_plural = "jalons"
        ordering = ["ordre", "pk"]

    def __str__(self):
        return self.titre


class LigneBudget(models.Model):
    """Une année, un financeur, une section ; trois montants en euros, jamais négatifs."""

    class Section(models.TextChoices):
        FONCTIONNEMENT = "fonctionnement", "Fonctionnement"
        INVESTISSEMENT = "investissement", "Investissement"

    fiche = models.ForeignKey(FicheAction, models.CASCADE, related_name="budgets")
    annee = models.PositiveSmallIntegerField("année")
    financeur = models.ForeignKey(Organisation, models.PROTECT, related_name="financements")
    section = models.CharField(
        "section", max_length=15, choices=Section, default=Section.FONCTIONNEMENT
    )
    prevu = models.DecimalField("prévu", max_digits=14, decimal_places=2, null=True, blank=True)
    engage = models.DecimalField("engagé", max_digits=14, decimal_places=2, null=True, blank=True)
    realise = models.DecimalField("réalisé", max_digits=14, decimal_places=2, null=True, blank=True)
    est_demonstration = models.BooleanField(default=False)

    class Meta:
        verbose_name = "ligne de budget"
        verbose_name_plural = "lignes de budget"
        ordering = ["annee", "financeur__nom", "section"]
        constraints = [
            models.UniqueConstraint(
                fields=["fiche", "annee", "financeur", "section"], name="budget_ligne_unique"
            ),
            models.CheckConstraint(
                condition=(Q(prevu__isnull=True) | Q(prevu__gte=0))
                & (Q(engage__isnull=True) | Q(engage__gte=0))
                & (Q(realise__isnull=True) | Q(realise__gte=0)),
                name="budget_montants_positifs",
            ),
            models.CheckConstraint(
                condition=Q(annee__gte=1990) & Q(annee__lte=2100), name="budget_annee_plausible"
            ),
        ]

    def __str__(self):
        return f"{self.annee}, {self.financeur}"


class Risque(models.Model):
    """Ce qui peut faire échouer l'action, et la parade. Gravité et probabilité de 1 à 4."""

    fiche = models.ForeignKey(FicheAction, models.CASCADE, related_name="risques")
    libelle = models.CharField("risque", max_length=300)
    gravite = models.PositiveSmallIntegerField("gravité")
    probabilite = models.PositiveSmallIntegerField("probabilité")
    parade = models.CharField("parade", max_length=500, blank=True)
    proprietaire = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="risques_suivis",
        verbose_name="qui en répond",
    )  # fmt: skip
    partage_avec = models.CharField("partagé avec", max_length=300, blank=True)
    # Le dernier point d'étape qui l'a confirmé ; hors de l'état : le revoir ne change pas la fiche.
    revu_le = models.DateField("revu le", null=True, blank=True, editable=False)
    est_demonstration = models.BooleanField(default=False)

    class Meta:
        verbose_name = "risque"
        verbose_name_plural = "risques"
        ordering = ["-gravite", "-probabilite", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(gravite__gte=1)
                & Q(gravite__lte=4)
                & Q(probabilite__gte=1)
                & Q(probabilite__lte=4),
                name="risque_de_1_a_4",
            ),
        ]

    def __str__(self):
        return self.libelle

    @property
    def criticite(self) -> int:
        """De 1 à 16 : gravité × probabilité."""
        return self.gravite * self.probabilite


class TexteReference(models.Model):
    """Un texte ou un document sur lequel l'action s'appuie : loi, convention, étude, lien."""

    fiche = models.ForeignKey(FicheAction, models.CASCADE, related_name="textes")
    reference = models.CharField("référence", max_length=300)
    url = models.URLField("lien", max_length=500, blank=True)

    class Meta:
        verbose_name = "texte ou document"
        verbose_name_plural = "textes et documents"
        ordering = ["pk"]

    def __str__(self):
        return self.reference


class IndicateursSuivis(models.Manager):
    """Ceux que la fiche suit encore ; `tous` rend aussi ceux qui en ont été retirés."""

    def get_queryset(self):
        return super().get_queryset().filter(retire_le__isnull=True)


class IndicateurFiche(models.Model):
    """Un indicateur suivi par une fiche, à l'un des trois niveaux, avec départ et cible.

    Niveaux : Loir-et-Cher, schéma 2024-2028, partie 3, « Démarche d'évaluation ».
    """

    class Niveau(models.TextChoices):
        REALISATION = "realisation", "Réalisation"
        RESULTAT = "resultat", "Résultat"
        IMPACT = "impact", "Impact"

    fiche = models.ForeignKey(FicheAction, models.CASCADE, related_name="indicateurs")
    indicateur = models.ForeignKey(Indicateur, models.PROTECT, related_name="usages")
    niveau = models.CharField("niveau", max_length=12, choices=Niveau, default=Niveau.REALISATION)
    initiale = models.DecimalField(
        "point de départ", null=True, blank=True, max_digits=18, decimal_places=4
    )
    date_initiale = models.DateField("au", null=True, blank=True)
    cible = models.DecimalField("cible", null=True, blank=True, max_digits=18, decimal_places=4)
    date_cible = models.DateField("pour le", null=True, blank=True)
    poids = models.DecimalField("poids", max_digits=6, decimal_places=2, default=1)
    ordre = models.PositiveSmallIntegerField(default=0)
    # Retiré de la fiche : gardé pour que ses valeurs reviennent si on le remet.
    retire_le = models.DateTimeField(null=True, blank=True, editable=False)

    objects = IndicateursSuivis()
    tous = models.Manager()  # noqa: DJ012 (un second gestionnaire, pris pour un champ)

    class Meta:
        verbose_name = "indicateur de fiche"
        verbose_name_plural = "indicateurs de fiche"
        ordering = ["ordre", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["fiche", "indicateur"], name="indicateur_une_fois"),
            models.CheckConstraint(condition=Q(poids__gte=0), name="indicateur_poids_positif"),
        ]

    def __str__(self):
        return str(self.indicateur)
