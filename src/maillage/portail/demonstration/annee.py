"""Inventer une année de suivi : profils, météos, points d'étape. Fonctions pures, graine fixe.

Les proportions sont celles d'un plan vivant à mi-parcours ; elles ne disent rien du Loir-et-Cher.
"""

import datetime
from dataclasses import dataclass, field
from random import Random

from maillage.plan.ecriture import plus_mois
from maillage.plan.models import Atteinte, Avancement, Meteo, Suite
from maillage.plan.suivi import Saisie

from .phrases import Conteur, Phrases

POINTS_MAX = 8  # huit trimestres
PREMIER_JOUR = datetime.date(2025, 1, 15)
# Nombre de fiches par dernière météo ; les autres sont au soleil.
SANS_POINT, ORAGES, NUAGES, COUVERTS = 17, 9, 24, 36
A_ACTUALISER, EN_RETARD = 12, 8
FINIES, BLOQUEES, ARBITRAGES = 7, 7, 6
# D'où vient une météo : (précédente, poids). Lu à rebours depuis la dernière.
_AVANT = {
    "soleil": (("soleil", 62), ("couvert", 30), ("nuage", 8)),
    "couvert": (("couvert", 42), ("soleil", 38), ("nuage", 20)),
    "nuage": (("nuage", 35), ("couvert", 45), ("soleil", 15), ("orage", 5)),
    "orage": (("nuage", 55), ("couvert", 27), ("orage", 18)),
}
_TAUX_FINAL = {"soleil": (48, 88), "couvert": (34, 68), "nuage": (18, 48), "orage": (6, 34)}


@dataclass
class Fiche:
    """Ce que le générateur sait d'une fiche réelle."""

    code: str
    titre: str
    phare: bool


@dataclass
class Profil:
    """Le sort tiré pour une fiche."""

    meteo: str  # "" : pas encore de point d'étape
    fraicheur: str = "a_jour"
    finie: bool = False
    suspendue: bool = False
    abandonnee: bool = False
    bloquee: bool = False
    arbitrage: bool = False
    # Ce qui est écrit d'avance pour les quelques fiches que la démonstration montre à coup sûr.
    meteos: tuple[str, ...] = ()
    motif: str = ""
    taux: int | None = None
    jours_de_retard: int | None = None


@dataclass
class Recit:
    """Une année de suivi pour une fiche."""

    profil: Profil
    points: list[Saisie] = field(default_factory=list)

    @property
    def taux(self) -> int:
        return (self.points[-1].taux or 0) if self.points else 0


def hasard(graine: int, *cles: str) -> Random:
    """Un tirage propre à cet usage : en changer un ne déplace pas les autres."""
    return Random(":".join([str(graine), *cles]))


def tirer_les_profils(fiches: list[Fiche], graine: int, imposes: dict[str, Profil]):
    """Partage les fiches entre les profils, aux nombres fixés ci-dessus. Rend {code: profil}."""
    tirage = hasard(graine, "profils")
    libres = sorted(f.code for f in fiches if f.code not in imposes)
    tirage.shuffle(libres)
    phares = {f.code for f in fiches if f.phare}
    libres.sort(key=lambda code: code in phares)  # une action phare a toujours été lancée
    profils = dict(imposes)
    meteos = [""] * SANS_POINT + ["orage"] * ORAGES + ["nuage"] * NUAGES + ["couvert"] * COUVERTS
    for impose in imposes.values():
        if impose.meteo in meteos:
            meteos.remove(impose.meteo)
    meteos += ["soleil"] * max(0, len(libres) - len(meteos))
    suivis = []
    sans, reste = libres[:SANS_POINT], libres[SANS_POINT:]
    for code in sans:
        profils[code] = Profil(meteo="")
    tirage.shuffle(reste)
    for code, meteo in zip(reste, meteos[SANS_POINT:], strict=False):
        profils[code] = Profil(meteo=meteo)
        suivis.append(code)
    _marquer(profils, suivis, tirage, imposes)
    return profils


def _marquer(profils, suivis, tirage, imposes) -> None:
    deja_dus = sum(1 for p in imposes.values() if p.fraicheur == "a_actualiser")
    deja_tard = sum(1 for p in imposes.values() if p.fraicheur == "en_retard")
    orages = [c for c in suivis if profils[c].meteo == "orage"]
    nuages = [c for c in suivis if profils[c].meteo == "nuage"]
    soleils = [c for c in suivis if profils[c].meteo == "soleil"]
    profils[orages[0]].abandonnee = True
    for code in orages[1:4]:
        profils[code].suspendue = True
    for code in soleils[:FINIES]:
        profils[code].finie = True
    for code in (orages[1:] + nuages)[:BLOQUEES]:
        profils[code].bloquee = True
    dejas = sum(1 for p in imposes.values() if p.arbitrage)
    for code in (nuages[::-1] + orages[::-1])[: ARBITRAGES - dejas]:
        profils[code].arbitrage = True
    ordinaires = [c for c in suivis if not (profils[c].finie or profils[c].abandonnee)]
    tirage.shuffle(ordinaires)
    tard = EN_RETARD - deja_tard
    dus = A_ACTUALISER - deja_dus
    for code in ordinaires[:tard]:
        profils[code].fraicheur = "en_retard"
    for code in ordinaires[tard : tard + dus]:
        profils[code].fraicheur = "a_actualiser"


def raconter(
    fiche: Fiche, profil: Profil, *, graine: int, jour: datetime.date, phrases: Phrases, avec: str
) -> Recit:
    """L'année d'une fiche : ses points d'étape, du plus ancien au plus récent."""
    recit = Recit(profil)
    if not profil.meteo:
        return recit
    tirage = hasard(graine, "recit", fiche.code)
    conteur = Conteur(tirage, phrases, avec)
    dates = _dates(profil, jour, tirage)
    meteos = list(profil.meteos)[-len(dates) :] or _meteos(profil.meteo, len(dates), tirage)
    taux = _taux(profil, len(dates), tirage)
    genre = phrases.genre(fiche.code, fiche.titre)
    for rang, (date, meteo, fait) in enumerate(zip(dates, meteos, taux, strict=True)):
        dernier = rang == len(dates) - 1
        recit.points.append(
            _point(
                genre,
                conteur,
                profil,
                date=date,
                meteo=meteo,
                avant=meteos[rang - 1] if rang else None,
                taux=fait,
                dernier=dernier,
                jour=jour,
            )
        )
    return recit


def _dates(profil: Profil, jour: datetime.date, tirage: Random) -> list[datetime.date]:
    dates = [_dernier_point(profil, jour, tirage)]
    # Toutes les fiches n'ont pas démarré en même temps.
    voulu = len(profil.meteos) or tirage.choice((5, 6, 7, 7, 8, 8, 8))
    while len(dates) < min(voulu, POINTS_MAX):
        avant = _ouvre(plus_mois(dates[0], -3) + datetime.timedelta(days=tirage.randint(-10, 10)))
        if avant < PREMIER_JOUR:
            break
        dates.insert(0, avant)
    return dates


def _dernier_point(profil: Profil, jour: datetime.date, tirage: Random) -> datetime.date:
    """Une date telle que le point suivant (trois mois après) donne cette fraîcheur."""
    if profil.fraicheur == "a_jour":
        return _ouvre(jour - datetime.timedelta(days=tirage.randint(2, 80)))
    depuis = (
        tirage.randint(3, 24) if profil.fraicheur == "a_actualiser" else tirage.randint(40, 110)
    )
    depuis = profil.jours_de_retard or depuis
    return _ouvre(plus_mois(jour - datetime.timedelta(days=depuis), -3))


def _ouvre(date: datetime.date) -> datetime.date:
    """Ramène un samedi ou un dimanche au vendredi."""
    return date - datetime.timedelta(days=max(0, date.weekday() - 4))


def _meteos(derniere: str, nombre: int, tirage: Random) -> list[str]:
    suite = [derniere]
    while len(suite) < nombre:
        valeurs, poids = zip(*_AVANT[suite[0]], strict=True)
        suite.insert(0, tirage.choices(valeurs, poids)[0])
    return suite


def _taux(profil: Profil, nombre: int, tirage: Random) -> list[int]:
    final = 100 if profil.finie else tirage.randint(*_TAUX_FINAL[profil.meteo])
    final = final if profil.taux is None else profil.taux
    taux, courant = [final], final
    for reste in range(nombre - 1, 0, -1):
        pas = courant / (reste + 0.6) * tirage.uniform(0.5, 1.3)
        courant = max(0, round((courant - pas) / 5) * 5)
        taux.insert(0, min(courant, taux[0]))
    return taux


def _point(genre, conteur, profil, *, date, meteo, avant, taux, dernier, jour) -> Saisie:
    moment = "lancement" if taux < 25 else "avancee" if taux < 72 else "aboutissement"
    empire = avant is not None and Meteo(meteo).gravite > Meteo(avant).gravite
    suite, atteinte, avancement = Suite.A_DECIDER, Atteinte.NON_EVALUEE, Avancement.EN_COURS
    if taux <= 5:
        avancement = Avancement.A_LANCER
    if dernier:
        suite, atteinte, avancement = _fin(profil, meteo, avancement)
    # Un lancement se raconte dans l'ordre, et une seule fois.
    faits = conteur.suivante(genre["lancement"]) if moment == "lancement" else ""
    faits = faits or conteur.phrase(genre["avancee" if moment == "lancement" else moment])
    if meteo == "orage":
        faits = "Rien de nouveau ce trimestre." if not dernier else faits
    difficultes = conteur.phrase(genre["difficultes"]) if meteo != "soleil" else ""
    bloquee = profil.bloquee and dernier
    return Saisie(
        date=date,
        meteo=meteo,
        motif_meteo=_motif(profil, conteur, meteo, dernier) if empire else "",
        taux=taux,
        avancement=avancement,
        atteinte=atteinte,
        suite=suite,
        faits_marquants=faits,
        difficultes=difficultes,
        besoin_arbitrage=(
            conteur.phrase(genre["arbitrages"]) if profil.arbitrage and dernier else ""
        ),
        prochaines_etapes="" if profil.finie and dernier else conteur.phrase(genre["suites"]),
        bloquee_par=conteur.dire(genre["blocages"]) if bloquee else "",
        bloquee_jusqu_au=(
            _ouvre(jour + datetime.timedelta(days=conteur.hasard.randint(20, 130)))
            if bloquee
            else None
        ),
    )


def _fin(profil: Profil, meteo: str, avancement):
    if profil.finie:
        return Suite.GENERALISATION, Atteinte.ATTEINT, Avancement.FINALISEE
    if profil.abandonnee:
        return Suite.ARRET, Atteinte.NON_ATTEINT, Avancement.ABANDONNEE
    if profil.suspendue:
        return Suite.A_DECIDER, Atteinte.NON_EVALUEE, Avancement.SUSPENDUE
    if meteo == "soleil":
        return Suite.POURSUITE, Atteinte.NON_EVALUEE, avancement
    if meteo == "nuage":
        return Suite.AJUSTEMENT, Atteinte.PARTIEL, avancement
    return Suite.A_DECIDER, Atteinte.NON_EVALUEE, avancement


def _motif(profil: Profil, conteur: Conteur, meteo: str, dernier: bool) -> str:
    ecrit = profil.motif if dernier else ""
    texte = ecrit or conteur.dire(conteur.phrases.motifs[meteo])
    return texte[:1].upper() + texte[1:] + "."
