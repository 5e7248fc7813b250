"""Les agendas (iCalendar, RFC 5545) : les jalons d'une fiche, d'une partie du plan, d'une personne.

Tout est « journée entière » : aucune heure, donc aucun fuseau. L'identifiant d'un événement tient
à la fiche et au nom du jalon : une date repoussée déplace l'événement au lieu d'en créer un autre.
`DTSTAMP` est la date de la dernière écriture de la fiche, pour qu'un même plan donne les mêmes
octets.
"""

import datetime
import hashlib
from collections import Counter
from collections.abc import Iterable

from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import Max, QuerySet
from icalendar import Calendar, Event

from maillage.journal.services import consigner
from maillage.socle.francais import normaliser

from .calendrier import JalonLu, lire_les_jalons
from .models import AbonnementAgenda
from .models.agenda import tirer_la_cle

_SEL = "maillage.agenda"
PRODUIT = "-//Maillage//Plan//FR"
RELIRE = "PT12H"


# --- Les événements ---------------------------------------------------------------------------


def agenda(nom: str, fiches: QuerySet, adresse, *, avec_points: bool = False) -> bytes:
    """L'agenda de ces fiches, toujours le même pour le même plan. Deux requêtes.

    `adresse(schema_id, code)` rend l'adresse entière d'une fiche. `avec_points` : les points
    d'étape à faire aussi.
    """
    calendrier = Calendar()
    calendrier.add("prodid", PRODUIT)
    calendrier.add("version", "2.0")
    calendrier.add("calscale", "GREGORIAN")
    calendrier.add("method", "PUBLISH")
    calendrier.add("x-wr-calname", nom)
    calendrier.add("x-published-ttl", RELIRE)
    lues = {
        pk: (schema_id, code, titre, echeance, version, ecrite or creee)
        for pk, schema_id, code, titre, echeance, version, creee, ecrite in fiches.order_by("pk")
        .annotate(_ecrite=Max("versions__date"))
        .values_list(
            "pk", "schema_id", "code", "titre", "prochaine_echeance", "version", "creee_le",
            "_ecrite",
        )
    }  # fmt: skip
    vus: Counter = Counter()
    for jalon in lire_les_jalons(fiches):
        if jalon.date is None:
            continue
        schema_id, code, titre, _, version, ecrite = lues[jalon.fiche_id]
        empreinte = hashlib.sha256(normaliser(jalon.titre).encode()).hexdigest()[:20]
        rang = vus[jalon.fiche_id, empreinte]
        vus[jalon.fiche_id, empreinte] += 1
        suite = f"-{rang}" if rang else ""
        calendrier.add_component(
            _evenement(
                uid=f"jalon-{jalon.fiche_id}-{empreinte}{suite}@maillage",
                jour=jalon.date,
                titre=_titre_du_jalon(jalon),
                detail=f"{code} · {titre}",
                url=adresse(schema_id, code),
                version=version,
                ecrite=ecrite,
            )
        )
    if avec_points:
        for pk, (schema_id, code, titre, echeance, version, ecrite) in lues.items():
            if echeance:
                calendrier.add_component(
                    _evenement(
                        uid=f"point-{pk}@maillage",
                        jour=echeance,
                        titre=f"{code} : point d’étape à faire",
                        detail=titre,
                        url=adresse(schema_id, code),
                        version=version,
                        ecrite=ecrite,
                    )
                )
    return calendrier.to_ical()


def _titre_du_jalon(jalon: JalonLu) -> str:
    return f"{jalon.code} : {jalon.titre}{' (réalisé)' if jalon.realisee else ''}"


def _evenement(*, uid, jour: datetime.date, titre, detail, url, version, ecrite) -> Event:
    evenement = Event()
    evenement.add("uid", uid)
    evenement.add("dtstamp", ecrite.astimezone(datetime.UTC).replace(microsecond=0))
    evenement.add("last-modified", ecrite.astimezone(datetime.UTC).replace(microsecond=0))
    evenement.add("sequence", version)
    evenement.add("dtstart", jour)
    evenement.add("dtend", jour + datetime.timedelta(days=1))
    evenement.add("summary", titre)
    evenement.add("description", detail)
    evenement.add("url", url)
    evenement.add("transp", "TRANSPARENT")
    return evenement


def empreinte(octets: bytes | Iterable[bytes]) -> str:
    """L'ETag d'un agenda : il ne change que si l'agenda change."""
    corps = octets if isinstance(octets, bytes) else b"".join(octets)
    return f'"{hashlib.sha256(corps).hexdigest()[:32]}"'


# --- L'agenda personnel -----------------------------------------------------------------------


def jeton_de(abonnement: AbonnementAgenda) -> str:
    """Ce que porte l'adresse : la clé et sa signature. Ne donne accès qu'à cet agenda."""
    return Signer(salt=_SEL, sep=".").sign(abonnement.cle)


def abonnement_du_jeton(jeton: str, collectivite) -> AbonnementAgenda | None:
    """None si le jeton n'est pas signé d'ici, si l'agenda a été fermé, ou le compte aussi."""
    try:
        cle = Signer(salt=_SEL, sep=".").unsign(jeton)
    except BadSignature:
        return None
    return (
        AbonnementAgenda.objects.filter(cle=cle, collectivite=collectivite, compte__is_active=True)
        .select_related("compte")
        .first()
    )


def ouvrir_l_agenda(*, compte, collectivite, par) -> AbonnementAgenda:
    """Ouvre l'agenda de ce compte. La nouvelle adresse remplace l'ancienne, fermée."""
    with transaction.atomic():
        AbonnementAgenda.objects.filter(compte=compte, collectivite=collectivite).delete()
        abonnement = AbonnementAgenda.objects.create(
            compte=compte, collectivite=collectivite, cle=tirer_la_cle()
        )
        consigner(verbe="agenda ouvert", objet=compte, par=par, collectivite=collectivite)
        return abonnement


def fermer_l_agenda(*, compte, collectivite, par) -> bool:
    """Ferme l'adresse. Rend faux s'il n'y en avait pas."""
    with transaction.atomic():
        nombre, _ = AbonnementAgenda.objects.filter(
            compte=compte, collectivite=collectivite
        ).delete()
        if nombre:
            consigner(verbe="agenda fermé", objet=compte, par=par, collectivite=collectivite)
        return bool(nombre)
