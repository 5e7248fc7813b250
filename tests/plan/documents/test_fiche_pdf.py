"""La fiche en PDF : les faits y sont, la structure accessible aussi."""

import io

import pikepdf
import pytest
from django.urls import reverse
from tests.fabriques import DivisionFactory, SchemaFactory

from maillage.plan.documents import donnees_de_la_fiche, fiche_en_pdf
from maillage.plan.etat import etat_vide
from maillage.plan.services import creer_fiche

pytestmark = pytest.mark.django_db


@pytest.fixture
def fiche():
    schema = SchemaFactory(est_principal=True)
    DivisionFactory(schema=schema, code="V1")
    return creer_fiche(
        schema=schema,
        etat=etat_vide(
            code="V1.01",
            division="V1",
            titre="Aider « les aidants » #let x = 1",
            constat="Premier paragraphe.\n\nSecond *paragraphe* avec $du code$ et \\ et <b>.",
            budgets=[{"annee": 2026, "financeur": "CAF", "prevu": "12000"}],
            risques=[{"libelle": "Pas de salle", "gravite": 3, "probabilite": 2}],
            indicateurs=[{"libelle": "Groupes", "initiale": "0", "cible": "6"}],
            jalons=[{"titre": "Convention", "date_prevue": "2026-03-01"}],
        ),
        par=None,
    )


def ouvrir(octets: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(octets))


def test_le_pdf_se_dit_ua_1_francais_et_titre(fiche):
    with ouvrir(fiche_en_pdf(fiche)) as pdf:
        assert str(pdf.Root.Lang).startswith("fr")
        assert bool(pdf.Root.MarkInfo.Marked)
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
        with pdf.open_metadata() as metadonnees:
            assert metadonnees["pdfuaid:part"] == "1"
            assert "V1.01" in metadonnees["dc:title"]


def _types(noeud, trouves):
    if isinstance(noeud, pikepdf.Array):
        for enfant in noeud:
            _types(enfant, trouves)
    elif isinstance(noeud, pikepdf.Dictionary):
        if "/S" in noeud:
            trouves.append(str(noeud.S))
        if "/K" in noeud:
            _types(noeud.K, trouves)


def test_le_pdf_est_balise_titres_et_tableaux(fiche):
    with ouvrir(fiche_en_pdf(fiche)) as pdf:
        trouves: list[str] = []
        _types(pdf.Root.StructTreeRoot, trouves)
        assert trouves.count("/H1") == 1
        assert {"/H2", "/Table", "/TH", "/TD", "/P"} <= set(trouves)


def test_un_texte_d_utilisateur_n_est_jamais_du_code(fiche):
    assert donnees_de_la_fiche(fiche)["titre"] == "Aider « les aidants » #let x = 1"
    assert fiche_en_pdf(fiche).startswith(b"%PDF-")


def test_les_risques_restent_a_l_interieur(fiche):
    assert donnees_de_la_fiche(fiche)["risques"] == []
    assert len(donnees_de_la_fiche(fiche, interne=True)["risques"]) == 1


def test_a_donnees_egales_octets_egaux(fiche):
    assert fiche_en_pdf(fiche) == fiche_en_pdf(fiche)


def test_un_visiteur_telecharge_le_pdf(fiche, client):
    adresse = reverse("plan:fiche_pdf", args=[fiche.schema.collectivite.slug, fiche.code])
    premiere, seconde = client.get(adresse), client.get(adresse)
    assert premiere["Content-Type"] == "application/pdf"
    assert seconde["Content-Disposition"] == 'inline; filename="fiche-V1.01.pdf"'
    assert seconde.content == premiere.content


def test_une_fiche_reservee_n_a_pas_de_pdf_public(fiche, client):
    fiche.confidentialite = "interne"
    fiche.save()
    adresse = reverse("plan:fiche_pdf", args=[fiche.schema.collectivite.slug, fiche.code])
    assert client.get(adresse).status_code == 404
