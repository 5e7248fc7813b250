"""Les documents, pris depuis l'écran comme le fait une personne."""

from tests.navigateur.conftest import entrer


def test_du_tableau_de_bord_on_emporte_le_diaporama(ouvrir, capture):
    page = ouvrir("/")
    entrer(page, "administrateur")
    page.goto("/loir-et-cher/espace/tableau-de-bord/")
    capture(page, "documents-tableau-de-bord")
    with page.expect_download() as pris:
        page.get_by_role("link", name="Diaporama pour un comité").click()
    assert pris.value.suggested_filename.endswith(".pptx")
