"""Écrit dans une base à part une fiche en retard et son pilote. Lancé par les tests de coupure."""

import datetime
import sys
from pathlib import Path

import django

sys.path.insert(
    0, str(Path(__file__).resolve().parents[2])
)  # un autre paquet « tests » passe devant

django.setup()

from django.utils import timezone  # noqa: E402
from fabriques import (  # noqa: E402
    AttributionFactory,
    CompteFactory,
    FicheFactory,
    PersonneFactory,
)

from maillage.plan.models import ReglageRappels  # noqa: E402

fiche = FicheFactory(
    code="F001", prochaine_echeance=timezone.localdate() - datetime.timedelta(days=1)
)
lieu = fiche.schema.collectivite
fiche.pilote_personne = PersonneFactory(collectivite=lieu)
fiche.save()
compte = CompteFactory(courriel="pilote@exemple.test", personne=fiche.pilote_personne)
AttributionFactory(compte=compte, collectivite=lieu, role="pilote")
ReglageRappels.objects.create(collectivite=lieu, fins_de_semaine=True)
