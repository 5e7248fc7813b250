"""Écrire une fiche : versions, journal, cachets, conflits."""

import datetime
from decimal import Decimal

import pytest
from tests.fabriques import (
    CompteFactory,
    DivisionFactory,
    EtapeFactory,
    SchemaFactory,
    TerritoireFactory,
)

from maillage.journal.models import Ligne
from maillage.journal.services import versions
from maillage.plan.etat import etat_de, etat_vide
from maillage.plan.models import FicheAction, VersionFiche
from maillage.plan.services import (
    ConflitEcriture,
    archiver_fiche,
    creer_fiche,
    enregistrer_fiche,
    enregistrer_lot,
    restaurer_fiche,
    revenir_a_la_version,
)
from maillage.plan.suivi import donner_la_valeur
from maillage.plan.validation import EtatInvalide

pytestmark = pytest.mark.django_db


@pytest.fixture
def schema():
    schema = SchemaFactory()
    DivisionFactory(schema=schema, code="V1")
    TerritoireFactory(decoupage=schema.collectivite.decoupage, slug="nord", nom="Nord")
    EtapeFactory(collectivite=schema.collectivite, nom="Petite enfance", nom_simple="Grandir")
    return schema


def etat_riche(**valeurs):
    return etat_vide(
        **{
            "code": "V1.01",
            "division": "V1",
            "titre": "Aider les aidants",
            "publics": ["Aidants", "Familles"],
            "etapes": ["grandir"],
            "territoires": ["nord"],
            "renvois": ["V1"],
            "pilote_organisation": "Direction enfance",
            "pilote_personne": "",
            "pilote_fonction": "Cheffe de service",
            "partenaires": ["CAF"],
            "etp": "1.50",
            "jalons": [{"titre": "Convention signée", "date_prevue": "2026-03-01"}],
            "budgets": [
                {"annee": 2026, "financeur": "CAF", "prevu": "12000.00"},
                {"annee": 2025, "financeur": "ARS", "prevu": "5000", "realise": "4000.5"},
            ],
            "risques": [{"libelle": "Pas de salle", "gravite": 3, "probabilite": 2}],
            "textes": [{"reference": "Loi du 2 janvier 2002", "url": "https://exemple.test/loi"}],
            "indicateurs": [{"libelle": "Groupes", "initiale": "0", "cible": "6"}],
            "notes": {"Colonne libre": "gardée"},
            **valeurs,
        }
    )


def test_l_etat_relu_est_celui_de_la_version(schema):
    fiche = creer_fiche(schema=schema, etat=etat_riche(), par=None)
    assert etat_de(fiche) == fiche.versions.get().etat


def test_l_etat_relu_apres_modification_est_celui_de_la_version(schema):
    fiche = creer_fiche(schema=schema, etat=etat_riche(), par=None)
    modifiee = enregistrer_fiche(
        fiche=fiche,
        etat={"budgets": [], "publics": ["Aidants"], "titre": "Autre titre"},
        par=None,
        version_attendue=1,
    )
    assert modifiee.version == 2
    assert etat_de(modifiee) == modifiee.versions.first().etat


def test_une_ecriture_laisse_une_version_et_une_ligne_de_journal(schema):
    compte = CompteFactory()
    fiche = creer_fiche(schema=schema, etat=etat_riche(), par=compte)
    enregistrer_fiche(fiche=fiche, etat={"titre": "Neuf"}, par=compte, version_attendue=1)
    ligne = Ligne.objects.de(fiche).first()
    assert (ligne.verbe, ligne.auteur_id) == ("fiche modifiée", compte.pk)
    assert ligne.changements == {"titre": {"avant": "Aider les aidants", "apres": "Neuf"}}


def test_ecrire_la_meme_chose_ne_laisse_rien(schema):
    fiche = creer_fiche(schema=schema, etat=etat_riche(), par=None)
    enregistrer_fiche(fiche=fiche, etat=etat_riche(), par=None, version_attendue=1)
    assert VersionFiche.objects.count() == 1
    assert Ligne.objects.count() == 1


def test_une_ecriture_change_les_cachets_de_la_fiche_et_du_schema(schema):
    fiche = creer_fiche(schema=schema, etat=etat_riche(), par=None)
    avant = versions([fiche.cachet]), versions([schema.cachet])
    enregistrer_fiche(fiche=fiche, etat={"titre": "Neuf"}, par=None, version_attendue=1)
    apres = versions([fiche.cachet]), versions([schema.cachet])
    assert avant[0] != apres[0] and avant[1] != apres[1]


def test_deux_personnes_sur_des_champs_differents_sont_reunies(schema):
    fiche = creer_fiche(schema=schema, etat=etat_riche(), par=None)
    enregistrer_fiche(fiche=fiche, etat={"titre": "Titre d’Anne"}, par=None, version_attendue=1)
    enregistrer_fiche(fiche=fiche, etat={"constat": "Constat d’Ali"}, par=None, version_attendue=1)
    etat = etat_de(fiche)
    assert (etat["titre"], etat["constat"]) == ("Titre d’Anne", "Constat d’Ali")


def test_deux_personnes_sur_le_meme_champ_sont_en_conflit(schema):
    fiche = creer_fiche(schema=schema, etat=etat_riche(), par=None)
    enregistrer_fiche(fiche=fiche, etat={"titre": "Titre d’Anne"}, par=None, version_attendue=1)
    with pytest.raises(ConflitEcriture) as conflit:
        enregistrer_fiche(
            fiche=fiche,
            etat={"titre": "Titre d’Ali", "constat": "Neuf"},
            par=None,
            version_attendue=1,
        )
    (champ,) = conflit.value.champs
    assert (champ.base, champ.actuel, champ.demande) == (
        "Aider les aidants",
        "Titre d’Anne",
        "Titre d’Ali",
    )
    assert conflit.value.reuni["constat"] == "Neuf"
    assert etat_de(fiche)["constat"] == ""


def test_un_lot_fautif_n_ecrit_rien(schema):
    bon, mauvais = etat_riche(code="A"), etat_riche(code="B", territoires=["ailleurs"])
    with pytest.raises(EtatInvalide) as refus:
        enregistrer_lot(schema=schema, etats=[bon, mauvais], par=None)
    assert "ailleurs" in str(refus.value)
    assert FicheAction.objects.count() == 0


def test_un_lot_est_idempotent(schema):
    etats = [etat_riche(code=f"F{rang}") for rang in range(3)]
    enregistrer_lot(schema=schema, etats=etats, par=None)
    bilan = enregistrer_lot(schema=schema, etats=etats, par=None)
    assert (bilan.creees, bilan.modifiees, len(bilan.inchangees)) == ([], [], 3)


def test_un_montant_negatif_est_refuse_avec_sa_ligne(schema):
    budgets = [{"annee": 2026, "financeur": "CAF", "prevu": "-5"}]
    with pytest.raises(EtatInvalide) as refus:
        creer_fiche(schema=schema, etat=etat_riche(budgets=budgets), par=None)
    (erreur,) = refus.value.erreurs
    assert (erreur.cle, erreur.rang, erreur.colonne) == ("budgets", 0, "prevu")


def test_archiver_puis_restaurer_rend_la_meme_fiche(schema):
    fiche = creer_fiche(schema=schema, etat=etat_riche(), par=None)
    avant = etat_de(fiche)
    archivee = archiver_fiche(fiche=fiche, motif="Doublon", par=None)
    assert FicheAction.objects.actives().count() == 0
    restaurer_fiche(fiche=archivee, par=None)
    assert etat_de(fiche) == avant


def test_un_indicateur_retire_puis_remis_retrouve_ses_valeurs(schema):
    fiche = creer_fiche(schema=schema, etat=etat_riche(), par=None)
    lien = fiche.indicateurs.get()
    donner_la_valeur(lien=lien, date=datetime.date(2026, 1, 1), valeur=Decimal(3), par=None)
    sans = enregistrer_fiche(fiche=fiche, etat={"indicateurs": []}, par=None, version_attendue=1)
    assert sans.indicateurs.count() == 0
    remise = revenir_a_la_version(fiche=sans, numero=1, par=None)
    remise.refresh_from_db()
    assert remise.indicateurs.get().indicateur.derniere_valeur == 3
    assert remise.taux_indicateurs == 50


def test_revenir_a_une_version_passee_est_une_nouvelle_version(schema):
    fiche = creer_fiche(schema=schema, etat=etat_riche(), par=None)
    fiche = enregistrer_fiche(
        fiche=fiche, etat={"titre": "Neuf", "jalons": []}, par=None, version_attendue=1
    )
    revenue = revenir_a_la_version(fiche=fiche, numero=1, par=None)
    assert revenue.version == 3
    assert etat_de(revenue) == revenue.versions.get(numero=1).etat


@pytest.mark.parametrize(
    ("titre", "question"),
    [("Soutenir les aidants", "aidant"), ("Étapes de la vie", "etape"), ("L’étape", "ÉTAPES")],
)
def test_la_recherche_ignore_accents_et_terminaisons(schema, titre, question):
    creer_fiche(schema=schema, etat=etat_vide(code="A", division="V1", titre=titre), par=None)
    creer_fiche(schema=schema, etat=etat_vide(code="B", division="V1", titre="Rien"), par=None)
    assert [f.code for f in FicheAction.objects.chercher(question)] == ["A"]
