"""La grille : coller, réunir deux écritures, tenir les totaux."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maillage.plan.grille_budget import (
    Grille,
    cellules_de,
    fusionner_cellules,
    lignes_de,
    lire_collage,
)

CAF = ("caf", "fonctionnement", 2026, "prevu")


def tel_quel(nom: str) -> str:
    return nom


def test_une_ligne_par_annee_dans_un_ordre_libre():
    collage = lire_collage(
        "Réalisé\tExercice\tFinanceur\tMontant prévu\tSection\n"
        "1 000\t2026\tCAF\t12 500,50 €\tInvestissement\n",
        tel_quel,
    )
    assert collage.erreurs == []
    assert collage.cellules == {
        ("caf", "investissement", 2026, "prevu"): "12500.5",
        ("caf", "investissement", 2026, "realise"): "1000",
    }


def test_une_colonne_par_annee():
    collage = lire_collage(
        "Financeur\tPrévu 2026\tEngagé 2026\tPrévu 2027\nCAF\t10\t5\t20\n", tel_quel
    )
    assert collage.cellules == {
        CAF: "10",
        ("caf", "fonctionnement", 2026, "engage"): "5",
        ("caf", "fonctionnement", 2027, "prevu"): "20",
    }


def test_une_annee_seule_en_titre_dit_le_prevu():
    collage = lire_collage("Financeur\t2026\t2027\nCAF\t10\t20\n", tel_quel)
    assert collage.cellules[CAF] == "10"
    assert len(collage.cellules) == 2


def test_une_case_vide_ne_change_rien_et_zero_dit_zero():
    collage = lire_collage("Financeur\t2026\t2027\nCAF\t\t0\n", tel_quel)
    assert list(collage.cellules.values()) == ["0"]


def test_les_totaux_du_tableur_ne_comptent_pas():
    collage = lire_collage("Financeur\t2026\nCAF\t10\nTotal\t10\n", tel_quel, 2026)
    assert list(collage.cellules) == [CAF]
    assert any("Total" in dit for dit in collage.ignorees)


@pytest.mark.parametrize(
    ("texte", "ligne", "colonne", "dit"),
    [
        ("Année\tFinanceur\tPrévu\n2026\tCAF\tbeaucoup\n", 2, 3, "n’est pas un nombre"),
        ("Année\tFinanceur\tPrévu\n2026\tCAF\t-5\n", 2, 3, "négatif"),
        ("Année\tFinanceur\tPrévu\n2026\tCAF\t5\nl’an prochain\tCAF\t6\n", 3, 1, "entier|nombre"),
        ("Année\tFinanceur\tPrévu\n2026\t\t5\n", 2, 2, "financeur manque"),
        ("Année\tFinanceur\tPrévu\n2026\tCAF\t5\n2026\tcaf\t6\n", 3, 3, "Déjà dit à la ligne 2"),
        ("Année\tFinanceur\tSection\tPrévu\n2026\tCAF\tdivers\t5\n", 2, 3, "section"),
        ("n’importe quoi\n", 1, 1, "titres"),
        ("", 1, 1, "Rien n’est collé"),
    ],
)
def test_une_erreur_dit_sa_ligne_et_sa_colonne(texte, ligne, colonne, dit):
    import re

    (erreur,) = lire_collage(texte, tel_quel).erreurs
    assert (erreur.ligne, erreur.colonne) == (ligne, colonne)
    assert re.search(dit, erreur.message)


@given(st.text(alphabet="\t\n;,a1 2026CAFé\"'=-prévufinanceur", max_size=200))
def test_aucun_texte_colle_ne_fait_tomber_la_page(texte):
    collage = lire_collage(texte, tel_quel)
    assert collage.erreurs or all(Decimal(v) >= 0 for v in collage.cellules.values())


valeurs = st.dictionaries(
    st.tuples(
        st.sampled_from(["caf", "etat"]), st.sampled_from(["fonctionnement", "investissement"]),
        st.integers(2025, 2027), st.sampled_from(["prevu", "engage", "realise"]),
    ),
    st.integers(0, 10**6).map(str),
    max_size=12,
)  # fmt: skip


@given(valeurs, valeurs)
def test_sans_autre_ecriture_la_mienne_passe_telle_quelle(base, mien):
    assert fusionner_cellules(base, base, mien) == (mien, [])


@given(valeurs, valeurs)
def test_sans_rien_changer_l_autre_ecriture_reste(base, actuel):
    assert fusionner_cellules(base, actuel, base) == (actuel, [])


@given(valeurs, valeurs, valeurs)
def test_deux_ecritures_ne_perdent_que_ce_qui_est_dit_en_conflit(base, actuel, mien):
    reuni, conflits = fusionner_cellules(base, actuel, mien)
    for cle in {*base, *actuel, *mien}:
        if mien.get(cle) != base.get(cle):
            assert reuni.get(cle) == mien.get(cle)
        else:
            assert reuni.get(cle) == actuel.get(cle)
        if cle in conflits:
            assert actuel.get(cle) != mien.get(cle)


@given(valeurs)
def test_des_cellules_aux_lignes_et_retour(cellules):
    assert cellules_de(lignes_de(cellules, {}, [])) == cellules


@given(valeurs)
def test_les_totaux_de_la_grille_se_recoupent(cellules):
    grille = Grille.depuis(cellules, {}, [2025, 2026, 2027], vides=0)
    for mesure in ("prevu", "engage", "realise"):
        tout = grille.somme(mesure) or 0
        assert tout == sum(grille.somme(mesure, annee=a) or 0 for a in grille.annees)
        paires = {cle[:2] for cle in cellules}
        assert tout == sum(grille.somme(mesure, paire=p) or 0 for p in paires)


def test_une_ligne_gardee_garde_son_nom_et_sa_marque():
    avant = [{"annee": 2026, "financeur": "CAF", "section": "fonctionnement", "prevu": "1",
              "engage": None, "realise": None, "demonstration": True}]  # fmt: skip
    (ligne,) = lignes_de({CAF: "2"}, {"caf": "caf"}, avant)
    assert (ligne["financeur"], ligne["prevu"], ligne["demonstration"]) == ("CAF", "2", True)
