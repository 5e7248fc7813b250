"""Le découpage officiel, et les territoires d'action que chaque département compose avec lui.

Deux familles : ce que publie l'Insee (Departement, Epci, Commune), chargé par
`maillage importer-decoupage` ; ce que décide un département (Decoupage, TerritoireAction, Defi),
chargé depuis `donnees/<collectivite>/territoires-*.yaml`.

Les contraintes évitent les expressions régulières : SQLite ne les connaît pas hors de Django,
et son contrôle d'intégrité échouerait sur une sauvegarde.
"""

from __future__ import annotations

from django.db import models
from django.db.models import CharField, F, Func, OuterRef, Q, Value
from django.db.models.functions import Length, Substr
from django.db.models.lookups import Exact

from . import codes

CHIFFRES = "0123456789"


def _ne_contient_que(expression: models.Expression | F, caracteres: str) -> Exact:
    """Vrai en base quand l'expression n'est faite que de ces caractères (SQLite, PostgreSQL)."""
    reste = Func(expression, Value(caracteres), function="RTRIM", output_field=CharField())
    return Exact(reste, Value(""))


class DepartementQuerySet(models.QuerySet["Departement"]):
    def charges(self) -> DepartementQuerySet:
        """Ceux dont toutes les communes sont là, et non les seules voisines d'un EPCI partagé."""
        return self.filter(millesime__isnull=False)


class Departement(models.Model):
    """Un département ou une collectivité d'outre-mer, au sens du Code officiel géographique."""

    code = models.CharField("code", max_length=3, primary_key=True)
    nom = models.CharField("nom", max_length=80)
    region_code = models.CharField("code de la région", max_length=3)
    region_nom = models.CharField("région", max_length=80)
    millesime = models.PositiveSmallIntegerField(
        "millésime chargé",
        null=True,
        blank=True,
        help_text="Année du découpage dont toutes les communes sont chargées.",
    )

    objects = DepartementQuerySet.as_manager()

    class Meta:
        verbose_name = "département"
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(Exact(Length("code"), 2)) | Q(Exact(Length("code"), 3)),
                name="departement_code_deux_ou_trois_caracteres",
            ),
        ]

    def __str__(self) -> str:
        return self.nom


class EpciQuerySet(models.QuerySet["Epci"]):
    def actuels(self) -> EpciQuerySet:
        """Ceux qui existent encore dans le dernier découpage chargé."""
        return self.filter(millesime_fin__isnull=True)

    def du_departement(self, code: str) -> EpciQuerySet:
        """Ceux qui comptent au moins une commune actuelle du département."""
        membres = Commune.objects.actuelles().filter(departement=code, epci=OuterRef("pk"))
        return self.filter(models.Exists(membres))

    def interdepartementaux(self) -> EpciQuerySet:
        """Ceux dont les communes chargées relèvent de plusieurs départements."""
        return self.annotate(
            nombre_departements=models.Count(
                "communes__departement",
                distinct=True,
                filter=Q(communes__millesime_fin__isnull=True),
            )
        ).filter(nombre_departements__gt=1)


class Epci(models.Model):
    """Établissement public de coopération intercommunale à fiscalité propre (liste de la DGCL).

    `population` compte toutes ses communes, y compris hors du département (habitants,
    population municipale). La métropole de Lyon, de statut particulier, est rangée avec
    les métropoles.
    """

    class Nature(models.TextChoices):
        CC = "CC", "Communauté de communes"
        CA = "CA", "Communauté d’agglomération"
        CU = "CU", "Communauté urbaine"
        METRO = "METRO", "Métropole"

    siren = models.CharField("SIREN", max_length=9, primary_key=True)
    nom = models.CharField("nom", max_length=120)
    nature = models.CharField("nature", max_length=5, choices=Nature.choices)
    population = models.PositiveIntegerField("population", null=True, blank=True)
    millesime = models.PositiveSmallIntegerField("millésime")
    millesime_fin = models.PositiveSmallIntegerField(
        "dernier millésime", null=True, blank=True, help_text="Vide tant que l’EPCI existe."
    )

    objects = EpciQuerySet.as_manager()

    class Meta:
        verbose_name = "EPCI"
        verbose_name_plural = "EPCI"
        ordering = ["nom", "siren"]
        constraints = [
            models.CheckConstraint(
                condition=Q(Exact(Length("siren"), 9)) & Q(_ne_contient_que(F("siren"), CHIFFRES)),
                name="epci_siren_neuf_chiffres",
            ),
            models.CheckConstraint(
                condition=Q(nature__in=["CC", "CA", "CU", "METRO"]), name="epci_nature_connue"
            ),
        ]

    def __str__(self) -> str:
        return self.nom

    @property
    def nom_long(self) -> str:
        """Le nom sans sigle : « CC des Loges » donne « Communauté de communes des Loges »."""
        sigle, _, reste = self.nom.partition(" ")
        if sigle != self.nature or not reste:
            return self.nom
        return f"{self.get_nature_display()} {reste}"


class CommuneQuerySet(models.QuerySet["Commune"]):
    def actuelles(self) -> CommuneQuerySet:
        """Celles qui existent dans le dernier découpage chargé."""
        return self.filter(millesime_fin__isnull=True)

    def disparues(self) -> CommuneQuerySet:
        """Celles qu'un découpage plus récent ne connaît plus."""
        return self.filter(millesime_fin__isnull=False)

    def du_departement(self, code: str) -> CommuneQuerySet:
        """Les communes actuelles du département."""
        return self.actuelles().filter(departement=code)

    def du_territoire(self, territoire: TerritoireAction) -> CommuneQuerySet:
        """Les communes actuelles du territoire, celles du département du découpage seulement.

        Un EPCI à cheval sur deux départements n'apporte donc que sa part. Une requête.
        """
        return (
            self.actuelles()
            .filter(
                departement__in=Decoupage.objects.filter(pk=territoire.decoupage_id).values(
                    "departement"
                )
            )
            .filter(
                Q(epci__in=territoire.epcis.values("pk"))
                | Q(pk__in=territoire.communes_en_plus.values("pk"))
            )
            .exclude(pk__in=territoire.communes_exclues.values("pk"))
        )

    def rechercher(self, texte: str) -> CommuneQuerySet:
        """Celles dont le nom contient le texte, ou dont le code Insee ou postal commence par lui.

        Accents, casse, tirets et « St » pour « Saint » n'y font rien. Un texte vide ne trouve rien.
        """
        nom = codes.normaliser_nom(texte)
        if not nom:
            return self.none()
        if any(c.isdigit() for c in nom):
            code = nom.upper()
            return self.filter(
                Q(code_insee__startswith=code)
                | Q(codes_postaux__startswith=code)
                | Q(codes_postaux__contains=f" {code}")
            )
        return self.filter(nom_normalise__contains=nom)

    def population_totale(self) -> int:
        """Somme des populations municipales (habitants) ; une commune sans chiffre vaut 0."""
        return self.aggregate(total=models.Sum("population"))["total"] or 0


class Commune(models.Model):
    """Une commune du Code officiel géographique, gardée même quand elle a fusionné.

    `population` : population municipale (habitants), vide quand la source n'en donne pas.
    `millesime` : dernier découpage où la commune a été lue. Une commune qui disparaît garde sa
    ligne, son `millesime_fin`, et `remplacee_par` quand la source dit qui lui succède.
    """

    code_insee = models.CharField("code Insee", max_length=5, primary_key=True)
    nom = models.CharField("nom", max_length=80)
    nom_normalise = models.CharField(
        "nom pour la recherche", max_length=80, db_index=True, editable=False
    )
    departement = models.ForeignKey(
        Departement, on_delete=models.PROTECT, related_name="communes", verbose_name="département"
    )
    epci = models.ForeignKey(
        Epci,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="communes",
        verbose_name="EPCI",
    )
    population = models.PositiveIntegerField("population", null=True, blank=True)
    siren = models.CharField("SIREN", max_length=9, blank=True)
    codes_postaux = models.TextField(
        "codes postaux", blank=True, help_text="Séparés par une espace."
    )
    millesime = models.PositiveSmallIntegerField("millésime")
    millesime_fin = models.PositiveSmallIntegerField(
        "dernier millésime", null=True, blank=True, help_text="Vide tant que la commune existe."
    )
    remplacee_par = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="communes_remplacees",
        verbose_name="remplacée par",
    )

    objects = CommuneQuerySet.as_manager()

    class Meta:
        verbose_name = "commune"
        ordering = ["nom_normalise", "code_insee"]
        indexes = [
            models.Index(fields=["departement", "nom_normalise"], name="commune_par_departement"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(Exact(Length("code_insee"), 5))
                & Q(_ne_contient_que(Substr("code_insee", 1, 1), CHIFFRES))
                & Q(_ne_contient_que(Substr("code_insee", 2, 1), CHIFFRES + "AB"))
                & Q(_ne_contient_que(Substr("code_insee", 3, 3), CHIFFRES)),
                name="commune_code_insee_cinq_caracteres",
            ),
            models.CheckConstraint(
                condition=Q(code_insee__startswith=F("departement")),
                name="commune_code_du_departement",
            ),
            models.CheckConstraint(
                condition=Q(siren="")
                | (Q(Exact(Length("siren"), 9)) & Q(_ne_contient_que(F("siren"), CHIFFRES))),
                name="commune_siren_vide_ou_neuf_chiffres",
            ),
            models.CheckConstraint(
                condition=Q(remplacee_par__isnull=True) | Q(millesime_fin__isnull=False),
                name="commune_remplacee_a_une_fin",
            ),
            models.CheckConstraint(
                condition=Q(remplacee_par__isnull=True) | ~Q(remplacee_par=F("code_insee")),
                name="commune_ne_se_remplace_pas",
            ),
        ]

    def __str__(self) -> str:
        return self.nom

    def save(self, *args, **kwargs) -> None:
        self.nom_normalise = codes.normaliser_nom(self.nom)
        super().save(*args, **kwargs)

    @property
    def est_actuelle(self) -> bool:
        """Vrai tant que le dernier découpage chargé la connaît."""
        return self.millesime_fin is None

    @property
    def liste_codes_postaux(self) -> list[str]:
        """Ses codes postaux, dans l'ordre de la source."""
        return self.codes_postaux.split()

    def commune_actuelle(self) -> Commune | None:
        """Elle-même, ou celle qui lui succède aujourd'hui ; None si la source ne le dit pas."""
        commune: Commune | None = self
        vues: set[str] = set()
        while commune is not None and not commune.est_actuelle:
            if commune.pk in vues:
                return None
            vues.add(commune.pk)
            commune = commune.remplacee_par
        return commune


class Decoupage(models.Model):
    """Un ensemble daté et nommé de territoires d'action, pour un département.

    Le millésime est l'année de la décision, non celle du découpage officiel. Un nouveau
    découpage est une nouvelle ligne : l'ancien reste lisible.
    """

    slug = models.SlugField("identifiant", max_length=80, unique=True)
    nom = models.CharField("nom", max_length=160)
    departement = models.ForeignKey(
        Departement, on_delete=models.PROTECT, related_name="decoupages", verbose_name="département"
    )
    millesime = models.PositiveSmallIntegerField("millésime")
    source = models.TextField("source", blank=True)

    class Meta:
        verbose_name = "découpage"
        ordering = ["departement", "-millesime", "slug"]

    def __str__(self) -> str:
        return self.nom

    def communes_sans_territoire(self) -> CommuneQuerySet:
        """Les communes actuelles du département qu'aucun territoire du découpage ne contient."""
        communes = Commune.objects.du_departement(self.departement_id)
        for territoire in self.territoires.all():
            communes = communes.exclude(
                pk__in=Commune.objects.du_territoire(territoire).order_by().values("pk")
            )
        return communes


class TerritoireActionQuerySet(models.QuerySet["TerritoireAction"]):
    def du_departement(self, code: str) -> TerritoireActionQuerySet:
        """Ceux des découpages du département."""
        return self.filter(decoupage__departement=code)

    def contenant(self, commune: Commune) -> TerritoireActionQuerySet:
        """Ceux qui contiennent la commune : un au plus par découpage.

        Une commune disparue n'est plus dans aucun territoire : demandez sa remplaçante.
        """
        if not commune.est_actuelle:
            return self.none()
        par_epci = TerritoireAction.epcis.through.objects.filter(epci=commune.epci_id)
        en_plus = TerritoireAction.communes_en_plus.through.objects.filter(commune=commune.pk)
        exclues = TerritoireAction.communes_exclues.through.objects.filter(commune=commune.pk)
        return (
            self.filter(decoupage__departement=commune.departement_id)
            .filter(
                Q(pk__in=par_epci.values("territoireaction"))
                | Q(pk__in=en_plus.values("territoireaction"))
            )
            .exclude(pk__in=exclues.values("territoireaction"))
        )


class TerritoireAction(models.Model):
    """Un territoire où le département agit : des EPCI, plus ou moins quelques communes."""

    decoupage = models.ForeignKey(
        Decoupage, on_delete=models.CASCADE, related_name="territoires", verbose_name="découpage"
    )
    slug = models.SlugField("identifiant", max_length=60)
    nom = models.CharField("nom", max_length=120)
    ordre = models.PositiveSmallIntegerField("ordre", default=0)
    presentation = models.TextField("présentation", blank=True)
    epcis = models.ManyToManyField(
        Epci, blank=True, related_name="territoires", verbose_name="EPCI"
    )
    communes_en_plus = models.ManyToManyField(
        Commune,
        blank=True,
        related_name="territoires_en_plus",
        verbose_name="communes ajoutées",
        help_text="Communes du département, hors des EPCI choisis.",
    )
    communes_exclues = models.ManyToManyField(
        Commune,
        blank=True,
        related_name="territoires_exclus",
        verbose_name="communes exclues",
        help_text="Communes des EPCI choisis qui n’en font pas partie.",
    )

    objects = TerritoireActionQuerySet.as_manager()

    class Meta:
        verbose_name = "territoire d’action"
        verbose_name_plural = "territoires d’action"
        ordering = ["decoupage", "ordre", "nom"]
        constraints = [
            models.UniqueConstraint(
                fields=["decoupage", "slug"], name="territoire_unique_dans_son_decoupage"
            ),
        ]

    def __str__(self) -> str:
        return self.nom

    def communes(self) -> CommuneQuerySet:
        """Ses communes actuelles, celles du département seulement."""
        return Commune.objects.du_territoire(self)


class Defi(models.Model):
    """Un défi retenu par un territoire : ce qu'il s'engage à changer."""

    territoire = models.ForeignKey(
        TerritoireAction, on_delete=models.CASCADE, related_name="defis", verbose_name="territoire"
    )
    slug = models.SlugField("identifiant", max_length=80)
    nom = models.CharField("nom", max_length=200)
    objet = models.TextField("objet", blank=True)
    ordre = models.PositiveSmallIntegerField("ordre", default=0)

    class Meta:
        verbose_name = "défi"
        ordering = ["territoire", "ordre", "nom"]
        constraints = [
            models.UniqueConstraint(
                fields=["territoire", "slug"], name="defi_unique_dans_son_territoire"
            ),
        ]

    def __str__(self) -> str:
        return self.nom
