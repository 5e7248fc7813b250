"""Les filtres que porte l'adresse d'une liste : les lire, les appliquer, les ôter un par un.

Noms des paramètres : le contrat (`schema, axe, territoire, etape, public, pilote, statut, meteo,
q`), plus `fraicheur`, `bloquee`, `phare` et `arbitrage`. Un paramètre répété élargit (orage ou
nuage) ; deux paramètres différents se croisent. Une valeur inconnue ne trouve rien, et se voit.
"""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Case, F, IntegerField, Q, Value, When
from django.http import QueryDict
from django.utils import timezone

from maillage.socle.icones import METEOS

from .lecture import Cadre
from .models import Avancement, FicheAction, Meteo
from .models.fiche import JOURS_AVANT_RETARD, FicheQuerySet

SANS_METEO = "sans"
TOUT_LE_DEPARTEMENT = "departement"
SANS_PILOTE = "aucun"
SANS_MOT = "aucun"  # ni étape, ni public : la colonne « non précisé » des matrices
FRAICHEURS = (
    ("a_jour", "À jour"),
    ("a_actualiser", "À actualiser"),
    ("en_retard", "En retard"),
    ("premier_point", "Premier point attendu"),
    ("sans_suivi", "Suivi terminé"),
)
_RIEN = Q(pk__in=[])


@dataclass(frozen=True, slots=True)
class Filtre:
    """Un filtre : son paramètre, son nom, ses choix (valeur, libellé), ce qu'il retient."""

    cle: str
    libelle: str
    tous: str
    choix: Callable[[Cadre], list[tuple[str, str]]]
    clause: Callable[[Cadre, list[str]], Q]


def _schemas(cadre: Cadre) -> list[tuple[str, str]]:
    return [(s.slug, s.nom) for s in cadre.schemas]


def _divisions(cadre: Cadre) -> list[tuple[str, str]]:
    retrait = "\u2003"
    return [(d.code, f"{retrait * d.profondeur}{d.code} {d.nom}") for d in cadre.divisions]


def _dans_les_divisions(cadre: Cadre, codes: list[str]) -> Q:
    """La division, et tout ce qu'elle porte."""
    racines = [(d.schema_id, d.chemin) for d in cadre.divisions if d.code in codes]
    return Q(
        division_id__in=[
            d.pk
            for d in cadre.divisions
            if any(d.schema_id == s and d.chemin.startswith(chemin) for s, chemin in racines)
        ]
    )


def _liees(relation, colonne: str, ids: list[int]) -> Q:
    """Les fiches reliées à l'un de ces objets. Par sous-requête : une fiche ne sort qu'une fois."""
    liens = relation.through.objects.filter(**{f"{colonne}__in": ids})
    return Q(pk__in=liens.values("ficheaction_id"))


def _nommees(relation, colonne: str, objets: list, slugs: list[str]) -> Q:
    """Les fiches qui nomment l'un de ces mots ; avec « aucun », celles qui n'en nomment pas."""
    clause = _liees(relation, colonne, [o.pk for o in objets if o.slug in slugs])
    if SANS_MOT in slugs:
        clause |= ~Q(pk__in=relation.through.objects.values("ficheaction_id"))
    return clause


def _ou_aucun(choix: list[tuple[str, str]], libelle: str) -> list[tuple[str, str]]:
    return [*choix, (SANS_MOT, libelle)] if choix else []


def _sur_les_territoires(cadre: Cadre, slugs: list[str]) -> Q:
    ids = [t.pk for t in cadre.territoires if t.slug in slugs]
    clause = _liees(FicheAction.territoires, "territoireaction_id", ids)
    if TOUT_LE_DEPARTEMENT in slugs:
        clause |= sans_territoire()
    return clause


def sans_territoire() -> Q:
    """Les fiches qui ne nomment aucun territoire : elles valent pour tout le département."""
    return ~Q(pk__in=FicheAction.territoires.through.objects.values("ficheaction_id"))


def _territoires(cadre: Cadre) -> list[tuple[str, str]]:
    if not cadre.territoires:
        return []
    noms = [(t.slug, t.nom) for t in cadre.territoires]
    return [*noms, (TOUT_LE_DEPARTEMENT, "Tout le département")]


def _pilotes(cadre: Cadre) -> list[tuple[str, str]]:
    return [*cadre.pilotes, (SANS_PILOTE, "Pas encore de pilote")] if cadre.pilotes else []


def _pilotees_par(cadre: Cadre, noms: list[str]) -> Q:
    clause = Q(pilote_organisation__nom_normalise__in=noms)
    if SANS_PILOTE in noms:
        clause |= Q(pilote_organisation__isnull=True, pilote_personne__isnull=True)
    return clause


def _meteos(cadre: Cadre) -> list[tuple[str, str]]:
    return [(code or SANS_METEO, forme.mot) for code, forme in METEOS.items()]


def _fraiches(cadre: Cadre, valeurs: list[str]) -> Q:
    jour = timezone.localdate()
    limite = jour - datetime.timedelta(days=JOURS_AVANT_RETARD)
    clauses = {
        "a_jour": Q(prochaine_echeance__gt=jour),
        "a_actualiser": Q(
            prochaine_echeance__lte=jour,
            prochaine_echeance__gte=limite,
            dernier_point_le__isnull=False,
        ),
        "en_retard": Q(prochaine_echeance__lt=limite, dernier_point_le__isnull=False),
        "premier_point": Q(prochaine_echeance__lte=jour, dernier_point_le__isnull=True),
        "sans_suivi": Q(prochaine_echeance__isnull=True),
    }
    return _ou(clauses.get(valeur, _RIEN) for valeur in valeurs)


def _ou(clauses) -> Q:
    reunie = _RIEN
    for clause in clauses:
        reunie |= clause
    return reunie


def _oui(clause: Q) -> Callable[[Cadre, list[str]], Q]:
    return lambda cadre, valeurs: clause if "oui" in valeurs else _RIEN


def _un_oui(libelle: str) -> Callable[[Cadre], list[tuple[str, str]]]:
    return lambda cadre: [("oui", libelle)]


FILTRES: tuple[Filtre, ...] = (
    Filtre("schema", "Plan", "Les plans en cours", _schemas,
           lambda c, v: Q(schema_id__in=[s.pk for s in c.schemas if s.slug in v])),
    Filtre("axe", "Partie du plan", "Tout le plan", _divisions, _dans_les_divisions),
    Filtre("meteo", "Météo", "Toutes", _meteos,
           lambda c, v: Q(meteo__in=["" if m == SANS_METEO else m for m in v if m])),
    Filtre("fraicheur", "Fraîcheur", "Toutes", lambda c: list(FRAICHEURS), _fraiches),
    Filtre("statut", "Avancement", "Tous", lambda c: list(Avancement.choices),
           lambda c, v: Q(avancement__in=v)),
    Filtre("territoire", "Territoire", "Tous", _territoires, _sur_les_territoires),
    Filtre("etape", "Étape de la vie", "Toutes",
           lambda c: _ou_aucun([(e.slug, e.nom_simple) for e in c.etapes], "Non précisée"),
           lambda c, v: _nommees(FicheAction.etapes, "etapeparcours_id", c.etapes, v)),
    Filtre("public", "Pour qui", "Tous",
           lambda c: _ou_aucun([(p.slug, p.nom) for p in c.publics], "Non précisé"),
           lambda c, v: _nommees(FicheAction.publics, "publiccible_id", c.publics, v)),
    Filtre("pilote", "Pilote", "Tous", _pilotes, _pilotees_par),
    Filtre("bloquee", "Blocage", "Peu importe", _un_oui("Bloquées seulement"),
           _oui(~Q(bloquee_par=""))),
    Filtre("phare", "Actions phares", "Peu importe", _un_oui("Actions phares seulement"),
           _oui(Q(phare=True))),
    Filtre("arbitrage", "Arbitrage", "Peu importe", _un_oui("Arbitrage demandé"),
           _oui(Q(arbitrage_demande=True))),
)  # fmt: skip

PAR_CLE = {filtre.cle: filtre for filtre in FILTRES}

_GRAVITE = Case(
    *[When(meteo=m.value, then=Value(rang)) for rang, m in enumerate(Meteo)],
    default=Value(-1),
    output_field=IntegerField(),
)
TRIS = {
    "code": [F("schema_id").asc(), F("code").asc()],
    "titre": [F("titre").asc()],
    "meteo": [_GRAVITE.asc()],
    "fraicheur": [F("prochaine_echeance").desc(nulls_last=True)],
    "point": [F("dernier_point_le").asc(nulls_first=True)],
    "pilote": [F("pilote_organisation__nom").asc(nulls_last=True)],
    "taux": [F("taux_indicateurs").asc(nulls_last=True)],
    "avancement": [F("avancement").asc()],
}
_TRIS_INVERSES = {
    "code": [F("schema_id").asc(), F("code").desc()],
    "titre": [F("titre").desc()],
    "meteo": [_GRAVITE.desc()],
    "fraicheur": [F("prochaine_echeance").asc(nulls_last=True)],
    "point": [F("dernier_point_le").desc(nulls_last=True)],
    "pilote": [F("pilote_organisation__nom").desc(nulls_last=True)],
    "taux": [F("taux_indicateurs").desc(nulls_last=True)],
    "avancement": [F("avancement").desc()],
}


class Filtres:
    """Les filtres d'une adresse, prêts à l'emploi.

    `parametres` : ceux de la requête. Le tri (`tri=meteo`, `tri=-meteo`) en fait partie.
    """

    def __init__(self, parametres: QueryDict, cadre: Cadre):
        self.cadre = cadre
        self.parametres = parametres
        self.valeurs = {
            filtre.cle: valeurs
            for filtre in FILTRES
            if (valeurs := [v for v in parametres.getlist(filtre.cle) if v])
        }
        self.q = " ".join(parametres.get("q", "").split())[:200]
        tri = parametres.get("tri", "")
        self.tri = tri if tri.removeprefix("-") in TRIS else ""

    def __bool__(self) -> bool:
        return bool(self.valeurs or self.q)

    def appliquer(self, fiches: FicheQuerySet) -> FicheQuerySet:
        """Le queryset retenu, dans l'ordre demandé."""
        for cle, valeurs in self.valeurs.items():
            fiches = fiches.filter(PAR_CLE[cle].clause(self.cadre, valeurs))
        if self.q:
            fiches = fiches.chercher(self.q)
        if self.tri:
            sens = _TRIS_INVERSES if self.tri.startswith("-") else TRIS
            fiches = fiches.order_by(*sens[self.tri.removeprefix("-")], "division__chemin", "code")
        return fiches

    def adresse(self, **changements: str | list[str]) -> str:
        """L'adresse de la liste, ces paramètres changés (vide : ôtés). La page repart de la une."""
        garde = {
            cle: self.parametres.getlist(cle)
            for cle in self.parametres
            if cle != "page" and any(self.parametres.getlist(cle))
        }
        for cle, valeur in changements.items():
            if valeur:
                garde[cle] = valeur if isinstance(valeur, list) else [valeur]
            else:
                garde.pop(cle, None)
        suite = urlencode(garde, doseq=True)
        return f"?{suite}" if suite else "?"

    def adresse_de_tri(self, cle: str) -> str:
        """Le tri par cette colonne ; l'inverse si c'est déjà le tri en cours."""
        return self.adresse(tri=f"-{cle}" if self.tri == cle else cle)

    def sens_du_tri(self, cle: str) -> str:
        """Pour `aria-sort`."""
        return {cle: "ascending", f"-{cle}": "descending"}.get(self.tri, "")

    def actifs(self) -> list[dict[str, str]]:
        """Un filtre actif par valeur, et l'adresse sans lui."""
        trouves = []
        if self.q:
            trouves.append({"libelle": f"« {self.q} »", "url": self.adresse(q="")})
        for cle, valeurs in self.valeurs.items():
            filtre = PAR_CLE[cle]
            libelles = dict(filtre.choix(self.cadre))
            for valeur in valeurs:
                dit = libelles.get(valeur, f"{valeur} (inconnu)").strip()
                reste = [v for v in valeurs if v != valeur]
                trouves.append(
                    {"libelle": f"{filtre.libelle} : {dit}", "url": self.adresse(**{cle: reste})}
                )
        return trouves

    def effacer(self) -> str:
        """L'adresse sans aucun filtre ; le tri et les colonnes restent."""
        return self.adresse(q="", **{filtre.cle: "" for filtre in FILTRES})


def champs_de_filtre(filtres: Filtres, cles: Iterable[str]) -> list[dict]:
    """Les listes de choix d'un formulaire ; celles d'un seul choix, ou vides, sont tues."""
    rendu = []
    for cle in cles:
        filtre = PAR_CLE[cle]
        choix = filtre.choix(filtres.cadre)
        voulues = filtres.valeurs.get(cle, ())
        if choix and not (cle == "schema" and len(choix) < 2):
            options = [(valeur, libelle, valeur in voulues) for valeur, libelle in choix]
            rendu.append(
                {"cle": cle, "libelle": filtre.libelle, "tous": filtre.tous, "options": options}
            )
    return rendu
