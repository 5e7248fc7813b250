"""Ce que les noms d'un état désignent : organisations, personnes, publics, étapes, territoires.

Un référentiel se lit une fois par écriture ou par import : huit requêtes, puis tout est en mémoire.
"""

from django.utils.text import slugify

from maillage.acteurs.models import Organisation, Personne
from maillage.socle.francais import normaliser
from maillage.territoires.models import TerritoireAction

from .models import Division, EtapeParcours, PublicCible, Schema


class Referentiel:
    """Les objets connus d'un schéma et de sa collectivité, retrouvés par leur nom.

    Organisations, personnes et publics inconnus sont créés à l'écriture (`nouveaux_*` les liste) ;
    étapes, territoires et divisions viennent du cadre du plan : inconnus, ils sont refusés.
    """

    def __init__(self, schema: Schema):
        self.schema = schema
        self.collectivite = schema.collectivite
        self.divisions = {
            cle: division
            for division in Division.objects.filter(schema=schema).select_related("schema")
            for cle in (normaliser(division.code),)
        }
        self.organisations = {
            organisation.nom_normalise: organisation
            for organisation in Organisation.objects.filter(collectivite=self.collectivite)
        }
        for organisation in list(self.organisations.values()):
            if organisation.sigle:
                self.organisations.setdefault(normaliser(organisation.sigle), organisation)
        self.personnes = {
            (personne.nom, personne.fonction): personne
            for personne in Personne.objects.filter(collectivite=self.collectivite)
        }
        self.publics = {
            normaliser(public.nom): public
            for public in PublicCible.objects.filter(collectivite=self.collectivite)
        }
        self.etapes = {}
        for etape in EtapeParcours.objects.filter(collectivite=self.collectivite):
            for nom in (etape.nom, etape.nom_simple, etape.slug):
                self.etapes[normaliser(nom)] = etape
        self.territoires = {}
        decoupage = self.collectivite.decoupage
        if decoupage is not None:
            for territoire in TerritoireAction.objects.filter(decoupage=decoupage):
                for nom in (territoire.nom, territoire.slug):
                    self.territoires[normaliser(nom)] = territoire
        self._formes: dict[tuple[str, str], str] = {}
        self.nouvelles_organisations: list[str] = []
        self.nouvelles_personnes: list[str] = []
        self.nouveaux_publics: list[str] = []

    # --- Retrouver -------------------------------------------------------------------------

    def division(self, code: str) -> Division | None:
        return self.divisions.get(normaliser(code))

    def etape(self, nom: str) -> EtapeParcours | None:
        return self.etapes.get(normaliser(nom))

    def territoire(self, nom: str):
        return self.territoires.get(normaliser(nom))

    def nom_organisation(self, nom: str) -> str:
        """Le nom sous lequel cette organisation est connue ; le nom donné si elle est nouvelle."""
        connue = self.organisations.get(normaliser(nom))
        return connue.nom if connue else self._premiere_forme("organisation", nom)

    def nom_public(self, nom: str) -> str:
        connu = self.publics.get(normaliser(nom))
        return connu.nom if connu else self._premiere_forme("public", nom)

    def _premiere_forme(self, sorte: str, nom: str) -> str:
        """« CAF » puis « caf » dans un même lot : un seul nom neuf, celui qu'on a lu d'abord."""
        return self._formes.setdefault((sorte, normaliser(nom)), " ".join(nom.split()))

    # --- Créer ce qui manque, dans la transaction de l'écriture -----------------------------

    def creer_les_manquants(self, etats) -> None:
        """Crée en un lot les organisations, personnes et publics que ces états nomment."""
        organisations: dict[str, str] = {}
        publics: dict[str, str] = {}
        personnes: dict[tuple[str, str], str] = {}
        for etat in etats:
            noms = [etat["pilote_organisation"], *etat["copilotes"], *etat["partenaires"]]
            noms += [ligne["financeur"] for ligne in etat["budgets"]]
            noms += [ligne["proprietaire"] for ligne in etat["risques"]]
            for nom in filter(None, noms):
                if normaliser(nom) not in self.organisations:
                    organisations.setdefault(normaliser(nom), nom)
            for nom in etat["publics"]:
                if normaliser(nom) not in self.publics:
                    publics.setdefault(normaliser(nom), nom)
            identite = (etat["pilote_personne"], etat["pilote_fonction"])
            if any(identite) and identite not in self.personnes:
                personnes.setdefault(identite, etat["pilote_organisation"])
        for cle, nom in organisations.items():
            self.organisations[cle] = Organisation(
                collectivite=self.collectivite, nom=nom, nom_normalise=cle
            )
        Organisation.objects.bulk_create([self.organisations[cle] for cle in organisations])
        slugs = {public.slug for public in self.publics.values()}
        for cle, nom in publics.items():
            slug = base = slugify(nom)[:90] or "public"
            rang = 2
            while slug in slugs:
                slug, rang = f"{base}-{rang}", rang + 1
            slugs.add(slug)
            self.publics[cle] = PublicCible(collectivite=self.collectivite, nom=nom, slug=slug)
        PublicCible.objects.bulk_create([self.publics[cle] for cle in publics])
        for (nom, fonction), organisation in personnes.items():
            self.personnes[nom, fonction] = Personne(
                collectivite=self.collectivite,
                nom=nom,
                fonction=fonction,
                organisation=self.organisations.get(normaliser(organisation)),
            )
        Personne.objects.bulk_create([self.personnes[identite] for identite in personnes])
        self.nouvelles_organisations += list(organisations.values())
        self.nouveaux_publics += list(publics.values())
        self.nouvelles_personnes += [", ".join(filter(None, identite)) for identite in personnes]
