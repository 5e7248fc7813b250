"""Collectivités, organisations, personnes, comptes, rôles, invitations."""

import hashlib
import secrets

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Collate
from django.utils import timezone

from maillage.socle.apps import COLLATION
from maillage.socle.francais import normaliser

from .siret import valider_siret

COULEUR = RegexValidator(
    r"^#[0-9a-f]{6}$", "Une couleur s’écrit #0d5460 (six chiffres, minuscules)."
)


class CollectiviteQuerySet(models.QuerySet):
    def actives(self):
        return self.filter(est_active=True)


class Collectivite(models.Model):
    """Un département (ou une autre collectivité) installé ici. Tout ce qu'il possède est isolé."""

    slug = models.SlugField("adresse", max_length=50, unique=True)
    nom = models.CharField("nom", max_length=150)
    nom_court = models.CharField("nom court", max_length=60)
    departement = models.ForeignKey(
        "territoires.Departement", models.PROTECT, verbose_name="département"
    )
    decoupage = models.ForeignKey(
        "territoires.Decoupage",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name="territoires d’action",
    )
    devise = models.CharField("devise", max_length=200, blank=True)
    accent = models.CharField("couleur", max_length=7, default="#0d5460", validators=[COULEUR])
    accent_sombre = models.CharField(
        "couleur sur fond sombre", max_length=7, default="#7cc5cd", validators=[COULEUR]
    )
    est_active = models.BooleanField("active", default=True)

    objects = CollectiviteQuerySet.as_manager()

    class Meta:
        verbose_name = "collectivité"
        verbose_name_plural = "collectivités"
        ordering = ["nom"]

    def __str__(self):
        return self.nom

    @property
    def cachet(self) -> str:
        return f"collectivite:{self.pk}"


class OrganisationQuerySet(models.QuerySet):
    def de(self, collectivite):
        return self.filter(collectivite=collectivite)


class Organisation(models.Model):
    """Un service, une institution, une association : qui porte, finance ou accompagne."""

    class Nature(models.TextChoices):
        DEPARTEMENT = "departement", "Département"
        ETAT = "etat", "État et opérateurs de l’État"
        REGION = "region", "Région"
        BLOC_COMMUNAL = "bloc_communal", "Commune ou intercommunalité"
        PROTECTION_SOCIALE = "protection_sociale", "Organisme de protection sociale"
        SANTE = "sante", "Établissement ou acteur de santé"
        ASSOCIATION = "association", "Association"
        EUROPE = "europe", "Union européenne"
        AUTRE = "autre", "Autre"

    collectivite = models.ForeignKey(Collectivite, models.PROTECT, related_name="organisations")
    nom = models.CharField("nom", max_length=200)
    nom_normalise = models.CharField("nom comparé", max_length=200, editable=False)
    sigle = models.CharField("sigle", max_length=30, blank=True)
    siret = models.CharField(
        "SIRET", max_length=14, blank=True, validators=[valider_siret], help_text="14 chiffres."
    )
    nature = models.CharField("nature", max_length=20, choices=Nature, default=Nature.AUTRE)
    site = models.URLField("site", blank=True)
    est_archivee = models.BooleanField("archivée", default=False)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = "organisation"
        verbose_name_plural = "organisations"
        ordering = [Collate("nom", COLLATION)]
        constraints = [
            models.UniqueConstraint(
                fields=["collectivite", "nom_normalise"],
                name="organisation_nom_unique",
                violation_error_message="Une organisation porte déjà ce nom.",
            ),
            models.UniqueConstraint(
                fields=["collectivite", "siret"],
                condition=~Q(siret=""),
                name="organisation_siret_unique",
                violation_error_message="Une organisation porte déjà ce SIRET.",
            ),
        ]

    def __str__(self):
        return self.nom

    def save(self, *args, **kwargs):
        self.normaliser_le_nom()
        super().save(*args, **kwargs)

    def normaliser_le_nom(self) -> None:
        """À appeler avant `full_clean` : l'unicité porte sur le nom comparé."""
        self.nom_normalise = nom_compare(self.nom)


class Personne(models.Model):
    """Une personne nommée dans un plan : une fonction d'abord, un nom si elle l'accepte."""

    collectivite = models.ForeignKey(Collectivite, models.PROTECT, related_name="personnes")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="personnes"
    )
    nom = models.CharField("nom et prénom", max_length=150, blank=True)
    fonction = models.CharField("fonction", max_length=200, blank=True)
    courriel = models.EmailField("courriel", blank=True)
    est_demonstration = models.BooleanField("donnée de démonstration", default=False)

    class Meta:
        verbose_name = "personne"
        verbose_name_plural = "personnes"
        ordering = ["nom", "fonction"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(nom="") | ~Q(fonction=""),
                name="personne_nom_ou_fonction",
                violation_error_message="Écrivez au moins une fonction ou un nom.",
            ),
            models.UniqueConstraint(
                fields=["collectivite", "nom", "fonction"],
                name="personne_unique",
                violation_error_message="Cette personne est déjà dans la liste.",
            ),
        ]

    def __str__(self):
        return ", ".join(filter(None, [self.nom, self.fonction]))


class CompteManager(BaseUserManager["Compte"]):
    use_in_migrations = True

    def create_user(self, courriel: str, password: str | None = None, **champs):
        compte = self.model(courriel=self.normalize_email(courriel).lower(), **champs)
        compte.set_password(password)
        compte.save(using=self._db)
        return compte

    def create_superuser(self, courriel: str, password: str | None = None, **champs):
        return self.create_user(courriel, password, est_exploitant=True, **champs)

    def get_by_natural_key(self, courriel):
        return self.get(courriel__iexact=courriel)


class Compte(AbstractBaseUser, PermissionsMixin):
    """Un accès personnel. Les droits viennent des attributions, jamais du compte lui-même."""

    courriel = models.EmailField("courriel", unique=True)
    nom = models.CharField("nom affiché", max_length=150)
    personne = models.OneToOneField(
        Personne, models.SET_NULL, null=True, blank=True, related_name="compte"
    )
    is_active = models.BooleanField("actif", default=True)
    est_exploitant = models.BooleanField(
        "exploitant de l’installation", default=False, help_text="Crée les collectivités."
    )
    est_demonstration = models.BooleanField("compte de démonstration", default=False)
    cree_le = models.DateTimeField("créé le", default=timezone.now)
    derniere_visite = models.DateTimeField("dernière visite", null=True, blank=True)

    objects = CompteManager()

    USERNAME_FIELD = "courriel"
    EMAIL_FIELD = "courriel"
    REQUIRED_FIELDS = ["nom"]

    class Meta:
        verbose_name = "compte"
        verbose_name_plural = "comptes"

    def __str__(self):
        return self.nom or self.courriel

    @property
    def is_staff(self) -> bool:
        return False

    def droits_dans(self, collectivite) -> "Droits":
        """Les droits de ce compte dans une collectivité ; une requête, gardée sur l'objet."""
        memoire = self.__dict__.setdefault("_droits", {})
        if collectivite.pk not in memoire:
            memoire[collectivite.pk] = Droits(
                list(self.attributions.en_vigueur().filter(collectivite=collectivite))
            )
        return memoire[collectivite.pk]


class Role(models.TextChoices):
    """Du plus simple au plus large. Les rôles « partenaire » ne voient que leur organisation."""

    LECTEUR = "lecteur", "Lecteur"
    CONTRIBUTEUR = "contributeur", "Contributeur"
    PILOTE = "pilote", "Pilote de fiche"
    REFERENT_AXE = "referent_axe", "Référent d’axe"
    ADMINISTRATEUR = "administrateur", "Administrateur"
    PARTENAIRE_LECTEUR = "partenaire_lecteur", "Partenaire, lecteur"
    PARTENAIRE_CONTRIBUTEUR = "partenaire_contributeur", "Partenaire, contributeur"
    PARTENAIRE_PILOTE = "partenaire_pilote", "Partenaire, pilote de fiche"

    @property
    def est_partenaire(self) -> bool:
        return self.value.startswith("partenaire_")

    @property
    def rang(self) -> int:
        return RANGS[self.value.removeprefix("partenaire_")]


RANGS = {"lecteur": 10, "contributeur": 20, "pilote": 30, "referent_axe": 40, "administrateur": 50}


class AttributionQuerySet(models.QuerySet):
    def en_vigueur(self, jour=None):
        jour = jour or timezone.localdate()
        return self.filter(
            Q(date_debut__isnull=True) | Q(date_debut__lte=jour),
            Q(date_fin__isnull=True) | Q(date_fin__gte=jour),
        )


class Attribution(models.Model):
    """Un rôle donné à un compte dans une collectivité, pour un temps."""

    compte = models.ForeignKey(Compte, models.CASCADE, related_name="attributions")
    collectivite = models.ForeignKey(Collectivite, models.CASCADE, related_name="attributions")
    role = models.CharField("rôle", max_length=30, choices=Role)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="attributions"
    )
    date_debut = models.DateField("à partir du", null=True, blank=True)
    date_fin = models.DateField("jusqu’au", null=True, blank=True)

    objects = AttributionQuerySet.as_manager()

    class Meta:
        verbose_name = "attribution"
        verbose_name_plural = "attributions"
        ordering = ["compte__nom", "role"]
        constraints = [
            models.UniqueConstraint(
                fields=["compte", "collectivite", "role", "organisation"],
                name="attribution_unique",
            ),
            models.UniqueConstraint(
                fields=["compte", "collectivite", "role"],
                condition=Q(organisation__isnull=True),
                name="attribution_interne_unique",
            ),
            models.CheckConstraint(
                condition=~Q(role__startswith="partenaire_") | Q(organisation__isnull=False),
                name="partenaire_avec_organisation",
            ),
            models.CheckConstraint(
                condition=Q(date_debut__isnull=True)
                | Q(date_fin__isnull=True)
                | Q(date_fin__gte=models.F("date_debut")),
                name="attribution_dates_ordonnees",
            ),
        ]

    def __str__(self):
        return f"{self.compte} : {self.get_role_display()}"


class Droits:
    """Ce qu'un compte peut dans une collectivité : un rang interne, un rang partenaire."""

    def __init__(self, attributions):
        self.attributions = attributions
        internes = [a for a in attributions if not Role(a.role).est_partenaire]
        partenaires = [a for a in attributions if Role(a.role).est_partenaire]
        self.rang = max((Role(a.role).rang for a in internes), default=0)
        self.rang_partenaire = max((Role(a.role).rang for a in partenaires), default=0)
        self.organisations = {a.organisation_id for a in partenaires}

    def __bool__(self):
        return bool(self.attributions)

    @property
    def role(self) -> str:
        """Le rôle le plus large, pour l'affichage."""
        if not self.attributions:
            return ""
        meilleure = max(
            self.attributions, key=lambda a: (not Role(a.role).est_partenaire, Role(a.role).rang)
        )
        return meilleure.role

    def au_moins(self, role: str) -> bool:
        """Vrai si le rang interne atteint ce rôle."""
        return self.rang >= RANGS[role]

    def partenaire_au_moins(self, role: str) -> bool:
        return self.rang_partenaire >= RANGS[role]

    def organisations_au_moins(self, role: str) -> set[int]:
        """Organisations pour lesquelles ce compte est partenaire à ce rang ou au-dessus."""
        return {
            a.organisation_id
            for a in self.attributions
            if Role(a.role).est_partenaire and Role(a.role).rang >= RANGS[role]
        }


class Invitation(models.Model):
    """Une porte ouverte une fois, pour une adresse, avec un rôle. Seule l'empreinte est gardée."""

    DUREE_JOURS = 14

    collectivite = models.ForeignKey(Collectivite, models.CASCADE, related_name="invitations")
    courriel = models.EmailField("courriel")
    role = models.CharField("rôle", max_length=30, choices=Role)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True)
    empreinte = models.CharField(max_length=64, unique=True, editable=False)
    invitee_par = models.ForeignKey(Compte, models.SET_NULL, null=True, related_name="+")
    creee_le = models.DateTimeField("créée le", default=timezone.now)
    expire_le = models.DateTimeField("expire le")
    acceptee_le = models.DateTimeField("acceptée le", null=True, blank=True)
    retiree_le = models.DateTimeField("retirée le", null=True, blank=True)

    class Meta:
        verbose_name = "invitation"
        verbose_name_plural = "invitations"
        ordering = ["-creee_le"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(role__startswith="partenaire_") | Q(organisation__isnull=False),
                name="invitation_partenaire_organisation",
            ),
        ]

    def __str__(self):
        return f"{self.courriel} ({self.get_role_display()})"

    @staticmethod
    def tirer_jeton() -> tuple[str, str]:
        """Rend (jeton à envoyer, empreinte à garder)."""
        jeton = secrets.token_urlsafe(32)
        return jeton, Invitation.empreinte_de(jeton)

    @staticmethod
    def empreinte_de(jeton: str) -> str:
        return hashlib.sha256(jeton.encode()).hexdigest()

    @property
    def est_ouverte(self) -> bool:
        return (
            self.acceptee_le is None and self.retiree_le is None and self.expire_le > timezone.now()
        )


def nom_compare(nom: str) -> str:
    """Forme sous laquelle deux noms d'organisation sont le même : sans accent, casse ni espaces."""
    return normaliser(nom)
