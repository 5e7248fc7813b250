"""Le calendrier, les matrices et le détail d'un taux, tels que la page les dit."""

import pytest
from django.utils import timezone
from tests.plan_publie import faire_le_point

from maillage.plan.suivi import donner_la_valeur

from .test_agenda import DEMAIN, HIER, jalon
from .test_changements import INDICATEUR


@pytest.mark.django_db
class TestCalendrier:
    def test_un_jalon_passe_et_non_fait_est_en_retard_forme_et_mot(self, plan, client):
        plan.ecrire({"jalons": [jalon("Vieux", HIER), jalon("Fait", HIER, HIER), jalon("Futur")]})
        reponse = client.get(plan.adresse("calendrier/"))
        assert [j.titre for j in reponse.context["retards"]] == ["Vieux"]
        etats = {j.titre: mot for m in reponse.context["mois"] for j, _, mot in m.jalons}
        assert etats.get("Vieux", "En retard") == "En retard"
        assert "jalon-retard" in reponse.content.decode()

    def test_la_frise_dit_chaque_ligne_en_mots(self, plan, client):
        plan.ecrire({"jalons": [jalon("Vieux", HIER), jalon("Fait", HIER, HIER)]})
        reponse = client.get(plan.adresse("calendrier/"), {"vue": "frise"})
        (groupe,) = reponse.context["groupes"]
        assert groupe.lignes[0][1].en_mots == "2\u00a0jalons : 1\u00a0réalisé, 1 en retard"

    def test_les_jalons_sans_date_sont_comptes_a_part(self, plan, client):
        plan.ecrire({"jalons": [jalon("Un jour", None), jalon()]})
        assert "1\u00a0jalon sans date" in client.get(plan.adresse("calendrier/")).content.decode()

    def test_une_annee_absurde_ne_casse_rien(self, plan, client):
        plan.ecrire({"jalons": [jalon()]})
        for annee in ("x", "99999", "0000", "1999"):
            assert client.get(plan.adresse("calendrier/"), {"annee": annee}).status_code == 200

    def test_le_nombre_de_requetes_ne_depend_pas_des_fiches(
        self, plan, client, django_assert_max_num_queries
    ):
        plan.ecrire(*[{"jalons": [jalon()]} for _ in range(40)])
        with django_assert_max_num_queries(13):
            client.get(plan.adresse("calendrier/"), {"vue": "frise"})

    def test_l_espace_montre_aussi_les_fiches_internes(self, plan, client, entrer):
        plan.ecrire({"confidentialite": "interne", "jalons": [jalon("Réservé")]})
        entrer(plan.collectivite, "lecteur")
        page = client.get(plan.adresse("espace/calendrier/"), {"annee": DEMAIN.year})
        assert "Réservé" in page.content.decode()


@pytest.mark.django_db
class TestMatrices:
    def case(self, reponse, ligne, colonne):
        matrice = reponse.context["matrice"]
        rang = [c.nom for c in matrice.colonnes].index(colonne)
        return next(r for r in matrice.rangees if r.nom == ligne).cases[rang]

    def test_une_case_compte_ses_fiches_et_y_mene(self, plan, client):
        fiches = plan.ecrire(
            {"territoires": ["Nord"]}, {"territoires": ["Nord"]}, {"division": "V1.A2"}
        )
        faire_le_point(fiches[0], "orage")
        reponse = client.get(plan.adresse("matrices/territoires/"))
        case = self.case(reponse, "Rendre acteur", "Nord")
        assert (case.nombre, case.meteos["orage"], case.meteos[""]) == (2, 1, 1)
        assert client.get(case.url).context["total"] == 2

    @pytest.mark.parametrize(
        ("dimension", "colonne"),
        [("territoires", "Tout le département"), ("etapes", "Non précisée"),
         ("publics", "Non précisé")],
    )  # fmt: skip
    def test_ce_qui_ne_nomme_rien_a_sa_colonne_et_ses_fiches(
        self, plan, client, dimension, colonne
    ):
        plan.ecrire({}, {"etapes": ["Enfance"], "territoires": ["Nord"], "publics": ["Aidants"]})
        reponse = client.get(plan.adresse(f"matrices/{dimension}/"))
        case = self.case(reponse, "Rendre acteur", colonne)
        assert case.nombre == 1
        assert client.get(case.url).context["total"] == 1

    def test_une_partie_du_plan_montre_ses_fiches(self, plan, client):
        plan.ecrire({"titre": "Accueillir", "etapes": ["Enfance"]})
        reponse = client.get(plan.adresse("matrices/etapes/"), {"axe": "V1.A1"})
        assert [r.nom for r in reponse.context["matrice"].rangees] == ["Accueillir"]

    def test_une_matrice_inconnue_n_existe_pas(self, plan, client):
        assert client.get(plan.adresse("matrices/couleurs/")).status_code == 404


@pytest.mark.django_db
class TestCalcul:
    @pytest.mark.parametrize(
        ("sens", "depart", "valeur", "cible", "formule", "taux"),
        [
            ("hausse", "30", 42, "60", "100 × (42 − 30) ÷ (60 − 30) = 40\u00a0%", 40),
            ("baisse", "60", 45, "30", "100 × (45 − 60) ÷ (30 − 60) = 50\u00a0%", 50),
            ("baisse", "60", 75, "30", "100 × (75 − 60) ÷ (30 − 60) = -50\u00a0%", 0),
            ("hausse", "0", 120, "100", "100 × (120 − 0) ÷ (100 − 0) = 120\u00a0%", 100),
        ],
    )
    def test_la_formule_se_lit_dans_les_deux_sens_de_la_saisie_a_la_page(
        self, plan, client, sens, depart, valeur, cible, formule, taux
    ):
        mesure = {**INDICATEUR, "sens": sens, "initiale": depart, "cible": cible}
        (fiche,) = plan.ecrire({"code": "F1", "indicateurs": [mesure]})
        donner_la_valeur(
            lien=fiche.indicateurs.get(), date=timezone.localdate(), valeur=valeur, par=None
        )
        reponse = client.get(plan.adresse("actions/F1/calcul/"))
        (terme,) = reponse.context["explication"].termes
        fiche.refresh_from_db()
        assert terme.formule.replace("−50", "-50") == formule
        assert (terme.terme.taux, fiche.taux_indicateurs) == (taux, taux)

    def test_les_poids_font_la_moyenne_et_les_apports_la_somment(self, plan, client):
        lourd = {**INDICATEUR, "libelle": "Lourd", "poids": "3"}
        muet = {**INDICATEUR, "libelle": "Muet", "poids": "5"}
        (fiche,) = plan.ecrire({"code": "F1", "indicateurs": [INDICATEUR, lourd, muet]})
        valeurs = {"Places ouvertes": 100, "Lourd": 20}
        for lien in fiche.indicateurs.select_related("indicateur"):
            if lien.indicateur.libelle in valeurs:
                donner_la_valeur(
                    lien=lien, date=timezone.localdate(), par=None,
                    valeur=valeurs[lien.indicateur.libelle],
                )  # fmt: skip
        explication = client.get(plan.adresse("actions/F1/calcul/")).context["explication"]
        assert explication.taux.valeur == 40
        assert (explication.taux.calculables, explication.taux.total) == (2, 3)
        assert [t.terme.apport for t in explication.termes] == [25, 15, None]
        assert explication.somme == "(100 × 1 + 20 × 3) ÷ (1 + 3) = 40\u00a0%"

    def test_le_plan_se_refait_de_partie_en_partie(self, plan, client):
        fiches = plan.ecrire(
            {"code": "A", "indicateurs": [INDICATEUR]},
            {"code": "B", "division": "V1.A2",
             "indicateurs": [{**INDICATEUR, "libelle": "Autre"}]},
        )  # fmt: skip
        plan.autre_axe.poids = 3
        plan.autre_axe.save()
        for fiche, valeur in zip(fiches, (80, 40), strict=True):
            lien = fiche.indicateurs.get()
            donner_la_valeur(lien=lien, date=timezone.localdate(), valeur=valeur, par=None)
        reponse = client.get(plan.adresse("plan/calcul/"), {"axe": "V1"})
        explication = reponse.context["explication"]
        assert [(t.code, t.taux, t.apport) for t in explication.termes] == [
            ("V1.A1", 80, 20), ("V1.A2", 40, 30)
        ]  # fmt: skip
        assert explication.taux.valeur == 50

    def test_une_partie_inconnue_n_existe_pas(self, plan, client):
        assert client.get(plan.adresse("plan/calcul/"), {"axe": "Z9"}).status_code == 404
