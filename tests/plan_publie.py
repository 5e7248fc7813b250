"""Un plan publié, lu par les tests des pages : deux axes, un territoire, une étape de la vie."""

import datetime

from django.utils import timezone
from tests.fabriques import DivisionFactory, EtapeFactory, SchemaFactory, TerritoireFactory

from maillage.plan.etat import etat_vide
from maillage.plan.models import FicheAction, PointEtape
from maillage.plan.services import enregistrer_lot
from maillage.plan.suivi import Saisie, ajouter_point


class Plan:
    """Un plan publié et de quoi l'écrire."""

    def __init__(self, **schema):
        valeurs = {"est_principal": True, "niveaux": ["volet", "axe"], **schema}
        self.schema = SchemaFactory(**valeurs)
        self.collectivite = self.schema.collectivite
        self.volet = DivisionFactory(schema=self.schema, code="V1", nom="Départemental", ordre=1)
        self.axe = DivisionFactory(
            schema=self.schema, parent=self.volet, code="V1.A1", nom="Rendre acteur", ordre=1
        )
        self.autre_axe = DivisionFactory(
            schema=self.schema, parent=self.volet, code="V1.A2", nom="Prévenir", ordre=2
        )
        self.nord = TerritoireFactory(
            decoupage=self.collectivite.decoupage, slug="nord", nom="Nord"
        )
        self.etape = EtapeFactory(
            collectivite=self.collectivite, slug="grandir", nom="Enfance", nom_simple="Grandir"
        )

    def ecrire(self, *etats: dict) -> list[FicheAction]:
        """Écrit des fiches ; chaque état dit ce qui compte pour le test."""
        complets = [
            etat_vide(
                **{"code": f"F{rang:03d}", "division": "V1.A1", "titre": f"Action {rang}", **e}
            )
            for rang, e in enumerate(etats)
        ]
        enregistrer_lot(schema=self.schema, etats=complets, par=None)
        codes = [etat["code"] for etat in complets]
        trouvees = {f.code: f for f in FicheAction.objects.filter(schema=self.schema)}
        return [trouvees[code] for code in codes]

    def adresse(self, suite: str = "") -> str:
        return f"/{self.collectivite.slug}/{suite}"


def faire_le_point(fiche, meteo="soleil", jours=0, **valeurs) -> PointEtape:
    """Ajoute un point d'étape d'aujourd'hui, ou d'il y a quelques jours."""
    date = timezone.localdate() - datetime.timedelta(days=jours)
    saisie = Saisie(date=date, meteo=meteo, motif_meteo="pour l’essai", **valeurs)
    return ajouter_point(fiche=fiche, saisie=saisie, par=None)
