"""Le budget, les conventions et les risques, vus dans un vrai navigateur."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

LEC = "/loir-et-cher"
PAGES = {
    "budget-public": (f"{LEC}/budget/?retrait=caisse+d+allocations+familiales+de+loir+et+cher", ""),
    "budget-grille": (f"{LEC}/espace/actions/V2.A1.03/budget/", "administrateur"),
    "conventions": (f"{LEC}/espace/conventions/", "administrateur"),
    "convention": (f"{LEC}/espace/conventions/1/", "administrateur"),
    "convention-modifier": (f"{LEC}/espace/conventions/1/modifier/", "administrateur"),
    "conventions-publiques": (f"{LEC}/conventions/", ""),
    "risques": (f"{LEC}/espace/risques/", "administrateur"),
}


@pytest.mark.parametrize("nom", PAGES)
def test_la_page_est_lisible_par_tous(ouvrir, capture, nom):
    chemin, role = PAGES[nom]
    page = ouvrir(chemin, role=role)
    capture(page, nom, entiere=True)
    fautes = Axe().run(page).response["violations"]
    assert [f"{f['id']} : {f['nodes'][0]['html'][:120]}" for f in fautes] == []
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    capture(page, f"{nom}-telephone", entiere=True)


def test_un_bloc_d_excel_se_colle_dans_la_grille(ouvrir):
    page = ouvrir(f"{LEC}/espace/actions/V2.A1.03/budget/?annee=2028", role="administrateur")
    case = page.locator("#c-0-2028-prevu")
    case.evaluate(
        """champ => {
          const d = new DataTransfer();
          d.setData('text/plain', '1 000,10\\t500\\t0,20\\n2000');
          const options = {clipboardData: d, bubbles: true, cancelable: true};
          champ.dispatchEvent(new ClipboardEvent('paste', options));
        }"""
    )
    expect(page.locator("#c-0-2028-realise")).to_have_value("0,20")
    expect(page.locator("#c-1-2028-prevu")).to_have_value("2000")
    total = page.locator('[data-total-annee="2028"][data-total-mesure="prevu"]')
    expect(total).to_have_text("3\u202f000,10\u00a0€")
