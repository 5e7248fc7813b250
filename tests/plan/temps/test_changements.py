"""« Ce qui a changé » : ce qui est compté, ce qui est montré, ce qui reste réservé."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone
from tests.plan_publie import faire_le_point

from maillage.plan.changements import Periode, bilan, periode_demandee
from maillage.plan.etat import etat_de
from maillage.plan.lecture import Cadre
from maillage.plan.models import VersionFiche
from maillage.plan.passe import fiches_avec_archives, lire_le_passe
from maillage.plan.services import archiver_fiche, enregistrer_fiche
from maillage.plan.suivi import donner_la_valeur


def il_y_a(jours: int) -> datetime.date:
    return timezone.localdate() - datetime.timedelta(days=jours)


def comparer(plan, du=100, au=0, public=True):
    cadre = Cadre(plan.collectivite)
    periode = Periode(il_y_a(du), il_y_a(au))
    passe = lire_le_passe(
        fiches_avec_archives(cadre), cadre, [periode.du, periode.au], public=public
    )
    return bilan(plan.schema, cadre, passe, periode, public=public)


def modifier(fiche, **etat):
    fiche.refresh_from_db()
    return enregistrer_fiche(fiche=fiche, etat=etat, par=None, version_attendue=fiche.version)


INDICATEUR = {
    "libelle": "Places ouvertes", "niveau": "realisation", "unite": "places", "sens": "hausse",
    "initiale": "0", "date_initiale": None, "cible": "100", "date_cible": None,
    "periodicite": "", "source": "", "methode": "", "poids": "1", "demonstration": False,
}  # fmt: skip


@pytest.mark.django_db
class TestComparer:
    def test_un_champ_dit_ce_qu_il_disait_et_ce_qu_il_dit(self, plan, vieillir):
        (fiche,) = plan.ecrire({"titre": "Ouvrir un lieu"})
        vieillir(fiche)
        modifier(fiche, titre="Ouvrir deux lieux")
        (changee,) = comparer(plan).changees
        (champ,) = changee.champs
        assert (champ.avant, champ.apres) == ("Ouvrir un lieu", "Ouvrir deux lieux")

    def test_deux_ecritures_qui_s_annulent_ne_changent_rien(self, plan, vieillir):
        (fiche,) = plan.ecrire({"titre": "Un lieu"})
        vieillir(fiche)
        modifier(fiche, titre="Deux lieux")
        modifier(fiche, titre="Un lieu")
        assert comparer(plan).changees == []

    def test_ce_qui_precede_la_premiere_date_n_est_pas_dit(self, plan, vieillir):
        (fiche,) = plan.ecrire({"titre": "Un lieu"})
        modifier(fiche, titre="Deux lieux")
        vieillir(fiche)
        assert comparer(plan).changees == []

    def test_une_fiche_nouvelle_est_ajoutee_une_fiche_partie_archivee(self, plan, vieillir):
        partie, _ = plan.ecrire({"code": "A"}, {"code": "B"})
        vieillir(partie)
        partie.refresh_from_db()
        archiver_fiche(fiche=partie, motif="reprise ailleurs", par=None)
        sortes = {f.fiche.code: (f.sorte, f.motif) for f in comparer(plan).changees}
        assert sortes == {"A": ("archivee", "reprise ailleurs"), "B": ("ajoutee", "")}

    def test_les_meteos_croisees_se_comptent_dans_les_deux_sens(self, plan, vieillir):
        fiches = plan.ecrire({}, {}, {})
        vieillir(*fiches)
        for fiche, avant, apres in zip(
            fiches, ("soleil", "nuage", "soleil"), ("orage", "soleil", "soleil"), strict=True
        ):
            faire_le_point(fiche, avant, jours=200)
            faire_le_point(fiche, apres, jours=5)
        fait = comparer(plan)
        assert fait.passages == {
            ("soleil", "orage"): 1, ("nuage", "soleil"): 1, ("soleil", "soleil"): 1
        }  # fmt: skip
        assert (fait.assombries, fait.eclaircies, fait.points) == (1, 1, 3)

    @pytest.mark.parametrize(
        ("sens", "cible", "valeurs", "attendus"),
        [("hausse", "100", (20, 60), (20, 60)), ("baisse", "20", (84, 36), (20, 80))],
    )
    def test_le_taux_d_alors_vient_des_valeurs_d_alors_dans_les_deux_sens(
        self, plan, vieillir, sens, cible, valeurs, attendus
    ):
        depart = "0" if sens == "hausse" else "100"
        mesure = {**INDICATEUR, "sens": sens, "cible": cible, "initiale": depart}
        (fiche,) = plan.ecrire({"indicateurs": [mesure]})
        vieillir(fiche)
        lien = fiche.indicateurs.get()
        for jours, valeur in zip((200, 10), valeurs, strict=True):
            donner_la_valeur(lien=lien, date=il_y_a(jours), valeur=Decimal(valeur), par=None)
        fait = comparer(plan)
        assert (round(fait.avant.taux.valeur), round(fait.apres.taux.valeur)) == attendus
        assert (fait.apres.taux.calculables, fait.apres.taux.total) == (1, 1)
        fiche.refresh_from_db()
        assert fait.apres.taux.valeur == pytest.approx(fiche.taux_indicateurs)

    def test_le_taux_d_alors_prend_la_cible_d_alors(self, plan, vieillir):
        (fiche,) = plan.ecrire({"indicateurs": [INDICATEUR]})
        vieillir(fiche)
        donner_la_valeur(
            lien=fiche.indicateurs.get(), date=il_y_a(200), valeur=Decimal(50), par=None
        )
        modifier(fiche, indicateurs=[{**INDICATEUR, "cible": "200"}])
        fait = comparer(plan)
        assert (fait.avant.taux.valeur, fait.apres.taux.valeur) == (50, 25)

    def test_un_taux_incalculable_n_est_pas_un_zero(self, plan, vieillir):
        (fiche,) = plan.ecrire({"indicateurs": [INDICATEUR]})
        vieillir(fiche)
        fait = comparer(plan)
        assert (fait.avant.taux.valeur, fait.avant.taux.total) == (None, 1)


@pytest.mark.django_db
class TestPublier:
    def test_le_nom_du_pilote_et_les_risques_restent_reserves(self, plan, vieillir):
        (fiche,) = plan.ecrire({})
        vieillir(fiche)
        modifier(fiche, pilote_personne="Camille Martin", moyens="Un secret", titre="Neuf")
        assert [c.cle for f in comparer(plan).changees for c in f.champs] == ["titre"]

    def test_le_passe_interne_d_une_fiche_publiee_depuis_ne_se_lit_pas(
        self, plan, vieillir, client
    ):
        (fiche,) = plan.ecrire({"description": "Note interne.", "confidentialite": "interne"})
        vieillir(fiche)
        modifier(fiche, description="Texte public.", confidentialite="publique")
        page = client.get(plan.adresse("changements/"), {"du": il_y_a(100)}).content.decode()
        assert "ajoutée" in page
        assert "Note interne" not in page

    def test_une_fiche_interne_n_apparait_pas(self, plan, client):
        plan.ecrire({"titre": "Très réservée", "confidentialite": "interne"})
        page = client.get(plan.adresse("changements/"), {"du": il_y_a(100)}).content.decode()
        assert "Très réservée" not in page

    def test_la_page_se_lit_en_un_nombre_borne_de_requetes(
        self, plan, vieillir, client, django_assert_max_num_queries
    ):
        fiches = plan.ecrire(*[{"indicateurs": [INDICATEUR]} for _ in range(30)])
        vieillir(*fiches)
        for fiche in fiches:
            modifier(fiche, titre=f"{fiche.titre}, revue")
        with django_assert_max_num_queries(16):
            reponse = client.get(plan.adresse("changements/"), {"du": il_y_a(100)})
        assert reponse.context["page"].paginator.count == 30

    def test_une_case_de_la_matrice_ouvre_ses_fiches(self, plan, vieillir, client):
        fiches = plan.ecrire({"titre": "Assombrie"}, {"titre": "Tranquille"})
        vieillir(*fiches)
        faire_le_point(fiches[0], "soleil", jours=200)
        faire_le_point(fiches[0], "orage", jours=3)
        reponse = client.get(
            plan.adresse("changements/"), {"du": il_y_a(100), "passage": "soleil-orage"}
        )
        assert [f.fiche.titre for f in reponse.context["montrees"]] == ["Assombrie"]

    def test_une_fiche_seule_montre_avant_et_apres(self, plan, vieillir, client):
        (fiche,) = plan.ecrire({"code": "F1", "description": "Deux lieux ouverts."})
        vieillir(fiche)
        modifier(fiche, description="Trois lieux ouverts.")
        page = client.get(
            plan.adresse("changements/"), {"du": il_y_a(100), "fiche": "F1"}
        ).content.decode()
        assert "Deux" in page.split("<del>")[1].split("</del>")[0]


class TestPeriode:
    def test_sans_dates_l_annee_en_cours(self):
        jour = datetime.date(2026, 11, 22)
        periode = periode_demandee({}, jour)
        assert (periode.du, periode.au) == (datetime.date(2026, 1, 1), jour)

    def test_des_dates_a_l_envers_sont_remises_a_l_endroit(self):
        jour = datetime.date(2026, 11, 22)
        periode = periode_demandee({"du": "2026-06-01", "au": "2026-02-01"}, jour)
        assert (periode.du.month, periode.au.month) == (2, 6)

    @pytest.mark.parametrize("texte", ["hier", "2026-02-31", "<script>", "2026-13-01"])
    def test_une_date_illisible_se_dit(self, texte):
        periode = periode_demandee({"du": texte}, datetime.date(2026, 11, 22))
        assert texte in periode.faute
        assert periode.du == datetime.date(2026, 1, 1)

    @pytest.mark.parametrize("texte", ["2999-01-01", "0001-01-01", "9999-12-31"])
    def test_une_date_absurde_reste_dans_le_possible(self, texte):
        jour = datetime.date(2026, 11, 22)
        periode = periode_demandee({"du": texte, "au": texte}, jour)
        assert datetime.date(1990, 1, 1) <= periode.du <= periode.au <= jour


@pytest.mark.django_db
def test_l_etat_garde_par_une_version_n_est_pas_touche_par_la_comparaison(plan, vieillir):
    (fiche,) = plan.ecrire({"indicateurs": [INDICATEUR]})
    vieillir(fiche)
    modifier(fiche, titre="Autre")
    comparer(plan)
    assert VersionFiche.objects.get(fiche=fiche, numero=2).etat == etat_de(fiche)
