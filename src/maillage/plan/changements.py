"""Ce qui a changé entre deux dates : fiches, champs, météos, mesures, points d'étape, taux."""

import datetime
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils import timezone

from maillage.calcul.avancement import Agregat
from maillage.socle.icones import METEOS
from maillage.socle.mise_en_mots import accorder, date_en_mots, nombre_en_mots

from .etat import differences
from .lecture import Cadre, FicheLue
from .lecture_fiche import CHAMPS_PUBLICS
from .models import PointEtape, Schema
from .passe import FicheDatee, MesureDatee, Passe, PointLu
from .presentation import ChangementLisible, changement_lisible
from .synthese import Noeud, Synthese, synthese

_ORDRE = list(METEOS)  # soleil, couvert, nuage, orage, sans point
_TUS = {"archivee", "motif_archivage"}


# --- Les deux dates ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Periode:
    """Deux jours, le premier avant le second. `faute` dit ce qui n'a pas pu se lire."""

    du: datetime.date
    au: datetime.date
    faute: str = ""

    @property
    def parametres(self) -> str:
        return f"du={self.du.isoformat()}&au={self.au.isoformat()}"


def debut_du_trimestre(jour: datetime.date) -> datetime.date:
    return datetime.date(jour.year, 3 * ((jour.month - 1) // 3) + 1, 1)


def periode_demandee(parametres, jour: datetime.date) -> Periode:
    """Les dates de l'adresse. Sans elles, l'année en cours ; à l'envers, remises à l'endroit.

    Une date à venir devient aujourd'hui ; une date illisible est remplacée, et c'est dit.
    """
    defauts = {"du": datetime.date(jour.year, 1, 1), "au": jour}
    lues, fautes = {}, []
    for cle, defaut in defauts.items():
        texte = parametres.get(cle, "").strip()
        try:
            lues[cle] = datetime.date.fromisoformat(texte) if texte else defaut
        except ValueError:
            lues[cle] = defaut
            fautes.append(f"« {texte[:20]} » n’est pas une date")
        if not 1990 <= lues[cle].year <= jour.year:
            lues[cle] = defaut if lues[cle] < jour else jour
        lues[cle] = min(lues[cle], jour)
    faute = f"{' ; '.join(fautes)} : une autre a été prise à sa place." if fautes else ""
    return Periode(min(lues.values()), max(lues.values()), faute)


def periodes_toutes_faites(
    jour: datetime.date, visite: datetime.datetime | None = None
) -> list[tuple[str, Periode]]:
    """Depuis la dernière visite (s'il y en a une), ce trimestre, cette année, douze mois."""
    choix = []
    if visite is not None:
        choix.append(("Depuis ma dernière visite", timezone.localtime(visite).date()))
    choix += [
        ("Ce trimestre", debut_du_trimestre(jour)),
        ("Cette année", datetime.date(jour.year, 1, 1)),
        ("Douze mois", jour - datetime.timedelta(days=365)),
    ]
    return [(nom, Periode(du, jour)) for nom, du in choix]


# --- Une fiche --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MesureChangee:
    """Un indicateur dont la valeur ou le chemin fait n'est plus le même."""

    libelle: str
    avant: str
    apres: str
    taux_avant: float | None
    taux_apres: float | None


@dataclass(slots=True)
class FicheChangee:
    """Ce qui est arrivé à une fiche entre les deux dates.

    `sorte` : « ajoutee », « remise », « archivee », « modifiee » ou « stable ».
    """

    avant: FicheLue
    apres: FicheLue
    sorte: str
    champs: list[ChangementLisible] = field(default_factory=list)
    mesures: list[MesureChangee] = field(default_factory=list)
    points: list[PointLu] = field(default_factory=list)
    motif: str = ""

    @property
    def fiche(self) -> FicheLue:
        return self.apres

    @property
    def a_change_de_meteo(self) -> bool:
        return self.sorte in {"modifiee", "stable"} and self.avant.meteo != self.apres.meteo

    @property
    def passage(self) -> str:
        """« soleil-orage » : pour l'adresse."""
        return f"{self.avant.meteo or 'sans'}-{self.apres.meteo or 'sans'}"

    @property
    def en_bref(self) -> str:
        """« 3 champs modifiés, 2 mesures, 1 point d'étape »."""
        dits = {"ajoutee": ["ajoutée"], "remise": ["remise dans le plan"],
                "archivee": ["archivée"]}.get(self.sorte, [])  # fmt: skip
        if self.champs:
            dits.append(accorder(len(self.champs), "champ modifié,champs modifiés"))
        if self.mesures:
            dits.append(accorder(len(self.mesures), "mesure"))
        if self.points:
            dits.append(accorder(len(self.points), "point d’étape,points d’étape"))
        return ", ".join(dits)


def comparer_une_fiche(
    avant: FicheDatee, apres: FicheDatee, points: Iterable[PointLu], du: datetime.date, public: bool
) -> FicheChangee | None:
    """None quand la fiche n'était dans le plan à aucune des deux dates."""
    etait, est = avant.presente and not avant.archivee, apres.presente and not apres.archivee
    if not (etait or est):
        return None
    recents = [p for p in points if p.date > du]
    if not est:
        motif = (apres.etat or {}).get("motif_archivage", "") if apres.archivee else ""
        return FicheChangee(avant.lue, apres.lue, "archivee", motif=motif)
    if not etait:
        sorte = "remise" if avant.presente else "ajoutee"
        return FicheChangee(avant.lue, apres.lue, sorte, points=recents)
    champs = []
    if avant.etat is not None and apres.etat is not None:
        champs = [
            changement_lisible(c.cle, c.avant, c.apres)
            for c in differences(avant.etat, apres.etat)
            if c.cle not in _TUS and (not public or c.cle in CHAMPS_PUBLICS)
        ]
    mesures = mesures_changees(avant.mesures, apres.mesures)
    bouge = champs or mesures or recents or avant.lue.meteo != apres.lue.meteo
    return FicheChangee(
        avant.lue, apres.lue, "modifiee" if bouge else "stable", champs, mesures, recents
    )


def mesures_changees(avant: list[MesureDatee], apres: list[MesureDatee]) -> list[MesureChangee]:
    """Les indicateurs présents à la fin dont la valeur ou le taux a bougé."""
    anciennes = {m.cle: m for m in avant}
    rendu = []
    for mesure in apres:
        ancienne = anciennes.get(mesure.cle)
        valeur, taux = (ancienne.valeur, ancienne.taux) if ancienne else (None, None)
        if valeur == mesure.valeur and taux == mesure.taux:
            continue
        rendu.append(
            MesureChangee(
                mesure.libelle, _en_mots(valeur, mesure.unite),
                _en_mots(mesure.valeur, mesure.unite), taux, mesure.taux,
            )
        )  # fmt: skip
    return rendu


def _en_mots(valeur, unite: str) -> str:
    if valeur is None:
        return ""
    return f"{nombre_en_mots(valeur, None)} {unite}".strip()


# --- Le plan ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LigneDeTaux:
    """Une partie du plan : son chemin fait avant et après, et les météos qui y ont bougé."""

    code: str
    nom: str
    profondeur: int
    avant: Agregat
    apres: Agregat
    assombries: int
    eclaircies: int

    @property
    def ecart(self) -> float | None:
        """En points de pourcentage."""
        if self.avant.valeur is None or self.apres.valeur is None:
            return None
        return self.apres.valeur - self.avant.valeur


@dataclass(slots=True)
class Bilan:
    """Tout ce qui a changé dans un plan entre deux dates."""

    schema: Schema
    periode: Periode
    fiches: list[FicheChangee]
    avant: Synthese
    apres: Synthese

    def de_sorte(self, *sortes: str) -> list[FicheChangee]:
        return [f for f in self.fiches if f.sorte in sortes]

    @property
    def ajoutees(self) -> list[FicheChangee]:
        return self.de_sorte("ajoutee", "remise")

    @property
    def archivees(self) -> list[FicheChangee]:
        return self.de_sorte("archivee")

    @property
    def changees(self) -> list[FicheChangee]:
        return [f for f in self.fiches if f.sorte != "stable"]

    @property
    def comparables(self) -> list[FicheChangee]:
        """Celles du plan aux deux dates."""
        return self.de_sorte("modifiee", "stable")

    @property
    def passages(self) -> Counter:
        return Counter((f.avant.meteo, f.apres.meteo) for f in self.comparables)

    @property
    def assombries(self) -> int:
        return sum(1 for f in self.comparables if sens_du_passage(f) < 0)

    @property
    def eclaircies(self) -> int:
        return sum(1 for f in self.comparables if sens_du_passage(f) > 0)

    @property
    def points(self) -> int:
        return sum(len(f.points) for f in self.fiches)

    @property
    def champs(self) -> int:
        return sum(len(f.champs) for f in self.fiches)

    @property
    def mesures(self) -> int:
        return sum(len(f.mesures) for f in self.fiches)

    def matrice(self) -> list[dict]:
        """Une ligne par météo de départ : ses cases (météo d'arrivée, nombre, sens)."""
        passages = self.passages
        return [
            {
                "code": de,
                "mot": METEOS[de].mot,
                "total": sum(passages[de, vers] for vers in _ORDRE),
                "cases": [
                    {
                        "code": vers,
                        "mot": METEOS[vers].mot,
                        "nombre": passages[de, vers],
                        "meme": de == vers,
                        "passage": f"{de or 'sans'}-{vers or 'sans'}",
                    }
                    for vers in _ORDRE
                ],
            }
            for de in _ORDRE
        ]

    def lignes_de_taux(self, profondeur: int = 1) -> list[LigneDeTaux]:
        """Le plan, puis ses parties jusqu'à cette profondeur."""
        tout = LigneDeTaux(
            "", "Tout ce qui est montré", 0, self.avant.taux, self.apres.taux,
            self.assombries, self.eclaircies,
        )  # fmt: skip
        sens = {f.apres.pk: sens_du_passage(f) for f in self.comparables}
        lignes = [tout]

        def descendre(avant: Noeud, apres: Noeud) -> None:
            mouvements = [sens.get(f.pk, 0) for f in apres.toutes()]
            if avant.taux.total or apres.taux.total:
                lignes.append(
                    LigneDeTaux(
                        apres.division.code, apres.division.nom, apres.division.profondeur,
                        avant.taux, apres.taux,
                        sum(1 for m in mouvements if m < 0), sum(1 for m in mouvements if m > 0),
                    )
                )  # fmt: skip
            if apres.division.profondeur < profondeur:
                for a, b in zip(avant.enfants, apres.enfants, strict=True):
                    descendre(a, b)

        for a, b in zip(self.avant.racines, self.apres.racines, strict=True):
            descendre(a, b)
        return lignes


def sens_du_passage(fiche: FicheChangee) -> int:
    """-1 : la météo s'est assombrie ; 1 : éclaircie ; 0 : pareille, ou pas de point à une date."""
    if not fiche.avant.meteo or not fiche.apres.meteo:
        return 0
    a, b = _ORDRE.index(fiche.avant.meteo), _ORDRE.index(fiche.apres.meteo)
    return (a > b) - (a < b)


def bilan(
    schema: Schema, cadre: Cadre, passe: Passe, periode: Periode, *, public: bool = False
) -> Bilan:
    """Compare le plan aux deux dates du passé lu. Aucune requête de plus que les divisions."""
    avant, apres = passe.fiches
    fiches = []
    for pk, fiche in apres.items():
        changee = comparer_une_fiche(avant[pk], fiche, passe.points.get(pk, ()), periode.du, public)
        if changee is not None:
            fiches.append(changee)
    return Bilan(
        schema, periode, fiches,
        synthese(schema, cadre.divisions, passe.presentes(0)),
        synthese(schema, cadre.divisions, passe.presentes(1)),
    )  # fmt: skip


def textes_des_points(fiches: Iterable[FicheChangee]) -> dict[int, tuple[str, str, str]]:
    """{point: (pourquoi la météo, faits marquants, signé)} des points montrés. Une requête."""
    pks = [p.pk for f in fiches for p in f.points]
    trouves: dict[int, tuple[str, str, str]] = {}
    for debut in range(0, len(pks), 400):
        for pk, *textes in PointEtape.objects.filter(pk__in=pks[debut : debut + 400]).values_list(
            "pk", "motif_meteo", "faits_marquants", "fonction_auteur"
        ):
            trouves[pk] = (textes[0], textes[1], textes[2])
    return trouves


def periode_en_mots(periode: Periode) -> str:
    return f"du {date_en_mots(periode.du)} au {date_en_mots(periode.au)}"
