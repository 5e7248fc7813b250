"""En-têtes tels que les départements les écrivent, et groupes laissés vides."""

import pytest

from maillage.socle.classeurs import (
    Cellule,
    Feuille,
    Ligne,
    Vocabulaire,
    intercalaire,
    lire,
    remplir_vers_le_bas,
    trouver_entetes,
)

CHAMPS = {
    "axe": ["axe stratégique"],
    "code": ["n° de fiche", "référence"],
    "titre": ["intitulé", "nom de l'action", "action"],
    "pilote": ["service pilote", "responsable"],
    "partenaires": ["partenaire associé"],
    "financeur": ["nom du financeur"],
    "montant": ["budget", "montant prévu", "montant du financeur"],
}
VOCABULAIRE = Vocabulaire(CHAMPS, repetables=["financeur", "montant"], annuels=["montant"])


def feuille(*lignes):
    """Feuille d'après des listes de textes ; une liste vide est une ligne vide."""
    rendues = []
    for numero, valeurs in enumerate(lignes, start=1):
        cellules = {c: Cellule(v, numero, c) for c, v in enumerate(valeurs, start=1) if v}
        if cellules:
            rendues.append(Ligne(numero, cellules))
    return Feuille("Plan", rendues)


def cles(entetes):
    return [colonne.cle for colonne in entetes.colonnes]


def test_entete_sous_des_titres():
    entetes = trouver_entetes(
        feuille(["Schéma 2024-2028"], [], ["Mis à jour", "juin"], ["Code", "Titre"], ["1", "a"]),
        VOCABULAIRE,
    )
    assert entetes.lignes == (4,)
    assert entetes.premiere_ligne == 5
    assert entetes.titres == ["Schéma 2024-2028", "Mis à jour", "juin"]
    assert not entetes.problemes


@pytest.mark.parametrize(
    ("intitule", "cle"),
    [
        ("NOM DE L’ACTION (obligatoire)", ("titre", None, None)),
        ("Intitulé *", ("titre", None, None)),
        ("N°\nde  fiche", ("code", None, None)),
        ("Fiche n°", ("code", None, None)),
        ("Partenaires associés", ("partenaires", None, None)),
        ("Pilote (direction)", ("pilote", None, None)),
        ("Financeur", ("financeur", 1, None)),
        ("Financeur 2", ("financeur", 2, None)),
        ("Financeur n°2", ("financeur", 2, None)),
        ("2e financeur", ("financeur", 2, None)),
        ("Deuxième financeur", ("financeur", 2, None)),
        ("Financeur2", ("financeur", 2, None)),
        ("Montant 2025", ("montant", 1, 2025)),
        ("Montant 2025 3", ("montant", 3, 2025)),
        ("Montant financeur 2 (2026)", ("montant", 2, 2026)),
        ("Budget 2025 (en €)", ("montant", 1, 2025)),
        ("Titre 2", None),
        ("Pilote 2025", None),
        ("Observations", None),
        ("x" * 500, None),
    ],
)
def test_intitule_reconnu(intitule, cle):
    assert VOCABULAIRE.reconnaitre(intitule) == cle


def test_entete_a_deux_etages_fusionne_ou_non():
    entetes = trouver_entetes(
        feuille(
            ["Identification", "", "Budget", "", "Pilote"],
            ["Code", "Titre", "2025", "2026", ""],
            ["1", "a", "5", "6", "CAF"],
        ),
        VOCABULAIRE,
    )
    assert entetes.lignes == (1, 2)
    assert cles(entetes) == [
        ("code", None, None),
        ("titre", None, None),
        ("montant", 1, 2025),
        ("montant", 1, 2026),
        ("pilote", None, None),
    ]


def test_groupes_repetes_sans_numero():
    entetes = trouver_entetes(
        feuille(["Code", "Financeur", "Montant", "Financeur", "Montant"]), VOCABULAIRE
    )
    assert cles(entetes)[1:] == [
        ("financeur", 1, None),
        ("montant", 1, None),
        ("financeur", 2, None),
        ("montant", 2, None),
    ]
    assert not entetes.problemes


def test_colonne_en_double_nommee():
    entetes = trouver_entetes(feuille(["Code", "Titre", "Intitulé"]), VOCABULAIRE)
    (probleme,) = entetes.problemes
    assert "les colonnes B et C" in probleme.message
    assert probleme.reference == "C1"


def test_deux_entetes_nomment_les_deux_lignes():
    entetes = trouver_entetes(
        feuille(
            ["Code", "Titre", "Pilote"], *[["1", "a", "CAF"]] * 40, ["CODE", "Intitulé", "pilote"]
        ),
        VOCABULAIRE,
    )
    (probleme,) = entetes.problemes
    assert "lignes 1 et 42" in probleme.message


def test_donnees_qui_citent_un_intitule_ne_sont_pas_un_entete():
    entetes = trouver_entetes(
        feuille(["Code", "Titre", "Pilote"], ["1", "Action", "CAF"], ["2", "b", "c"]), VOCABULAIRE
    )
    assert not entetes.problemes


def test_colonnes_inconnues_avec_suggestions():
    entetes = trouver_entetes(feuille(["Code", "Titre", "Pilotte", "Météo"]), VOCABULAIRE)
    assert [(c.intitule, c.suggestions[:1]) for c in entetes.inconnues] == [
        ("Pilotte", ("pilote",)),
        ("Météo", ()),
    ]


def test_correspondance_memorisee():
    vocabulaire = Vocabulaire(CHAMPS, correspondances={"Qui fait ?": "pilote", "Météo": None})
    entetes = trouver_entetes(feuille(["Code", "Titre", "QUI FAIT", "météo"]), vocabulaire)
    assert entetes.champs == {"code", "titre", "pilote"}
    assert entetes.inconnues[0].ignoree


def test_entete_au_dela_de_vingt_lignes_n_est_pas_cherche():
    entetes = trouver_entetes(feuille(*[["x"]] * 20, ["Code", "Titre"]), VOCABULAIRE)
    assert not entetes.trouve
    assert "20 premières lignes" in entetes.problemes[0].message


def test_champ_requis_manquant():
    entetes = trouver_entetes(feuille(["Code", "Pilote"]), VOCABULAIRE, requis=["titre"])
    assert "la colonne manque : titre" in entetes.problemes[0].message


def test_feuille_vide():
    assert trouver_entetes(Feuille("Vide"), VOCABULAIRE).problemes[0].message.endswith("vide.")


def test_groupes_remplis_vers_le_bas_et_niveaux_remis_a_vide():
    lue = lire(b"A1;O1;f1\n;;f2\n;O2;f3\nA2;;f4\nA2;O3;f5\nA2;;f6\n").feuilles[0]
    remplies = remplir_vers_le_bas(lue.lignes, [1, 2])
    assert [ligne.valeurs() for ligne in remplies] == [
        ["A1", "O1", "f1"],
        ["A1", "O1", "f2"],
        ["A1", "O2", "f3"],
        ["A2", None, "f4"],
        ["A2", "O3", "f5"],
        ["A2", "O3", "f6"],
    ]
    assert remplies[1].cellule(1).propagee
    assert lue.lignes[1].valeurs() == [None, None, "f2"]


def test_ligne_intercalaire():
    lignes = lire(b"Axe 1 : bien vieillir;;\n1;a;b\n").feuilles[0].lignes
    assert intercalaire(lignes[0]) == "Axe 1 : bien vieillir"
    assert intercalaire(lignes[1]) is None
