"""Les conventions : qui les voit, qui les tient, ce qu'elles demandent."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone
from tests.fabriques import (
    AttributionFactory,
    CompteFactory,
    ConventionFactory,
    ObligationFactory,
    OrganisationFactory,
    PersonneFactory,
)
from tests.plan.espace.pages import formulaire, texte

from maillage.calcul.calendrier import mois_plus_tot
from maillage.journal.models import Ligne
from maillage.plan.conventions import (
    ConventionChangee,
    ConventionRefusee,
    Saisie,
    archiver_convention,
    creer_convention,
    engagements_et_realise,
    modifier_convention,
    rendre_compte,
)
from maillage.plan.models import Convention, FicheAction

pytestmark = pytest.mark.django_db
URL = "/loir-et-cher/espace/conventions/"


def saisie(**suite) -> Saisie:
    valeurs = {
        "valeurs": {"objet": "Pair-aidance", "nature": "convention"},
        "parties": [("CAF", "financeur")],
        "montants": [],
        "obligations": [],
        "fiches": [],
    }
    valeurs["valeurs"] |= suite.pop("valeurs", {})
    return Saisie(**{**valeurs, **suite})


@pytest.fixture
def convention(collectivite, fiche):
    return creer_convention(
        collectivite=collectivite,
        par=None,
        saisie=saisie(
            valeurs={"date_fin": datetime.date(2026, 12, 31), "preavis_mois": 3},
            montants=[(2026, "CAF", Decimal("15000"))],
            obligations=[{"libelle": "Bilan", "organisation": "CAF"}],
            fiches=[fiche],
        ),
    )


@pytest.mark.parametrize(
    ("suite", "champ"),
    [
        ({"parties": []}, "parties"),
        ({"parties": [("CAF", "financeur"), ("caf", "financeur")]}, "parties"),
        ({"montants": [(2026, "CAF", Decimal(1)), (2026, "caf", Decimal(2))]}, "montants"),
        ({"montants": [(26, "CAF", Decimal(1))]}, "montants"),
        ({"valeurs": {"objet": ""}}, "objet"),
        ({"valeurs": {"date_debut": datetime.date(2027, 1, 1),
                      "date_fin": datetime.date(2026, 1, 1)}}, "date_fin"),
    ],
)  # fmt: skip
def test_une_convention_fautive_est_refusee_sans_rien_ecrire(collectivite, suite, champ):
    with pytest.raises(ConventionRefusee) as refus:
        creer_convention(collectivite=collectivite, saisie=saisie(**suite), par=None)
    assert champ in refus.value.champs
    assert not Convention.objects.exists()


def test_la_fiche_d_une_autre_collectivite_est_refusee(fiche):
    autre = ConventionFactory().collectivite
    with pytest.raises(ConventionRefusee):
        creer_convention(collectivite=autre, saisie=saisie(fiches=[fiche]), par=None)


def test_ecrire_a_partir_d_une_vieille_version_est_refuse(convention):
    modifier_convention(
        convention=convention, saisie=saisie(valeurs={"objet": "A"}), par=None, version_attendue=1
    )
    with pytest.raises(ConventionChangee):
        modifier_convention(
            convention=convention, saisie=saisie(valeurs={"objet": "B"}), par=None,
            version_attendue=1,
        )  # fmt: skip
    convention.refresh_from_db()
    assert (convention.objet, convention.version) == ("A", 2)


def test_reecrire_la_meme_chose_ne_monte_pas_la_version(convention):
    obligation = convention.obligations.get()
    modifier_convention(
        convention=convention, par=None, version_attendue=1,
        saisie=saisie(
            valeurs={"date_fin": datetime.date(2026, 12, 31), "preavis_mois": 3},
            montants=[(2026, "CAF", Decimal("15000"))],
            obligations=[{"pk": obligation.pk, "libelle": "Bilan", "organisation": "CAF"}],
            fiches=list(convention.fiches.all()),
        ),
    )  # fmt: skip
    convention.refresh_from_db()
    assert convention.version == 1


def test_chaque_ecriture_laisse_une_ligne_au_journal(convention):
    archiver_convention(convention=convention, motif="Finie", par=None)
    assert list(
        Ligne.objects.filter(objet_type="plan.convention")
        .order_by("pk")
        .values_list("verbe", flat=True)
    ) == ["convention créée", "convention archivée"]


def test_le_promis_se_lit_a_cote_du_fait(convention, fiche):
    (engagement,) = engagements_et_realise(convention, [fiche.pk])
    assert engagement.promis == Decimal("15000")
    assert engagement.fait.prevu == Decimal("12000")
    assert engagement.ecart == Decimal("15000")


@pytest.mark.parametrize(
    ("fin", "mois", "attendu"),
    [("2026-12-31", 3, "2026-09-30"), ("2026-05-31", 3, "2026-02-28"),
     ("2028-03-31", 1, "2028-02-29"),
     ("2026-01-15", 13, "2024-12-15"), ("2026-01-15", 0, "2026-01-15")],
)  # fmt: skip
def test_le_preavis_se_compte_en_mois(fin, mois, attendu):
    jour = datetime.date.fromisoformat
    assert mois_plus_tot(jour(fin), mois) == jour(attendu)


@pytest.mark.parametrize(
    ("jour", "etat"),
    [("2026-08-01", "en_cours"), ("2026-09-30", "a_renouveler"), ("2027-01-01", "terminee")],
)
def test_l_etat_suit_le_calendrier(convention, jour, etat):
    assert convention.etat_au(datetime.date.fromisoformat(jour)) == etat


def test_rendre_compte_dans_l_avenir_est_refuse(convention):
    demain = timezone.localdate() + datetime.timedelta(days=1)
    with pytest.raises(ConventionRefusee):
        rendre_compte(obligation=convention.obligations.get(), faite_le=demain, preuve="", par=None)


# --- À l'écran --------------------------------------------------------------------------------


def test_un_referent_cree_une_convention_a_l_ecran(client, entrer, fiche):
    entrer("referent_axe")
    envoi = formulaire(client.get(URL + "nouvelle/"), "objet")
    envoi |= {
        "objet": ["Accueil des familles"], "fiches": ["V2.A1.03"], "est_publiee": ["on"],
        "parties-0-organisation": ["CAF"], "parties-0-role": ["financeur"],
        "montants-0-annee": ["2026"], "montants-0-financeur": ["CAF"],
        "montants-0-montant": ["12,5 k€"], "obligations-0-libelle": ["Bilan annuel"],
        "obligations-0-echeance": ["31/03/2027"],
    }  # fmt: skip
    reponse = client.post(URL + "nouvelle/", envoi)
    assert reponse.status_code == 302, texte(reponse)
    ecrite = Convention.objects.get()
    assert ecrite.montants.get().montant == Decimal("12500")
    assert ecrite.obligations.get().echeance == datetime.date(2027, 3, 31)
    dit = texte(client.get(f"{URL}{ecrite.pk}/"))
    assert "Bilan annuel" in dit
    assert "12 500 €" in dit
    assert "Accueil des familles" in texte(client.get("/loir-et-cher/conventions/"))


def test_un_code_inconnu_se_dit_et_rien_n_est_perdu(client, entrer, fiche):
    entrer("referent_axe")
    envoi = formulaire(client.get(URL + "nouvelle/"), "objet")
    envoi |= {"objet": ["Accueil"], "fiches": ["V9.99"], "parties-0-organisation": ["CAF"]}
    page = client.post(URL + "nouvelle/", envoi)
    assert page.status_code == 422
    assert "V9.99" in texte(page)
    assert not Convention.objects.exists()


def test_modifier_ailleurs_entre_temps_se_dit(client, entrer, convention):
    entrer("administrateur")
    adresse = f"{URL}{convention.pk}/modifier/"
    envoi = formulaire(client.get(adresse), "objet")
    Convention.objects.update(version=2)
    page = client.post(adresse, envoi | {"objet": ["Le mien"]})
    assert page.status_code == 409
    assert "Le mien" in page.content.decode()
    assert client.post(adresse, formulaire(page, "objet")).status_code == 302
    assert Convention.objects.get().objet == "Le mien"


def test_une_fiche_que_le_referent_ne_voit_pas_reste_servie(client, entrer, convention, fiche):
    FicheAction.objects.filter(pk=fiche.pk).update(confidentialite="restreinte")
    entrer("referent_axe")
    page = client.get(f"{URL}{convention.pk}/")
    assert fiche.titre not in texte(page)
    assert "1 fiche qui ne vous est pas ouverte" in texte(page)
    adresse = f"{URL}{convention.pk}/modifier/"
    client.post(adresse, formulaire(client.get(adresse), "objet") | {"objet": ["Autre"]})
    assert list(Convention.objects.get().fiches.all()) == [fiche]


@pytest.mark.parametrize(("concerne", "statut"), [(True, 200), (False, 404)])
def test_un_partenaire_ne_voit_que_les_conventions_de_son_organisation(
    client, collectivite, concerne, statut
):
    organisation = OrganisationFactory(collectivite=collectivite)
    convention = ConventionFactory(
        collectivite=collectivite,
        partie=organisation if concerne else OrganisationFactory(collectivite=collectivite),
    )
    compte = CompteFactory()
    AttributionFactory(
        compte=compte, collectivite=collectivite, role="partenaire_lecteur",
        organisation=organisation,
    )  # fmt: skip
    client.force_login(compte, backend="maillage.acteurs.authentification.ComptesMaillage")
    assert client.get(f"{URL}{convention.pk}/").status_code == statut
    assert (convention.objet in texte(client.get(URL))) is concerne


def test_une_convention_non_publiee_n_est_pas_publique(client, convention):
    assert convention.objet not in texte(client.get("/loir-et-cher/conventions/"))


def test_l_obligation_et_le_preavis_attendent_dans_a_faire(client, entrer, collectivite):
    jour = timezone.localdate()
    convention = ConventionFactory(
        collectivite=collectivite, date_fin=jour + datetime.timedelta(days=60), preavis_mois=2
    )
    ObligationFactory(
        convention=convention, libelle="Rendre le bilan", echeance=jour - datetime.timedelta(days=3)
    )
    entrer("referent_axe")
    dit = texte(client.get("/loir-et-cher/espace/"))
    assert "Rendre le bilan" in dit
    assert "renouveler ou laisser finir" in dit


def test_la_personne_nommee_rend_compte_et_la_tache_s_efface(client, entrer, collectivite):
    personne = PersonneFactory(collectivite=collectivite)
    obligation = ObligationFactory(
        convention=ConventionFactory(collectivite=collectivite),
        libelle="Rendre le bilan", personne=personne, echeance=timezone.localdate(),
    )  # fmt: skip
    entrer("lecteur", personne=personne)
    assert "Rendre le bilan" in texte(client.get("/loir-et-cher/espace/"))
    adresse = f"{URL}{obligation.convention_id}/obligations/{obligation.pk}/"
    jour = timezone.localdate().strftime("%d/%m/%Y")
    assert client.post(adresse, {"faite_le": jour, "preuve": "Courrier 12"}).status_code == 302
    assert "Rendre le bilan" not in texte(client.get("/loir-et-cher/espace/"))


def test_un_lecteur_ne_rend_pas_compte_pour_un_autre(client, entrer, collectivite):
    obligation = ObligationFactory(convention=ConventionFactory(collectivite=collectivite))
    entrer("lecteur")
    adresse = f"{URL}{obligation.convention_id}/obligations/{obligation.pk}/"
    assert client.post(adresse, {"faite_le": "01/01/2026"}).status_code == 403


def test_le_registre_coute_autant_de_requetes_pour_vingt_conventions(
    client, entrer, collectivite, django_assert_max_num_queries
):
    entrer("lecteur")
    for _ in range(20):
        ConventionFactory(
            collectivite=collectivite, partie=OrganisationFactory(collectivite=collectivite)
        )
    with django_assert_max_num_queries(11):
        client.get(URL)
