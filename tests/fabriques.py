"""Les fabriques d'objets de test. Une valeur qui compte pour un test s'écrit dans le test."""

import datetime

import factory
from factory.django import DjangoModelFactory

from maillage.acteurs.models import Attribution, Collectivite, Compte, Organisation, Personne
from maillage.indicateurs.models import Indicateur
from maillage.plan.models import (
    Convention,
    Division,
    EtapeParcours,
    FicheAction,
    IndicateurFiche,
    ObligationConvention,
    PartieConvention,
    PublicCible,
    Schema,
)
from maillage.territoires.models import Decoupage, Departement, TerritoireAction

MOT_DE_PASSE = "un mot de passe de test"


def siret_valide(rang: int) -> str:
    """Un SIRET inventé : la clé du SIREN et celle de l'établissement sont justes."""
    from maillage.acteurs.siret import cle_de_luhn_juste

    def avec_cle(debut: str) -> str:
        return next(debut + str(cle) for cle in range(10) if cle_de_luhn_juste(debut + str(cle)))

    return avec_cle(avec_cle(f"99{rang:06d}") + "0001")


class DepartementFactory(DjangoModelFactory):
    class Meta:
        model = Departement
        django_get_or_create = ("code",)

    code = "41"
    nom = "Loir-et-Cher"
    region_code = "24"
    region_nom = "Centre-Val de Loire"


class DecoupageFactory(DjangoModelFactory):
    class Meta:
        model = Decoupage

    slug = factory.Sequence(lambda n: f"decoupage-{n}")
    nom = "Territoires d’action"
    departement = factory.SubFactory(DepartementFactory)
    millesime = 2024
    source = "test"


class TerritoireFactory(DjangoModelFactory):
    class Meta:
        model = TerritoireAction

    decoupage = factory.SubFactory(DecoupageFactory)
    slug = factory.Sequence(lambda n: f"territoire-{n}")
    nom = factory.Sequence(lambda n: f"Territoire {n}")
    ordre = factory.Sequence(lambda n: n)


class CollectiviteFactory(DjangoModelFactory):
    class Meta:
        model = Collectivite

    slug = factory.Sequence(lambda n: f"departement-{n}")
    nom = factory.Sequence(lambda n: f"Département {n}")
    nom_court = factory.Sequence(lambda n: f"Dép. {n}")
    departement = factory.SubFactory(DepartementFactory)
    decoupage = factory.SubFactory(DecoupageFactory)


class OrganisationFactory(DjangoModelFactory):
    class Meta:
        model = Organisation

    collectivite = factory.SubFactory(CollectiviteFactory)
    nom = factory.Sequence(lambda n: f"Organisation {n}")


class PersonneFactory(DjangoModelFactory):
    class Meta:
        model = Personne

    collectivite = factory.SubFactory(CollectiviteFactory)
    nom = factory.Sequence(lambda n: f"Personne {n}")
    fonction = "Cheffe de service"


class CompteFactory(DjangoModelFactory):
    class Meta:
        model = Compte
        skip_postgeneration_save = True

    courriel = factory.Sequence(lambda n: f"compte{n}@exemple.test")
    nom = factory.Sequence(lambda n: f"Compte {n}")
    password = factory.django.Password(MOT_DE_PASSE)


class AttributionFactory(DjangoModelFactory):
    class Meta:
        model = Attribution

    compte = factory.SubFactory(CompteFactory)
    collectivite = factory.SubFactory(CollectiviteFactory)
    role = "lecteur"
    organisation = factory.Maybe(
        factory.LazyAttribute(lambda o: o.role.startswith("partenaire_")),
        yes_declaration=factory.SubFactory(
            OrganisationFactory, collectivite=factory.SelfAttribute("..collectivite")
        ),
        no_declaration=None,
    )


class SchemaFactory(DjangoModelFactory):
    class Meta:
        model = Schema

    collectivite = factory.SubFactory(CollectiviteFactory)
    slug = factory.Sequence(lambda n: f"schema-{n}")
    nom = factory.Sequence(lambda n: f"Schéma {n}")
    annee_debut = 2024
    annee_fin = 2028
    date_vote = datetime.date(2024, 10, 17)
    niveaux = factory.LazyFunction(lambda: ["volet", "axe"])


class DivisionFactory(DjangoModelFactory):
    class Meta:
        model = Division

    schema = factory.SubFactory(SchemaFactory)
    ordre = factory.Sequence(lambda n: n % 9999)
    code = factory.Sequence(lambda n: f"D{n}")
    nom = factory.Sequence(lambda n: f"Division {n}")


class EtapeFactory(DjangoModelFactory):
    class Meta:
        model = EtapeParcours

    collectivite = factory.SubFactory(CollectiviteFactory)
    slug = factory.Sequence(lambda n: f"etape-{n}")
    nom = factory.Sequence(lambda n: f"Étape {n}")
    nom_simple = factory.SelfAttribute("nom")
    ordre = factory.Sequence(lambda n: n)


class PublicFactory(DjangoModelFactory):
    class Meta:
        model = PublicCible

    collectivite = factory.SubFactory(CollectiviteFactory)
    slug = factory.Sequence(lambda n: f"public-{n}")
    nom = factory.Sequence(lambda n: f"Public {n}")


class FicheFactory(DjangoModelFactory):
    """Une fiche posée directement en base. Pour une écriture vraie, passer par `plan.services`."""

    class Meta:
        model = FicheAction

    division = factory.SubFactory(DivisionFactory)
    schema = factory.SelfAttribute("division.schema")
    code = factory.Sequence(lambda n: f"F{n:03d}")
    titre = factory.Sequence(lambda n: f"Action {n}")


class IndicateurFactory(DjangoModelFactory):
    class Meta:
        model = Indicateur

    collectivite = factory.SubFactory(CollectiviteFactory)
    libelle = factory.Sequence(lambda n: f"Indicateur {n}")


class IndicateurFicheFactory(DjangoModelFactory):
    class Meta:
        model = IndicateurFiche

    fiche = factory.SubFactory(FicheFactory)
    indicateur = factory.SubFactory(
        IndicateurFactory, collectivite=factory.SelfAttribute("..fiche.schema.collectivite")
    )


class ConventionFactory(DjangoModelFactory):
    """`partie=` : l'organisation qui la signe."""

    class Meta:
        model = Convention
        skip_postgeneration_save = True

    collectivite = factory.SubFactory(CollectiviteFactory)
    objet = factory.Sequence(lambda n: f"Convention {n}")

    @factory.post_generation
    def partie(obj, create, organisation, **kwargs):
        if create and organisation:
            PartieConvention.objects.create(convention=obj, organisation=organisation)


class ObligationFactory(DjangoModelFactory):
    class Meta:
        model = ObligationConvention

    convention = factory.SubFactory(ConventionFactory)
    libelle = factory.Sequence(lambda n: f"Obligation {n}")
