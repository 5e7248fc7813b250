"""Les classeurs tels que les départements les tiennent."""

import datetime as dt

import pytest
from tests.fabriques import DivisionFactory, SchemaFactory

from maillage.plan.echanges.import_plan import essayer, importer
from maillage.plan.etat import etat_de, etat_vide
from maillage.plan.models import Division, FicheAction, PointEtape
from maillage.plan.services import creer_fiche

pytestmark = pytest.mark.django_db


@pytest.fixture
def entrer(schema, faire):
    """Importe un classeur fait à la main ; refaire l'import ne doit plus rien changer."""

    def entree(lignes=None, *, dans=None, fusions=(), **feuilles):
        octets = faire(lignes, fusions, **feuilles)
        bilan = importer(source=octets, nom="plan.xlsx", schema=dans or schema, par=None)
        assert essayer(source=octets, nom="plan.xlsx", schema=dans or schema).est_sans_effet
        return bilan

    return entree


def fiche(code="A1.01"):
    return etat_de(FicheAction.objects.get(code=code))


def test_un_titre_au_dessus_de_l_en_tete(entrer):
    entrer(
        [
            ["Schéma départemental 2024-2028"], ["Mise à jour : mars 2025"], [],
            ["N° fiche", "Intitulé de l’action", "Axe", "Chef de file"],
            ["A1.01", "Aider les aidants", "A1", "DEF"],
        ]
    )  # fmt: skip
    assert fiche()["pilote_organisation"] == "DEF"


def test_un_axe_ecrit_une_fois_vaut_pour_les_lignes_du_dessous(entrer):
    entrer(
        [
            ["Axe", "Code", "Titre"],
            ["A1 - Enfance", "A1.01", "Un"], [None, "A1.02", "Deux"],
            ["A2 - Autonomie", "A2.01", "Trois"], [None, "A2.02", "Quatre"],
        ]
    )  # fmt: skip
    assert (fiche("A1.02")["division"], fiche("A2.02")["division"]) == ("A1", "A2")
    assert Division.objects.get(code="A2").nom == "Autonomie"


def test_un_axe_fusionne_vaut_pour_ses_lignes(entrer):
    entrer(
        [["Axe", "Code", "Titre"], ["A2 - Autonomie", "A2.01", "Un"], [None, "A2.02", "Deux"]],
        fusions=["A2:A3"],
    )
    assert fiche("A2.02")["division"] == "A2"


def test_une_colonne_par_niveau_cree_les_divisions(entrer):
    schema = SchemaFactory(niveaux=["axe", "sous-axe", "objectif"])
    entrer(
        [
            ["Axe", "Sous-axe", "Objectif", "Action"],
            ["Axe 1 : Enfance", "1.1 Protéger", "Repérer tôt", "Former"],
            [None, None, None, "Écouter"],
            [None, "1.2 Prévenir", "Aller vers", "Visiter"],
        ],
        dans=schema,
    )
    chemins = {f.titre: f.division.parent.parent.nom for f in FicheAction.objects.all()}
    assert chemins == {"Former": "Enfance", "Écouter": "Enfance", "Visiter": "Enfance"}
    assert Division.objects.filter(schema=schema).count() == 5


def test_une_feuille_par_axe(entrer):
    entrer(
        **{
            "A1": [["Code", "Titre"], ["A1.01", "Un"]],
            "Axe 2 - Autonomie": [["Code", "Titre"], ["A2.01", "Deux"]],
        }
    )
    assert (fiche("A1.01")["division"], fiche("A2.01")["division"]) == ("A1", "A2")


def test_une_ligne_de_separation_nomme_l_axe(entrer):
    entrer(
        [
            ["Code", "Titre", "Pilote"],
            ["Axe 2 – Bien vieillir"], ["A2.01", "Un", "DGA"],
            ["Axe 3 – Se loger"], ["A3.01", "Deux", "DGA"],
        ]
    )  # fmt: skip
    assert Division.objects.get(code="A2").nom == "Bien vieillir"
    assert fiche("A3.01")["division"] == "A3"


def test_le_code_dit_la_place_quand_rien_d_autre_ne_la_dit(entrer):
    entrer([["Code", "Titre"], ["A1.07", "Aider"]])
    assert fiche("A1.07")["division"] == "A1"


def test_une_fiche_sans_code_recoit_le_premier_rang_libre(entrer, schema):
    creer_fiche(schema=schema, etat=etat_vide(code="A1.03", titre="Déjà", division="A1"), par=None)
    bilan = entrer([["Axe", "Titre"], ["A1", "Neuve"], ["A1", "DÉJÀ"]])
    assert [f.code for f in bilan.creees] == ["A1.04"]
    assert [f.code for f in bilan.modifiees] == ["A1.03"]


def test_les_groupes_repetes_deviennent_des_lignes(entrer):
    entrer(
        [
            ["Code", "Titre", "Financeur 1", "Montant 1", "Financeur 2", "Montant 2", "Année",
             "Jalon 1", "Date 1", "Jalon 2", "Date 2"],
            ["A1.01", "Aider", "CAF", "12 500 €", "ARS", "5 k€", 2025,
             "Lancer", "T3 2025", "Bilan", "31/12/2026"],
        ]
    )  # fmt: skip
    etat = fiche()
    assert [(b["financeur"], b["annee"], b["prevu"]) for b in etat["budgets"]] == [
        ("ARS", 2025, "5000"), ("CAF", 2025, "12500"),
    ]  # fmt: skip
    assert [(j["titre"], j["date_prevue"]) for j in etat["jalons"]] == [
        ("Lancer", "2025-09-30"), ("Bilan", "2026-12-31"),
    ]  # fmt: skip


def test_un_budget_par_annee_dans_l_en_tete(entrer):
    bilan = entrer(
        [
            ["Code", "Titre", "Budget 2025", "Budget 2026 (prévu)", "Budget réalisé 2025"],
            ["A1.01", "Aider", 1000, "2 000,50", "900 €"],
        ]
    )
    assert [(b["annee"], b["prevu"], b["realise"]) for b in fiche()["budgets"]] == [
        (2025, "1000", "900"), (2026, "2000.5", None),
    ]  # fmt: skip
    assert "Financeur non précisé" in bilan.organisations


def test_une_colonne_absente_garde_la_ligne_en_place(entrer, schema):
    budget = {"annee": 2025, "financeur": "CAF", "prevu": "10", "engage": "7"}
    creer_fiche(
        schema=schema,
        etat=etat_vide(code="A1.01", titre="Aider", division="A1", budgets=[budget]),
        par=None,
    )
    entrer([["Code", "Titre", "Financeur", "Montant 2025"], ["A1.01", "Aider", "CAF", 20]])
    (ligne,) = fiche()["budgets"]
    assert (ligne["prevu"], ligne["engage"]) == ("20", "7")


def test_une_cellule_vide_efface_une_colonne_absente_garde(entrer, schema):
    creer_fiche(
        schema=schema,
        etat=etat_vide(code="A1.01", titre="T", division="A1", constat="C", objectifs="O"),
        par=None,
    )
    entrer([["Code", "Titre", "Constat"], ["A1.01", "T", None]])
    assert (fiche()["constat"], fiche()["objectifs"]) == ("", "O")


def test_plusieurs_noms_dans_une_case(entrer):
    entrer(
        [
            ["Code", "Titre", "Service pilote", "Partenaires associés", "Publics", "Territoires"],
            ["A1.01", "Aider", "DEF / CAF", "CPAM, MSA", "Familles\nAidants", "NORD ; sud"],
        ]
    )
    etat = fiche()
    assert (etat["pilote_organisation"], etat["copilotes"]) == ("DEF", ["CAF"])
    assert etat["partenaires"] == ["CPAM", "MSA"]
    assert (etat["publics"], etat["territoires"]) == (["Aidants", "Familles"], ["Nord", "Sud"])


@pytest.mark.parametrize(
    ("dit", "meteo"),
    [("vert", "soleil"), ("🟢", "soleil"), ("Orange", "nuage"), ("ROUGE", "orage"),
     ("soleil", "soleil"), ("🌧", "nuage")],
)  # fmt: skip
def test_une_meteo_en_d_autres_mots(entrer, dit, meteo):
    entrer([["Code", "Titre", "Météo", "Date du point"], ["A1.01", "Aider", dit, "01/03/2025"]])
    point = PointEtape.objects.get()
    assert (point.meteo, point.date) == (meteo, dt.date(2025, 3, 1))


@pytest.mark.parametrize(
    ("dit", "avancement"),
    [("réalisé", "finalisee"), ("Terminée", "finalisee"), ("pas commencé", "a_lancer"),
     ("en cours de déploiement", "en_cours"), ("Abandonné", "abandonnee"),
     ("EN COURS (retard à prévoir)", "en_cours"), ("reporté", "suspendue")],
)  # fmt: skip
def test_un_avancement_en_d_autres_mots(entrer, dit, avancement):
    entrer(
        [["Code", "Titre", "Météo", "État d'avancement", "Taux d’avancement"],
         ["A1.01", "Aider", "vert", dit, "45 %"]]
    )  # fmt: skip
    point = PointEtape.objects.get()
    assert (point.avancement, point.taux) == (avancement, 45)


def test_un_avancement_en_pour_cent_est_un_taux(entrer):
    entrer([["Code", "Titre", "Météo", "Avancement (%)"], ["A1.01", "Aider", "vert", 45]])
    assert PointEtape.objects.get().taux == 45


def test_un_avancement_sans_meteo_reste_une_note(entrer):
    bilan = entrer([["Code", "Titre", "Statut"], ["A1.01", "Aider", "En cours"]])
    assert fiche()["notes"] == {"Statut": "En cours"}
    assert any("Sans météo" in phrase for phrase in bilan.avertissements)


def test_le_meme_point_redit_n_est_pas_ajoute(entrer, schema, faire):
    lignes = [["Code", "Titre", "Météo", "Date du point"], ["A1.01", "Aider", "vert", "01/03/2025"]]
    entrer(lignes)
    assert importer(source=faire(lignes), schema=schema, par=None).points_inchanges == 1
    assert PointEtape.objects.count() == 1


def test_un_calendrier_donne_debut_et_fin(entrer):
    entrer([["Code", "Titre", "Calendrier"], ["A1.01", "Aider", "T1 2025 - fin 2026"]])
    assert (fiche()["date_debut"], fiche()["date_fin"]) == ("2025-01-01", "2026-12-31")


def test_un_renvoi_ecrit_en_mots(entrer):
    schema = SchemaFactory(niveaux=["volet", "axe"])
    volet = DivisionFactory(schema=schema, code="V2", nom="Sectoriel")
    DivisionFactory(schema=schema, code="V2.A5", nom="Santé", parent=volet)
    entrer(
        [["Code", "Titre", "Renvoi axe"], ["V2.A5.01", "Soigner", "renvoi axe 5 volet 2"]],
        dans=schema,
    )
    assert fiche("V2.A5.01")["renvois"] == ["V2.A5"]


def test_des_numeros_qui_recommencent_a_chaque_axe(entrer):
    entrer([["N°", "Axe", "Titre"], [1, "A1", "Un"], [2, "A1", "Deux"], [1, "A2 - Loger", "Trois"]])
    assert sorted(FicheAction.objects.values_list("code", flat=True)) == [
        "A1.01", "A1.02", "A2.01",
    ]  # fmt: skip


def test_une_action_sur_plusieurs_lignes_fusionnees(entrer):
    entrer(
        [
            ["Code", "Titre", "Financeur", "Montant 2025"],
            ["A1.01", "Aider", "CAF", 10], [None, None, "ARS", 20],
        ],
        fusions=["A2:A3", "B2:B3"],
    )  # fmt: skip
    assert {b["financeur"]: b["prevu"] for b in fiche()["budgets"]} == {"CAF": "10", "ARS": "20"}


def test_un_total_et_une_feuille_etrangere_sont_laisses_et_dits(entrer):
    bilan = entrer(
        Fiches=[["Code", "Titre", "Budget 2025"], ["A1.01", "Aider", 10], ["Total", None, 10]],
        Annuaire=[["Nom", "Téléphone"], ["Mme X", "02"]],
    )
    assert len(bilan.creees) == 1
    assert any("Annuaire" in phrase for phrase in bilan.avertissements)
    assert any("total" in phrase for phrase in bilan.avertissements)
