"""La page du budget d'une fiche : taper, coller, se croiser."""

import pytest
from tests.plan.espace.pages import formulaire, texte

from maillage.plan.etat import etat_de
from maillage.plan.services import enregistrer_fiche

pytestmark = pytest.mark.django_db
URL = "/loir-et-cher/espace/actions/V2.A1.03/budget/"


def budgets(fiche):
    return [
        (li["annee"], li["financeur"], li["prevu"], li["engage"])
        for li in etat_de(fiche)["budgets"]
    ]


def test_un_pilote_tape_un_montant(client, pilote, fiche):
    envoi = formulaire(client.get(URL), "c-0-2026-prevu")
    assert envoi["c-0-2026-prevu"] == ["12000"]
    envoi |= {"c-0-2026-engage": ["9 500,50"], "c-0-2027-prevu": ["13 k€"]}
    assert client.post(URL, envoi).status_code == 302
    assert budgets(fiche) == [(2026, "CAF", "12000", "9500.5"), (2027, "CAF", "13000", None)]


def test_envoyer_sans_rien_changer_n_ecrit_pas_de_version(client, pilote, fiche):
    client.post(URL, formulaire(client.get(URL), "c-0-2026-prevu"))
    fiche.refresh_from_db()
    assert fiche.version == 1


def test_une_seule_annee_montree_garde_les_autres(client, pilote, fiche):
    page = client.get(URL + "?annee=2027")
    envoi = formulaire(page, "c-0-2027-prevu")
    assert "c-0-2026-prevu" not in envoi
    client.post(URL + "?annee=2027", envoi | {"c-0-2027-prevu": ["5"]})
    assert budgets(fiche) == [(2026, "CAF", "12000", None), (2027, "CAF", "5", None)]


def test_une_case_illisible_garde_tout_et_le_dit(client, pilote, fiche):
    envoi = formulaire(client.get(URL), "c-0-2026-prevu") | {"c-0-2026-prevu": ["douze mille"]}
    page = client.post(URL, envoi)
    assert page.status_code == 422
    assert "douze mille" in page.content.decode()
    assert "CAF, fonctionnement, 2026, prévu" in texte(page)
    assert budgets(fiche) == [(2026, "CAF", "12000", None)]


def test_un_lecteur_lit_et_n_ecrit_pas(client, entrer, fiche):
    entrer("lecteur")
    assert "Lecture seule" in texte(client.get(URL))
    assert client.post(URL, {"lignes": "0"}).status_code == 403


def test_le_collage_montre_avant_d_ecrire(client, pilote, fiche):
    collage = "Année\tFinanceur\tPrévu\n2026\tCAF\t15 000\n2026\tMSA\t800\n"
    apercu = client.post(URL, {"geste": "apercu", "texte": collage, "version": "1"})
    dit = texte(apercu)
    assert "Ce collage change 2 montants" in dit
    assert "12\u202f000\xa0€" in apercu.content.decode()
    assert "1 organisation nouvelle" in dit
    assert budgets(fiche) == [(2026, "CAF", "12000", None)]
    envoi = formulaire(apercu, "texte")
    assert client.post(URL, envoi | {"geste": "appliquer"}).status_code == 302
    assert budgets(fiche) == [(2026, "CAF", "15000", None), (2026, "MSA", "800", None)]


def test_un_collage_fautif_n_ecrit_rien_et_garde_le_texte(client, pilote, fiche):
    collage = "Année\tFinanceur\tPrévu\n2026\tCAF\tbeaucoup\n"
    page = client.post(URL, {"geste": "appliquer", "texte": collage, "version": "1"})
    assert page.status_code == 422
    assert "Ligne 2, colonne 3" in texte(page)
    assert "beaucoup" in page.content.decode()
    assert budgets(fiche) == [(2026, "CAF", "12000", None)]


def _ecrit_par_un_autre(fiche, **montants):
    fiche.refresh_from_db()
    ligne = {"annee": 2026, "financeur": "CAF", "prevu": "12000", **montants}
    enregistrer_fiche(
        fiche=fiche, etat={"budgets": [ligne]}, par=None, version_attendue=fiche.version
    )


def test_deux_personnes_sur_deux_cases_sont_reunies(client, pilote, fiche):
    envoi = formulaire(client.get(URL), "c-0-2026-prevu")
    _ecrit_par_un_autre(fiche, engage="7000")
    client.post(URL, envoi | {"c-0-2026-prevu": ["13000"]})
    assert budgets(fiche) == [(2026, "CAF", "13000", "7000")]


def test_deux_personnes_sur_la_meme_case_choisissent(client, pilote, fiche):
    envoi = formulaire(client.get(URL), "c-0-2026-prevu")
    _ecrit_par_un_autre(fiche, prevu="11000")
    page = client.post(URL, envoi | {"c-0-2026-prevu": ["13000"]})
    assert page.status_code == 409
    assert "11\u202f000" in page.content.decode()
    assert budgets(fiche) == [(2026, "CAF", "11000", None)]
    assert client.post(URL, formulaire(page, "c-0-2026-prevu")).status_code == 302
    assert budgets(fiche) == [(2026, "CAF", "13000", None)]
