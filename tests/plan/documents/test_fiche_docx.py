"""La fiche en Word : de vrais styles, des tableaux à en-tête, aucun texte interprété."""

import io

import docx
import pytest
from django.urls import reverse
from docx.oxml.ns import qn
from tests.plan_publie import Plan, faire_le_point

from maillage.plan.documents import fiche_en_docx

pytestmark = pytest.mark.django_db
HOSTILE = "{{ 7*7 }} {% for x in y %} <w:t>& \x0b\x01 ]]>"


@pytest.fixture
def fiche():
    (fiche,) = Plan().ecrire(
        {"titre": "Aider <les> & {{ aidants }}", "constat": "x",
         "pilote_personne": "Camille Martin", "pilote_fonction": "Cadre",
         "budgets": [{"annee": 2026, "financeur": "CAF", "prevu": "12000"}],
         "jalons": [{"titre": "Convention", "date_prevue": "2026-03-01"}],
         "risques": [{"libelle": "Pas de salle", "gravite": 3, "probabilite": 2}],
         "indicateurs": [{"libelle": "Groupes", "initiale": "0", "cible": "6"}]}
    )  # fmt: skip
    faire_le_point(fiche, "nuage", faits_marquants="Fait marquant")
    # Le service refuse les caractères de commande : un état ancien peut en porter.
    type(fiche).objects.filter(pk=fiche.pk).update(constat=HOSTILE)
    fiche.refresh_from_db()
    return fiche


def ouvrir(fiche, **options):
    return docx.Document(io.BytesIO(fiche_en_docx(fiche, **options)))


def test_le_titre_et_les_parties_ont_de_vrais_styles(fiche):
    styles = [(p.style.name, p.text) for p in ouvrir(fiche).paragraphs]
    assert ("Title", "Aider <les> & {{ aidants }}") in styles
    titres = [texte for style, texte in styles if style == "Heading 1"]
    assert titres[:3] == ["Où en est-on ?", "Ce que l’on mesure", "Constat, contexte"]


def test_un_texte_hostile_reste_du_texte(fiche):
    texte = "\n".join(p.text for p in ouvrir(fiche).paragraphs)
    assert "{{ 7*7 }} {% for x in y %} <w:t>&" in texte


def test_chaque_tableau_repete_sa_ligne_d_en_tete_et_se_decrit(fiche):
    tableaux = ouvrir(fiche, interne=True).tables
    assert len(tableaux) == 4
    for tableau in tableaux:
        assert tableau.rows[0]._tr.find(".//" + qn("w:tblHeader")) is not None
        assert tableau._tbl.tblPr.find(qn("w:tblCaption")).get(qn("w:val"))


def test_le_document_se_dit_francais_et_titre(fiche):
    document = ouvrir(fiche)
    langue = document.styles.element.find(".//" + qn("w:docDefaults") + "//" + qn("w:lang"))
    assert langue.get(qn("w:val")) == "fr-FR"
    assert document.core_properties.language == "fr-FR"
    assert document.core_properties.title.startswith("F000 · Aider")


def test_la_forme_de_la_meteo_a_son_texte_de_remplacement(fiche):
    images = ouvrir(fiche).element.body.findall(".//" + qn("wp:docPr"))
    assert [image.get("descr") for image in images] == ["Météo : nuage"]


def test_ce_qui_est_reserve_reste_dans_l_espace(fiche):
    def tout(document):
        cellules = [c.text for t in document.tables for ligne in t.rows for c in ligne.cells]
        return "\n".join([*(p.text for p in document.paragraphs), *cellules])

    public, interne = tout(ouvrir(fiche)), tout(ouvrir(fiche, interne=True))
    for reserve in ("Pas de salle", "Camille Martin"):
        assert reserve not in public
        assert reserve in interne


def test_un_visiteur_telecharge_le_document(fiche, client):
    reponse = client.get(reverse("plan:fiche_docx", args=[fiche.schema.collectivite.slug, "F000"]))
    assert reponse["Content-Disposition"] == 'attachment; filename="fiche-F000.docx"'
    assert docx.Document(io.BytesIO(reponse.content)).paragraphs


def test_la_page_de_l_action_mene_aux_documents(fiche, client):
    adresse = reverse("plan:fiche", args=[fiche.schema.collectivite.slug, "F000"])
    page = client.get(adresse).content.decode()
    assert "fiche.docx" in page and "fiche.pdf" in page
