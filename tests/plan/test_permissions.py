"""Qui peut quoi sur une fiche : une ligne par personne, tout le reste est refusé."""

import datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from tests.fabriques import (
    AttributionFactory,
    CompteFactory,
    DivisionFactory,
    FicheFactory,
    OrganisationFactory,
    PersonneFactory,
    SchemaFactory,
)

from maillage.plan.models import Contributeur, FicheAction, Referent

pytestmark = pytest.mark.django_db

GESTES = ("faire_le_point", "modifier_fiche", "retirer_point", "archiver_fiche",
          "inscrire_contributeur")  # fmt: skip
RIEN: set[str] = set()
ECRIRE = {"faire_le_point", "modifier_fiche"}
REPONDRE = ECRIRE | {"retirer_point", "inscrire_contributeur"}
TOUT = set(GESTES)


@pytest.fixture
def fiche():
    schema = SchemaFactory()
    volet = DivisionFactory(schema=schema, code="V1", ordre=1)
    axe = DivisionFactory(schema=schema, code="V1.A1", ordre=1, parent=volet)
    collectivite = schema.collectivite
    return FicheFactory(
        division=axe,
        pilote_organisation=OrganisationFactory(collectivite=collectivite),
        pilote_personne=PersonneFactory(collectivite=collectivite),
    )


def compte(fiche, role, **options):
    """Un compte de ce rôle dans la collectivité de la fiche."""
    personne = options.pop("personne", None)
    compte = CompteFactory(personne=personne)
    AttributionFactory(compte=compte, collectivite=fiche.schema.collectivite, role=role, **options)
    return compte


def peut(compte, fiche):
    return {geste for geste in GESTES if compte.has_perm(f"plan.{geste}", fiche)}


@pytest.mark.parametrize(
    ("role", "attendu"),
    [
        ("lecteur", RIEN),
        ("contributeur", RIEN),
        ("pilote", RIEN),
        ("referent_axe", RIEN),
        ("administrateur", TOUT),
        ("partenaire_lecteur", RIEN),
        ("partenaire_contributeur", RIEN),
        ("partenaire_pilote", RIEN),
    ],
)
def test_un_role_seul_ne_donne_rien_sauf_a_l_administrateur(fiche, role, attendu):
    assert peut(compte(fiche, role), fiche) == attendu


@pytest.mark.parametrize(
    ("role", "attendu"),
    [("lecteur", RIEN), ("contributeur", ECRIRE), ("pilote", ECRIRE), ("administrateur", TOUT)],
)
def test_inscrit_comme_contributeur(fiche, role, attendu):
    inscrit = compte(fiche, role)
    Contributeur.objects.create(fiche=fiche, compte=inscrit)
    assert peut(inscrit, fiche) == attendu


@pytest.mark.parametrize(
    ("role", "attendu"), [("lecteur", RIEN), ("contributeur", RIEN), ("pilote", REPONDRE)]
)
def test_nomme_pilote_de_la_fiche(fiche, role, attendu):
    assert peut(compte(fiche, role, personne=fiche.pilote_personne), fiche) == attendu


@pytest.mark.parametrize("code", ["V1", "V1.A1"])
def test_le_referent_repond_de_tout_ce_que_porte_sa_division(fiche, code):
    referent = compte(fiche, "referent_axe")
    Referent.objects.create(division=fiche.schema.divisions.get(code=code), compte=referent)
    assert peut(referent, fiche) == TOUT


def test_le_referent_d_une_soeur_ne_peut_rien(fiche):
    referent = compte(fiche, "referent_axe")
    soeur = DivisionFactory(
        schema=fiche.schema, code="V1.A2", ordre=2, parent=fiche.division.parent
    )
    Referent.objects.create(division=soeur, compte=referent)
    assert peut(referent, fiche) == RIEN


def test_un_referent_qui_a_perdu_son_role_ne_peut_plus_rien(fiche):
    ancien = compte(fiche, "lecteur")
    Referent.objects.create(division=fiche.division, compte=ancien)
    assert peut(ancien, fiche) == RIEN


def test_le_partenaire_pilote_de_l_organisation_pilote_repond(fiche):
    partenaire = compte(fiche, "partenaire_pilote", organisation=fiche.pilote_organisation)
    assert peut(partenaire, fiche) == REPONDRE


def test_le_partenaire_contributeur_doit_etre_inscrit(fiche):
    partenaire = compte(fiche, "partenaire_contributeur", organisation=fiche.pilote_organisation)
    assert peut(partenaire, fiche) == RIEN
    Contributeur.objects.create(fiche=fiche, compte=partenaire)
    assert peut(partenaire, fiche) == ECRIRE


def test_l_administrateur_d_une_autre_collectivite_ne_peut_rien(fiche):
    ailleurs = AttributionFactory(role="administrateur").compte
    assert peut(ailleurs, fiche) == RIEN


def test_un_role_echu_ou_a_venir_ne_donne_rien(fiche):
    hier = timezone.localdate() - datetime.timedelta(days=1)
    demain = timezone.localdate() + datetime.timedelta(days=1)
    assert peut(compte(fiche, "administrateur", date_fin=hier), fiche) == RIEN
    assert peut(compte(fiche, "administrateur", date_debut=demain), fiche) == RIEN


def test_un_compte_ferme_ne_peut_rien(fiche):
    ferme = compte(fiche, "administrateur")
    ferme.is_active = False
    ferme.save()
    assert peut(ferme, fiche) == RIEN


def test_un_visiteur_ne_peut_rien(fiche):
    assert peut(AnonymousUser(), fiche) == RIEN


class TestVoir:
    def vues(self, compte, fiche):
        return set(FicheAction.objects.visibles_par(compte, fiche.schema.collectivite))

    @pytest.mark.parametrize(
        ("confidentialite", "role", "voit"),
        [
            ("publique", "lecteur", True),
            ("interne", "lecteur", True),
            ("restreinte", "lecteur", False),
            ("restreinte", "pilote", False),
            ("restreinte", "administrateur", True),
            ("interne", "partenaire_pilote", False),
        ],
    )
    def test_selon_la_visibilite_et_le_role(self, fiche, confidentialite, role, voit):
        FicheAction.objects.update(confidentialite=confidentialite)
        assert (fiche in self.vues(compte(fiche, role), fiche)) is voit

    def test_qui_y_travaille_voit_une_fiche_restreinte(self, fiche):
        FicheAction.objects.update(confidentialite="restreinte")
        pilote = compte(fiche, "pilote", personne=fiche.pilote_personne)
        referent = compte(fiche, "referent_axe")
        Referent.objects.create(division=fiche.division.parent, compte=referent)
        assert fiche in self.vues(pilote, fiche)
        assert fiche in self.vues(referent, fiche)

    def test_un_visiteur_ne_voit_que_le_publie(self, fiche):
        assert fiche in self.vues(AnonymousUser(), fiche)
        fiche.schema.est_publie = False
        fiche.schema.save()
        assert fiche not in self.vues(AnonymousUser(), fiche)

    def test_rien_ne_passe_d_une_collectivite_a_l_autre(self, fiche):
        admin = compte(fiche, "administrateur")
        ailleurs = FicheFactory()
        assert self.vues(admin, ailleurs) == set()


def test_creer_une_fiche_revient_au_referent_et_a_l_administrateur(fiche):
    division = fiche.division
    referent = compte(fiche, "referent_axe")
    Referent.objects.create(division=division.parent, compte=referent)
    permis = {
        role: compte(fiche, role).has_perm("plan.creer_fiche", division)
        for role in ("pilote", "referent_axe", "administrateur")
    }
    assert permis == {"pilote": False, "referent_axe": False, "administrateur": True}
    assert referent.has_perm("plan.creer_fiche", division)
