"""Ce qu’une personne fait, du début à la fin, dans un vrai navigateur."""

import re
import time

import pytest
from playwright.sync_api import expect

LEC = "/loir-et-cher"
FICHE = f"{LEC}/actions/V2.A1.03/"


def test_un_pilote_fait_le_point_au_telephone_et_un_visiteur_le_voit(ouvrir, capture):
    visiteur = ouvrir(FICHE)
    phrase = "Le groupe de parents de Vendôme accueille huit familles de plus."
    expect(visiteur.locator("main")).not_to_contain_text(phrase)

    page = ouvrir(f"{LEC}/espace/", largeur=360, hauteur=740, role="pilote")
    capture(page, "a-faire-telephone")
    debut = time.monotonic()
    page.get_by_role("link", name=re.compile("Faire le point")).first.wait_for()
    page.goto(f"{LEC}/espace/actions/V2.A1.03/point/")
    capture(page, "point-telephone", entiere=True)
    page.get_by_label("Soleil").check()
    page.get_by_label(re.compile("Ce qui s’est passé")).fill(phrase)
    page.get_by_role("button", name=re.compile("Publier")).click()
    page.wait_for_load_state()
    assert time.monotonic() - debut < 60
    expect(page.locator("main, [role=status]").first).to_be_visible()
    capture(page, "point-publie-telephone")

    visiteur.reload()
    expect(visiteur.locator("main")).to_contain_text(phrase)
    expect(visiteur.locator("main time").first).to_be_visible()
    capture(visiteur, "fiche")


def test_le_plan_tient_en_une_page_d_ordinateur_portable(ouvrir, capture):
    page = ouvrir(f"{LEC}/plan/", largeur=1440, hauteur=900)
    assert page.locator(".tuiles a").count() == 161
    expect(page.locator("main")).to_contain_text("163")
    capture(page, "plan")
    sombre = ouvrir(f"{LEC}/plan/", largeur=1440, hauteur=900, sombre=True)
    capture(sombre, "plan-sombre")


def test_le_loiret_se_lit_aussi_bien(ouvrir, capture):
    page = ouvrir("/loiret/plan/")
    assert page.locator(".tuiles a").count() == 53
    page.goto("/loiret/actions/A1.14/")
    expect(page.locator("h1")).to_contain_text("ICI 45")
    capture(page, "loiret-fiche")


def test_la_table_se_filtre_et_l_adresse_se_partage(ouvrir, capture):
    page = ouvrir(f"{LEC}/actions/?axe=V2.A1")
    capture(page, "actions")
    assert page.locator("tbody tr").count() == 16
    autre = ouvrir(page.url.replace(page.url.split("/loir-et-cher")[0], ""))
    assert autre.locator("tbody tr").count() == 16


def test_la_recherche_ignore_accents_et_pluriels(ouvrir):
    page = ouvrir(f"{LEC}/recherche/?q=aidant")
    expect(page.locator("main")).to_contain_text(re.compile("aidants", re.I))
    page.goto(f"{LEC}/recherche/?q=etape")
    expect(page.locator("main")).to_contain_text(re.compile("étape", re.I))


def test_tout_se_lit_sans_javascript(ouvrir):
    page = ouvrir(f"{LEC}/plan/", javascript=False)
    assert page.locator(".tuiles a").count() == 161
    page.goto(f"{LEC}/actions/?q=aidant")
    assert page.locator("tbody tr").count() > 0


def test_un_point_se_fait_sans_javascript(ouvrir):
    page = ouvrir(f"{LEC}/espace/", largeur=360, javascript=False, role="administrateur")
    page.goto(f"{LEC}/espace/actions/V2.A4.01/point/")
    page.get_by_label("Soleil").check()
    page.get_by_label(re.compile("Ce qui s’est passé")).fill("Écrit sans script.")
    page.get_by_role("button", name=re.compile("Publier")).click()
    page.goto(f"{LEC}/actions/V2.A4.01/")
    expect(page.locator("main")).to_contain_text("Écrit sans script.")


def test_le_meme_envoi_recu_deux_fois_ne_publie_qu_un_point(ouvrir):
    page = ouvrir(f"{LEC}/espace/", role="administrateur")
    page.goto(f"{LEC}/espace/actions/V2.A4.02/point/")
    page.get_by_label("Soleil").check()
    page.get_by_label(re.compile("Ce qui s’est passé")).fill("Une seule fois.")
    formulaire = page.locator("main form[method=post]").last
    donnees = formulaire.evaluate(
        "f => Object.fromEntries([...new FormData(f)].filter(([, v]) => typeof v === 'string'))"
    )
    for _ in range(2):
        reponse = page.request.post(
            page.url, form=donnees, headers={"Referer": page.url}, max_redirects=0
        )
        assert reponse.status == 302
    page.goto(f"{LEC}/espace/actions/V2.A4.02/historique/")
    assert page.locator("main").inner_text().count("Une seule fois.") == 1


def test_deux_personnes_sur_le_meme_champ_voient_le_conflit(ouvrir, capture):
    adresse = f"{LEC}/espace/actions/V2.A4.03/modifier/"
    anne = ouvrir(adresse, role="administrateur")
    anne.goto(adresse)
    ali = ouvrir(adresse, role="administrateur")
    ali.goto(adresse)
    anne.get_by_label("Titre").fill("Le titre d’Anne")
    anne.get_by_role("button", name=re.compile("Enregistrer")).last.click()
    anne.wait_for_load_state()
    ali.get_by_label("Titre").fill("Le titre d’Ali")
    ali.get_by_role("button", name=re.compile("Enregistrer")).last.click()
    ali.wait_for_load_state()
    expect(ali.locator("main")).to_contain_text("Le titre d’Anne")
    expect(ali.locator("main")).to_contain_text("Le titre d’Ali")
    capture(ali, "conflit", entiere=True)


def test_la_saisie_survit_a_une_connexion_expiree(ouvrir):
    page = ouvrir(f"{LEC}/espace/", role="administrateur")
    page.goto(f"{LEC}/espace/actions/V2.A4.04/point/")
    page.get_by_label("Soleil").check()
    page.get_by_label(re.compile("Ce qui s’est passé")).fill("Tapé avant l’expiration.")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name=re.compile("Publier")).click()
    page.wait_for_url("**/compte/connexion/**")
    expect(page.locator("main")).to_contain_text(re.compile("gardé"))


def test_aucune_page_publique_ne_pose_de_temoin(ouvrir):
    page = ouvrir(f"{LEC}/")
    for chemin in (f"{LEC}/plan/", FICHE, f"{LEC}/actions/", f"{LEC}/recherche/?q=aidant"):
        page.goto(chemin)
    assert page.context.cookies() == []


def test_une_premiere_visite_pese_moins_de_100_ko_en_moins_de_10_requetes(ouvrir, serveur):
    for chemin in (f"{LEC}/", f"{LEC}/plan/", f"{LEC}/actions/", FICHE, "/loiret/plan/"):
        page = ouvrir("about:blank")
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        recus: list[float] = []
        ailleurs: list[str] = []
        session.on("Network.loadingFinished", lambda e, r=recus: r.append(e["encodedDataLength"]))
        page.on(
            "request",
            lambda q, a=ailleurs: a.append(q.url) if not q.url.startswith(serveur) else None,
        )
        page.goto(serveur + chemin)
        page.wait_for_load_state("networkidle")
        assert ailleurs == [], f"{chemin} appelle un tiers"
        assert 0 < sum(recus) < 100_000, f"{chemin} pèse {sum(recus)} octets"
        assert len(recus) < 10, f"{chemin} demande {len(recus)} fichiers"


def test_une_page_s_imprime_sans_menu(ouvrir):
    page = ouvrir(FICHE)
    page.emulate_media(media="print")
    assert not page.locator("header nav").first.is_visible()
    assert page.locator("h1").is_visible()


def test_le_tableau_de_bord_dit_sur_quoi_il_repose(ouvrir, capture):
    page = ouvrir(f"{LEC}/espace/tableau-de-bord/", role="administrateur")
    page.goto(f"{LEC}/espace/tableau-de-bord/")
    expect(page.locator("main")).to_contain_text("sur 161")
    expect(page.locator("main")).to_contain_text("donnée de démonstration")
    capture(page, "tableau-de-bord")


def _envoyer(page, chemin):
    page.goto(f"{LEC}/espace/echanges/")
    page.locator("input[type=file]").set_input_files(chemin)
    page.get_by_role("button", name="Voir ce qui changerait").click()
    page.wait_for_url(lambda adresse: not adresse.endswith("/espace/echanges/"), timeout=60_000)


@pytest.mark.parametrize("forme", ["xlsx", "ods", "csv"])
def test_le_plan_exporte_se_reimporte_sans_difference(ouvrir, tmp_path, forme):
    page = ouvrir(f"{LEC}/espace/echanges/", role="administrateur")
    page.goto(f"{LEC}/espace/echanges/")
    page.get_by_label("Format", exact=True).select_option(forme)
    with page.expect_download(timeout=60_000) as recu:
        page.get_by_role("button", name="Télécharger").click()
    classeur = tmp_path / f"plan.{forme}"
    recu.value.save_as(classeur)
    _envoyer(page, classeur)
    expect(page.locator("h1")).to_have_text("Rien ne changerait")
    expect(page.locator("main")).to_contain_text("161")


def test_un_classeur_de_service_se_relit_avant_d_etre_enregistre(ouvrir, tmp_path, capture):
    classeur = tmp_path / "suivi du service.csv"
    classeur.write_text(
        "Suivi des actions 2026;;;\n"
        "N° fiche;Intitulé de l’action;Montant 1;Couleur du dossier\n"
        "V2.A4.05;Un titre revu par le service;12 500 €;bleu\n",
        encoding="utf-8-sig",
    )
    page = ouvrir(f"{LEC}/espace/echanges/", role="administrateur")
    _envoyer(page, classeur)
    expect(page.locator("h1")).to_have_text("Ce qui changerait")
    capture(page, "import-essai")
    page.get_by_role("button", name="Enregistrer ces changements").click()
    page.goto(f"{LEC}/actions/V2.A4.05/")
    expect(page.locator("h1")).to_have_text("Un titre revu par le service")


def test_un_classeur_fautif_nomme_la_case_et_n_ecrit_rien(ouvrir, tmp_path, capture):
    classeur = tmp_path / "fautif.csv"
    classeur.write_text(
        "Code;Titre;Territoires;Début\nV2.A4.06;Titre jamais écrit;Atlantide;31/02/2026\n",
        encoding="utf-8-sig",
    )
    page = ouvrir(f"{LEC}/espace/echanges/", role="administrateur")
    _envoyer(page, classeur)
    expect(page.locator("main")).to_contain_text("Atlantide")
    expect(page.locator("main")).to_contain_text("31/02/2026")
    expect(page.locator("main")).to_contain_text("Rien n’est enregistré")
    capture(page, "import-refus")
    page.goto(f"{LEC}/actions/V2.A4.06/")
    expect(page.locator("h1")).not_to_contain_text("jamais écrit")
