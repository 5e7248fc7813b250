"""Les agendas : lisibles, stables, fermables ; le jalon confirmé d'un clic."""

import datetime

import pytest
from django.utils import timezone
from icalendar import Calendar
from tests.fabriques import CompteFactory

from maillage.plan.agenda import jeton_de, ouvrir_l_agenda
from maillage.plan.models import AbonnementAgenda
from maillage.plan.services import enregistrer_fiche

DEMAIN = timezone.localdate() + datetime.timedelta(days=1)
HIER = timezone.localdate() - datetime.timedelta(days=1)


def jalon(titre="Ouvrir", prevue=DEMAIN, realisee=None):
    return {
        "titre": titre,
        "date_prevue": prevue.isoformat() if prevue else None,
        "date_realisee": realisee.isoformat() if realisee else None,
        "demonstration": False,
    }


def evenements(reponse):
    return Calendar.from_ical(reponse.content).walk("VEVENT")


@pytest.mark.django_db
class TestAgendaPublic:
    def test_un_jalon_date_est_un_jour_entier(self, plan, client):
        plan.ecrire({"code": "F1", "jalons": [jalon(), jalon("Un jour", prevue=None)]})
        (lu,) = evenements(client.get(plan.adresse("calendrier.ics")))
        assert lu.decoded("dtstart") == DEMAIN
        assert lu.decoded("dtend") == DEMAIN + datetime.timedelta(days=1)
        assert lu["dtstart"].params["VALUE"] == "DATE"
        assert lu["url"].endswith("/actions/F1/")

    def test_le_meme_plan_donne_les_memes_octets(self, plan, client):
        plan.ecrire({"jalons": [jalon()]})
        adresse = plan.adresse("calendrier.ics")
        premiere = client.get(adresse)
        assert client.get(adresse, {"frais": "1"}).content == premiere.content
        deuxieme = client.get(adresse, headers={"If-None-Match": premiere["ETag"]})
        assert deuxieme.status_code == 304

    def test_un_jalon_repousse_garde_son_identifiant(self, plan, client):
        (fiche,) = plan.ecrire({"jalons": [jalon("A"), jalon("B")]})
        avant = {str(e["uid"]) for e in evenements(client.get(plan.adresse("calendrier.ics")))}
        plus_tard = DEMAIN + datetime.timedelta(days=40)
        enregistrer_fiche(
            fiche=fiche, etat={"jalons": [jalon("A", plus_tard), jalon("B")]}, par=None,
            version_attendue=fiche.version,
        )  # fmt: skip
        lus = evenements(client.get(plan.adresse("calendrier.ics")))
        assert {str(e["uid"]) for e in lus} == avant
        assert len(avant) == 2
        assert {e.decoded("dtstart") for e in lus} == {plus_tard, DEMAIN}
        assert {int(e["sequence"]) for e in lus} == {2}

    def test_deux_jalons_du_meme_nom_ont_deux_identifiants(self, plan, client):
        plan.ecrire({"jalons": [jalon("Réunion"), jalon("Réunion", HIER)]})
        lus = evenements(client.get(plan.adresse("calendrier.ics")))
        assert len({str(e["uid"]) for e in lus}) == 2

    def test_une_partie_du_plan_a_son_agenda(self, plan, client):
        plan.ecrire(
            {"code": "A", "jalons": [jalon("Ici")]},
            {"code": "B", "division": "V1.A2", "jalons": [jalon("Là")]},
        )
        lus = evenements(client.get(plan.adresse("calendrier.ics"), {"axe": "V1.A2"}))
        assert [str(e["summary"]) for e in lus] == ["B : Là"]

    def test_une_fiche_interne_n_est_dans_aucun_agenda_public(self, plan, client):
        plan.ecrire({"code": "F1", "confidentialite": "interne", "jalons": [jalon("Secret")]})
        assert b"Secret" not in client.get(plan.adresse("calendrier.ics")).content
        assert client.get(plan.adresse("actions/F1/calendrier.ics")).status_code == 404

    def test_un_titre_piege_ne_cree_pas_de_ligne(self, plan, client):
        plan.ecrire({"jalons": [jalon("A;B,C\\nBEGIN:VEVENT")]})
        assert len(evenements(client.get(plan.adresse("calendrier.ics")))) == 1


@pytest.mark.django_db
class TestAgendaPersonnel:
    def url(self, plan, compte):
        abonnement = ouvrir_l_agenda(compte=compte, collectivite=plan.collectivite, par=compte)
        return plan.adresse(f"agenda/{jeton_de(abonnement)}.ics")

    def test_il_porte_mes_jalons_et_mes_points_dus_et_eux_seuls(self, plan, pilote, client):
        mienne, _ = plan.ecrire(
            {"code": "A", "pilote_personne": "Camille Martin",
             "pilote_fonction": pilote.personne.fonction, "jalons": [jalon("Le mien")]},
            {"code": "B", "jalons": [jalon("Un autre")]},
        )  # fmt: skip
        client.logout()
        lus = {str(e["summary"]): e for e in evenements(client.get(self.url(plan, pilote)))}
        assert set(lus) == {"A : Le mien", "A : point d’étape à faire"}
        du = lus["A : point d’étape à faire"].decoded("dtstart")
        assert du == mienne.prochaine_echeance

    def test_il_ne_se_relit_que_s_il_a_change(self, plan, pilote, client):
        url = self.url(plan, pilote)
        reponse = client.get(url)
        assert reponse["Cache-Control"] == "private, no-cache"
        relu = client.get(url, headers={"If-None-Match": reponse["ETag"]})
        assert (relu.status_code, relu.content) == (304, b"")

    def test_ferme_il_ne_repond_plus(self, plan, pilote, client):
        url = self.url(plan, pilote)
        client.post(plan.adresse("espace/mon-agenda/"), {"geste": "fermer"})
        assert client.get(url).status_code == 404

    def test_changer_d_adresse_ferme_l_ancienne(self, plan, pilote, client):
        ancienne = self.url(plan, pilote)
        client.post(plan.adresse("espace/mon-agenda/"), {"geste": "ouvrir"})
        nouvelle = client.get(plan.adresse("espace/mon-agenda/")).context["url"]
        assert client.get(ancienne).status_code == 404
        assert client.get(nouvelle).status_code == 200

    def test_la_cle_sans_sa_signature_n_ouvre_rien(self, plan, pilote, client):
        url = self.url(plan, pilote)
        cle = AbonnementAgenda.objects.get().cle
        assert client.get(plan.adresse(f"agenda/{cle}.ics")).status_code == 404
        assert client.get(url.replace(".ics", "x.ics")).status_code == 404

    def test_un_compte_sans_role_n_a_plus_d_agenda(self, plan, client):
        assert client.get(self.url(plan, CompteFactory())).status_code == 404


@pytest.mark.django_db
class TestJalon:
    @pytest.fixture
    def fiche(self, plan, entrer):
        entrer(plan.collectivite)
        (fiche,) = plan.ecrire({"code": "F1", "jalons": [jalon("Ouvrir", HIER), jalon("Bilan")]})
        return fiche

    def adresse(self, plan, fiche):
        return plan.adresse(f"espace/actions/F1/jalons/{fiche.jalons.first().pk}/")

    def test_realise_il_garde_sa_date_prevue(self, plan, fiche, client):
        client.post(
            self.adresse(plan, fiche),
            {"suite": "realise", "date": HIER.strftime("%d/%m/%Y"), "version": 1},
        )
        ecrit = fiche.jalons.first()
        assert (ecrit.date_realisee, ecrit.date_prevue) == (HIER, HIER)
        assert fiche.versions.count() == 2
        assert fiche.jalons.count() == 2

    def test_repousse_il_change_de_date(self, plan, fiche, client):
        plus_tard = timezone.localdate() + datetime.timedelta(days=60)
        client.post(
            self.adresse(plan, fiche),
            {"suite": "repousse", "date": plus_tard.strftime("%d/%m/%Y"), "version": 1},
        )
        assert fiche.jalons.first().date_prevue == plus_tard

    @pytest.mark.parametrize(("suite", "jour"), [("realise", DEMAIN), ("repousse", HIER)])
    def test_une_date_impossible_est_refusee_sans_rien_ecrire(
        self, plan, fiche, client, suite, jour
    ):
        reponse = client.post(
            self.adresse(plan, fiche),
            {"suite": suite, "date": jour.strftime("%d/%m/%Y"), "version": 1},
        )
        assert reponse.status_code == 422
        assert fiche.versions.count() == 1

    def test_un_jalon_remplace_entre_temps_ne_se_confirme_pas(self, plan, fiche, client):
        url = self.adresse(plan, fiche)
        enregistrer_fiche(
            fiche=fiche, etat={"jalons": [jalon("Autre")]}, par=None, version_attendue=1
        )
        assert client.get(url).status_code == 404
