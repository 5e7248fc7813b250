"""axe sur chaque page, dans les deux thèmes, large et étroite ; et ce qu’axe ne voit pas."""

import pytest
from axe_playwright_python.sync_playwright import Axe

LEC = "/loir-et-cher"
PUBLIQUES = [
    "/",
    "/accessibilite/",
    "/espace/composants/",
    "/compte/connexion/",
    "/compte/demonstration/",
    "/compte/mot-de-passe/oublie/",
    f"{LEC}/",
    f"{LEC}/plan/",
    f"{LEC}/plan/arbre/",
    f"{LEC}/actions/",
    f"{LEC}/actions/?axe=V2.A1&meteo=orage",
    f"{LEC}/actions/?q=zzzz",
    f"{LEC}/actions/V2.A1.03/",
    f"{LEC}/calendrier/",
    f"{LEC}/calendrier/?vue=frise",
    f"{LEC}/changements/",
    f"{LEC}/changements/?fiche=V2.A1.03",
    f"{LEC}/matrices/etapes/",
    f"{LEC}/plan/calcul/",
    f"{LEC}/actions/V2.A1.03/calcul/",
    f"{LEC}/territoires/",
    f"{LEC}/territoires/nord/",
    f"{LEC}/communes/41018/",
    f"{LEC}/parcours/",
    f"{LEC}/parcours/grandir/",
    f"{LEC}/recherche/",
    f"{LEC}/recherche/?q=aidant",
    f"{LEC}/recherche/?q=zzzz",
    f"{LEC}/une-page-qui-manque/",
    "/loiret/",
    "/loiret/plan/",
    "/loiret/actions/A1.14/",
    "/loiret/territoires/",
]
ESPACE_PILOTE = [
    f"{LEC}/espace/",
    f"{LEC}/espace/tableau-de-bord/",
    f"{LEC}/espace/actions/",
    f"{LEC}/espace/actions/V2.A1.03/",
    f"{LEC}/espace/actions/V2.A1.03/point/",
    f"{LEC}/espace/actions/V2.A1.03/modifier/",
    f"{LEC}/espace/actions/V2.A1.03/historique/",
    f"{LEC}/espace/actions/V2.A1.03/historique/1/",
    f"{LEC}/espace/actions/V2.A1.03/valeurs/",
    f"{LEC}/espace/calendrier/",
    f"{LEC}/espace/changements/",
    f"{LEC}/espace/matrices/publics/",
    f"{LEC}/espace/mon-agenda/",
    f"{LEC}/espace/actions/V2.A1.03/calcul/",
    f"{LEC}/espace/comptes/",
    "/compte/",
]
ESPACE_ADMINISTRATEUR = [
    f"{LEC}/espace/",
    f"{LEC}/espace/comptes/",
    f"{LEC}/espace/comptes/inviter/",
    f"{LEC}/espace/organisations/",
    f"{LEC}/espace/organisations/nouvelle/",
    f"{LEC}/espace/personnes/",
    f"{LEC}/espace/plans/",
    f"{LEC}/espace/plans/solidarites-2024-2028/",
    f"{LEC}/espace/plans/nouveau/",
    f"{LEC}/espace/reperes/",
    f"{LEC}/espace/echanges/",
    f"{LEC}/espace/actions/nouvelle/",
    f"{LEC}/espace/actions/V2.A1.03/archiver/",
    f"{LEC}/espace/actions/V2.A1.03/contributeurs/",
]
THEMES = [pytest.param(False, id="clair"), pytest.param(True, id="sombre")]
LARGEURS = [pytest.param(360, id="360"), pytest.param(1440, id="1440")]


def fautes_axe(page) -> list[str]:
    resultats = Axe().run(page)
    return [
        f"{faute['id']} : {faute['help']} -> {[n['target'] for n in faute['nodes']][:3]}"
        for faute in resultats.response["violations"]
    ]


def fautes_de_structure(page) -> list[str]:
    """Doctype, langue, un seul h1, niveaux de titre sans saut, pas de mise en forme en ligne."""
    return page.evaluate(
        """() => {
          const fautes = [];
          if (!document.doctype || document.doctype.name !== 'html') fautes.push('doctype');
          if (document.documentElement.lang !== 'fr') fautes.push('langue');
          if (!document.title.trim()) fautes.push('titre vide');
          const titres = [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')]
            .filter(t => t.checkVisibility());
          if (titres.filter(t => t.tagName === 'H1').length !== 1) fautes.push('un seul h1');
          let avant = 0;
          for (const titre of titres) {
            const niveau = Number(titre.tagName[1]);
            if (niveau > avant + 1) fautes.push(`saut de titre : ${titre.textContent.trim()}`);
            avant = niveau;
          }
          if (document.querySelector('[style],font,center,[bgcolor],[align]'))
            fautes.push('mise en forme dans le HTML');
          return fautes;
        }"""
    )


def deborde(page) -> int:
    """Pixels qui dépassent à droite de la fenêtre."""
    return page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )


@pytest.mark.parametrize("largeur", LARGEURS)
@pytest.mark.parametrize("sombre", THEMES)
@pytest.mark.parametrize("groupe", ["publiques", "pilote", "administrateur"])
def test_aucune_faute_d_accessibilite(ouvrir, groupe, sombre, largeur):
    chemins = {
        "publiques": PUBLIQUES,
        "pilote": ESPACE_PILOTE[:-2],
        "administrateur": ESPACE_ADMINISTRATEUR,
    }[groupe]
    role = "" if groupe == "publiques" else groupe
    page = ouvrir("/", largeur=largeur, sombre=sombre, role=role)
    fautes = {}
    for chemin in chemins:
        reponse = page.goto(chemin)
        attendu = 404 if chemin.endswith("une-page-qui-manque/") else 200
        trouvees = fautes_axe(page) + fautes_de_structure(page)
        if reponse.status != attendu:
            trouvees.append(f"statut {reponse.status}")
        if deborde(page) > 0:
            trouvees.append(f"déborde de {deborde(page)} px")
        if trouvees:
            fautes[chemin] = trouvees
    assert fautes == {}


def test_une_page_etroite_ou_agrandie_ne_deborde_pas(ouvrir):
    # 320 px de large : la largeur d'un écran de 1280 px agrandi à 400 % (RGAA 10.11).
    page = ouvrir("/", largeur=320, hauteur=256)
    debordements = {}
    for chemin in PUBLIQUES:
        page.goto(chemin)
        if deborde(page) > 0:
            debordements[chemin] = deborde(page)
    assert debordements == {}


def test_les_titres_de_page_sont_tous_differents(ouvrir):
    page = ouvrir("/")
    titres: dict[str, str] = {}
    for chemin in PUBLIQUES:
        if "?" in chemin:
            continue
        page.goto(chemin)
        assert page.title() not in titres, f"{chemin} a le titre de {titres[page.title()]}"
        titres[page.title()] = chemin
    assert len(titres) > 15


def test_le_lien_d_evitement_est_le_premier_au_clavier(ouvrir):
    page = ouvrir(f"{LEC}/plan/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')").startswith("#")
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") != ""


def test_une_fiche_s_ouvre_au_clavier_depuis_le_plan(ouvrir):
    page = ouvrir(f"{LEC}/plan/")
    tuile = page.locator('a[href$="/actions/V2.A1.03/"]').first
    tuile.focus()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.press("Enter")
    page.wait_for_url("**/actions/V2.A1.03/")
    assert "pair-aidance" in page.inner_text("h1")
