"""Le suivi en lot suit les mêmes règles que le suivi point par point, et donne le même résultat."""

import datetime
from decimal import Decimal

import pytest
from tests.fabriques import (
    DivisionFactory,
    FicheFactory,
    IndicateurFactory,
    IndicateurFicheFactory,
)

from maillage.journal.models import Ligne
from maillage.journal.services import versions
from maillage.plan.models import FicheAction, PointEtape
from maillage.plan.suivi import PointRefuse, Saisie, ajouter_point, donner_la_valeur
from maillage.plan.suivi_lot import PointAAjouter, ajouter_points_en_lot, donner_valeurs_en_lot

JANVIER, AVRIL = datetime.date(2026, 1, 12), datetime.date(2026, 4, 13)
SAISIES = [
    Saisie(date=JANVIER, meteo="soleil", taux=10, faits_marquants="Parti."),
    Saisie(date=AVRIL, meteo="nuage", motif_meteo="Poste vacant.", taux=20, suite="ajustement"),
]
RECOPIES = ["meteo", "taux", "avancement", "suite", "dernier_point_le", "prochaine_echeance"]


@pytest.fixture
def fiche(db):
    return FicheFactory()


def en_lot(fiche, saisies, **options):
    return ajouter_points_en_lot(
        schema=fiche.schema,
        points=[PointAAjouter(fiche, saisie) for saisie in saisies],
        par=None,
        **options,
    )


def test_le_lot_donne_le_meme_suivi_que_les_points_un_a_un(fiche):
    autre = FicheFactory(division=fiche.division)
    for saisie in SAISIES:
        ajouter_point(fiche=autre, saisie=saisie, par=None)
    en_lot(fiche, reversed(SAISIES))
    relues = FicheAction.objects.in_bulk([fiche.pk, autre.pk])
    for champ in RECOPIES:
        assert getattr(relues[fiche.pk], champ) == getattr(relues[autre.pk], champ), champ


def test_un_assombrissement_sans_raison_refuse_tout_le_lot(fiche):
    sans_raison = Saisie(date=AVRIL, meteo="orage")
    with pytest.raises(PointRefuse) as refus:
        en_lot(fiche, [SAISIES[0], sans_raison])
    assert list(refus.value.champs) == [f"{fiche.code}, 2026-04-13, motif_meteo"]
    assert not PointEtape.objects.exists()
    assert not Ligne.objects.exists()


def test_la_raison_est_demandee_aussi_par_rapport_a_un_point_deja_la(fiche):
    ajouter_point(fiche=fiche, saisie=SAISIES[0], par=None)
    with pytest.raises(PointRefuse):
        en_lot(fiche, [Saisie(date=AVRIL, meteo="couvert")])


def test_une_fiche_archivee_ne_recoit_rien(fiche):
    fiche.archivee_le = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    with pytest.raises(PointRefuse, match="archivée"):
        en_lot(fiche, SAISIES)


def test_un_lot_vide_ne_laisse_pas_de_trace(fiche):
    assert en_lot(fiche, []) == 0
    assert not Ligne.objects.exists()


def test_un_lot_laisse_une_ligne_de_journal_et_rafraichit_les_pages(fiche):
    avant = versions([fiche.cachet, fiche.schema.cachet])
    assert en_lot(fiche, SAISIES, est_demonstration=True) == 2
    ligne = Ligne.objects.get()
    assert (ligne.verbe, ligne.changements) == (
        "points d’étape ajoutés",
        {"points": 2, "fiches": 1},
    )
    assert versions([fiche.cachet, fiche.schema.cachet]) != avant
    assert fiche.points.filter(est_demonstration=True).count() == 2


def test_le_nombre_de_requetes_ne_depend_pas_du_nombre_de_points(
    fiche, django_assert_max_num_queries
):
    autres = FicheFactory.create_batch(30, division=DivisionFactory(schema=fiche.schema))
    with django_assert_max_num_queries(20):
        ajouter_points_en_lot(
            schema=fiche.schema,
            points=[PointAAjouter(f, saisie) for f in autres for saisie in SAISIES],
            par=None,
        )


def test_les_valeurs_en_lot_donnent_les_memes_taux_qu_une_a_une(fiche):
    collectivite = fiche.schema.collectivite
    liens = [
        IndicateurFicheFactory(
            fiche=f,
            indicateur=IndicateurFactory(collectivite=collectivite),
            initiale=Decimal(0),
            cible=Decimal(10),
        )
        for f in (fiche, FicheFactory(division=fiche.division))
    ]
    donner_valeurs_en_lot(
        schema=fiche.schema,
        valeurs=[(liens[0], JANVIER, Decimal(2)), (liens[0], AVRIL, Decimal(4))],
        par=None,
    )
    for jour, valeur in ((JANVIER, 2), (AVRIL, 4)):
        donner_la_valeur(lien=liens[1], date=jour, valeur=Decimal(valeur), par=None)
    taux = FicheAction.objects.filter(pk__in=[li.fiche_id for li in liens]).values_list(
        "taux_indicateurs", "indicateurs_calculables", "indicateurs_total"
    )
    assert set(taux) == {(40.0, 1, 1)}


def test_une_valeur_du_meme_jour_remplace_l_ancienne(fiche):
    lien = IndicateurFicheFactory(fiche=fiche)
    for valeur in (3, 5):
        donner_valeurs_en_lot(
            schema=fiche.schema, valeurs=[(lien, JANVIER, Decimal(valeur))], par=None
        )
    lien.indicateur.refresh_from_db()
    assert lien.indicateur.derniere_valeur == 5
    assert lien.indicateur.valeurs.count() == 1
