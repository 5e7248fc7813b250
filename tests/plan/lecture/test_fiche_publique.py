"""La page publique d'une action : ce qu'elle montre, ce qu'elle tait."""

from decimal import Decimal

import pytest
from django.utils import timezone
from tests.fabriques import DivisionFactory, FicheFactory, SchemaFactory

from maillage.plan.lecture_fiche import premiere_phrase
from maillage.plan.models import FicheAction, IndicateurFiche
from maillage.plan.services import archiver_fiche, enregistrer_fiche
from maillage.plan.suivi import donner_la_valeur


def lire_page(client, plan, code="F000", **parametres):
    return client.get(plan.adresse(f"actions/{code}/"), parametres)


def test_une_fiche_reservee_n_existe_pas_pour_le_public(plan, client):
    plan.ecrire({"confidentialite": "interne"}, {"confidentialite": "restreinte"})
    assert lire_page(client, plan).status_code == 404
    assert lire_page(client, plan, "F001").status_code == 404


def test_un_plan_non_publie_ne_se_lit_pas(plan, client):
    plan.ecrire({})
    plan.schema.est_publie = False
    plan.schema.save()
    assert lire_page(client, plan).status_code == 404


def test_une_fiche_archivee_dit_depuis_quand_et_pourquoi(plan, client):
    (fiche,) = plan.ecrire({})
    archiver_fiche(fiche=fiche, motif="remplacée par F010", par=None)
    reponse = lire_page(client, plan)
    assert reponse.status_code == 410
    assert "remplacée par F010" in reponse.content.decode()


def test_une_fiche_reservee_puis_archivee_ne_dit_rien(plan, client):
    (fiche,) = plan.ecrire({"confidentialite": "interne"})
    archiver_fiche(fiche=fiche, motif="secret", par=None)
    assert lire_page(client, plan).status_code == 404


def test_ce_qui_est_reserve_ne_sort_pas(plan, client):
    plan.ecrire(
        {
            "risques": [{"libelle": "Risque tu", "gravite": 3, "probabilite": 2}],
            "notes": {"Colonne": "note tue"},
            "pilote_personne": "Nom tu",
            "pilote_fonction": "Cheffe de service",
        }
    )
    contenu = lire_page(client, plan).content.decode()
    assert "Cheffe de service" in contenu
    assert not [tu for tu in ("Risque tu", "note tue", "Nom tu") if tu in contenu]


def test_le_code_se_cherche_dans_le_plan_en_cours_d_abord(plan, client):
    ancien = SchemaFactory(collectivite=plan.collectivite, slug="ancien")
    FicheFactory(division=DivisionFactory(schema=ancien), code="F000", titre="Ancienne action")
    plan.ecrire({"titre": "Action en cours"})
    assert "Action en cours" in lire_page(client, plan).content.decode()
    assert "Ancienne action" in lire_page(client, plan, schema="ancien").content.decode()


def test_un_code_d_un_autre_plan_se_trouve_sans_le_dire(plan, client):
    ancien = SchemaFactory(collectivite=plan.collectivite, slug="ancien")
    FicheFactory(division=DivisionFactory(schema=ancien), code="Z1", titre="Ancienne action")
    assert "Ancienne action" in lire_page(client, plan, "Z1").content.decode()


def test_les_collectivites_ne_se_melangent_pas(plan, client):
    FicheFactory(code="AILLEURS")
    assert lire_page(client, plan, "AILLEURS").status_code == 404


INDICATEUR = {"libelle": "Groupes", "initiale": "0", "cible": "6", "niveau": "resultat"}


def test_le_taux_dit_sur_combien_d_indicateurs_il_repose(plan, client):
    (fiche,) = plan.ecrire({"indicateurs": [INDICATEUR, {"libelle": "Sans départ", "cible": "5"}]})
    lien = IndicateurFiche.objects.get(fiche=fiche, indicateur__libelle="Groupes")
    donner_la_valeur(lien=lien, date=timezone.localdate(), valeur=Decimal(3), par=None)
    contenu = lire_page(client, plan).content.decode().replace("\xa0", " ")
    assert "Chemin fait : 50 %, calculé sur 1 indicateur sur 2." in contenu
    assert "pas encore de mesure" in contenu


def test_le_fil_va_du_constat_au_dernier_point(plan, client, un_point):
    (fiche,) = plan.ecrire({"constat": "Les parents se disent seuls face aux démarches."})
    un_point(fiche, faits_marquants="Un groupe s’est réuni.")
    quois = [n["quoi"] for n in lire_page(client, plan).context["fil"]]
    assert quois == ["Constat", "Décision", "Action F000", "Point d’étape", "Prochain point"]


def test_le_fil_n_invente_pas_de_noeud(plan, client):
    plan.ecrire({})
    plan.schema.date_vote = None
    plan.schema.save()
    quois = [n["quoi"] for n in lire_page(client, plan).context["fil"]]
    assert quois == ["Action F000"]


def test_un_changement_public_se_lit_avec_son_avant(plan, client):
    (fiche,) = plan.ecrire({"titre": "Ancien titre"})
    enregistrer_fiche(fiche=fiche, etat={"titre": "Nouveau titre"}, par=None, version_attendue=1)
    (entree, _) = lire_page(client, plan).context["changements"]
    assert entree["changements"] == [
        {"libelle": "Titre", "avant": "Ancien titre", "apres": "Nouveau titre"}
    ]


def test_ce_qui_precede_la_publication_reste_cache(plan, client):
    (fiche,) = plan.ecrire({"confidentialite": "interne", "titre": "Titre interne"})
    for numero, etat in enumerate(
        [{"titre": "Titre public"}, {"confidentialite": "publique"}, {"edition": "2026"}], start=1
    ):
        fiche = enregistrer_fiche(fiche=fiche, etat=etat, par=None, version_attendue=numero)
    reponse = lire_page(client, plan)
    assert [e["quoi"] for e in reponse.context["changements"]][1:] == ["Fiche rendue publique"]
    assert "Titre interne" not in reponse.content.decode()


def test_un_suivi_invente_se_dit(plan, client, un_point):
    (fiche,) = plan.ecrire({})
    FicheAction.objects.filter(pk=fiche.pk).update(suivi_demonstration=True)
    assert "suivi : donnée de démonstration" in lire_page(client, plan).content.decode()


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        (
            "Une phrase assez longue pour compter. Une autre.",
            "Une phrase assez longue pour compter.",
        ),
        ("M. Un. Court", "M. Un. Court"),
        ("", ""),
        ("mot " * 80, ("mot " * 45).strip() + "…"),
    ],
)
def test_la_premiere_phrase_se_coupe_au_mot(texte, attendu):
    assert premiere_phrase(texte) == attendu
