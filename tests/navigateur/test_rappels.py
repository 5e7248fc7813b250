"""Un pilote en retard reçoit un courriel, l'ouvre sur son téléphone, répond ; chacun le voit."""

import re
import subprocess
import sys
import time
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from tests.plan.rappels.boite import boite_aux_lettres

from .conftest import RACINE

LEC = "/loir-et-cher"
FICHE = "V2.A1.02"


@pytest.fixture
def courriel(environnement, serveur):
    """`courriel.passer()` : l'horloge sonne, l'ouvrier vide la file ; les messages sont reçus."""
    with boite_aux_lettres() as boite:
        reglages = environnement | {
            "MAILLAGE_EMAIL_URL": boite.adresse,
            "MAILLAGE_ADRESSE": serveur,
        }

        def passer():
            for commande in (["horloge"], ["ouvrier", "--une-fois"]):
                subprocess.run(
                    [sys.executable, "-m", "maillage.commandes", *commande],
                    env=reglages,
                    cwd=RACINE,
                    check=True,
                    timeout=120,
                )

        boite.passer = passer
        yield boite


def sans_faute(page) -> None:
    trouvees = Axe().run(page).response["violations"]
    assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in trouvees] == []


def test_un_pilote_en_retard_repond_depuis_son_courriel(ouvrir, courriel, capture):
    chef = ouvrir(f"{LEC}/espace/", role="administrateur")
    chef.goto(f"{LEC}/espace/rappels/reglages/")
    chef.get_by_label(
        "Envoyer aussi le samedi et le dimanche"
    ).check()  # le test tourne tous les jours
    chef.get_by_role("button", name="Enregistrer").click()
    sans_faute(chef)
    capture(chef, "rappels-reglages", entiere=True)

    courriel.passer()
    recus = [m for m in courriel.messages if m["To"].startswith("pilote@loir-et-cher")]
    assert len(recus) == 1
    texte = recus[0].get_body(("plain",)).get_content()
    lien = re.search(rf"{re.escape(FICHE)} · .*?(http://\S+/point/\S+/)", texte, re.S)
    assert lien

    debut = time.monotonic()
    telephone = ouvrir(urlsplit(lien[1]).path, largeur=360, hauteur=740)
    sans_faute(telephone)
    assert telephone.evaluate("document.documentElement.scrollWidth") <= 360
    capture(telephone, "rappel-lien-telephone", entiere=True)
    phrase = "Répondu depuis le courriel : le calendrier est tenu."
    telephone.get_by_label("Soleil").check()
    telephone.get_by_label(re.compile("Ce qui s’est passé")).fill(phrase)
    telephone.get_by_role("button", name="Publier").click()
    expect(telephone.locator("h1")).to_contain_text("C’est répondu, merci")
    assert time.monotonic() - debut < 120
    sans_faute(telephone)
    capture(telephone, "rappel-repondu-telephone")
    assert telephone.context.cookies() == []

    visiteur = ouvrir(f"{LEC}/actions/{FICHE}/")
    expect(visiteur.locator("main")).to_contain_text(phrase)
    telephone.goto(urlsplit(lien[1]).path)
    expect(telephone.locator("main")).to_contain_text(phrase)

    chef.goto(f"{LEC}/espace/rappels/")
    expect(chef.locator("main")).to_contain_text(re.compile(r"1 sur \d+\sfiche"))
    sans_faute(chef)
    capture(chef, "rappels", entiere=True)
    sombre = ouvrir(urlsplit(lien[1]).path, largeur=360, sombre=True)
    sans_faute(sombre)

    nombre = len(courriel.messages)
    courriel.passer()
    assert len(courriel.messages) == nombre


def test_une_personne_met_ses_rappels_en_pause_puis_les_reprend(ouvrir, capture):
    pause = ouvrir(f"{LEC}/espace/", role="pilote", largeur=360)
    pause.goto(f"{LEC}/espace/rappels/moi/")
    sans_faute(pause)
    pause.get_by_label("Pendant trois mois").check()
    pause.get_by_role("button", name="Mettre en pause").click()
    expect(pause.locator("main")).to_contain_text("Vos rappels sont en pause")
    capture(pause, "rappels-pause")
    pause.get_by_role("button", name="Reprendre").click()
    expect(pause.get_by_role("button", name="Mettre en pause")).to_be_visible()
