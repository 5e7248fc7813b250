"""Le cadre du plan : l'arbre reste juste, chaque écriture se voit, l'histoire suit les noms."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fabriques import DivisionFactory, EtapeFactory, SchemaFactory

from maillage.journal.models import Ligne
from maillage.journal.services import versions
from maillage.plan import cadre
from maillage.plan.etat import etat_de, etat_vide
from maillage.plan.models import Division, FicheAction, Schema
from maillage.plan.services import creer_fiche, enregistrer_fiche

pytestmark = pytest.mark.django_db


@pytest.fixture
def schema():
    return SchemaFactory(niveaux=["volet", "axe", "objectif"])


def arbre(schema):
    """Les codes dans l'ordre de lecture."""
    return list(
        Division.objects.filter(schema=schema).order_by("chemin").values_list("code", flat=True)
    )


def planter(schema, *codes):
    """« V1 », « V1.A1 »… : le parent est le code sans son dernier morceau."""
    for code in codes:
        parent = Division.objects.filter(schema=schema, code=code.rpartition(".")[0]).first()
        cadre.ajouter_division(schema=schema, parent=parent, code=code, nom=code, par=None)


def verifier(schema):
    """Chaque chemin prolonge celui de son parent, et aucun ne se répète."""
    divisions = list(Division.objects.filter(schema=schema).select_related("parent"))
    assert len({d.chemin for d in divisions}) == len(divisions)
    for d in divisions:
        debut = d.parent.chemin if d.parent else ""
        assert d.chemin == f"{debut}{d.ordre:04d}"
        assert d.profondeur == (d.parent.profondeur + 1 if d.parent else 0)


def test_monter_emporte_tout_ce_que_la_division_porte(schema):
    planter(schema, "V1", "V1.A1", "V2", "V2.A1", "V2.A1.O1")
    cadre.ranger_division(division=Division.objects.get(code="V2"), sens="monter", par=None)
    assert arbre(schema) == ["V2", "V2.A1", "V2.A1.O1", "V1", "V1.A1"]
    verifier(schema)


def test_changer_de_parent_recalcule_le_sous_arbre(schema):
    planter(schema, "V1", "V2", "V2.A1", "V2.A1.O1")
    axe, cible = Division.objects.get(code="V2.A1"), Division.objects.get(code="V1")
    cadre.modifier_division(division=axe, parent=cible, par=None)
    assert arbre(schema) == ["V1", "V2.A1", "V2.A1.O1", "V2"]
    verifier(schema)


@pytest.mark.parametrize("cible", ["V2.A1", "V2.A1.O1"])
def test_une_division_ne_se_range_pas_sous_elle_meme(schema, cible):
    planter(schema, "V2", "V2.A1", "V2.A1.O1")
    axe = Division.objects.get(code="V2.A1")
    with pytest.raises(cadre.CadreRefuse, match="sous elle-même"):
        cadre.modifier_division(division=axe, parent=Division.objects.get(code=cible), par=None)


def test_un_deplacement_trop_profond_est_refuse(schema):
    planter(schema, "V1", "V1.A1", "V2", "V2.A1")
    volet, axe = Division.objects.get(code="V2"), Division.objects.get(code="V1.A1")
    with pytest.raises(cadre.CadreRefuse, match="trop profond"):
        cadre.modifier_division(division=volet, parent=axe, par=None)


def test_deux_soeurs_de_meme_rang_sont_renumerotees(schema):
    DivisionFactory(schema=schema, code="A", ordre=1)
    DivisionFactory(schema=schema, code="B", ordre=1)
    planter(schema, "C")
    assert arbre(schema) == ["A", "B", "C"]
    verifier(schema)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    gestes=st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 2)), max_size=8
    )
)
def test_aucune_suite_de_gestes_ne_casse_l_arbre(schema, gestes):
    Division.objects.filter(schema=schema).exclude(parent=None).update(parent=None, profondeur=0)
    Division.objects.filter(schema=schema).delete()
    planter(schema, "V1", "V1.A1", "V1.A2", "V1.A1.O1", "V2", "V2.A1")
    for qui, ou, geste in gestes:
        divisions = list(Division.objects.filter(schema=schema).order_by("code"))
        division, autre = divisions[qui % len(divisions)], divisions[ou % len(divisions)]
        try:
            if geste == 2:
                cadre.modifier_division(division=division, parent=autre, par=None)
            else:
                sens = ["monter", "descendre"][geste]
                cadre.ranger_division(division=division, sens=sens, par=None)
        except cadre.CadreRefuse:
            pass
        verifier(schema)
    assert len(arbre(schema)) == 6


def test_chaque_ecriture_se_voit_au_journal_et_sur_les_pages(schema):
    avant = versions([schema.collectivite.cachet])
    planter(schema, "V1")
    assert Ligne.objects.get().verbe == "division ajoutée"
    assert versions([schema.collectivite.cachet]) != avant


def test_un_niveau_ne_disparait_pas_sous_des_divisions(schema):
    planter(schema, "V1", "V1.A1")
    with pytest.raises(cadre.CadreRefuse, match="déjà 2 niveaux"):
        cadre.modifier_schema(schema=schema, niveaux=["axe"], par=None)


def test_le_premier_plan_est_montre_d_abord_le_second_non(schema):
    valeurs = {"annee_debut": 2020, "annee_fin": 2024, "niveaux": ["axe"]}
    collectivite = schema.collectivite
    un = cadre.creer_schema(collectivite=collectivite, par=None, nom="Un", **valeurs)
    deux = cadre.creer_schema(collectivite=collectivite, par=None, nom="Un", **valeurs)
    assert (un.est_principal, deux.est_principal) == (True, False)
    assert un.slug != deux.slug
    cadre.definir_principal(schema=deux, par=None)
    assert Schema.objects.get(est_principal=True) == deux


@pytest.mark.parametrize(
    ("codes", "attendu"),
    [
        ([], "V2.A1.01"),
        (["V2.A1.09"], "V2.A1.10"),
        (["V2.A1.03", "V2.A1.12", "V2.A10.99"], "V2.A1.13"),
        (["V2.A1-7"], "V2.A1-8"),
        (["V2.A1.bis"], "V2.A1.01"),
    ],
)
def test_le_code_suivant(schema, codes, attendu):
    planter(schema, "V2", "V2.A1")
    division = Division.objects.get(code="V2.A1")
    FicheAction.objects.bulk_create(
        FicheAction(schema=schema, division=division, code=code, titre="T") for code in codes
    )
    assert cadre.code_suivant(division) == attendu


class TestRenommer:
    @pytest.fixture
    def fiche(self, schema):
        planter(schema, "V1", "V2")
        EtapeFactory(collectivite=schema.collectivite, nom="Enfance", nom_simple="Grandir")
        etat = etat_vide(code="F1", division="V1", titre="Une", etapes=["Enfance"], renvois=["V2"])
        return creer_fiche(schema=schema, etat=etat, par=None)

    def test_un_nouveau_code_de_division_laisse_une_version(self, fiche):
        cadre.modifier_division(division=fiche.division, code="W1", par=None)
        fiche.refresh_from_db()
        derniere = fiche.versions.first()
        assert (fiche.version, derniere.motif) == (2, "nouveau code : W1")
        assert derniere.etat == etat_de(fiche)
        assert derniere.etat["division"] == "W1"

    def test_un_nouveau_nom_d_etape_laisse_une_version_et_se_cherche(self, fiche):
        cadre.renommer_repere(
            repere=fiche.etapes.get(), nom="Petite enfance", nom_simple="Naître", par=None
        )
        assert fiche.versions.count() == 2
        assert list(FicheAction.objects.chercher("petite")) == [fiche]

    def test_un_nouveau_nom_seul_ne_touche_pas_les_fiches(self, fiche):
        cadre.modifier_division(division=fiche.division, nom="Autre nom", par=None)
        assert fiche.versions.count() == 1

    def test_une_saisie_partie_avant_le_renommage_s_enregistre_apres(self, fiche):
        """Le renommage n'est pas une écriture de l'autre : il ne fait pas de conflit."""
        cadre.renommer_repere(repere=fiche.etapes.get(), nom="Petite enfance", par=None)
        enregistrer_fiche(fiche=fiche, etat={"titre": "Deux"}, par=None, version_attendue=1)
        etat = etat_de(fiche)
        assert (etat["titre"], etat["etapes"]) == ("Deux", ["Petite enfance"])
