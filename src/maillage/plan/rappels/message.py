"""Le courriel de rappel : court, en texte et en page simple, avec un lien par fiche."""

import datetime
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.crypto import salted_hmac

from maillage.calcul.rappels import CHEF, PILOTE
from maillage.socle.mise_en_mots import accorder, date_en_mots

from ..models import Confidentialite, Envoi, LigneEnvoi, Meteo
from .liens import SEL_MESSAGE, adresse_absolue, jeton_de_pause, jeton_du_point


def identifiant_du_message(cle: str) -> str:
    """Le Message-ID d'un envoi : toujours le même, si bien qu'un double se verrait."""
    domaine = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "maillage"
    return f"<{salted_hmac(SEL_MESSAGE, cle).hexdigest()[:40]}@{domaine}>"


def composer(envoi: Envoi, lignes: list[LigneEnvoi], jour: datetime.date) -> EmailMultiAlternatives:
    """Le message prêt à remettre. Une fiche restreinte n'y est nommée que par son code."""
    if envoi.genre == Envoi.Genre.ESSAI:
        return _essai(envoi)
    slug = envoi.collectivite.slug
    pause = adresse_absolue("plan:pause_rappels", slug, jeton_de_pause(envoi.compte))
    contexte = {
        "envoi": envoi,
        "collectivite": envoi.collectivite,
        "intro": _intro(lignes),
        "fiches": [_fiche(ligne, slug, jour) for ligne in lignes],
        "duree": LigneEnvoi.DUREE_JOURS,
        "pause": pause,
        "site": urlsplit(settings.ADRESSE_DU_SITE).netloc,
    }
    message = _message(envoi, _objet(lignes), "plan/courriels/rappel", contexte)
    message.extra_headers |= {
        "List-Unsubscribe": f"<{pause}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return message


def _essai(envoi: Envoi) -> EmailMultiAlternatives:
    return _message(
        envoi,
        "Essai des rappels",
        "plan/courriels/essai",
        {"envoi": envoi, "collectivite": envoi.collectivite},
    )


def _message(envoi: Envoi, objet: str, gabarit: str, contexte: dict) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        subject=objet,
        body=render_to_string(f"{gabarit}.txt", contexte),
        to=[envoi.compte.courriel],
        headers={
            "Message-ID": envoi.message_id,
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )
    message.attach_alternative(
        render_to_string(f"{gabarit}.html", {**contexte, "objet": objet}), "text/html"
    )
    return message


def _objet(lignes: list[LigneEnvoi]) -> str:
    if len(lignes) == 1:
        return f"Où en est {lignes[0].fiche.code} ? Deux minutes pour le dire"
    return f"Où en sont vos {len(lignes)} fiches ? Deux minutes pour chacune"


def _intro(lignes: list[LigneEnvoi]) -> str:
    echelons = {ligne.echelon for ligne in lignes}
    nombre = accorder(len(lignes), "fiche attend,fiches attendent")
    if echelons == {PILOTE}:
        return f"{nombre} de vos nouvelles."
    if CHEF in echelons:
        return f"{nombre} des nouvelles. Personne n’a répondu depuis l’échéance."
    return f"{nombre} des nouvelles dans votre organisation."


def _fiche(ligne: LigneEnvoi, slug: str, jour: datetime.date) -> dict[str, str]:
    fiche = ligne.fiche
    restreinte = fiche.confidentialite == Confidentialite.RESTREINTE
    return {
        "nom": fiche.code if restreinte else f"{fiche.code} · {fiche.titre}",
        "quand": _quand(ligne.echeance, jour),
        "derniere": "" if restreinte else _derniere_fois(fiche),
        "lien": adresse_absolue("plan:lien_point", slug, jeton_du_point(ligne)),
    }


def _quand(echeance: datetime.date, jour: datetime.date) -> str:
    jours = (jour - echeance).days
    date = date_en_mots(echeance)
    if jours < 0:
        return f"à donner avant le {date}, dans {accorder(-jours, 'jour')}"
    if jours == 0:
        return "à donner aujourd’hui"
    return f"attendu depuis le {date}, il y a {accorder(jours, 'jour')}"


def _derniere_fois(fiche) -> str:
    if not fiche.dernier_point_le:
        return "Aucun point d’étape encore."
    date, meteo = date_en_mots(fiche.dernier_point_le), Meteo(fiche.meteo).label.lower()
    return f"La dernière fois, le {date} : {meteo}."
