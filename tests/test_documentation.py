"""La documentation dit vrai : ses liens mènent quelque part, ses images existent."""

import re
from pathlib import Path

import pytest

RACINE = Path(__file__).resolve().parents[1]
PAGES = [RACINE / "README.md", RACINE / "README.en.md", *sorted((RACINE / "docs").rglob("*.md"))]
_LIEN = re.compile(r"\]\(([^)\s]+)\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(RACINE)))
def test_les_liens_et_les_images_existent(page):
    manquants = [
        lien
        for lien in _LIEN.findall(page.read_text(encoding="utf-8"))
        if not lien.startswith(("http://", "https://", "#", "mailto:"))
        and not (page.parent / lien.partition("#")[0]).exists()
    ]
    assert manquants == []


def test_chaque_page_du_guide_est_dans_son_sommaire():
    guide = RACINE / "docs" / "guide"
    sommaire = (guide / "LISEZMOI.md").read_text(encoding="utf-8")
    oubliees = [p.name for p in guide.glob("*.md") if p.name not in sommaire + "LISEZMOI.md"]
    assert oubliees == []


def test_chaque_image_du_guide_est_montree_quelque_part():
    textes = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    images = sorted((RACINE / "docs" / "guide" / "images").glob("*.png"))
    assert images, "aucune image : MAILLAGE_CAPTURES=1 ./tester --seulement navigateur"
    assert [image.name for image in images if image.name not in textes] == []
