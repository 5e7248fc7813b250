"""Les liens signés d'un rappel : répondre pour une fiche, se mettre en pause.

Le jeton d'une réponse nomme la ligne, la fiche, le compte et l'envoi ; il vaut trente jours, pour
un seul point d'étape. Rien n'est gardé en base : c'est la signature qui fait foi, et l'état de la
ligne qui dit si le lien a servi.
"""

import datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.urls import reverse

from maillage.acteurs.models import Compte

from ..models import LigneEnvoi

SEL_POINT = "maillage.rappels.point"
SEL_PAUSE = "maillage.rappels.pause"
SEL_MESSAGE = "maillage.rappels.message"


class LienRefuse(Exception):
    """Ce lien n'ouvre rien."""


class LienInconnu(LienRefuse):
    """Jamais émis ici, abîmé, ou d'une autre collectivité."""


class LienExpire(LienRefuse):
    """Émis il y a plus de trente jours."""


class LienRetire(LienRefuse):
    """Le compte est fermé, n'a plus ce droit, ou la fiche n'attend plus rien."""


def jeton_du_point(ligne: LigneEnvoi) -> str:
    return signing.dumps(
        [ligne.pk, ligne.fiche_id, ligne.envoi.compte_id, ligne.envoi_id], salt=SEL_POINT
    )


def jeton_de_pause(compte: Compte) -> str:
    return signing.dumps(compte.pk, salt=SEL_PAUSE)


def adresse_absolue(nom: str, *arguments: Any) -> str:
    return settings.ADRESSE_DU_SITE + reverse(nom, args=arguments)


def ligne_du_jeton(jeton: str, collectivite) -> LigneEnvoi:
    """La ligne que ce jeton désigne, si le lien vaut encore. Lève `LienRefuse`."""
    try:
        lu = signing.loads(
            jeton, salt=SEL_POINT, max_age=datetime.timedelta(days=LigneEnvoi.DUREE_JOURS)
        )
        ligne, fiche, compte, envoi = lu
    except signing.SignatureExpired as faute:
        raise LienExpire from faute
    except (signing.BadSignature, TypeError, ValueError) as faute:
        raise LienInconnu from faute
    trouvee = (
        LigneEnvoi.objects.select_related(
            "envoi__compte__personne", "fiche__schema", "fiche__division", "point"
        )
        .filter(
            pk=ligne,
            fiche=fiche,
            envoi=envoi,
            envoi__compte=compte,
            envoi__collectivite=collectivite,
            fiche__schema__collectivite=collectivite,
        )
        .first()
    )
    if trouvee is None:
        raise LienInconnu
    trouvee.fiche.schema.collectivite = collectivite
    trouvee.fiche.division.schema = trouvee.fiche.schema
    if not vaut_encore(trouvee):
        raise LienRetire
    return trouvee


def vaut_encore(ligne: LigneEnvoi) -> bool:
    """Ce compte peut-il encore, aujourd'hui, faire le point de cette fiche ?"""
    compte, fiche = ligne.envoi.compte, ligne.fiche
    return (
        compte.is_active
        and (settings.EST_DEMONSTRATION or not compte.est_demonstration)
        and fiche.archivee_le is None
        and compte.has_perm("plan.faire_le_point", fiche)
    )


def compte_de_la_pause(jeton: str, collectivite) -> Compte:
    """Le compte d'un lien de pause. Ce lien n'expire pas : on peut toujours se désabonner."""
    try:
        pk = signing.loads(jeton, salt=SEL_PAUSE)
    except signing.BadSignature as faute:
        raise LienInconnu from faute
    compte = Compte.objects.filter(pk=pk, envois__collectivite=collectivite).first()
    if compte is None:
        raise LienInconnu
    return compte
