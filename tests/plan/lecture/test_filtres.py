"""Les filtres de la table : ce qu'ils retiennent, ce qu'ils disent, comment on les ôte."""

import datetime

from django.http import QueryDict
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fabriques import TerritoireFactory

from maillage.plan.filtres import Filtres
from maillage.plan.lecture import Cadre, fiches_publiques, fraicheur_lue, lire
from maillage.plan.models import FicheAction

CHOIX = {
    "axe": ["", "V1", "V1.A1", "V1.A2", "inconnu"],
    "territoire": ["", "nord", "departement", "inconnu"],
    "etape": ["", "grandir"],
    "public": ["", "aidants"],
    "pilote": ["", "caf", "aucun"],
    "statut": ["", "a_lancer", "en_cours"],
    "meteo": ["", "soleil", "orage", "sans"],
    "fraicheur": ["", "a_jour", "a_actualiser", "en_retard", "premier_point", "sans_suivi"],
    "bloquee": ["", "oui"],
    "phare": ["", "oui"],
}


def des_fiches(plan, un_point):
    fiches = plan.ecrire(
        {"territoires": ["Nord"], "publics": ["Aidants"], "pilote_organisation": "CAF"},
        {"etapes": ["Grandir"], "phare": True},
        {"division": "V1.A2", "territoires": ["Nord"], "etapes": ["Grandir"]},
        {"division": "V1.A2", "publics": ["Aidants"], "date_debut": "2099-01-01"},
        {"division": "V1", "pilote_organisation": "CAF"},
    )
    un_point(fiches[0], "soleil")
    un_point(fiches[1], "orage", jours=100, bloquee_par="un local")
    un_point(fiches[2], "soleil", jours=300, avancement="abandonnee")
    un_point(fiches[4], "orage", jours=200)
    return fiches


def retenue(fiche, cle, valeur) -> bool:
    """La même règle, écrite autrement : fiche par fiche, en Python."""
    if not valeur:
        return True
    noms = {
        "axe": lambda: f"{fiche.division.code}.".startswith(f"{valeur}."),
        "territoire": lambda: (
            not fiche.territoires.exists()
            if valeur == "departement"
            else fiche.territoires.filter(slug=valeur).exists()
        ),
        "etape": lambda: fiche.etapes.filter(slug=valeur).exists(),
        "public": lambda: fiche.publics.filter(slug=valeur).exists(),
        "pilote": lambda: (
            fiche.pilote_organisation.nom_normalise == valeur
            if fiche.pilote_organisation
            else valeur == "aucun"
        ),
        "statut": lambda: fiche.avancement == valeur,
        "meteo": lambda: fiche.meteo == ("" if valeur == "sans" else valeur),
        "fraicheur": lambda: (
            fraicheur_lue(fiche.prochaine_echeance, fiche.dernier_point_le, timezone.localdate())
            == valeur
        ),
        "bloquee": lambda: bool(fiche.bloquee_par),
        "phare": lambda: fiche.phare,
    }
    return noms[cle]()


def test_la_table_montre_exactement_les_fiches_qui_repondent(plan, un_point, client):
    des_fiches(plan, un_point)
    cadre = Cadre(plan.collectivite)
    toutes = list(FicheAction.objects.all())

    @settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.fixed_dictionaries({cle: st.sampled_from(v) for cle, v in CHOIX.items()}))
    def verifier(choix):
        parametres = QueryDict(mutable=True)
        parametres.update(choix)
        trouvees = {
            f.code for f in lire(Filtres(parametres, cadre).appliquer(fiches_publiques(cadre)))
        }
        attendues = {f.code for f in toutes if all(retenue(f, c, v) for c, v in choix.items())}
        assert trouvees == attendues
        reponse = client.get(plan.adresse("actions/"), choix)
        assert {ligne[0] for ligne in _codes(reponse)} == attendues

    verifier()


def _codes(reponse):
    for ligne in reponse.context["lignes"]:
        yield ligne[0].split("</span>")[0].removeprefix('<span class="discret">'), ligne


def test_un_parametre_repete_elargit(plan, un_point):
    des_fiches(plan, un_point)
    cadre = Cadre(plan.collectivite)
    filtres = Filtres(QueryDict("meteo=sans&meteo=orage"), cadre)
    assert {f.meteo for f in lire(filtres.appliquer(fiches_publiques(cadre)))} == {"", "orage"}


def test_deux_territoires_ne_doublent_pas_une_fiche(plan):
    TerritoireFactory(decoupage=plan.collectivite.decoupage, slug="sud", nom="Sud")
    plan.ecrire({"territoires": ["Nord", "Sud"]})
    cadre = Cadre(plan.collectivite)
    filtres = Filtres(QueryDict("territoire=nord&territoire=sud"), cadre)
    assert len(lire(filtres.appliquer(fiches_publiques(cadre)))) == 1


def test_chaque_filtre_actif_s_ote_seul(plan):
    filtres = Filtres(
        QueryDict("meteo=orage&meteo=nuage&axe=V1.A1&tri=titre"), Cadre(plan.collectivite)
    )
    orage = next(f for f in filtres.actifs() if f["libelle"] == "Météo : Orage")
    garde = dict(QueryDict(orage["url"].lstrip("?")).lists())
    assert garde == {"meteo": ["nuage"], "axe": ["V1.A1"], "tri": ["titre"]}


def test_une_valeur_inconnue_se_voit(plan):
    filtres = Filtres(QueryDict("territoire=lune"), Cadre(plan.collectivite))
    assert [f["libelle"] for f in filtres.actifs()] == ["Territoire : lune (inconnu)"]


def test_le_tri_par_meteo_va_du_plus_grave_au_plus_serein(plan, un_point):
    fiches = plan.ecrire({}, {}, {})
    un_point(fiches[0], "soleil")
    un_point(fiches[1], "orage")
    un_point(fiches[2], "couvert")
    cadre = Cadre(plan.collectivite)
    filtres = Filtres(QueryDict("tri=-meteo"), cadre)
    lues = lire(filtres.appliquer(fiches_publiques(cadre)))
    assert [f.meteo for f in lues] == ["orage", "couvert", "soleil"]


def test_un_tri_inconnu_garde_l_ordre_du_plan(plan):
    plan.ecrire({"code": "B", "division": "V1.A1"}, {"code": "A", "division": "V1.A2"})
    cadre = Cadre(plan.collectivite)
    filtres = Filtres(QueryDict("tri=password"), cadre)
    assert [f.code for f in lire(filtres.appliquer(fiches_publiques(cadre)))] == ["B", "A"]


def test_une_fiche_sans_point_n_est_pas_dite_en_retard():
    hier = timezone.localdate() - datetime.timedelta(days=400)
    assert fraicheur_lue(hier, None, timezone.localdate()) == "premier_point"
    assert fraicheur_lue(hier, hier, timezone.localdate()) == "en_retard"


def test_la_table_de_plus_de_deux_cents_actions_se_pagine(plan, client):
    plan.ecrire(*[{} for _ in range(203)])
    premiere = client.get(plan.adresse("actions/"))
    seconde = client.get(plan.adresse("actions/"), {"page": "2"})
    assert (len(premiere.context["lignes"]), len(seconde.context["lignes"])) == (200, 3)


def test_les_colonnes_se_choisissent_dans_l_adresse(plan, client):
    plan.ecrire({"publics": ["Aidants"]})
    reponse = client.get(plan.adresse("actions/"), {"colonnes": "meteo,publics"})
    assert [c["libelle"] for c in reponse.context["colonnes"]] == ["Action", "Météo", "Pour qui"]
    assert reponse.context["lignes"][0][2] == "Aidants"


def test_un_titre_hostile_est_echappe(plan, client):
    plan.ecrire({"titre": "<script>alert(1)</script>", "pilote_organisation": "<b>CAF</b>"})
    for page in ("actions/", "plan/", "plan/arbre/", "", "actions/F000/", "recherche/?q=alert"):
        contenu = client.get(plan.adresse(page)).content.decode()
        assert "<script>alert" not in contenu
        assert "<b>CAF</b>" not in contenu
