"""Le suivi d'une fiche : ajouter un point d'étape, en retirer un, donner la valeur d'une mesure."""

import datetime
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from maillage.indicateurs.services import donner_valeur
from maillage.journal.services import consigner
from maillage.socle.lots import mettre_a_jour

from .ecriture import echeance, recalculer_les_taux
from .models import FicheAction, IndicateurFiche, Meteo, PointEtape, Suite
from .models.suivi import Atteinte, Avancement

_RECOPIES = [
    "meteo", "taux", "avancement", "atteinte", "suite", "bloquee_par", "bloquee_jusqu_au",
    "arbitrage_demande", "dernier_point_le", "suivi_demonstration", "prochaine_echeance",
]  # fmt: skip


class PointRefuse(ValueError):
    """Le point d'étape n'a pas été écrit. `champs` : {nom du champ: ce qu'il faut corriger}."""

    def __init__(self, champs: dict[str, str]):
        self.champs = champs
        super().__init__(" ".join(champs.values()))


@dataclass(frozen=True, slots=True)
class Saisie:
    """Ce qu'un pilote dit dans un point d'étape."""

    date: datetime.date
    meteo: str
    motif_meteo: str = ""
    taux: int | None = None
    avancement: str = Avancement.EN_COURS
    atteinte: str = Atteinte.NON_EVALUEE
    suite: str = Suite.A_DECIDER
    faits_marquants: str = ""
    difficultes: str = ""
    besoin_arbitrage: str = ""
    prochaines_etapes: str = ""
    bloquee_par: str = ""
    bloquee_jusqu_au: datetime.date | None = None


def verifier_saisie(fiche: FicheAction, saisie: Saisie, precedent: PointEtape | None) -> None:
    """Lève `PointRefuse`. Le motif n'est demandé que si la météo s'assombrit (PLA-3)."""
    fautes: dict[str, str] = {}
    if saisie.date > timezone.localdate():
        fautes["date"] = "Un point d’étape ne se date pas dans l’avenir."
    elif saisie.date.year < 2000:
        fautes["date"] = "Cette date est trop ancienne."
    if saisie.meteo not in Meteo.values:
        fautes["meteo"] = "Choisissez une météo : soleil, couvert, nuage ou orage."
    elif (
        precedent
        and Meteo(saisie.meteo).gravite > Meteo(precedent.meteo).gravite
        and not saisie.motif_meteo
    ):
        fautes["motif_meteo"] = (
            f"La météo passe de {Meteo(precedent.meteo).label.lower()} à "
            f"{Meteo(saisie.meteo).label.lower()} : dites pourquoi, en une phrase."
        )
    if saisie.taux is not None and not 0 <= saisie.taux <= 100:
        fautes["taux"] = "Le taux d’avancement va de 0 à 100."
    if saisie.bloquee_jusqu_au and not saisie.bloquee_par:
        fautes["bloquee_par"] = "Dites ce qui bloque l’action."
    for champ, choix in (
        ("avancement", Avancement),
        ("atteinte", Atteinte),
        ("suite", Suite),
    ):
        if getattr(saisie, champ) not in choix.values:
            fautes[champ] = "Choisissez une réponse de la liste."
    if fautes:
        raise PointRefuse(fautes)


def point_en_vigueur(fiche: FicheAction, jusqu_au: datetime.date | None = None):
    """Le dernier point valable, à cette date s'il en est donné une."""
    points = fiche.points.valables()
    if jusqu_au:
        points = points.filter(date__lte=jusqu_au)
    return points.du_plus_recent().first()


def ajouter_point(
    *,
    fiche: FicheAction,
    saisie: Saisie,
    par,
    jeton: uuid.UUID | None = None,
    valeurs: Mapping[IndicateurFiche, Decimal] | None = None,
    risques_revus: bool = False,
    origine: str = "ecran",
    est_demonstration: bool = False,
) -> PointEtape:
    """Ajoute un point d'étape daté, et les valeurs d'indicateurs dites avec lui.

    `risques_revus` : la personne a relu les risques de la fiche, et ils n'ont pas changé.
    Le même `jeton` envoyé deux fois (double clic, réseau qui hésite) rend le point déjà écrit.
    Lève `PointRefuse` ou `ValeurRefusee` sans rien écrire.
    """
    with transaction.atomic():
        fiche = (
            FicheAction.objects.select_for_update(of=("self",))
            .select_related("schema__collectivite")
            .get(pk=fiche.pk)
        )
        if jeton and (deja := PointEtape.objects.filter(jeton=jeton, fiche=fiche).first()):
            return deja
        if fiche.archivee_le:
            raise PointRefuse({"": "Cette fiche est archivée : elle ne reçoit plus de point."})
        verifier_saisie(fiche, saisie, point_en_vigueur(fiche, saisie.date))
        point = PointEtape.objects.create(
            fiche=fiche,
            auteur=par,
            fonction_auteur=_signature(par),
            jeton=jeton or uuid.uuid4(),
            est_demonstration=est_demonstration,
            **{champ: getattr(saisie, champ) for champ in Saisie.__slots__},
        )
        for lien, valeur in (valeurs or {}).items():
            donner_valeur(
                indicateur=lien.indicateur,
                date=saisie.date,
                valeur=valeur,
                par=par,
                est_demonstration=est_demonstration,
                origine=origine,
            )
        if risques_revus:
            fiche.risques.filter(Q(revu_le__isnull=True) | Q(revu_le__lt=saisie.date)).update(
                revu_le=saisie.date
            )
        recopier_le_suivi([fiche])
        cachets = {fiche.schema.cachet, fiche.cachet}
        if valeurs:
            mesurees = fiches_mesurees_par(lien.indicateur for lien in valeurs)
            recalculer_les_taux(mesurees)
            for autre in FicheAction.objects.filter(pk__in=mesurees).select_related("schema"):
                cachets |= {autre.cachet, autre.schema.cachet}
        consigner(
            verbe="point d’étape ajouté",
            objet=fiche,
            par=par,
            collectivite=fiche.schema.collectivite,
            changements={"point": point.pk, "meteo": saisie.meteo, "date": str(saisie.date)}
            | ({"risques_revus": True} if risques_revus else {}),
            origine=origine,
            cachets=cachets,
        )
        return point


def retirer_point(*, point: PointEtape, motif: str, par) -> PointEtape:
    """Retire un point donné par erreur. Il reste dans l'historique, barré, avec son motif."""
    motif = motif.strip()
    if not motif:
        raise PointRefuse({"motif": "Dites pourquoi ce point est retiré."})
    with transaction.atomic():
        fiche = (
            FicheAction.objects.select_for_update(of=("self",))
            .select_related("schema__collectivite")
            .get(pk=point.fiche_id)
        )
        point = PointEtape.objects.get(pk=point.pk)
        if point.retire_le is None:
            point.retire_le, point.motif_retrait = timezone.now(), motif[:300]
            point.save(update_fields=["retire_le", "motif_retrait"])
            recopier_le_suivi([fiche])
            consigner(
                verbe="point d’étape retiré",
                objet=fiche,
                par=par,
                collectivite=fiche.schema.collectivite,
                changements={"point": point.pk, "motif": motif},
                cachets=[fiche.schema.cachet, fiche.cachet],
            )
        return point


def donner_la_valeur(
    *, lien: IndicateurFiche, date: datetime.date, valeur: Decimal | None, par, **options
) -> None:
    """Donne une valeur à un indicateur de fiche, et remet à jour les taux qu'elle change."""
    with transaction.atomic():
        fiches = list(
            FicheAction.objects.filter(indicateurs__indicateur=lien.indicateur).select_related(
                "schema"
            )
        )
        donner_valeur(
            indicateur=lien.indicateur,
            date=date,
            valeur=valeur,
            par=par,
            cachets=[c for f in fiches for c in (f.cachet, f.schema.cachet)],
            **options,
        )
        recalculer_les_taux([fiche.pk for fiche in fiches])


def fiches_mesurees_par(indicateurs) -> list[int]:
    """Identifiants des fiches qui suivent l'un de ces indicateurs."""
    return list(
        FicheAction.objects.filter(indicateurs__indicateur__in=list(indicateurs))
        .values_list("pk", flat=True)
        .distinct()
    )


def recopier_le_suivi(fiches: Iterable[FicheAction]) -> None:
    """Recopie sur chaque fiche son dernier point valable. Deux requêtes par lot de 400."""
    fiches = list(fiches)
    for debut in range(0, len(fiches), 400):
        lot = fiches[debut : debut + 400]
        derniers: dict[int, PointEtape] = {}
        for point in PointEtape.objects.valables().filter(fiche__in=lot).order_by("date", "pk"):
            derniers[point.fiche_id] = point
        for fiche in lot:
            _recopier(fiche, derniers.get(fiche.pk))
        mettre_a_jour(lot, _RECOPIES)


def _recopier(fiche: FicheAction, point: PointEtape | None) -> None:
    fiche.meteo = point.meteo if point else ""
    fiche.taux = point.taux if point else None
    fiche.avancement = point.avancement if point else Avancement.A_LANCER
    fiche.atteinte = point.atteinte if point else Atteinte.NON_EVALUEE
    fiche.suite = point.suite if point else Suite.A_DECIDER
    fiche.bloquee_par = point.bloquee_par if point else ""
    fiche.bloquee_jusqu_au = point.bloquee_jusqu_au if point else None
    fiche.arbitrage_demande = bool(point and point.besoin_arbitrage)
    fiche.dernier_point_le = point.date if point else None
    fiche.suivi_demonstration = bool(point and point.est_demonstration)
    fiche.prochaine_echeance = echeance(fiche)


def _signature(compte) -> str:
    """Ce qui s'affiche sous un point : la fonction plutôt que le nom."""
    if compte is None:
        return ""
    if compte.personne_id and compte.personne.fonction:
        return compte.personne.fonction
    return str(compte)[:200]
