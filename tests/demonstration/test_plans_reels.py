"""Les deux plans réels sont entiers, à leur place, et disent ce que les sources taisent."""

import csv
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings

from maillage.plan.installation import FichierDeSchemaRefuse, installer_schema
from maillage.plan.models import Division, FicheAction, Schema
from maillage.plan.services import enregistrer_fiche

LOIR_ET_CHER, LOIRET = "solidarites-2024-2028", "cohesion-sociale-2022-2026"
DONNEES = Path(settings.DONNEES)

pytestmark = pytest.mark.usefixtures("demonstration")


def fiches(slug):
    return FicheAction.objects.filter(schema__slug=slug).select_related("division")


def titres_du_fichier(chemin):
    with (DONNEES / chemin).open(encoding="utf-8", newline="") as flux:
        return {ligne["code"]: ligne["titre"] for ligne in csv.DictReader(flux)}


@pytest.mark.parametrize(
    ("slug", "fichier", "nombre"),
    [
        (LOIR_ET_CHER, "loir-et-cher/fiches-2024.csv", 161),
        (LOIRET, "loiret/fiches-2022.csv", 53),
    ],
)
def test_toutes_les_fiches_ont_le_titre_imprime(db, slug, fichier, nombre):
    en_base = dict(fiches(slug).values_list("code", "titre"))
    assert len(en_base) == nombre
    attendus = {code: " ".join(t.split()) for code, t in titres_du_fichier(fichier).items()}
    assert en_base == attendus


def test_les_axes_du_loir_et_cher_ont_leur_nombre_de_fiches(db):
    par_axe = Counter(fiche.code.rpartition(".")[0] for fiche in fiches(LOIR_ET_CHER))
    assert par_axe == {
        "V1.A1": 6, "V1.A3": 4, "V1.CD": 17,
        "V2.A1": 16, "V2.A2": 34, "V2.A3": 18, "V2.A4": 14, "V2.A5": 25, "V2.A6": 27,
    }  # fmt: skip


def test_chaque_fiche_est_rangee_sous_son_axe(db):
    fautes = [
        fiche.code
        for fiche in fiches(LOIR_ET_CHER)
        if not fiche.division.code.startswith(fiche.code.rpartition(".")[0])
    ]
    assert fautes == []


def test_les_axes_du_loiret_ont_leur_nombre_d_actions(db):
    par_axe = Counter(fiche.division.code for fiche in fiches(LOIRET))
    assert par_axe == {"A1": 14, "A2": 9, "A3": 16, "A4": 4, "A5": 10}


def test_les_actions_du_loiret_sont_directement_sous_les_axes(db):
    schema = Schema.objects.get(slug=LOIRET)
    assert schema.niveaux == ["axe"]
    assert set(schema.divisions.values_list("profondeur", flat=True)) == {0}


def test_le_volet_trois_montre_ses_neuf_defis_sans_fiche(db):
    defis = Division.objects.filter(schema__slug=LOIR_ET_CHER, parent__parent__code="V3")
    assert defis.count() == 9
    assert not fiches(LOIR_ET_CHER).filter(division__code__startswith="V3").exists()


def test_deux_actions_phares_par_axe_du_volet_deux(db):
    phares = Counter(f.code[:5] for f in fiches(LOIR_ET_CHER).filter(phare=True))
    assert phares == {f"V2.A{rang}": 2 for rang in range(1, 7)}


def test_la_page_dit_163_et_161(db):
    avertissement = Schema.objects.get(slug=LOIR_ET_CHER).avertissement
    assert "163" in avertissement
    assert "161" in avertissement
    assert "notre lecture" in avertissement


def test_un_constat_repris_du_schema_dit_d_ou_il_vient(db):
    constat = fiches(LOIR_ET_CHER).get(code="V2.A1.03").constat
    assert "Soutenir la parentalité" in constat
    assert "(volet 2, axe 1, enjeu 2)" in constat


def test_aucune_fiche_n_est_rattachee_a_la_fin_de_vie(db):
    """Aucun titre n'en parle : la case reste vide plutôt que devinée."""
    assert not fiches(LOIR_ET_CHER).filter(etapes__slug="accompagner").exists()


def test_la_lecture_des_titres_se_dit_notre(db):
    with (DONNEES / "loir-et-cher/fiches-lecture-2026.csv").open(encoding="utf-8") as flux:
        assert {ligne["lecture"] for ligne in csv.DictReader(flux)} == {"nôtre"}


def test_reinstaller_n_ajoute_rien(db):
    bilan = installer_schema(fichier=DONNEES / "loir-et-cher/schema-2024.yaml")
    assert bilan.crees == {}


def test_reinstaller_ne_revient_pas_sur_ce_qu_un_agent_a_change(db):
    fiche = fiches(LOIRET).get(code="A1.01")
    enregistrer_fiche(
        fiche=fiche, etat={"titre": "Titre revu"}, par=None, version_attendue=fiche.version
    )
    installer_schema(fichier=DONNEES / "loiret/schema-2022.yaml")
    fiche.refresh_from_db()
    assert fiche.titre == "Titre revu"


def test_reinstaller_remet_une_division_effacee(db):
    Division.objects.get(schema__slug=LOIR_ET_CHER, code="V3.S.D3").delete()
    bilan = installer_schema(fichier=DONNEES / "loir-et-cher/schema-2024.yaml")
    assert bilan.crees == {"divisions": ["V3.S.D3"]}


def copie_du_loiret(dossier, **remplacements):
    for fichier in (DONNEES / "loiret").iterdir():
        texte = fichier.read_text(encoding="utf-8")
        if fichier.suffix == ".yaml":
            texte = texte.replace("slug: loiret", "slug: loiret-copie", 1)
        for avant, apres in remplacements.items():
            texte = texte.replace(avant, apres)
        (dossier / fichier.name).write_text(texte, encoding="utf-8")
    return dossier / "schema-2022.yaml"


def test_une_partie_inconnue_est_refusee(db, tmp_path):
    fichier = copie_du_loiret(tmp_path)
    fichier.write_text(fichier.read_text() + "\nsurprise: 1\n")
    with pytest.raises(FichierDeSchemaRefuse, match="surprise"):
        installer_schema(fichier=fichier)


def test_une_fiche_hors_du_plan_est_refusee_et_rien_n_est_ecrit(db, tmp_path):
    from maillage.acteurs.models import Collectivite
    from maillage.plan.validation import EtatInvalide

    fichier = copie_du_loiret(tmp_path)
    actions = tmp_path / "fiches-2022.csv"
    actions.write_text(actions.read_text().replace("A5.10,A5,", "A5.10,A9,"))
    with pytest.raises(EtatInvalide, match="A9"):
        installer_schema(fichier=fichier)
    assert not Collectivite.objects.filter(slug="loiret-copie").exists()
