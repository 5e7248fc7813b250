"""Les composants : ce qu'ils disent, ce qu'ils échappent, ce qu'ils pèsent."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

import maillage.socle
from maillage.socle import catalogue, couleurs, icones, mise_en_mots
from maillage.socle.templatetags import maillage as etiquettes

SOCLE = Path(maillage.socle.__file__).parent
FEUILLE = SOCLE / "static" / "socle" / "maillage.css"
GABARITS = sorted((SOCLE / "templates").rglob("*.html"))
BALISES = re.compile(r"<[^>]*>")


def rendre(source: str, **contexte: object) -> str:
    return Template("{% load maillage %}" + source).render(Context(contexte))


# --- Nombres, montants, dates --------------------------------------------------------------
@pytest.mark.parametrize(
    ("valeur", "attendu"),
    [
        (1234.5, "1\u202f234,5"),
        (0, "0"),
        (-3, "−3"),
        ("0.333333", "0,33"),
        (None, "–"),
        ("texte", "–"),
        (float("nan"), "–"),
        (1_000_000, "1\u202f000\u202f000"),
        (-0.001, "0"),
    ],
)
def test_nombre_fr_ecrit_les_nombres_a_la_francaise(valeur, attendu):
    assert etiquettes.nombre_fr(valeur) == attendu


@pytest.mark.parametrize(
    ("valeur", "attendu"),
    [
        (38000, "38\u202f000\u00a0€"),
        (1_200_000, "1,2\u00a0M€"),
        (2_000_000, "2\u00a0M€"),
        ("12.5", "12,50\u00a0€"),
        (None, "–"),
    ],
)
def test_montant_abrege_a_partir_du_million(valeur, attendu):
    assert etiquettes.montant(valeur) == attendu


def test_pourcent_prend_des_points_et_proportion_une_part():
    assert etiquettes.pourcent(57) == etiquettes.proportion(0.57) == "57\u00a0%"


def test_pourcent_arrondit_au_plus_proche_comme_a_l_ecole():
    assert etiquettes.pourcent("66.5") == "67\u00a0%"


def test_date_fr_ecrit_le_premier_du_mois():
    assert etiquettes.date_fr(date(2026, 10, 1)) == "1er\u00a0octobre\u00a02026"


def test_date_fr_donne_le_jour_de_paris_d_un_instant():
    instant = datetime(2026, 10, 3, 22, 30, tzinfo=UTC)  # 0 h 30 le lendemain à Paris
    assert etiquettes.date_fr(instant, "heure") == ("4\u00a0octobre\u00a02026 à 0\u00a0h\u00a030")


@pytest.mark.parametrize(
    ("jours", "attendu"),
    [
        (0, "aujourd’hui"),
        (1, "demain"),
        (-1, "hier"),
        (-6, "il y a 6\u00a0jours"),
        (3, "dans 3\u00a0jours"),
        (-92, "il y a 3\u00a0mois"),
        (800, "dans 2\u00a0ans"),
    ],
)
def test_duree_en_mots_dit_la_distance_au_jour(jours, attendu):
    reference = date(2026, 11, 22)
    assert mise_en_mots.duree_en_mots(reference + timedelta(jours), reference) == attendu


def test_instant_en_mots_ne_depend_pas_de_la_minute():
    instant = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)
    dit = mise_en_mots.instant_en_mots(instant, date(2026, 11, 22))
    assert dit == "aujourd’hui à 15\u00a0h\u00a005"


@pytest.mark.parametrize(
    ("n", "attendu"), [(0, "fiche"), (1, "fiche"), (1.5, "fiche"), (2, "fiches")]
)
def test_pluriel_commence_a_deux(n, attendu):
    assert etiquettes.pluriel(n, "fiche").endswith(f"\u00a0{attendu}")


def test_moment_donne_la_date_et_la_distance():
    rendu = rendre("{% moment quand %}", quand=date(2020, 1, 2))
    assert 'datetime="2020-01-02"' in rendu
    assert "il y a" in rendu


# --- Mots changés --------------------------------------------------------------------------
def test_mots_changes_marque_et_dit_le_retire_et_l_ajoute():
    rendu = etiquettes.mots_changes("ouvrir 4 groupes", "ouvrir 6 groupes")
    assert re.search(r"<del>.*\[retiré : .*4.*</del>", rendu)
    assert re.search(r"<ins>.*\[ajouté : .*6.*</ins>", rendu)


def _texte(rendu: str, ote: str) -> str:
    """Le texte d'un côté : sans l'autre marque ni les mots lus seulement."""
    sans = re.sub(rf"<{ote}>.*?</{ote}>", "", rendu, flags=re.S)
    sans = re.sub(r'<span class="hors-ecran">.*?</span>', "", sans, flags=re.S)
    return BALISES.sub("", sans)


MOTS = st.text(alphabet="ab ,.'<&é\n", max_size=40)


@given(avant=MOTS, apres=MOTS)
def test_mots_changes_garde_les_deux_textes_et_echappe(avant, apres):
    from html import unescape

    rendu = etiquettes.mots_changes(avant, apres)
    assert unescape(_texte(rendu, "ins")) == avant
    assert unescape(_texte(rendu, "del")) == apres


# --- Météo, tuiles, jauges -----------------------------------------------------------------
@pytest.mark.parametrize("code", list(icones.METEOS))
def test_chaque_meteo_a_sa_forme_et_son_mot(code):
    rendu = etiquettes.meteo(code)
    assert icones.METEOS[code].mot in rendu
    symboles = render_to_string("composants/symboles.html")
    assert f'id="i-{icones.METEOS[code].symbole}"' in symboles


def test_une_meteo_inconnue_ne_s_affiche_pas():
    with pytest.raises(KeyError):
        etiquettes.meteo("arc-en-ciel")


def test_la_tuile_dit_tout_en_mots_et_echappe_le_titre():
    rendu = etiquettes.tuile("/f/", "V2.A1.03", "<b>Pair</b>", "orage", "retard", True)
    assert "Orage, en retard, bloquée" in rendu
    assert "&lt;b&gt;Pair" in rendu


def test_la_jauge_dit_sur_quoi_elle_s_appuie():
    rendu = etiquettes.jauge(57, 7, 10)
    assert 'width="57"' in rendu
    assert "57\u00a0% · 7\u00a0indicateurs sur\u00a010" in rendu


def test_la_jauge_sans_taux_est_vide_et_le_dit():
    rendu = etiquettes.jauge(None, 0, 4)
    assert "jauge-fait" not in rendu
    assert "non calculé" in rendu


@pytest.mark.parametrize(("taux", "largeur"), [(140, "100"), (-5, "0")])
def test_la_jauge_reste_dans_son_cadre(taux, largeur):
    assert f'class="jauge-fait" width="{largeur}"' in etiquettes.jauge(taux)


def test_la_tendance_coupe_la_courbe_ou_une_mesure_manque():
    contexte = etiquettes.tendance([1, 2, None, 4, 5])
    assert contexte["trace"].count("M") == 2


def test_la_tendance_d_une_seule_mesure_n_a_pas_de_courbe():
    assert etiquettes.tendance([3])["trace"] == ""


def test_corps_tableau_echappe_et_redit_la_colonne():
    rendu = etiquettes.corps_tableau(
        [{"libelle": "Fiche"}, {"libelle": "Budget", "nombre": True}], [["<i>", 12]]
    )
    assert "&lt;i&gt;" in rendu
    assert '<td role="cell" class="nombre" data-label="Budget">12</td>' in rendu


def test_adresse_avec_garde_les_autres_parametres():
    requete = RequestFactory().get("/?meteo=orage&page=2")
    rendu = Template("{% load maillage %}{% adresse_avec page=3 %}").render(
        Context({"request": requete})
    )
    assert rendu == "?meteo=orage&amp;page=3"


def test_adresse_avec_ote_un_parametre_vide():
    requete = RequestFactory().get("/?meteo=orage")
    rendu = Template('{% load maillage %}{% adresse_avec meteo="" %}').render(
        Context({"request": requete})
    )
    assert rendu == "?"


# --- Formulaires ---------------------------------------------------------------------------
def test_le_resume_des_erreurs_mene_a_chaque_champ():
    formulaire = catalogue.FormulaireEssai({"titre": ""}, auto_id="id_%s")
    rendu = render_to_string("composants/resume_erreurs.html", {"formulaire": formulaire})
    assert 'href="#id_titre"' in rendu
    assert 'href="#id_meteo_error"' in rendu


@pytest.mark.parametrize("nom", ["titre", "meteo", "budget"])
def test_l_erreur_d_un_champ_lui_est_reliee(nom):
    formulaire = catalogue.FormulaireEssai({"budget": "beaucoup"}, auto_id="id_%s")
    rendu = render_to_string("composants/champ.html", {"champ": formulaire[nom]})
    relies = " ".join(re.findall(r'aria-describedby="([^"]*)"', rendu)).split()
    assert f"id_{nom}_error" in relies
    assert f'id="id_{nom}_error"' in rendu


def test_un_champ_numerique_mal_rempli_garde_la_saisie():
    formulaire = catalogue.FormulaireEssai({"budget": "beaucoup"})
    rendu = render_to_string("composants/champ.html", {"champ": formulaire["budget"]})
    assert 'value="beaucoup"' in rendu


# --- Catalogue et pages --------------------------------------------------------------------
@pytest.fixture
def page_du_catalogue():
    requete = RequestFactory().get("/?page=3")
    contexte = catalogue.contexte_catalogue() | {"request": requete}
    gabarit = SOCLE / "templates" / "socle" / "composants_catalogue.html"
    return Template(gabarit.read_text(encoding="utf-8")).render(Context(contexte))


def test_le_catalogue_montre_chaque_composant(page_du_catalogue):
    del page_du_catalogue  # rendu sans variable inconnue : c'est déjà une preuve
    montres = (SOCLE / "templates/socle/composants_catalogue.html").read_text(encoding="utf-8")
    par_etiquette = {"date", "fraicheur", "tuile", "tendance", "champ", "resume_erreurs"}
    cadre = {"symboles", "menu", "marque", "messages", "chercher"}
    attendus = {p.stem for p in (SOCLE / "templates/composants").glob("*.html")}
    oublies = {nom for nom in attendus if f"composants/{nom}.html" not in montres}
    assert oublies <= par_etiquette | cadre


def test_le_catalogue_n_a_qu_un_titre_de_page_et_pas_d_identifiant_double(page_du_catalogue):
    identifiants = re.findall(r'\bid="([^"]+)"', page_du_catalogue)
    assert len(identifiants) == len(set(identifiants))
    assert page_du_catalogue.count("<h1") == 1


@pytest.mark.parametrize("gabarit", ["404.html", "403.html", "400.html", "500.html", "espace.html"])
def test_une_page_s_affiche_sans_aucun_contexte(gabarit):
    rendu = Template((SOCLE / "templates" / gabarit).read_text(encoding="utf-8")).render(Context())
    assert rendu.startswith("<!doctype html>")
    assert rendu.count("<title>") == 1


@pytest.mark.parametrize("gabarit", GABARITS, ids=lambda p: p.name)
def test_aucun_style_ni_script_dans_les_gabarits(gabarit):
    source = gabarit.read_text(encoding="utf-8")
    assert " style=" not in source
    assert "<style" not in source
    assert not re.search(r"<script(?![^>]*\bsrc=)", source)
    assert not re.search(r"\son\w+=", source)


@pytest.mark.parametrize(
    "partiel", sorted((SOCLE / "templates/composants").glob("*.html")), ids=lambda p: p.stem
)
def test_chaque_partiel_dit_ce_qu_il_attend(partiel):
    assert re.match(
        r"{% comment %}.*Contexte\W.*{% endcomment %}", partiel.read_text("utf-8"), re.S
    )


# --- Feuille de style ----------------------------------------------------------------------
def test_la_feuille_de_style_pese_moins_de_trente_kilo_octets():
    assert FEUILLE.stat().st_size < 30_000


def test_les_accolades_de_la_feuille_se_repondent():
    sans = re.sub(r"/\*.*?\*/", "", FEUILLE.read_text(encoding="utf-8"), flags=re.S)
    assert sans.count("{") == sans.count("}")


def _jetons(rang: int) -> dict[str, str]:
    """Les couleurs de jour (0) ou de nuit (1) de la feuille."""
    motif = re.compile(r"--([\w-]+):var\(--j,(.+)\) var\(--n,(.+)\);")
    trouves = motif.findall(FEUILLE.read_text(encoding="utf-8"))
    hexa = re.compile(r"#[0-9a-f]{3,6}")
    sortie = {}
    for nom, *valeurs in trouves:
        couleur = hexa.findall(valeurs[rang])[-1]
        sortie[nom] = couleur if len(couleur) == 7 else "#" + "".join(c * 2 for c in couleur[1:])
    return sortie


TEXTES = ["encre", "encre-2", "accent", "fil", "succes", "alerte", "erreur"]
FORMES = ["soleil-trait", "couvert", "nuage", "orage", "sans", "trait"]


@pytest.mark.parametrize("rang", [0, 1], ids=["clair", "sombre"])
@pytest.mark.parametrize("fond", ["papier", "page", "lin"])
@pytest.mark.parametrize(("nom", "seuil"), [(n, 4.5) for n in TEXTES] + [(n, 3) for n in FORMES])
def test_chaque_couleur_se_lit_sur_chaque_fond(rang, fond, nom, seuil):
    jetons = _jetons(rang)
    assert couleurs.contraste(jetons[nom], jetons[fond]) >= seuil


# --- Accent d'une collectivité -------------------------------------------------------------
def test_un_accent_pale_est_refuse_avec_sa_mesure():
    with pytest.raises(couleurs.AccentRefuse, match="il faut 4,5"):
        couleurs.verifier_accent("#f2b705")


@pytest.mark.parametrize("saisie", ["rouge", "#12345", "#0d5460;}body{display:none", ""])
def test_un_accent_qui_n_est_pas_une_couleur_est_refuse(saisie):
    with pytest.raises(couleurs.AccentRefuse):
        couleurs.feuille_accent(saisie)


@given(st.integers(0, 0xFFFFFF))
def test_tout_accent_accepte_se_lit_de_jour_comme_de_nuit(valeur):
    accent = f"#{valeur:06x}"
    try:
        feuille = couleurs.feuille_accent(accent)
    except couleurs.AccentRefuse:
        assert couleurs.contraste_minimal(accent, couleurs.FONDS_CLAIRS) < 6
        return
    jetons = dict(re.findall(r"--([\w-]+):(#[0-9a-f]{6})", feuille))
    clairs = (*couleurs.FONDS_CLAIRS, jetons["accent-fond-clair"])
    sombres = (*couleurs.FONDS_SOMBRES, jetons["accent-fond-sombre"])
    assert couleurs.contraste_minimal(jetons["accent-clair"], clairs) >= 4.5
    assert couleurs.contraste_minimal(jetons["accent-sombre"], sombres) >= 4.5
