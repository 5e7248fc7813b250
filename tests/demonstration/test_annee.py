"""L'année inventée : marquée partout, plausible, la même pour la même graine."""

import datetime
from collections import Counter
from itertools import pairwise

import pytest
from django.apps import apps
from tests.demonstration.conftest import JOUR, demonstration_chargee

from maillage.acteurs.models import Compte
from maillage.plan.etat import etats_de
from maillage.plan.models import FicheAction, Meteo, PointEtape
from maillage.portail.demonstration.chargement import charger, deja_chargee

SUIVI = (
    "date", "meteo", "motif_meteo", "taux", "avancement", "atteinte", "suite", "faits_marquants",
    "difficultes", "besoin_arbitrage", "prochaines_etapes", "bloquee_par", "bloquee_jusqu_au",
    "fonction_auteur", "jeton", "cree_le",
)  # fmt: skip


def fiches():
    return FicheAction.objects.filter(schema__slug="solidarites-2024-2028")


def tout_ce_qui_est_invente():
    """Les états de toutes les fiches et tous les points, sans les identifiants de la base."""
    toutes = list(FicheAction.objects.order_by("schema__slug", "code"))
    etats = etats_de(toutes)
    points = PointEtape.objects.order_by("fiche__code", "date").values_list("fiche__code", *SUIVI)
    valeurs = (
        apps.get_model("indicateurs", "ValeurIndicateur")
        .objects.order_by("indicateur__usages__fiche__code", "indicateur__libelle", "date")
        .values_list("indicateur__usages__fiche__code", "indicateur__libelle", "date", "valeur")
    )
    return [etats[fiche.pk] for fiche in toutes], list(points), list(valeurs)


def test_meme_graine_meme_jour_memes_donnees(django_db_setup, django_db_blocker):
    with demonstration_chargee(django_db_blocker):
        premiere = tout_ce_qui_est_invente()
    with demonstration_chargee(django_db_blocker):
        assert tout_ce_qui_est_invente() == premiere


def test_une_autre_graine_raconte_autre_chose(demonstration, db, django_db_blocker):
    # Dans une transaction à elle, par-dessus celle du module, vidée d'abord.
    avant = Counter(fiches().values_list("code", "meteo"))
    from maillage.portail.demonstration.phrases import lire_les_phrases
    from maillage.portail.demonstration.suivi_invente import _tirer

    inventions = _tirer(list(fiches().order_by("code")), lire_les_phrases(), 7, JOUR)
    apres = Counter(
        (code, i.recit.points[-1].meteo if i.recit.points else "") for code, i in inventions.items()
    )
    assert avant != apres
    assert Counter(m for _, m in avant) == Counter(m for _, m in apres)


INVENTES = [
    "plan.PointEtape", "plan.LigneBudget", "plan.Jalon", "plan.Risque",
    "plan.Convention", "plan.ObligationConvention",
    "indicateurs.Indicateur", "indicateurs.ValeurIndicateur", "acteurs.Personne", "acteurs.Compte",
    "plan.Envoi",
]  # fmt: skip


@pytest.mark.parametrize("nom", INVENTES)
def test_tout_ce_qui_est_invente_porte_la_marque(demonstration, db, nom):
    modele = apps.get_model(nom)
    assert modele.objects.filter(est_demonstration=True).exists()
    assert not modele.objects.filter(est_demonstration=False).exists()


def test_aucune_table_inventee_n_echappe_au_controle():
    marquees = {
        modele._meta.label
        for modele in apps.get_models()
        if any(champ.name == "est_demonstration" for champ in modele._meta.get_fields())
    }
    assert marquees == set(INVENTES)


def test_aucun_nombre_invente_sans_marque_sur_la_fiche(demonstration, db):
    """ETP, poids et dates de fin n'ont pas de marque : la démonstration n'y touche pas."""
    sans_marque = fiches().exclude(etp=None, date_fin=None, poids=1, moyens="")
    assert list(sans_marque) == []


def test_chaque_fiche_suivie_dit_que_son_suivi_est_invente(demonstration, db):
    assert not fiches().exclude(meteo="").filter(suivi_demonstration=False).exists()
    assert all("inventés" in f.notes["Démonstration"] for f in fiches())


def test_aucune_personne_inventee_n_a_de_nom(demonstration, db):
    personnes = apps.get_model("acteurs.Personne").objects.all()
    assert personnes.exists()
    assert all(p.nom == "" and p.fonction.endswith("(démonstration)") for p in personnes)


def test_le_loiret_n_a_aucun_suivi_invente(demonstration, db):
    loiret = FicheAction.objects.filter(schema__collectivite__slug="loiret")
    assert not PointEtape.objects.filter(fiche__in=loiret).exists()
    assert not loiret.exclude(dernier_point_le=None).exists()


def test_les_meteos_ont_les_proportions_voulues(demonstration, db):
    meteos = Counter(fiches().values_list("meteo", flat=True))
    assert meteos == {"soleil": 75, "couvert": 36, "nuage": 24, "orage": 9, "": 17}


def test_la_fraicheur_est_celle_d_un_plan_vivant(demonstration, db):
    fraicheurs = Counter(fiche.fraicheur(JOUR) for fiche in fiches())
    assert fraicheurs["a_actualiser"] == 12
    assert fraicheurs["en_retard"] == 8
    assert fraicheurs["a_jour"] > 120


def test_des_fiches_bloquees_et_des_arbitrages_demandes(demonstration, db):
    bloquees = fiches().bloquees()
    assert bloquees.count() == 7
    assert all(f.bloquee_jusqu_au > JOUR for f in bloquees)
    assert fiches().filter(arbitrage_demande=True).count() == 6


def test_chaque_assombrissement_donne_sa_raison(demonstration, db):
    for fiche in fiches().prefetch_related("points"):
        points = sorted(fiche.points.all(), key=lambda p: p.date)
        for avant, apres in pairwise(points):
            if Meteo(apres.meteo).gravite > Meteo(avant.meteo).gravite:
                assert apres.motif_meteo, (fiche.code, apres.date)


def test_le_taux_ne_recule_jamais(demonstration, db):
    for fiche in fiches().prefetch_related("points"):
        taux = [p.taux for p in sorted(fiche.points.all(), key=lambda p: p.date)]
        assert taux == sorted(taux), fiche.code


def test_des_indicateurs_ne_sont_pas_calculables_et_cela_se_voit(demonstration, db):
    suivis = sum(f.indicateurs_total for f in fiches())
    calculables = sum(f.indicateurs_calculables for f in fiches())
    assert suivis > 220
    assert 0.5 < calculables / suivis < 0.9


def test_les_financeurs_sont_des_institutions_du_schema(demonstration, db):
    lignes = apps.get_model("plan.LigneBudget").objects.select_related("financeur")
    connues = {"departement", "etat", "region", "protection_sociale"}
    assert {ligne.financeur.nature for ligne in lignes} <= connues
    assert {ligne.annee for ligne in lignes} == set(range(2024, 2029))


def test_la_fiche_que_l_on_montre_attend_le_pilote(demonstration, db):
    fiche = fiches().select_related("schema").get(code="V2.A1.03")
    pilote = Compte.objects.get(courriel__startswith="pilote@loir-et-cher")
    assert fiche.fraicheur(JOUR) == "a_actualiser"
    assert (fiche.meteo, fiche.taux) == ("couvert", 46)
    assert pilote.has_perm("plan.faire_le_point", fiche)
    assert FicheAction.objects.filter(pilote_personne=pilote.personne).count() == 7


@pytest.mark.parametrize(
    ("role", "code", "peut"),
    [
        ("contributeur", "V2.A1.03", True),
        ("contributeur", "V2.A2.01", False),
        ("referent-axe", "V2.A1.16", True),
        ("referent-axe", "V2.A2.01", False),
        ("administrateur", "V2.A6.27", True),
        ("partenaire-pilote", "V2.A1.04", True),
        ("partenaire-pilote", "V2.A1.03", False),
        ("partenaire-contributeur", "V2.A3.14", True),
        ("partenaire-lecteur", "V2.A6.07", False),
        ("lecteur", "V2.A1.03", False),
    ],
)
def test_chaque_compte_a_de_quoi_faire(demonstration, db, role, code, peut):
    compte = Compte.objects.get(courriel=f"{role}@loir-et-cher.demonstration.invalid")
    fiche = fiches().select_related("schema__collectivite", "division").get(code=code)
    assert compte.has_perm("plan.faire_le_point", fiche) is peut


def test_recharger_ne_change_rien(demonstration, db):
    avant = PointEtape.objects.count()
    assert charger(graine=8, jour=JOUR + datetime.timedelta(days=90)).chargee is False
    assert PointEtape.objects.count() == avant
    assert deja_chargee().graine == 41
