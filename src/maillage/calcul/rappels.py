"""Qui relancer aujourd'hui, à propos de quelles fiches. Fonctions pures, sans base ni horloge.

Règle (PLA-3) : 30, 7 et 1 jours avant l'échéance d'un point d'étape, puis 1, 7 et 30 jours après.
Un seul courriel par personne, qui nomme toutes ses fiches ; jamais deux en moins de cinq jours.
Le pilote d'abord ; son organisation à partir de 7 jours de retard ; le chef de projet à 30.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

JALONS = (-30, -7, -1, 1, 7, 30)  # jours, comptés depuis l'échéance
ECART_JOURS = 5
PILOTE, ORGANISATION, CHEF = "pilote", "organisation", "chef"
ECHELONS = (PILOTE, ORGANISATION, CHEF)
# Jalon à partir duquel un échelon est prévenu, même quand ceux du dessous existent.
MONTEE = {PILOTE: JALONS[0], ORGANISATION: 7, CHEF: 30}


@dataclass(frozen=True, slots=True)
class Attente:
    """Un point d'étape attendu. Les destinataires sont des identifiants de comptes.

    `periode_jours` : délai habituel entre deux points. Un préavis plus long que la moitié de ce
    délai n'est pas envoyé : on ne relance pas le lendemain d'un point.
    """

    fiche: int
    echeance: datetime.date
    echelons: Mapping[str, frozenset[int]]
    periode_jours: int = 91


@dataclass(frozen=True, slots=True)
class Ligne:
    """Une fiche dans un courriel : pourquoi cette personne, et à quel jalon."""

    fiche: int
    echeance: datetime.date
    jalon: int
    echelon: str


@dataclass(frozen=True, slots=True)
class Periode:
    """Du `debut` au `fin`, les deux compris, rien ne part."""

    debut: datetime.date
    fin: datetime.date

    def couvre(self, jour: datetime.date) -> bool:
        return self.debut <= jour <= self.fin


@dataclass(slots=True)
class Passe:
    """Ce qui est déjà parti : le dernier envoi de chacun, et le dernier jalon dit de chaque fiche.

    `dits` : {(destinataire, fiche, échéance): jalon}.
    """

    derniers: dict[int, datetime.date] = field(default_factory=dict)
    dits: dict[tuple[int, int, datetime.date], int] = field(default_factory=dict)

    def noter(self, jour: datetime.date, destinataire: int, lignes: Iterable[Ligne]) -> None:
        self.derniers[destinataire] = jour
        for ligne in lignes:
            self.dits[destinataire, ligne.fiche, ligne.echeance] = ligne.jalon


def est_calme(jour: datetime.date, periodes: Iterable[Periode], *, fins_de_semaine: bool) -> bool:
    """Vrai si rien ne doit partir ce jour-là. `fins_de_semaine` : le samedi et le dimanche aussi
    sont des jours d'envoi."""
    if not fins_de_semaine and jour.weekday() >= 5:
        return True
    return any(periode.couvre(jour) for periode in periodes)


def jalon_atteint(attente: Attente, jour: datetime.date) -> int | None:
    """Le dernier jalon passé ce jour-là ; None s'il est trop tôt."""
    ecoules = (jour - attente.echeance).days
    passes = [
        jalon
        for jalon in JALONS
        if jalon <= ecoules and (jalon > 0 or -jalon * 2 <= attente.periode_jours)
    ]
    return max(passes, default=None)


def destinataires(attente: Attente, jalon: int) -> dict[int, str]:
    """{destinataire: échelon} à ce jalon. Un échelon vide est remplacé par le suivant, sauf que
    le chef de projet n'est dérangé qu'à partir de l'échéance."""
    trouves: dict[int, str] = {}
    for echelon in ECHELONS:
        du = jalon >= MONTEE[echelon]
        a_defaut = not trouves and (echelon != CHEF or jalon > 0)
        if du or a_defaut:
            for destinataire in attente.echelons.get(echelon, frozenset()):
                trouves.setdefault(destinataire, echelon)
    return trouves


def planifier(
    jour: datetime.date,
    attentes: Iterable[Attente],
    passe: Passe,
    *,
    periodes: Sequence[Periode] = (),
    fins_de_semaine: bool = False,
    en_pause: frozenset[int] = frozenset(),
) -> dict[int, list[Ligne]]:
    """{destinataire: lignes}, les plus anciennes d'abord. Rien les jours calmes.

    Un courriel part quand un jalon au moins n'a pas encore été dit ; il nomme alors toutes les
    fiches que cette personne attend. Un jalon passé un jour calme, ou trop près d'un autre
    courriel, n'est pas perdu : il part au premier jour possible.
    """
    if est_calme(jour, periodes, fins_de_semaine=fins_de_semaine):
        return {}
    lignes: dict[int, list[Ligne]] = {}
    a_dire: set[int] = set()
    for attente in attentes:
        jalon = jalon_atteint(attente, jour)
        if jalon is None:
            continue
        for destinataire, echelon in destinataires(attente, jalon).items():
            ligne = Ligne(attente.fiche, attente.echeance, jalon, echelon)
            lignes.setdefault(destinataire, []).append(ligne)
            dit = passe.dits.get((destinataire, attente.fiche, attente.echeance))
            if dit is None or dit < jalon:
                a_dire.add(destinataire)
    return {
        destinataire: sorted(lignes[destinataire], key=lambda li: (li.echeance, li.fiche))
        for destinataire in sorted(a_dire - en_pause)
        if _assez_tard(jour, passe.derniers.get(destinataire))
    }


def _assez_tard(jour: datetime.date, dernier: datetime.date | None) -> bool:
    return dernier is None or (jour - dernier).days >= ECART_JOURS


def prevoir(
    jour: datetime.date, attentes: Sequence[Attente], passe: Passe, *, jours: int = 14, **reglages
) -> list[tuple[datetime.date, int, list[Ligne]]]:
    """Ce qui partira d'ici `jours` jours si aucun point n'est donné : (jour, à qui, lignes)."""
    simule = Passe(dict(passe.derniers), dict(passe.dits))
    prevus = []
    for rang in range(jours):
        date = jour + datetime.timedelta(days=rang)
        for destinataire, lignes in planifier(date, attentes, simule, **reglages).items():
            prevus.append((date, destinataire, lignes))
            simule.noter(date, destinataire, lignes)
    return prevus
