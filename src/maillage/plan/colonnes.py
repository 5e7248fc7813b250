"""Les colonnes d'une liste de fiches : lesquelles montrer, et comment écrire chaque cellule.

Les cellules sont des chaînes toutes prêtes : 161 fiches et sept colonnes en font plus de mille.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from html import escape

from django.db.models import Sum
from django.http import QueryDict
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from maillage.socle import icones
from maillage.socle.mise_en_mots import ABSENT, INSECABLE, date_en_mots, montant_en_mots
from maillage.socle.templatetags.maillage import fraicheur, jauge

from .filtres import Filtres
from .lecture import Cadre, FicheLue
from .models import Avancement, FicheAction, LigneBudget

_FRAICHEURS = {
    "a_jour": fraicheur("jour"),
    "a_actualiser": fraicheur("actualiser"),
    "en_retard": fraicheur("retard"),
    "premier_point": mark_safe('<span class="discret">Premier point attendu</span>'),
    "sans_suivi": mark_safe('<span class="discret">Suivi terminé</span>'),
}
_AVANCEMENTS = dict(Avancement.choices)
_VIDE = mark_safe(f'<span class="discret">{ABSENT}</span>')  # noqa: S308
_BLOQUEE = mark_safe(  # noqa: S308
    f'<br><span class="fraicheur retard">{icones.icone("bloque")} Bloquée</span>'
)


@dataclass(slots=True)
class Contexte:
    """Ce que les cellules lisent en plus des fiches ; rempli selon les colonnes demandées."""

    adresse: Callable[[FicheLue], str]
    divisions: dict[int, str]
    liens: dict[str, dict[int, str]]


@dataclass(frozen=True, slots=True)
class Colonne:
    cle: str
    libelle: str
    cellule: Callable[[FicheLue, Contexte], object]
    tri: str = ""
    par_defaut: bool = False
    nombre: bool = False


def _meteo(f: FicheLue, c: Contexte) -> object:
    return icones.METEOS_AVEC_MOT[f.meteo] + (_BLOQUEE if f.bloquee_par else SafeString())


def _chemin(f: FicheLue, c: Contexte) -> object:
    if not f.indicateurs_total:
        return mark_safe('<span class="discret">sans indicateur</span>')
    taux = None if f.taux_indicateurs is None else round(f.taux_indicateurs)
    return _jauge(taux, f.indicateurs_calculables, f.indicateurs_total)


# Mille cellules par page : ce qui se redit d'une fiche à l'autre ne s'écrit qu'une fois.
_jauge = lru_cache(maxsize=4096)(jauge)


@lru_cache(maxsize=4096)
def _texte(texte: str) -> SafeString:
    """Un texte répété (pilote, axe), échappé une fois pour toutes."""
    return SafeString(escape(texte))


def _date(jour) -> object:
    return date_en_mots(jour, "courte") if jour else _VIDE


def _lien(cle: str) -> Callable[[FicheLue, Contexte], object]:
    return lambda f, c: c.liens[cle].get(f.pk, _VIDE)


COLONNES: tuple[Colonne, ...] = (
    Colonne("meteo", "Météo", _meteo, "meteo", True),
    Colonne("fraicheur", "Fraîcheur", lambda f, c: _FRAICHEURS[f.fraicheur], "fraicheur", True),
    Colonne("pilote", "Pilote", lambda f, c: _texte(f.pilote or "Pas encore de pilote"),
            "pilote", True),
    Colonne("axe", "Partie du plan", lambda f, c: _texte(c.divisions.get(f.division_id, ""))),
    Colonne("chemin", "Chemin fait", _chemin, "taux", True),
    Colonne("avancement", "Avancement", lambda f, c: _texte(_AVANCEMENTS[f.avancement]),
            "avancement"),
    Colonne("point", "Dernier point", lambda f, c: _date(f.dernier_point_le), "point"),
    Colonne("prochain", "Prochain point", lambda f, c: _date(f.prochaine_echeance)),
    Colonne("territoires", "Où",
            lambda f, c: c.liens["territoires"].get(f.pk, "Tout le département")),
    Colonne("etapes", "Étapes de la vie", _lien("etapes")),
    Colonne("publics", "Pour qui", _lien("publics")),
    Colonne("budget", "Budget prévu de l’année", _lien("budget"), nombre=True),
)  # fmt: skip

PAR_CLE = {colonne.cle: colonne for colonne in COLONNES}


def colonnes_demandees(parametres: QueryDict) -> list[Colonne]:
    """Les colonnes de l'adresse (`colonnes=meteo,pilote` ou répété), sinon celles par défaut."""
    cles = {
        cle
        for valeur in parametres.getlist("colonnes") + parametres.getlist("colonne")
        for cle in valeur.split(",")
    }
    choisies = [colonne for colonne in COLONNES if colonne.cle in cles]
    return choisies or [colonne for colonne in COLONNES if colonne.par_defaut]


def entetes(colonnes: Sequence[Colonne], filtres: Filtres) -> list[dict]:
    """Les en-têtes pour `composants/tableau.html`, la fiche d'abord."""
    return [
        {
            "libelle": "Action",
            "url_tri": filtres.adresse_de_tri("code"),
            "tri": filtres.sens_du_tri("code"),
        },
        *(
            {
                "libelle": c.libelle,
                "nombre": c.nombre,
                "url_tri": filtres.adresse_de_tri(c.tri) if c.tri else "",
                "tri": filtres.sens_du_tri(c.tri) if c.tri else "",
            }
            for c in colonnes
        ),
    ]


def lignes(fiches: list[FicheLue], colonnes: Sequence[Colonne], cadre: Cadre) -> list[list[object]]:
    """Les cellules de chaque fiche. Une requête par colonne de liens demandée, jamais par fiche."""
    contexte = Contexte(
        adresse=cadre.adresses(),
        divisions={d.pk: d.nom for d in cadre.divisions}
        if any(c.cle == "axe" for c in colonnes)
        else {},
        liens={c.cle: _LIENS[c.cle](fiches) for c in colonnes if c.cle in _LIENS},
    )
    ecrire = [c.cellule for c in colonnes]
    return [[_nom(f, contexte), *(cellule(f, contexte) for cellule in ecrire)] for f in fiches]


def _nom(f: FicheLue, c: Contexte) -> SafeString:
    phare = ' <span class="etiquette phare">phare</span>' if f.phare else ""
    return SafeString(
        f'<span class="discret">{escape(f.code)}</span> '
        f'<a href="{escape(c.adresse(f))}">{escape(f.titre)}</a>{phare}'
    )


def _noms(relation, chemin: str) -> Callable[[Iterable[FicheLue]], dict[int, str]]:
    def lire(fiches: Iterable[FicheLue]) -> dict[int, str]:
        trouves: dict[int, list[str]] = defaultdict(list)
        for pk, nom in (
            relation.through.objects.filter(ficheaction__in=[f.pk for f in fiches])
            .order_by(chemin.rsplit("__", 1)[0] + "__pk")
            .values_list("ficheaction_id", chemin)
        ):
            trouves[pk].append(nom)
        return {pk: ", ".join(noms) for pk, noms in trouves.items()}

    return lire


def _budgets(fiches: Iterable[FicheLue]) -> dict[int, str]:
    prevus: dict[int, Decimal] = dict(
        LigneBudget.objects.filter(
            fiche__in=[f.pk for f in fiches],
            annee=timezone.localdate().year,
            prevu__isnull=False,
        )
        .order_by()
        .values_list("fiche")
        .annotate(total=Sum("prevu"))
    )
    return {pk: montant_en_mots(total).replace(" ", INSECABLE) for pk, total in prevus.items()}


_LIENS: dict[str, Callable[[Iterable[FicheLue]], dict[int, str]]] = {
    "territoires": _noms(FicheAction.territoires, "territoireaction__nom"),
    "etapes": _noms(FicheAction.etapes, "etapeparcours__nom_simple"),
    "publics": _noms(FicheAction.publics, "publiccible__nom"),
    "budget": _budgets,
}
