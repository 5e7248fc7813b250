"""Deux collectivités jumelles, et une personne de chaque sorte."""

import datetime
from types import SimpleNamespace

from django.utils import timezone
from tests.fabriques import (
    AttributionFactory,
    CollectiviteFactory,
    CompteFactory,
    ConventionFactory,
    DecoupageFactory,
    DepartementFactory,
    DivisionFactory,
    EtapeFactory,
    FicheFactory,
    ObligationFactory,
    OrganisationFactory,
    PersonneFactory,
    PublicFactory,
    SchemaFactory,
    TerritoireFactory,
)

from maillage.acteurs.models import Invitation
from maillage.plan.agenda import jeton_de, ouvrir_l_agenda
from maillage.plan.etat import etat_de
from maillage.plan.models import (
    Contributeur,
    Envoi,
    Jalon,
    LigneEnvoi,
    PeriodeCalme,
    PointEtape,
    Referent,
    VersionFiche,
)
from maillage.plan.rappels.liens import jeton_de_pause, jeton_du_point
from maillage.territoires.models import Commune

from .attentes import PERSONNES, SANS_SESSION


class Lieu:
    """Une collectivité et un objet de chaque sorte. Un objet de plus : une ligne de plus."""

    def __init__(self, departement: str):
        lieu = DepartementFactory(code=departement, nom=f"Département {departement}")
        self.collectivite = CollectiviteFactory(
            departement=lieu, decoupage=DecoupageFactory(departement=lieu)
        )
        self.commune = Commune.objects.create(
            code_insee=f"{departement}018", nom="Commune", departement=lieu, millesime=2026
        )
        self.organisation = OrganisationFactory(collectivite=self.collectivite)
        self.personne = PersonneFactory(collectivite=self.collectivite)
        self.attribution = AttributionFactory(collectivite=self.collectivite)
        self.compte = self.attribution.compte
        self.invitation, self.jeton = self._invitation()
        self.territoire = TerritoireFactory(decoupage=self.collectivite.decoupage)
        self.etape = EtapeFactory(collectivite=self.collectivite)
        self.public = PublicFactory(collectivite=self.collectivite)
        self.schema = SchemaFactory(collectivite=self.collectivite)
        self.division = DivisionFactory(schema=self.schema)
        self.fiche = FicheFactory(
            division=self.division,
            pilote_organisation=self.organisation,
            pilote_personne=self.personne,
        )
        self.point = PointEtape.objects.create(
            fiche=self.fiche, date=timezone.localdate(), meteo="soleil"
        )
        self.version = VersionFiche.objects.create(
            fiche=self.fiche, numero=1, etat=etat_de(self.fiche)
        )
        self.periode_calme = PeriodeCalme.objects.create(
            collectivite=self.collectivite,
            libelle="Vacances",
            debut=timezone.localdate(),
            fin=timezone.localdate(),
        )
        self.lien_de_rappel, self.lien_de_pause = self._liens()
        self.jalon = Jalon.objects.create(
            fiche=self.fiche, titre="Ouverture", date_prevue=timezone.localdate()
        )
        abonnement = ouvrir_l_agenda(
            compte=self.compte, collectivite=self.collectivite, par=self.compte
        )
        self.jeton_agenda = jeton_de(abonnement)
        self.dimension = "etapes"
        self.convention = ConventionFactory(
            collectivite=self.collectivite, partie=self.organisation, est_publiee=True
        )
        self.obligation = ObligationFactory(
            convention=self.convention, organisation=self.organisation, personne=self.personne
        )
        self.uid, self.cle = "1", "cle-inconnue"

    def _invitation(self):
        jeton, empreinte = Invitation.tirer_jeton()
        invitation = Invitation.objects.create(
            collectivite=self.collectivite,
            courriel=f"invite@{self.collectivite.slug}.test",
            role="lecteur",
            empreinte=empreinte,
            expire_le=timezone.now() + datetime.timedelta(days=3),
        )
        return invitation, jeton

    def _liens(self):
        """Les liens d'un rappel, reçu par quelqu'un qui peut y répondre."""
        chef = AttributionFactory(collectivite=self.collectivite, role="administrateur").compte
        envoi = Envoi.objects.create(
            collectivite=self.collectivite,
            compte=chef,
            jour=timezone.localdate(),
            cle=f"rappel:{self.collectivite.slug}",
        )
        ligne = LigneEnvoi.objects.create(
            envoi=envoi, fiche=self.fiche, echeance=timezone.localdate(), jalon=1, echelon="chef"
        )
        return jeton_du_point(ligne), jeton_de_pause(chef)


class Monde:
    """`ici` et `ailleurs`, et les comptes de chaque personne."""

    def __init__(self):
        self.ici, self.ailleurs = Lieu("41"), Lieu("45")
        self.comptes = {nom: self._compte(nom) for nom in PERSONNES if nom != "anonyme"}

    def _compte(self, nom: str):
        compte = CompteFactory(is_active=nom not in SANS_SESSION)
        if nom == "sans_role":
            return compte
        if nom == "administrateur_ailleurs":
            AttributionFactory(
                compte=compte, collectivite=self.ailleurs.collectivite, role="administrateur"
            )
            return compte
        role = "lecteur" if nom == "desactive" else nom
        partenaire = role.startswith("partenaire_")
        AttributionFactory(
            compte=compte,
            collectivite=self.ici.collectivite,
            role=role,
            organisation=self.ici.organisation if partenaire else None,
        )
        if nom == "pilote":
            compte.personne = self.ici.personne
            compte.save()
        if nom == "referent_axe":
            Referent.objects.create(division=self.ici.division, compte=compte)
        if nom in {"contributeur", "partenaire_contributeur"}:
            Contributeur.objects.create(fiche=self.ici.fiche, compte=compte)
        return compte

    def objets(self, lieu: str) -> SimpleNamespace | Lieu:
        """Les objets que nomme une adresse ; croisés : ceux d'ailleurs, sous l'adresse d'ici."""
        if lieu == "ici":
            return self.ici
        if lieu == "ailleurs":
            return self.ailleurs
        return SimpleNamespace(**{**vars(self.ailleurs), "collectivite": self.ici.collectivite})
