"""Ce que coûte le plan, à qui, quand, et ce qu'il deviendrait si un financeur partait (PLA-9).

Lu en deux requêtes, sommé en `Decimal` par `calcul.budget` : aucun montant ne passe par un flottant
ni par une somme de SQLite. Les libellés parlent de ce qui est montré, filtres compris.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from maillage.calcul.budget import (
    MESURES,
    LigneLue,
    Montants,
    Scenario,
    finance,
    retirer,
    total,
    totaliser,
)
from maillage.socle.classeurs import Colonne, FeuilleEcrite, ecrire
from maillage.socle.mise_en_mots import accorder, montant_en_mots, pourcentage_en_mots

from .grille_budget import NOMS_DES_MESURES, SECTIONS
from .lecture import FicheLue
from .models import Division, LigneBudget

_BARRE_MAX = 50  # % de la largeur : le reste porte le montant écrit
_HAUTEUR_DU_NOM, _HAUTEUR_DE_BARRE = 24, 22


@dataclass(frozen=True, slots=True)
class Barre:
    """Une barre déjà placée : son rang, sa largeur en % du dessin, ce qu'elle dit."""

    y: int
    largeur: str
    classe: str
    texte: str

    @property
    def y_texte(self) -> int:
        return self.y + 14


@dataclass(frozen=True, slots=True)
class Groupe:
    y: int
    nom: str
    barres: list[Barre]


@dataclass(frozen=True, slots=True)
class Dessin:
    """Des barres par groupe, et la même chose en une phrase pour qui ne les voit pas."""

    hauteur: int
    groupes: list[Groupe]
    description: str


@dataclass(frozen=True, slots=True)
class Tableau:
    """Un axe de lecture : ses lignes, leur total, le constat, le dessin."""

    cle: str
    intitule: str
    constat: str
    lignes: list[tuple[str, Montants]]
    total: Montants
    dessin: Dessin


@dataclass(slots=True)
class Lecture:
    """Les filtres propres au budget, et ce qu'ils laissent."""

    fiches: dict[int, FicheLue]
    toutes: list[LigneLue]
    financeurs: dict[int, str]
    comparables: dict[str, int]
    divisions: dict[int, Division]
    annees_choisies: list[int] = field(default_factory=list)
    financeurs_choisis: list[int] = field(default_factory=list)
    section: str = ""
    retraits: list[int] = field(default_factory=list)
    annees_de_retrait: list[int] = field(default_factory=list)

    @property
    def lignes(self) -> list[LigneLue]:
        """Les lignes retenues par les filtres d'année, de financeur et de section."""
        return [
            li
            for li in self.toutes
            if (not self.annees_choisies or li.annee in self.annees_choisies)
            and (not self.financeurs_choisis or li.financeur in self.financeurs_choisis)
            and (not self.section or li.section == self.section)
        ]

    @property
    def annees(self) -> list[int]:
        return sorted({li.annee for li in self.toutes})

    @property
    def demonstration(self) -> bool:
        return any(li.demonstration for li in self.lignes)

    def sans_financement(self) -> list[FicheLue]:
        """Les fiches montrées à qui aucun euro n'est prévu, engagé ni réalisé, filtres compris."""
        financees = {
            f for f, m in totaliser(self.lignes, lambda li: li.fiche).items() if finance(m)
        }
        return [fiche for pk, fiche in self.fiches.items() if pk not in financees]

    def scenario(self) -> Scenario | None:
        """Ce qui reste si les financeurs choisis se retirent ; None si aucun n'est choisi."""
        if not self.retraits:
            return None
        return retirer(self.lignes, set(self.retraits), set(self.annees_de_retrait))


def lire_le_budget(
    fiches: list[FicheLue], retenues: QuerySet, divisions: list[Division], parametres: QueryDict
) -> Lecture:
    """Les lignes de budget de ces fiches. Une requête. Un filtre inconnu ne trouve rien."""
    lecture = Lecture(
        fiches={f.pk: f for f in fiches},
        toutes=[],
        financeurs={},
        comparables={},
        divisions={d.pk: d for d in divisions},
    )
    for fiche, division, annee, financeur, section, *montants, demo, nom, compare in (
        LigneBudget.objects.filter(fiche__in=retenues.order_by().values("pk"))
        .order_by("annee", "pk")
        .values_list(
            "fiche_id", "fiche__division_id", "annee", "financeur_id", "section", *MESURES,
            "est_demonstration", "financeur__nom", "financeur__nom_normalise",
        )
    ):  # fmt: skip
        prevu, engage, realise = montants
        lecture.toutes.append(
            LigneLue(fiche, division, annee, financeur, section, prevu, engage, realise, demo)
        )
        lecture.financeurs[financeur] = nom
        lecture.comparables[compare] = financeur
    lecture.annees_choisies = _annees(parametres, "annee")
    lecture.annees_de_retrait = _annees(parametres, "retrait_annee")
    lecture.financeurs_choisis = _financeurs(parametres, "financeur", lecture)
    lecture.retraits = _financeurs(parametres, "retrait", lecture)
    lecture.section = parametres.get("section", "")
    return lecture


def _annees(parametres: QueryDict, cle: str) -> list[int]:
    dites = [v for v in parametres.getlist(cle) if v]
    return [int(v) if v.isdecimal() and len(v) == 4 else 0 for v in dites]


def _financeurs(parametres: QueryDict, cle: str, lecture: Lecture) -> list[int]:
    return [lecture.comparables.get(nom, 0) for nom in parametres.getlist(cle) if nom]


# --- Les quatre axes --------------------------------------------------------------------------


def tableaux(lecture: Lecture, annee: int) -> list[Tableau]:
    """Par année, financeur, partie du plan, section. Chaque total est le total général."""
    lignes = lecture.lignes
    tout = total(lignes)
    divisions = lecture.divisions
    rangs = {pk: rang for rang, pk in enumerate(divisions)}
    par_annee = totaliser(lignes, lambda li: li.annee)
    vues: list[tuple[str, str, list[tuple[str, Montants]], Callable[[], str]]] = [
        (
            "annee", "Par année",
            [(str(a), par_annee[a]) for a in sorted(par_annee)],
            lambda: _constat_annuel(par_annee, annee, tout),
        ),
        (
            "financeur", "Par financeur",
            _du_plus_gros(totaliser(lignes, lambda li: li.financeur), lecture.financeurs),
            lambda: _constat_de_tete(vues[1][2], tout, "{nom} porte {part} de ce qui est prévu."),
        ),
        (
            "axe", "Par partie du plan",
            [
                (f"{divisions[pk].code} {divisions[pk].nom}", montants)
                for pk, montants in sorted(
                    totaliser(lignes, lambda li: li.division).items(),
                    key=lambda paire: rangs.get(paire[0], 0),
                )
            ],
            lambda: _constat_de_tete(
                vues[2][2], tout, "« {nom} » demande le plus : {part} de ce qui est prévu."
            ),
        ),
        (
            "section", "Par section",
            _du_plus_gros(totaliser(lignes, lambda li: li.section), SECTIONS),
            lambda: _constat_de_tete(vues[3][2], tout, "{part} du prévu va en {nom}."),
        ),
    ]  # fmt: skip
    return [
        Tableau(cle, intitule, constat(), rangees, tout, dessiner(rangees, intitule))
        for cle, intitule, rangees, constat in vues
    ]


def _du_plus_gros(sommes: dict, noms: dict) -> list[tuple[str, Montants]]:
    return sorted(
        ((noms[cle], montants) for cle, montants in sommes.items()),
        key=lambda paire: (-(paire[1].prevu or 0), paire[0]),
    )


def _constat_annuel(par_annee: dict[int, Montants], annee: int, tout: Montants) -> str:
    cette_annee = par_annee.get(annee, Montants())
    if cette_annee.part_engagee is not None:
        return (
            f"En {annee}, {pourcentage_en_mots(cette_annee.part_engagee)} "
            "de ce qui est prévu est engagé."
        )
    if not par_annee:
        return "Aucun montant n’est dit."
    debut, fin = min(par_annee), max(par_annee)
    periode = f"en {debut}" if debut == fin else f"de {debut} à {fin}"
    return f"{montant_en_mots(tout.prevu or Decimal(0))} sont prévus {periode}."


def _constat_de_tete(rangees: list[tuple[str, Montants]], tout: Montants, phrase: str) -> str:
    if not tout.prevu:
        return "Aucun montant n’est prévu."
    nom, premier = max(rangees, key=lambda paire: paire[1].prevu or 0)
    part = pourcentage_en_mots((premier.prevu or 0) * 100 / tout.prevu)
    if phrase.endswith("{nom}."):
        nom = nom.lower()
    dit = phrase.format(nom=nom, part=part)
    return dit[0].upper() + dit[1:]


def dessiner(rangees: list[tuple[str, Montants]], intitule: str) -> Dessin:
    """Trois barres par ligne : prévu, engagé, réalisé ; le plus grand montant fait l'échelle."""
    dits = [
        getattr(montants, mesure) or Decimal(0) for _, montants in rangees for mesure in MESURES
    ]
    echelle = max(dits, default=Decimal(0))
    groupes, y = [], 0
    for nom, montants in rangees:
        haut, barres = y + 16, []
        y += _HAUTEUR_DU_NOM
        for mesure in MESURES:
            valeur = getattr(montants, mesure)
            if valeur is None:
                continue
            barres.append(
                Barre(
                    y, _largeur(valeur, echelle), mesure,
                    f"{montant_en_mots(valeur)} {NOMS_DES_MESURES[mesure].lower()}",
                )
            )  # fmt: skip
            y += _HAUTEUR_DE_BARRE
        groupes.append(Groupe(haut, _court(nom), barres))
        y += 10
    return Dessin(y, groupes, _en_phrase(intitule, rangees))


def dessiner_le_scenario(rangees: list[tuple[str, Montants, Montants]]) -> Dessin:
    """Par année : le prévu qui reste, et celui qui part."""
    echelle = max(
        (max(reste.prevu or Decimal(0), part.prevu or Decimal(0)) for _, reste, part in rangees),
        default=Decimal(0),
    )
    groupes, phrases, y = [], [], 0
    for nom, reste, part in rangees:
        haut, barres = y + 16, []
        y += _HAUTEUR_DU_NOM
        for classe, mot, montants in (("realise", "reste", reste), ("part", "manque", part)):
            valeur = montants.prevu or Decimal(0)
            texte = f"{montant_en_mots(valeur)} {mot}"
            barres.append(Barre(y, _largeur(valeur, echelle), classe, texte))
            y += _HAUTEUR_DE_BARRE
        phrases.append(f"{nom} : {barres[0].texte}, {barres[1].texte}")
        groupes.append(Groupe(haut, nom, barres))
        y += 10
    return Dessin(y, groupes, "Prévu par année. " + " ; ".join(phrases) + ".")


def _largeur(valeur: Decimal, echelle: Decimal) -> str:
    """En texte, avec un point : un gabarit écrirait une virgule."""
    part = valeur * _BARRE_MAX / echelle if echelle else Decimal(0)
    return f"{part.quantize(Decimal('0.1'), rounding=ROUND_HALF_UP)}%"


def _court(nom: str, maximum: int = 40) -> str:
    return nom if len(nom) <= maximum else nom[: maximum - 1].rstrip() + "…"


def _en_phrase(intitule: str, rangees: list[tuple[str, Montants]]) -> str:
    dites = [f"{nom} : {montant_en_mots(m.prevu)} prévus" for nom, m in rangees[:12]]
    return f"{intitule}. " + " ; ".join(dites) + "."


# --- Le scénario ------------------------------------------------------------------------------


def raconter_le_scenario(lecture: Lecture) -> dict[str, Any] | None:
    """Tout ce que la page dit d'un retrait ; None si aucun financeur n'est choisi."""
    scenario = lecture.scenario()
    if scenario is None:
        return None
    noms = [lecture.financeurs[pk] for pk in lecture.retraits if pk in lecture.financeurs]
    restes = totaliser(scenario.lignes_restantes, lambda li: li.annee)
    parts = totaliser(scenario.lignes_retirees, lambda li: li.annee)
    annees = [
        (str(a), restes.get(a, Montants()), parts.get(a, Montants()))
        for a in sorted({*restes, *parts})
    ]
    sans = set(scenario.sans_financement)
    touchees: list[dict[str, Any]] = [
        {"fiche": lecture.fiches[pk], "reste": reste, "part": part, "sans": pk in sans}
        for pk, (reste, part) in scenario.privees.items()
    ]
    touchees.sort(key=lambda t: (not t["sans"], -(t["part"].prevu or 0), t["fiche"].code))
    qui = " et ".join(noms) if noms else "ce financeur"
    manque = montant_en_mots(scenario.part.prevu or Decimal(0))
    constat = f"Sans {qui}, il manque {manque}"
    if sans:
        constat += f" et {accorder(len(sans), 'fiche')} n’ont plus de financement."
        if len(sans) == 1:
            constat = constat.replace("n’ont plus", "n’a plus")
    else:
        constat += ", et chaque fiche garde un financement."
    return {
        "constat": constat,
        "noms": noms,
        "reste": scenario.reste,
        "part": scenario.part,
        "total": scenario.reste + scenario.part,
        "annees": annees,
        "touchees": touchees,
        "sans": len(sans),
        "dessin": dessiner_le_scenario(annees),
    }


# --- L'export -----------------------------------------------------------------------------------


def classeur(lecture: Lecture, annee: int, nom: str, *, titres: tuple[str, ...]) -> bytes:
    """Ce qui est montré, en .xlsx : un onglet par axe, le scénario, puis le détail."""
    trois = [Colonne(NOMS_DES_MESURES[m], "montant", 16) for m in MESURES]
    feuilles = [
        FeuilleEcrite(
            t.intitule,
            [Colonne(t.intitule.removeprefix("Par ").capitalize(), largeur=50), *trois],
            [
                *((libelle, m.prevu, m.engage, m.realise) for libelle, m in t.lignes),
                ("Total", t.total.prevu, t.total.engage, t.total.realise),
            ],
            titres,
        )
        for t in tableaux(lecture, annee)
    ]
    if scenario := raconter_le_scenario(lecture):
        feuilles.append(
            FeuilleEcrite(
                "Scénario",
                [Colonne("Fiche", largeur=14), Colonne("Titre", largeur=60),
                 Colonne("Prévu qui part", "montant"), Colonne("Prévu qui reste", "montant"),
                 Colonne("Sans financement", largeur=18)],
                [
                    (t["fiche"].code, t["fiche"].titre, t["part"].prevu, t["reste"].prevu,
                     "oui" if t["sans"] else "non")
                    for t in scenario["touchees"]
                ],
                (*titres, scenario["constat"]),
            )
        )  # fmt: skip
    feuilles.append(
        FeuilleEcrite(
            "Sans financement",
            [Colonne("Fiche", largeur=14), Colonne("Titre", largeur=80)],
            [(f.code, f.titre) for f in lecture.sans_financement()],
            titres,
        )
    )
    feuilles.append(
        FeuilleEcrite(
            "Détail",
            [Colonne("Fiche", largeur=14), Colonne("Année", "nombre", 10),
             Colonne("Financeur", largeur=45), Colonne("Section"), *trois,
             Colonne("Donnée de démonstration", largeur=26)],
            [
                (lecture.fiches[li.fiche].code, li.annee, lecture.financeurs[li.financeur],
                 SECTIONS[li.section], li.prevu, li.engage, li.realise,
                 "oui" if li.demonstration else "")
                for li in lecture.lignes
            ],
            titres,
        )
    )  # fmt: skip
    return ecrire(feuilles, "xlsx", nom=nom)
