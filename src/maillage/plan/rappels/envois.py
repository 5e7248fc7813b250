"""Préparer les rappels du jour, les remettre une seule fois, dire ce qui s'est passé.

Un envoi est écrit avant d'être remis, avec une clé unique par personne et par jour. Il passe
« en cours » juste avant que le message soit remis au serveur, puis « parti ». Si l'ouvrier meurt
entre les deux, personne ne sait si le message est parti : l'envoi devient « incertain », il n'est
jamais refait, et ses fiches seront redites au premier jour possible, cinq jours plus tard au moins.
Deux fois, jamais ; une fois plus tard, parfois.
"""

import datetime
import logging
import smtplib
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass

from django.core.mail import get_connection
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from maillage.acteurs.models import Collectivite, Compte
from maillage.calcul.rappels import est_calme, planifier
from maillage.journal.services import consigner

from ..models import Envoi, LigneEnvoi, PauseRappels
from . import lecture
from .liens import vaut_encore
from .message import composer, identifiant_du_message
from .remise import remettre

journal = logging.getLogger("maillage.rappels")

# Minutes d'attente avant chaque nouvel essai, quand le serveur de courriel ne répond pas.
ATTENTES = (1, 5, 30, 120)
EN_COURS_AU_PLUS = datetime.timedelta(minutes=15)
OUBLIE_APRES = datetime.timedelta(minutes=10)
CONSERVATION = datetime.timedelta(days=365)


@dataclass(slots=True)
class Bilan:
    """Ce qu'a fait un passage de l'horloge pour une collectivité."""

    prepares: int = 0
    fiches: int = 0
    annules: int = 0
    incertains: int = 0
    relances: int = 0
    purges: int = 0

    def en_dict(self) -> dict[str, int]:
        return asdict(self)


def preparer(*, collectivite: Collectivite, jour: datetime.date) -> Bilan:
    """Écrit les envois dus ce jour et les met en file, dans la même transaction.

    Refait dix fois le même jour, n'écrit qu'une fois : la clé d'un envoi est unique.
    """
    with transaction.atomic():
        collectivite = Collectivite.objects.select_for_update(of=("self",)).get(pk=collectivite.pk)
        bilan = Bilan()
        bilan.incertains = _resoudre_les_en_cours(collectivite)
        bilan.annules = _annuler_les_vieux(collectivite, jour)
        bilan.relances = _relancer_les_oublies(collectivite, jour)
        bilan.purges = _purger(collectivite)
        reglages = lecture.reglages(collectivite)
        if not reglages.actifs:
            return bilan
        prevus = planifier(
            jour,
            lecture.attentes(collectivite, jour),
            lecture.passe(collectivite, jour),
            en_pause=lecture.en_pause(jour),
            **reglages.pour_la_regle(),
        )
        for compte, lignes in prevus.items():
            cle = f"rappel:{compte}:{jour:%Y-%m-%d}"
            envoi, cree = Envoi.objects.get_or_create(
                cle=cle,
                defaults={
                    "collectivite": collectivite,
                    "compte_id": compte,
                    "jour": jour,
                    "message_id": identifiant_du_message(cle),
                    "prepare_le": timezone.now(),
                },
            )
            if not cree:
                continue
            LigneEnvoi.objects.bulk_create(
                LigneEnvoi(
                    envoi=envoi,
                    fiche_id=ligne.fiche,
                    echeance=ligne.echeance,
                    jalon=ligne.jalon,
                    echelon=ligne.echelon,
                )
                for ligne in lignes
            )
            bilan.prepares += 1
            bilan.fiches += len(lignes)
            _mettre_en_file(envoi)
        return bilan


def preparer_un_essai(*, collectivite: Collectivite, par: Compte) -> Envoi:
    """Un courriel d'essai à soi-même, par le même chemin que les vrais."""
    with transaction.atomic():
        cle = f"essai:{uuid.uuid4()}"
        envoi = Envoi.objects.create(
            collectivite=collectivite,
            compte=par,
            genre=Envoi.Genre.ESSAI,
            jour=timezone.localdate(),
            cle=cle,
            message_id=identifiant_du_message(cle),
        )
        _mettre_en_file(envoi)
        consigner(
            verbe="essai des rappels demandé", objet=envoi, par=par, collectivite=collectivite
        )
        return envoi


def _mettre_en_file(envoi: Envoi, apres: datetime.timedelta | None = None) -> None:
    from ..taches import envoyer_un_courriel

    tache = envoyer_un_courriel
    if apres is not None:
        tache = tache.using(run_after=timezone.now() + apres)
    tache.enqueue(envoi.pk)


def _resoudre_les_en_cours(collectivite) -> int:
    """Un envoi resté « en cours » : l'ouvrier est mort pendant qu'il le remettait."""
    return Envoi.objects.filter(
        collectivite=collectivite,
        etat=Envoi.Etat.EN_COURS,
        commence_le__lt=timezone.now() - EN_COURS_AU_PLUS,
    ).update(etat=Envoi.Etat.INCERTAIN, raison=_ARRETE_NET)


def _annuler_les_vieux(collectivite, jour: datetime.date) -> int:
    """Un envoi d'un jour passé, jamais remis : celui du jour dira mieux."""
    return (
        Envoi.objects.rappels()
        .filter(collectivite=collectivite, etat=Envoi.Etat.PREPARE, jour__lt=jour)
        .update(etat=Envoi.Etat.ANNULE, raison="Pas remis le jour même : remplacé par le suivant.")
    )


def _relancer_les_oublies(collectivite, jour: datetime.date) -> int:
    """Un envoi du jour que rien n'a pris retourne en file : le prendre deux fois est sans effet."""
    oublies = Envoi.objects.filter(
        collectivite=collectivite,
        etat=Envoi.Etat.PREPARE,
        jour=jour,
        tentatives=0,
        prepare_le__lt=timezone.now() - OUBLIE_APRES,
    )
    nombre = 0
    for envoi in oublies:
        _mettre_en_file(envoi)
        nombre += 1
    return nombre


def _purger(collectivite) -> int:
    """Un an après, qui a reçu quel rappel n'intéresse plus personne."""
    vieux = Envoi.objects.filter(
        collectivite=collectivite, prepare_le__lt=timezone.now() - CONSERVATION
    )
    nombre = vieux.count()
    if nombre:
        vieux.delete()
    return nombre


# --- Remettre ----------------------------------------------------------------------------------
_ARRETE_NET = (
    "L’envoi s’est arrêté net : le message est peut-être parti. Il n’est pas refait, "
    "pour ne jamais écrire deux fois."
)


def envoyer(envoi_id: int) -> str:
    """Remet un envoi au serveur de courriel. Rend l'état où il est laissé.

    Sans danger à rappeler : seul un envoi « préparé » part, et un seul appel peut le prendre.
    """
    envoi = (
        Envoi.objects.select_related("collectivite", "compte__personne").filter(pk=envoi_id).first()
    )
    if envoi is None:
        return "absent"
    if envoi.etat == Envoi.Etat.EN_COURS:
        # La tâche est reprise d'un ouvrier tué pendant qu'il remettait le message.
        Envoi.objects.filter(pk=envoi.pk, etat=Envoi.Etat.EN_COURS).update(
            etat=Envoi.Etat.INCERTAIN, raison=_ARRETE_NET
        )
        return Envoi.Etat.INCERTAIN
    if envoi.etat != Envoi.Etat.PREPARE:
        return envoi.etat
    jour = timezone.localdate()
    lignes = _lignes_encore_dues(envoi)
    if raison := _pourquoi_se_taire(envoi, lignes, jour):
        return _laisser(envoi, Envoi.Etat.ANNULE, raison, depuis=Envoi.Etat.PREPARE)
    pris = False

    def prendre() -> bool:
        nonlocal pris
        pris = bool(
            Envoi.objects.filter(pk=envoi.pk, etat=Envoi.Etat.PREPARE).update(
                etat=Envoi.Etat.EN_COURS, commence_le=timezone.now()
            )
        )
        return pris

    message, connexion = composer(envoi, lignes, jour), get_connection()
    try:
        if not remettre(connexion, message, prendre):
            return "déjà pris"
    except smtplib.SMTPRecipientsRefused as faute:
        code, _texte = next(iter(faute.recipients.values()), (550, b""))
        return _refuse(envoi, code, faute, pris=pris)
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as faute:
        return _refuse(envoi, faute.smtp_code, faute, pris=pris)
    except (smtplib.SMTPException, OSError) as faute:
        if not pris:
            return _essayer_plus_tard(envoi, faute, depuis=Envoi.Etat.PREPARE)
        journal.warning("envoi %s incertain : %s", envoi.pk, faute)
        return _laisser(envoi, Envoi.Etat.INCERTAIN, _ARRETE_NET)
    else:
        _noter_le_depart(envoi, lignes)
        return Envoi.Etat.PARTI
    finally:
        with suppress(Exception):  # le message est remis : un « au revoir » raté n'y change rien
            connexion.close()


def _lignes_encore_dues(envoi: Envoi) -> list[LigneEnvoi]:
    """Ôte les fiches auxquelles quelqu'un a répondu depuis, ou que ce compte ne tient plus."""
    gardees: list[LigneEnvoi] = []
    retirees: list[LigneEnvoi] = []
    for ligne in envoi.lignes.select_related("fiche__schema", "fiche__division"):
        ligne.envoi = envoi
        ligne.fiche.schema.collectivite = envoi.collectivite
        due = ligne.fiche.prochaine_echeance == ligne.echeance and vaut_encore(ligne)
        (gardees if due else retirees).append(ligne)
    if retirees:
        LigneEnvoi.objects.filter(pk__in=[ligne.pk for ligne in retirees]).delete()
    return gardees


def _pourquoi_se_taire(envoi: Envoi, lignes: list[LigneEnvoi], jour: datetime.date) -> str:
    if not envoi.compte.is_active:
        return "Le compte est fermé."
    if envoi.genre == Envoi.Genre.ESSAI:
        return ""
    if not lignes:
        return "Tout a été répondu avant le départ du courriel."
    if PauseRappels.objects.en_vigueur(jour).filter(compte=envoi.compte).exists():
        return "La personne a mis ses rappels en pause."
    reglages = lecture.reglages(envoi.collectivite)
    if not reglages.actifs or est_calme(jour, **reglages.pour_la_regle()):
        return "Les rappels se taisent ce jour-là : ils partiront ensuite."
    return ""


def _laisser(envoi: Envoi, etat: str, raison: str, depuis: str = Envoi.Etat.EN_COURS) -> str:
    Envoi.objects.filter(pk=envoi.pk, etat=depuis).update(etat=etat, raison=raison[:300])
    return etat


def _refuse(envoi: Envoi, code: int, faute: Exception, *, pris: bool) -> str:
    """Le serveur a répondu non : rien n'est parti, c'est sûr."""
    depuis = Envoi.Etat.EN_COURS if pris else Envoi.Etat.PREPARE
    if 400 <= code < 500:
        return _essayer_plus_tard(envoi, faute, depuis=depuis)
    journal.warning("envoi %s refusé : %s", envoi.pk, faute)
    raison = f"Le serveur de courriel a refusé le message (code {code})."
    return _laisser(envoi, Envoi.Etat.ECHEC, raison, depuis=depuis)


def _essayer_plus_tard(envoi: Envoi, faute: Exception, *, depuis: str) -> str:
    """Remet l'envoi en file, de plus en plus tard ; renonce après quatre essais."""
    journal.warning("envoi %s, essai %s : %s", envoi.pk, envoi.tentatives + 1, faute)
    with transaction.atomic():
        encore = envoi.tentatives < len(ATTENTES)
        touche = Envoi.objects.filter(pk=envoi.pk, etat=depuis).update(
            etat=Envoi.Etat.PREPARE if encore else Envoi.Etat.ECHEC,
            tentatives=F("tentatives") + 1,
            raison="Le serveur de courriel ne répond pas."
            + (" Un autre essai suivra." if encore else " Vérifiez MAILLAGE_EMAIL_URL."),
        )
        if touche and encore:
            _mettre_en_file(envoi, datetime.timedelta(minutes=ATTENTES[envoi.tentatives]))
    return Envoi.Etat.PREPARE if encore else Envoi.Etat.ECHEC


def _noter_le_depart(envoi: Envoi, lignes: list[LigneEnvoi]) -> None:
    with transaction.atomic():
        # Un autre ouvrier a pu le croire perdu entre-temps : c'est bien parti, on le dit.
        Envoi.objects.filter(
            pk=envoi.pk, etat__in=[Envoi.Etat.EN_COURS, Envoi.Etat.INCERTAIN]
        ).update(etat=Envoi.Etat.PARTI, parti_le=timezone.now(), raison="")
        consigner(
            verbe="rappel envoyé" if envoi.genre == Envoi.Genre.RAPPEL else "essai envoyé",
            objet=envoi,
            collectivite=envoi.collectivite,
            changements={"fiches": [ligne.fiche.code for ligne in lignes]},
            origine="systeme",
        )
