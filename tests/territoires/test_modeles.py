"""Recherche de communes et vérités tenues par la base."""

import pytest
from django.db import IntegrityError, transaction

from maillage.territoires.models import Commune, Decoupage, Departement, Epci, TerritoireAction

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("texte", "codes"),
    [
        ("vendome", {"41269"}),
        ("VENDÔME", {"41269"}),
        ("st-aignan", {"41198"}),
        ("41018", {"41018"}),
        ("", set()),
        ("  - ", set()),
        ("%", set()),
        ("introuvable", set()),
    ],
)
def test_rechercher(deux_departements, texte, codes):
    trouvees = Commune.objects.du_departement("41").rechercher(texte)
    assert set(trouvees.values_list("pk", flat=True)) == codes


def test_rechercher_par_code_postal(deux_departements):
    noms = set(Commune.objects.rechercher("41350").values_list("nom", flat=True))
    assert "Vineuil" in noms


def test_les_communes_se_rangent_sans_egard_aux_accents(deux_departements):
    noms = list(Commune.objects.du_departement("41").values_list("nom", flat=True))
    assert noms.index("Épiais") < noms.index("Épuisay") < noms.index("Faverolles-sur-Cher")


def test_enregistrer_ecrit_le_nom_normalise(deux_departements):
    blois = Commune.objects.get(pk="41018")
    blois.nom = "Blois-sur-Évêché"
    blois.save()
    blois.refresh_from_db()
    assert blois.nom_normalise == "blois sur eveche"


@pytest.mark.parametrize(
    "valeurs",
    [
        {"code_insee": "4101", "departement_id": "41"},
        {"code_insee": "41C18", "departement_id": "41"},
        {"code_insee": "2C001", "departement_id": "41"},
        {"code_insee": "45001", "departement_id": "41"},
        {"code_insee": "41999", "departement_id": "41", "siren": "12345"},
        {"code_insee": "41999", "departement_id": "41", "siren": "12345678A"},
        {"code_insee": "41999", "departement_id": "41", "remplacee_par_id": "41018"},
        {
            "code_insee": "41999",
            "departement_id": "41",
            "remplacee_par_id": "41999",
            "millesime_fin": 2025,
        },
    ],
)
def test_la_base_refuse_une_commune_fausse(deux_departements, valeurs):
    Commune.objects.filter(pk=valeurs["code_insee"]).delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        Commune.objects.create(nom="X", millesime=2026, **valeurs)


def test_la_base_accepte_la_corse():
    Departement.objects.create(code="2A", nom="Corse-du-Sud", region_code="94", region_nom="Corse")
    commune = Commune.objects.create(
        code_insee="2A004", nom="Ajaccio", departement_id="2A", millesime=2026
    )
    assert commune.est_actuelle


@pytest.mark.parametrize(
    "valeurs", [{"siren": "12", "nature": "CC"}, {"siren": "200000001", "nature": "XX"}]
)
def test_la_base_refuse_un_epci_faux(valeurs):
    with pytest.raises(IntegrityError), transaction.atomic():
        Epci.objects.create(nom="X", millesime=2026, **valeurs)


def test_la_base_refuse_un_code_de_departement_trop_court():
    with pytest.raises(IntegrityError), transaction.atomic():
        Departement.objects.create(code="4", nom="X", region_code="24", region_nom="X")


def test_deux_territoires_du_meme_nom_dans_un_decoupage_sont_refuses(deux_departements):
    decoupage = Decoupage.objects.create(slug="d", nom="D", departement_id="41", millesime=2026)
    TerritoireAction.objects.create(decoupage=decoupage, slug="a", nom="A")
    with pytest.raises(IntegrityError), transaction.atomic():
        TerritoireAction.objects.create(decoupage=decoupage, slug="a", nom="B")
