"""L'espace de travail : à faire, et où en est le plan."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.fabriques import PersonneFactory

from maillage.plan.models import Contributeur, FicheAction, Referent
from maillage.plan.services import enregistrer_fiche
from maillage.plan.tableau_de_bord import date_demandee, debut_du_semestre

AUJOURD_HUI = datetime.date(2026, 11, 22)


def titres(reponse):
    return [t.titre for t in reponse.context["taches"]]


def confier(fiche, compte):
    Contributeur.objects.create(fiche=fiche, compte=compte)


@pytest.fixture
def complete():
    """Une fiche assez remplie pour ne pas demander à l'être."""
    return lambda *fiches: FicheAction.objects.filter(pk__in=[f.pk for f in fiches]).update(
        completude=90
    )


def test_ce_qui_attend_va_du_plus_ancien_au_plus_recent(plan, client, entrer, un_point, complete):
    fiches = plan.ecrire({}, {}, {})
    complete(*fiches)
    un_point(fiches[0], jours=100)
    un_point(fiches[1], jours=300)
    un_point(fiches[2], jours=1)
    compte = entrer(plan.collectivite, "contributeur")
    for fiche in fiches:
        confier(fiche, compte)
    reponse = client.get(plan.adresse("espace/"))
    assert titres(reponse) == ["F001 · Action 1", "F000 · Action 0"]
    assert reponse.context["taches"][0].url == plan.adresse("espace/actions/F001/point/")


def test_la_fiche_d_un_autre_ne_m_attend_pas(plan, client, entrer):
    plan.ecrire({})
    entrer(plan.collectivite, "contributeur")
    reponse = client.get(plan.adresse("espace/"))
    assert titres(reponse) == []
    assert "Rien ne vous attend" in reponse.content.decode()


def test_le_pilote_voit_la_fiche_qu_il_pilote(plan, client, entrer, complete):
    (fiche,) = plan.ecrire({})
    complete(fiche)
    compte = entrer(plan.collectivite, "pilote")
    compte.personne = PersonneFactory(collectivite=plan.collectivite)
    compte.save()
    FicheAction.objects.update(pilote_personne=compte.personne)
    assert titres(client.get(plan.adresse("espace/"))) == ["F000 · Action 0"]


def test_un_blocage_dont_la_date_est_passee_se_redemande(plan, client, entrer, un_point, complete):
    (fiche,) = plan.ecrire({})
    complete(fiche)
    hier = timezone.localdate() - datetime.timedelta(days=1)
    un_point(fiche, "orage", bloquee_par="un local", bloquee_jusqu_au=hier)
    confier(fiche, entrer(plan.collectivite, "contributeur"))
    assert titres(client.get(plan.adresse("espace/"))) == ["F000 · Toujours bloquée ?"]


def test_un_jalon_passe_demande_confirmation(plan, client, entrer, un_point, complete):
    jalons = [
        {"titre": "Passé", "date_prevue": "2025-01-01"},
        {"titre": "Fait", "date_prevue": "2025-01-01", "date_realisee": "2025-01-02"},
        {"titre": "Lointain", "date_prevue": "2099-01-01"},
    ]
    (fiche,) = plan.ecrire({"jalons": jalons})
    complete(fiche)
    un_point(fiche)
    confier(fiche, entrer(plan.collectivite, "contributeur"))
    assert titres(client.get(plan.adresse("espace/"))) == ["F000 · Jalon « Passé »"]


def test_une_fiche_incomplete_vient_en_dernier(plan, client, entrer):
    (fiche,) = plan.ecrire({})
    confier(fiche, entrer(plan.collectivite, "contributeur"))
    assert titres(client.get(plan.adresse("espace/")))[-1] == "F000 · Compléter la fiche"


def test_le_referent_voit_les_retards_de_son_axe_seulement(plan, client, entrer, un_point):
    fiches = plan.ecrire({}, {"division": "V1.A2"})
    for fiche in fiches:
        un_point(fiche, jours=400)
    compte = entrer(plan.collectivite, "referent_axe")
    Referent.objects.create(division=plan.axe, compte=compte)
    assert titres(client.get(plan.adresse("espace/"))) == ["F000 · Action 0"]


def test_l_administrateur_voit_les_fiches_sans_pilote(plan, client, entrer):
    plan.ecrire({}, {"pilote_organisation": "CAF"})
    entrer(plan.collectivite, "administrateur")
    assert titres(client.get(plan.adresse("espace/"))) == ["1\xa0fiche sans pilote"]


def test_on_lit_ce_que_les_autres_ont_change(plan, client, entrer, un_point):
    une, autre = plan.ecrire({}, {"confidentialite": "restreinte"})
    compte = entrer(plan.collectivite, "lecteur")
    un_point(une, "orage")
    un_point(autre, "nuage")
    for par, edition in ((None, "2026"), (compte, "2027")):
        une.refresh_from_db()
        enregistrer_fiche(
            fiche=une, etat={"edition": edition}, par=par, version_attendue=une.version
        )
    dits = [
        (c["meteo"], c["dit"]) for c in client.get(plan.adresse("espace/")).context["changements"]
    ]
    assert ("orage", "pour l’essai") in dits
    assert ("", "Fiche modifiée : édition") in dits
    assert "nuage" not in [meteo for meteo, _ in dits]
    assert len([d for d in dits if d[1].startswith("Fiche modifiée")]) == 1


def test_un_import_se_dit_en_une_ligne(plan, client, entrer):
    plan.ecrire({}, {}, {})
    entrer(plan.collectivite, "lecteur")
    dits = [c["dit"] for c in client.get(plan.adresse("espace/")).context["changements"]]
    assert dits == ["3\xa0fiches créées ou modifiées par import ou commande"]


@pytest.mark.parametrize("page", ["espace/", "espace/tableau-de-bord/"])
def test_les_requetes_ne_dependent_pas_du_nombre_de_fiches(page, plan, client, entrer, un_point):
    compte = entrer(plan.collectivite, "administrateur")
    for fiche in plan.ecrire(*[{} for _ in range(3)]):
        un_point(fiche, jours=200)
        confier(fiche, compte)
    client.get(plan.adresse(page))

    def requetes():
        with CaptureQueriesContext(connection) as lues:
            assert client.get(plan.adresse(page)).status_code == 200
        return len(lues)

    peu = requetes()
    for fiche in plan.ecrire(*[{"code": f"G{rang}"} for rang in range(27)]):
        un_point(fiche, jours=200)
        confier(fiche, compte)
    assert requetes() == peu < 25


def test_le_tableau_de_bord_dit_sur_quoi_reposent_ses_taux(plan, client, entrer, un_point):
    budgets = [{"annee": timezone.localdate().year, "financeur": "CAF", "prevu": "100.10",
                "engage": "0.20"}]  # fmt: skip
    fiches = plan.ecrire({"budgets": budgets}, {"budgets": budgets}, {})
    un_point(fiches[0], "orage", besoin_arbitrage="Choisir un lieu")
    entrer(plan.collectivite, "lecteur")
    contexte = client.get(plan.adresse("espace/tableau-de-bord/")).context
    assert (contexte["compte"].avec_point, contexte["compte"].total) == (1, 3)
    assert (contexte["budget"].prevu, contexte["budget"].engage) == (
        Decimal("200.20"),
        Decimal("0.40"),
    )
    assert contexte["budget"].fiches == 2
    assert [f.code for f in contexte["regarder"]["arbitrages"]] == ["F000"]
    assert (contexte["vue"].taux.valeur, contexte["vue"].taux.calculables) == (None, 0)


def test_le_tableau_de_bord_compare_a_une_date(plan, client, entrer, un_point):
    fiches = plan.ecrire({}, {})
    un_point(fiches[0], "soleil", jours=100)
    un_point(fiches[0], "orage", jours=1)
    entrer(plan.collectivite, "lecteur")
    avant = (timezone.localdate() - datetime.timedelta(days=50)).isoformat()
    alors = client.get(plan.adresse("espace/tableau-de-bord/"), {"au": avant}).context["alors"]
    assert (alors.meteos["soleil"], alors.meteos[""], alors.avec_point) == (1, 1, 1)


def test_le_tableau_de_bord_se_restreint_a_un_axe(plan, client, entrer):
    plan.ecrire({}, {"division": "V1.A2"})
    entrer(plan.collectivite, "lecteur")
    reponse = client.get(plan.adresse("espace/tableau-de-bord/"), {"axe": "V1.A2"})
    assert reponse.context["compte"].total == 1


def test_le_partenaire_ne_compte_que_ses_fiches(plan, client, entrer):
    from maillage.acteurs.models import Organisation

    plan.ecrire({"pilote_organisation": "CAF"}, {"pilote_organisation": "ARS"})
    entrer(
        plan.collectivite, "partenaire_lecteur", organisation=Organisation.objects.get(nom="CAF")
    )
    assert client.get(plan.adresse("espace/tableau-de-bord/")).context["compte"].total == 1


@pytest.mark.parametrize(
    ("jour", "attendu"),
    [
        (AUJOURD_HUI, datetime.date(2026, 7, 1)),
        (datetime.date(2026, 7, 15), datetime.date(2026, 1, 1)),
        (datetime.date(2026, 1, 10), datetime.date(2025, 7, 1)),
    ],
)
def test_on_compare_au_debut_du_semestre(jour, attendu):
    assert debut_du_semestre(jour) == attendu


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("2026-03-01", datetime.date(2026, 3, 1)),
        ("2099-01-01", AUJOURD_HUI),
        ("hier", datetime.date(2026, 7, 1)),
        ("", datetime.date(2026, 7, 1)),
    ],
)
def test_la_date_de_comparaison_se_lit_sans_se_plaindre(texte, attendu):
    assert date_demandee(texte, AUJOURD_HUI) == attendu
