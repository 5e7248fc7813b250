"""Territoires d'action : composition, unicité, fichiers datés."""

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maillage.journal.models import Ligne
from maillage.territoires.fichier import FichierDeTerritoiresRefuse, charger_decoupage_territorial
from maillage.territoires.models import Commune, Decoupage, Epci, TerritoireAction
from maillage.territoires.services import (
    DecoupageIncoherent,
    composer_territoire,
    fautes_du_decoupage,
    territoire_par_commune,
    territoires_de,
    verifier_decoupage,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("slug", "nombre"), [("nord", 134), ("centre", 59), ("sud", 74)])
def test_communes_par_territoire(loir_et_cher, slug, nombre):
    assert loir_et_cher.territoires.get(slug=slug).communes().count() == nombre


def test_les_trois_territoires_couvrent_le_departement_sans_se_chevaucher(loir_et_cher):
    codes = [
        code
        for territoire in loir_et_cher.territoires.all()
        for code in territoire.communes().values_list("pk", flat=True)
    ]
    assert len(codes) == len(set(codes)) == 267
    assert not loir_et_cher.communes_sans_territoire().exists()


def test_l_epci_partage_n_apporte_que_ses_communes_du_departement(loir_et_cher):
    nord = loir_et_cher.territoires.get(slug="nord")
    assert nord.communes().filter(epci="200070183").count() == 4


def test_neuf_defis(loir_et_cher):
    assert [t.defis.count() for t in loir_et_cher.territoires.all()] == [3, 3, 3]
    nord = loir_et_cher.territoires.get(slug="nord")
    assert nord.defis.first().nom == "La solidarité locale"


def test_les_communes_d_un_territoire_en_une_requete(loir_et_cher, django_assert_num_queries):
    nord = loir_et_cher.territoires.get(slug="nord")
    with django_assert_num_queries(1):
        list(nord.communes())


def test_territoires_de_blois(loir_et_cher):
    blois = Commune.objects.get(pk="41018")
    assert [t.slug for t in territoires_de(blois)] == ["centre"]
    assert territoires_de(blois, decoupage=loir_et_cher).count() == 1


def test_une_voisine_du_loiret_n_est_dans_aucun_territoire_du_41(loir_et_cher):
    assert not territoires_de(Commune.objects.get(pk="45028")).exists()


def test_une_commune_sans_epci_n_est_dans_aucun_territoire(loir_et_cher):
    Commune.objects.filter(pk="41018").update(epci=None)
    assert not territoires_de(Commune.objects.get(pk="41018")).exists()


def test_territoire_par_commune_dit_comme_territoires_de(loir_et_cher):
    carte = territoire_par_commune(loir_et_cher)
    assert len(carte) == 267
    for commune in Commune.objects.filter(pk__in=["41018", "41269", "41194", "41173"]):
        assert [carte[commune.pk]] == list(territoires_de(commune))


def test_communes_en_plus_et_exclues(loir_et_cher):
    centre = loir_et_cher.territoires.get(slug="centre")
    nord = loir_et_cher.territoires.get(slug="nord")
    vendome = Commune.objects.get(pk="41269")
    composer_territoire(territoire=nord, communes_exclues=[vendome])
    composer_territoire(territoire=centre, communes_en_plus=[vendome])
    assert nord.communes().count() == 133
    assert centre.communes().count() == 60
    assert list(territoires_de(vendome)) == [centre]


def test_deux_territoires_pour_une_commune_est_refuse_et_la_nomme(loir_et_cher):
    centre = loir_et_cher.territoires.get(slug="centre")
    with pytest.raises(DecoupageIncoherent, match=r"Vendôme \(41269\) serait à la fois"):
        composer_territoire(territoire=centre, communes_en_plus=Commune.objects.filter(pk="41269"))
    assert not centre.communes_en_plus.exists()


@pytest.mark.parametrize(
    ("demande", "phrase"),
    [
        ({"communes_en_plus": ["45234"]}, r"Orléans \(45234\) n’est pas dans le département 41"),
        ({"communes_exclues": ["41269"]}, r"exclut Vendôme \(41269\)"),
    ],
)
def test_composition_hors_de_propos(loir_et_cher, demande, phrase):
    centre = loir_et_cher.territoires.get(slug="centre")
    objets = {cle: Commune.objects.filter(pk__in=codes) for cle, codes in demande.items()}
    with pytest.raises(DecoupageIncoherent, match=phrase):
        composer_territoire(territoire=centre, **objets)


def test_un_epci_d_ailleurs_est_refuse(loir_et_cher):
    centre = loir_et_cher.territoires.get(slug="centre")
    with pytest.raises(DecoupageIncoherent, match=r"Orléans Métropole.*aucune commune"):
        composer_territoire(territoire=centre, epcis=Epci.objects.filter(pk="244500468"))


def test_recomposer_a_l_identique_ne_laisse_pas_de_trace(loir_et_cher):
    centre = loir_et_cher.territoires.get(slug="centre")
    lignes = Ligne.objects.count()
    composer_territoire(territoire=centre, epcis=centre.epcis.all())
    assert Ligne.objects.count() == lignes


EPCI_DU_41 = [
    "200000800", "200018406", "200030385", "200040772", "200055481", "200070183",
    "200072064", "200072072", "244100293", "244100780", "244100798", "244100806",
]  # fmt: skip
COMMUNES_DU_41 = ["41018", "41269", "41194", "41173", "41001", "41002"]
COMPOSITION = st.lists(
    st.tuples(
        st.sets(st.sampled_from(EPCI_DU_41), max_size=4),
        st.sets(st.sampled_from(COMMUNES_DU_41), max_size=2),
        st.sets(st.sampled_from(COMMUNES_DU_41), max_size=2),
    ),
    min_size=1,
    max_size=3,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(composition=COMPOSITION)
def test_verifier_accepte_exactement_les_decoupages_ou_chaque_commune_a_une_place(
    deux_departements, composition
):
    """Comparé à un calcul d'ensembles, sans les requêtes de l'application."""
    Decoupage.objects.all().delete()
    decoupage = Decoupage.objects.create(
        slug="essai", nom="Essai", departement_id="41", millesime=2026
    )
    epci_de = dict(Commune.objects.filter(departement="41").values_list("pk", "epci"))
    ensembles = []
    exclusions_utiles = True
    for rang, (epcis, en_plus, exclues) in enumerate(composition):
        territoire = TerritoireAction.objects.create(
            decoupage=decoupage, slug=f"t{rang}", nom=f"T{rang}", ordre=rang
        )
        territoire.epcis.set(epcis)
        territoire.communes_en_plus.set(en_plus)
        territoire.communes_exclues.set(exclues)
        attendues = ({c for c, e in epci_de.items() if e in epcis} | en_plus) - exclues
        assert set(territoire.communes().values_list("pk", flat=True)) == attendues
        ensembles.append(attendues)
        exclusions_utiles &= all(epci_de[c] in epcis for c in exclues)
    disjoints = sum(map(len, ensembles)) == len(set().union(*ensembles))
    if disjoints and exclusions_utiles:
        verifier_decoupage(decoupage)
        assert all(
            territoires_de(c).count() <= 1 for c in Commune.objects.filter(pk__in=COMMUNES_DU_41)
        )
    else:
        with pytest.raises(DecoupageIncoherent):
            verifier_decoupage(decoupage)


# --- Fichiers datés ----------------------------------------------------------------------


def fichier(tmp_path: Path, **changements) -> Path:
    contenu = {
        "decoupage": {"slug": "d", "nom": "D", "departement": "41", "millesime": 2026},
        "territoires": [
            {"slug": "a", "nom": "A", "epci": ["200030385"], "defis": [{"nom": "Créer du lien"}]}
        ],
        **changements,
    }
    chemin = tmp_path / "territoires.yaml"
    chemin.write_text(yaml.safe_dump(contenu, allow_unicode=True), encoding="utf-8")
    return chemin


def test_recharger_le_meme_fichier_ne_change_rien(deux_departements, tmp_path):
    chemin = fichier(tmp_path)
    assert charger_decoupage_territorial(chemin).cree
    lignes = Ligne.objects.count()
    encore = charger_decoupage_territorial(chemin)
    assert not encore.cree
    assert encore.changements == {}
    assert Ligne.objects.count() == lignes


def test_le_slug_d_un_defi_vient_de_son_nom(deux_departements, tmp_path):
    decoupage = charger_decoupage_territorial(fichier(tmp_path)).decoupage
    assert decoupage.territoires.get().defis.get().slug == "creer-du-lien"


def test_un_changement_est_retenu_avec_avant_et_apres(deux_departements, tmp_path):
    charger_decoupage_territorial(fichier(tmp_path))
    bilan = charger_decoupage_territorial(
        fichier(
            tmp_path,
            territoires=[
                {
                    "slug": "a",
                    "nom": "A nouveau",
                    "epci": ["200030385"],
                    "defis": [{"nom": "Créer du lien"}],
                }
            ],
        )
    )
    assert bilan.changements == {"territoire a": {"nom": {"avant": "A", "apres": "A nouveau"}}}


def test_le_loiret_ne_nomme_aucun_territoire(deux_departements, settings):
    bilan = charger_decoupage_territorial(settings.DONNEES / "loiret" / "territoires-2022.yaml")
    assert bilan.decoupage.territoires.count() == 0
    assert bilan.communes_sans_territoire == 325


@pytest.mark.parametrize(
    ("territoires", "phrase"),
    [
        ([{"slug": "a", "nom": "A", "epci": ["999999999"]}], "999999999 n’est pas dans"),
        ([{"slug": "a", "nom": "A", "communes_en_plus": ["41999"]}], "41999 n’est pas dans"),
        ([{"slug": "a", "nom": "A", "communes_en_plus": ["20001"]}], "« 20001 » n’est pas un code"),
        ([{"slug": "a"}], "il manque « nom »"),
        ([{"slug": "a", "nom": "A", "epcis": []}], "« epcis » est inconnu"),
        ([{"slug": "a", "nom": "A"}, {"slug": "a", "nom": "B"}], "« a » est déjà pris"),
        ([{"slug": "a", "nom": "A", "epci": "200030385"}], "« epci » doit être une liste"),
        (["a"], "au moins « slug » et « nom »"),
        ([{"slug": "a", "nom": "A", "defis": [{"objet": "x"}]}], "défi : il manque « nom »"),
        (
            [{"slug": "a", "nom": "A", "defis": [{"nom": "X"}, {"nom": "x"}]}],
            "deux défis ont le même",
        ),
        (
            [
                {"slug": "a", "nom": "A", "epci": ["200030385"]},
                {"slug": "b", "nom": "B", "communes_en_plus": ["41018"]},
            ],
            r"Blois \(41018\) serait à la fois",
        ),
        (
            [
                {
                    "slug": "a",
                    "nom": "A",
                    "epci": ["200030385"],
                    "controle": {"millesime": 2026, "communes": 42},
                }
            ],
            "43 communes ; le fichier en annonce 42",
        ),
    ],
)
def test_un_fichier_faux_est_refuse_en_entier(deux_departements, tmp_path, territoires, phrase):
    with pytest.raises(FichierDeTerritoiresRefuse, match=phrase):
        charger_decoupage_territorial(fichier(tmp_path, territoires=territoires))
    assert not Decoupage.objects.exists()


@pytest.mark.parametrize("texte", ["", "[]", "decoupage: [", "decoupage: {}\n", "\x00"])
def test_un_fichier_illisible_est_refuse(tmp_path, texte):
    chemin = tmp_path / "x.yaml"
    chemin.write_text(texte)
    with pytest.raises(FichierDeTerritoiresRefuse, match=r"x\.yaml n’est pas chargé"):
        charger_decoupage_territorial(chemin)


def test_un_territoire_retire_du_fichier_est_refuse(deux_departements, tmp_path):
    charger_decoupage_territorial(fichier(tmp_path))
    with pytest.raises(FichierDeTerritoiresRefuse, match="« A » n’est plus dans le fichier"):
        charger_decoupage_territorial(fichier(tmp_path, territoires=[]))


def test_un_identifiant_d_un_autre_departement_est_refuse(deux_departements, tmp_path):
    charger_decoupage_territorial(fichier(tmp_path))
    autre = {"slug": "d", "nom": "D", "departement": "45", "millesime": 2026}
    with pytest.raises(FichierDeTerritoiresRefuse, match="du département 41"):
        charger_decoupage_territorial(fichier(tmp_path, decoupage=autre, territoires=[]))


def test_le_decoupage_fourni_est_sans_faute(loir_et_cher):
    assert fautes_du_decoupage(loir_et_cher) == []
