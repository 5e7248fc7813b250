"""Le plan dans le temps, dans un vrai navigateur : lisible, au clavier, sans déborder."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

PAGES = {
    "calendrier": "/loir-et-cher/calendrier/",
    "calendrier-frise": "/loir-et-cher/calendrier/?vue=frise&axe=V2.A1",
    "changements": "/loir-et-cher/changements/?axe=V2.A1",
    "matrice": "/loir-et-cher/matrices/territoires/",
    "matrice-publics": "/loir-et-cher/matrices/publics/?axe=V2.A1",
    "calcul": "/loir-et-cher/actions/V2.A1.03/calcul/",
    "calcul-plan": "/loir-et-cher/plan/calcul/",
}


@pytest.mark.parametrize("nom", PAGES)
@pytest.mark.parametrize("largeur", [360, 1440])
def test_la_page_est_accessible_et_ne_deborde_pas(ouvrir, capture, nom, largeur):
    page = ouvrir(PAGES[nom], largeur=largeur)
    assert page.evaluate("document.documentElement.scrollWidth") <= largeur
    trouvees = [
        f"{v['id']} : {v['nodes'][0]['target']}" for v in Axe().run(page).response["violations"]
    ]
    assert trouvees == []
    if largeur == 1440:
        capture(page, nom)


def test_une_case_de_la_matrice_des_meteos_ouvre_ses_fiches(ouvrir):
    page = ouvrir("/loir-et-cher/changements/")
    case = page.locator(".passages td:not(.meme) a").first
    nombre = int(re.match(r"\d+", case.inner_text())[0])
    case.click()
    page.wait_for_url("**passage=**")
    assert page.locator(".fiches-changees > li").count() == nombre


def test_un_jalon_se_confirme_depuis_a_faire(ouvrir):
    page = ouvrir("/loir-et-cher/espace/", role="pilote")
    page.get_by_role("link", name="Confirmer").first.click()
    titre = page.locator("h1").inner_text()
    page.get_by_role("button", name="Dire qu’il est réalisé").click()
    page.wait_for_url("**/espace/")
    assert titre in page.get_by_text("est réalisé").inner_text()


def test_mon_agenda_s_ouvre_et_se_ferme(ouvrir):
    page = ouvrir("/loir-et-cher/espace/mon-agenda/", role="pilote")
    page.get_by_role("button", name="Ouvrir mon agenda").click()
    adresse = page.locator("#adresse-agenda").input_value()
    assert page.request.get(adresse).text().startswith("BEGIN:VCALENDAR")
    page.get_by_role("button", name="Fermer cette adresse").click()
    assert page.request.get(adresse).status == 404
