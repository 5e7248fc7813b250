"""Importer le découpage officiel : rejouer, essayer, fusionner, refuser."""

import pytest

from maillage.journal.models import Cachet, Ligne
from maillage.territoires.lecture import lire_fichiers_publics
from maillage.territoires.models import (
    Commune,
    Decoupage,
    Departement,
    Epci,
    TerritoireAction,
)
from maillage.territoires.services import ImportRefuse, importer_decoupage

from .conftest import COMMUNES, EPCIS, commune, deleguee, epci

pytestmark = pytest.mark.django_db


@pytest.fixture
def importer(ecrire_fichiers):
    """Écrit des fichiers publics et les importe."""

    def _importer(millesime=2025, departements=("37",), essai=False, **contenu):
        dossier = ecrire_fichiers(nom=f"f{millesime}-{len(contenu)}", **contenu)
        officiel = lire_fichiers_publics(dossier, millesime=millesime)
        return importer_decoupage(officiel=officiel, departements=departements, essai=essai)

    return _importer


def sans(*codes):
    """Les communes et EPCI de départ, sans ces codes."""
    communes = [c for c in COMMUNES if c["code"] not in codes]
    epcis = [{**e, "membres": [m for m in e["membres"] if m["code"] not in codes]} for e in EPCIS]
    return communes, epcis


def fusion(ancienne="37001", nouvelle="37002", nom="Abilly"):
    communes, epcis = sans(ancienne)
    return {"communes": [*communes, deleguee(ancienne, nom, nouvelle)], "epcis": epcis}


def test_rejouer_n_ecrit_rien(importer, ecrire_fichiers):
    importer()
    officiel = lire_fichiers_publics(ecrire_fichiers(nom="encore"), millesime=2025)
    lignes = Ligne.objects.count()
    bilan = importer_decoupage(officiel=officiel, departements=["37"])
    assert bilan.comptes["communes"] == {"crees": 0, "modifies": 0, "inchanges": 4}
    assert not bilan.a_change
    assert Ligne.objects.count() == lignes


def test_l_import_laisse_une_ligne_et_un_cachet(importer):
    importer()
    ligne = Ligne.objects.get(objet_id="37")
    assert (ligne.verbe, ligne.origine) == ("importer_decoupage", "import")
    assert ligne.changements["communes"]["crees"] == 4
    assert Cachet.objects.get(cle="departement:37").version == 1


def test_l_essai_compte_et_n_ecrit_rien(importer):
    bilan = importer(essai=True)
    assert bilan.comptes["communes"]["crees"] == 4
    assert not Commune.objects.exists()
    assert not Ligne.objects.exists()


def test_tout_le_pays(importer):
    importer(departements=None)
    assert Commune.objects.count() == len(COMMUNES)
    assert Departement.objects.charges().count() == 4


def test_le_nombre_de_requetes_ne_depend_pas_du_nombre_de_communes(
    extrait, django_assert_max_num_queries
):
    with django_assert_max_num_queries(40):
        importer_decoupage(officiel=extrait, departements=["41", "45"])


def test_une_commune_fusionnee_garde_sa_ligne_et_dit_qui_la_remplace(importer):
    importer()
    bilan = importer(2026, **fusion())
    abilly = Commune.objects.get(pk="37001")
    assert abilly.remplacee_par_id == "37002"
    assert abilly.millesime_fin == 2025
    assert abilly.commune_actuelle().nom == "Ambillou"
    assert "37001" not in Commune.objects.actuelles().values_list("pk", flat=True)
    assert bilan.disparues == [{"code": "37001", "nom": "Abilly", "remplacee_par": "37002"}]


def test_une_fusion_en_chaine_mene_a_la_derniere(importer):
    importer(2024)
    importer(2025, **fusion())
    communes, epcis = sans("37001", "37002")
    importer(
        2026,
        communes=[*communes, deleguee("37002", "Ambillou", "37003")],
        epcis=epcis,
        departements=["37"],
    )
    assert Commune.objects.get(pk="37001").commune_actuelle().pk == "37003"


def test_une_commune_retablie_redevient_actuelle(importer):
    importer(2024)
    importer(2025, **fusion())
    importer(2026)
    retablie = Commune.objects.get(pk="37001")
    assert retablie.est_actuelle
    assert retablie.remplacee_par is None


def test_sans_remplacante_connue_on_le_dit(importer):
    nombreuses = [commune(f"37{n:03}", f"Commune {n}") for n in range(100, 120)]
    importer(communes=[*COMMUNES, *nombreuses])
    bilan = importer(2026, communes=[*COMMUNES, *nombreuses[1:]], epcis=EPCIS)
    perdue = Commune.objects.get(pk="37100")
    assert perdue.commune_actuelle() is None
    assert bilan.avertissements == [
        "Commune 100 (37100) n’est plus dans le découpage 2026, "
        "et la source ne dit pas ce qui la remplace."
    ]


def test_un_fichier_qui_oublie_trop_de_communes_est_refuse(importer):
    importer()
    communes, epcis = sans("37001", "37002")
    with pytest.raises(ImportRefuse, match="oublient 2 communes"):
        importer(2026, communes=communes, epcis=epcis)
    assert Commune.objects.actuelles().count() == 4


def test_un_millesime_plus_ancien_est_refuse(importer):
    importer(2026)
    with pytest.raises(ImportRefuse, match="Le découpage 2026 est déjà chargé"):
        importer(2025)


def test_un_departement_absent_des_fichiers_est_refuse(importer):
    with pytest.raises(ImportRefuse, match="75 n’est pas dans ces fichiers"):
        importer(departements=["75"])


def test_un_departement_sans_commune_est_refuse(importer):
    with pytest.raises(ImportRefuse, match="aucune commune du département 37"):
        importer(communes=COMMUNES[5:], epcis=[epci("200000444", "CC X", ["2A004"])])


def test_un_epci_sans_commune_est_ferme_et_signale(importer):
    importer()
    decoupage = Decoupage.objects.create(
        slug="d", nom="Touraine", departement_id="37", millesime=2025
    )
    ouest = TerritoireAction.objects.create(decoupage=decoupage, slug="ouest", nom="Ouest")
    ouest.epcis.add("200000222")
    nouveau = epci("200000999", "CA Nouvelle", ["37002", "37003"], nature="CA")
    bilan = importer(2026, epcis=[EPCIS[0], nouveau])
    assert Epci.objects.get(pk="200000222").millesime_fin == 2025
    assert "Le territoire « Ouest » contient CA « Belle Ville »" in bilan.avertissements[0]


def test_une_fusion_qui_touche_un_territoire_est_signalee(importer):
    importer()
    decoupage = Decoupage.objects.create(
        slug="d", nom="Touraine", departement_id="37", millesime=2025
    )
    ouest = TerritoireAction.objects.create(decoupage=decoupage, slug="ouest", nom="Ouest")
    ouest.communes_en_plus.add("37001")
    bilan = importer(2026, **fusion())
    assert bilan.avertissements == [
        "Le territoire « Ouest » nomme Abilly (37001), qui n’existe plus : revoyez sa composition."
    ]


def test_une_voisine_qui_quitte_l_epci_n_y_est_plus(importer):
    importer()
    bilan = importer(2026, epcis=[epci("200000111", "CC du Bord", ["37001"]), EPCIS[1]])
    assert Commune.objects.get(pk="36001").epci is None
    assert "rechargez aussi le département 36" in bilan.avertissements[0]


def test_une_panne_en_route_ne_laisse_rien(importer, monkeypatch):
    def panne(*args, **kwargs):
        raise OSError("disque plein")

    monkeypatch.setattr("maillage.territoires.services.consigner", panne)
    with pytest.raises(OSError, match="disque plein"):
        importer()
    assert not Departement.objects.exists()
