"""Les points d'étape et les valeurs d'un classeur : comparés à ceux du plan, puis ajoutés en lot.

Un point déjà là, à l'identique, n'est pas ajouté de nouveau ; un point différent à la même date est
refusé : un point d'étape ne s'écrase jamais. Une valeur d'indicateur se corrige, le journal le dit.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone

from maillage.indicateurs.models import Indicateur, ValeurIndicateur
from maillage.indicateurs.services import recopier_les_dernieres
from maillage.journal.services import consigner

from ..ecriture import Ecriture, recalculer_les_taux
from ..etat import decimal_texte, par_lots
from ..models import (
    Atteinte,
    Avancement,
    FicheAction,
    IndicateurFiche,
    Meteo,
    PointEtape,
    Schema,
    Suite,
)
from ..suivi import _signature, fiches_mesurees_par, recopier_le_suivi
from .bilan import Bilan, PointAjoute, ValeurDonnee
from .plan_lu import PlanLu, PointLu, ValeurLue
from .valeurs import net

_TEXTES = (
    "motif_meteo", "faits_marquants", "difficultes", "besoin_arbitrage", "prochaines_etapes",
    "bloquee_par", "fonction_auteur",
)  # fmt: skip
_LONGUEURS = {"motif_meteo": 500, "bloquee_par": 300, "fonction_auteur": 200}
_DEFAUTS = {
    "avancement": Avancement.EN_COURS.value,
    "atteinte": Atteinte.NON_EVALUEE.value,
    "suite": Suite.A_DECIDER.value,
}
_MUETS_SI_VIDES = {"date", "avancement", "atteinte", "suite", "fonction_auteur"}
_AVANT = dt.date(2000, 1, 1)
_QUATRE_DECIMALES = Decimal("0.0001")


def contenu_du_point(point: PointEtape) -> dict[str, Any]:
    """Ce que dit un point, dans la forme des classeurs."""
    return {
        "date": point.date.isoformat(),
        "meteo": point.meteo,
        "taux": point.taux,
        "avancement": point.avancement,
        "atteinte": point.atteinte,
        "suite": point.suite,
        **{cle: net(getattr(point, cle)) for cle in _TEXTES},
        "bloquee_jusqu_au": point.bloquee_jusqu_au.isoformat() if point.bloquee_jusqu_au else None,
        "demonstration": point.est_demonstration,
    }


def _dit_pareil(dit: Mapping[str, Any], ecrit: Mapping[str, Any]) -> bool:
    """Vrai si tout ce que dit le classeur est déjà dans ce point."""
    return all(
        ecrit[cle] == valeur
        for cle, valeur in dit.items()
        if not (cle in _MUETS_SI_VIDES and valeur in (None, ""))
    )


@dataclass(slots=True)
class PointNeuf:
    """Un point à ajouter, complet."""

    code: str
    valeurs: dict[str, Any]


@dataclass(slots=True)
class ValeurNeuve:
    """Une valeur à donner, complète."""

    code: str
    indicateur: str
    date: dt.date
    valeur: Decimal | None
    statut: str
    commentaire: str
    demonstration: bool


class Suivi:
    """Compare le suivi d'un classeur à celui du plan, puis l'écrit."""

    def __init__(self, schema: Schema, lu: PlanLu, bilan: Bilan):
        self.schema = schema
        self.bilan = bilan
        self.points: list[PointNeuf] = []
        self.valeurs: list[ValeurNeuve] = []
        self._points_lus = lu.points
        self._valeurs_lues = lu.valeurs

    def preparer(self, connues: Mapping[str, FicheAction], ecritures: Iterable[Ecriture]) -> None:
        """Remplit `points` et `valeurs`, et le bilan. `connues` : fiches en base, par code."""
        etats = {e.apres["code"]: e.apres for e in ecritures}
        self._preparer_les_points(connues)
        self._preparer_les_valeurs(connues, etats)

    # --- Points ---------------------------------------------------------------------------

    def _preparer_les_points(self, connues: Mapping[str, FicheAction]) -> None:
        par_fiche: dict[str, list[PointLu]] = defaultdict(list)
        for point in self._points_lus:
            par_fiche[point.code].append(point)
        deja = _points_en_base([connues[c].pk for c in par_fiche if c in connues])
        for code, lus in par_fiche.items():
            fiche = connues.get(code)
            self._points_d_une_fiche(code, fiche, lus, deja.get(fiche.pk, []) if fiche else [])

    def _points_d_une_fiche(
        self, code: str, fiche: FicheAction | None, lus: list[PointLu], ecrits: list[dict]
    ) -> None:
        libres = list(ecrits)
        neufs: list[PointLu] = []
        for lu in lus:
            pareil = None
            if lu.valeurs.get("date"):
                pareil = next(
                    (
                        e
                        for e in libres
                        if e["date"] == lu.valeurs["date"] and _dit_pareil(lu.valeurs, e)
                    ),
                    None,
                )
                if pareil is not None:
                    libres.remove(pareil)
            elif ecrits and _dit_pareil(lu.valeurs, ecrits[-1]):
                pareil = ecrits[-1]
            if pareil is not None:
                self.bilan.points_inchanges += 1
            else:
                neufs.append(lu)
        dernier = ecrits[-1] if ecrits else None
        for lu in neufs:
            if point := self._point_neuf(code, fiche, lu, ecrits, dernier):
                self.points.append(point)
                self.bilan.points.append(
                    PointAjoute(code, point.valeurs["date"], point.valeurs["meteo"])
                )

    def _point_neuf(
        self, code: str, fiche: FicheAction | None, lu: PointLu, ecrits: list[dict],
        dernier: dict | None,
    ) -> PointNeuf | None:  # fmt: skip
        aujourdhui = timezone.localdate()
        valeurs = {"motif_meteo": "", "taux": None, "bloquee_jusqu_au": None, **lu.valeurs}
        for cle in _TEXTES:
            valeurs[cle] = valeurs.get(cle) or ""
        valeurs["date"] = valeurs.get("date") or aujourdhui.isoformat()
        avant = next((e for e in reversed(ecrits) if e["date"] <= valeurs["date"]), None)
        for cle, defaut in _DEFAUTS.items():
            valeurs[cle] = valeurs.get(cle) or (avant[cle] if avant else defaut)
        valeurs["demonstration"] = bool(valeurs.get("demonstration"))
        jour = dt.date.fromisoformat(valeurs["date"])
        fautes: list[tuple[str, str]] = []
        if jour > aujourdhui:
            fautes.append(("date", "un point d’étape ne se date pas dans l’avenir."))
        elif jour < _AVANT:
            fautes.append(("date", "cette date est trop ancienne."))
        if not valeurs.get("meteo"):
            fautes.append(("meteo", "la météo manque : soleil, couvert, nuage ou orage."))
        if valeurs["bloquee_jusqu_au"] and not valeurs["bloquee_par"]:
            fautes.append(("bloquee_jusqu_au", "dire aussi ce qui bloque l’action."))
        for cle, maximum in _LONGUEURS.items():
            if len(valeurs[cle]) > maximum:
                fautes.append((cle, f"ce texte dépasse {maximum} caractères."))
        if fiche is not None and fiche.archivee_le is not None:
            fautes.append(("date", f"la fiche {code} est archivée : elle ne reçoit plus de point."))
        if any(e["date"] == valeurs["date"] for e in ecrits):
            fautes.append(
                (
                    "date",
                    f"la fiche {code} a déjà un point d’étape à cette date, qui dit autre chose. "
                    "Un point ne s’écrase pas : donner une autre date, ou retirer l’ancien à "
                    "l’écran.",
                )
            )
        elif (
            dernier is not None
            and valeurs["date"] > dernier["date"]
            and valeurs.get("meteo")
            and Meteo(valeurs["meteo"]).gravite > Meteo(dernier["meteo"]).gravite
            and not (valeurs["motif_meteo"] or valeurs["difficultes"])
        ):
            fautes.append(
                (
                    "meteo",
                    f"la météo passe de {Meteo(dernier['meteo']).label.lower()} à "
                    f"{Meteo(valeurs['meteo']).label.lower()} : dire pourquoi, dans une colonne "
                    "« Difficultés » ou « Motif de la météo ».",
                )
            )
        for cle, message in fautes:
            place = "date_point" if cle == "date" and "date_point" in lu.lieu.colonnes else cle
            self.bilan.refus.append(lu.lieu.probleme(message, place))
        return None if fautes else PointNeuf(code, valeurs)

    # --- Valeurs --------------------------------------------------------------------------

    def _preparer_les_valeurs(
        self, connues: Mapping[str, FicheAction], etats: Mapping[str, dict]
    ) -> None:
        codes = dict.fromkeys(v.code for v in self._valeurs_lues)
        ecrites, libelles = _valeurs_en_base({connues[c].pk: c for c in codes if c in connues})
        for code, etat in etats.items():
            if code in codes:
                libelles[code] = {ligne["libelle"] for ligne in etat["indicateurs"]}
        vues: dict[tuple[str, str, str], ValeurLue] = {}
        for lue in self._valeurs_lues:
            self._une_valeur(lue, vues, libelles.get(lue.code, set()), ecrites)

    def _une_valeur(
        self, lue: ValeurLue, vues: dict, libelles: set[str],
        ecrites: Mapping[tuple[str, str, str], tuple],
    ) -> None:  # fmt: skip
        dit = lue.valeurs
        libelle = " ".join((dit.get("indicateur") or "").split())
        valeur = Decimal(dit["valeur"]) if dit.get("valeur") is not None else None
        statut = dit.get("statut") or ("definitif" if valeur is not None else "absent")
        cle = (lue.code, libelle, dit.get("date") or "")
        fautes: list[tuple[str, str]] = []
        if libelle not in libelles:
            fautes.append(
                ("indicateur", f"la fiche {lue.code} n’a pas d’indicateur « {libelle[:80]} ».")
            )
        if not dit.get("date"):
            fautes.append(("date", "la date de cette valeur manque."))
        elif cle in vues:
            fautes.append(("date", f"cette valeur est déjà donnée ligne {vues[cle].lieu.ligne}."))
        if (valeur is None) != (statut == ValeurIndicateur.Statut.ABSENT):
            fautes.append(("valeur", "donner un nombre, ou dire que la valeur est absente."))
        if valeur is not None and (
            abs(valeur) >= Decimal(10) ** 14 or valeur != valeur.quantize(_QUATRE_DECIMALES)
        ):
            fautes.append(("valeur", "ce nombre est trop grand, ou trop précis (4 décimales)."))
        if len(dit.get("commentaire") or "") > 300:
            fautes.append(("commentaire", "ce commentaire dépasse 300 caractères."))
        if fautes:
            self.bilan.refus += [lue.lieu.probleme(message, ou) for ou, message in fautes]
            return
        vues[cle] = lue
        ancienne = ecrites.get(cle)
        commentaire = dit.get("commentaire", ancienne[2] if ancienne else "") or ""
        demonstration = bool(dit.get("demonstration", ancienne[3] if ancienne else False))
        nouvelle = (decimal_texte(valeur), statut, commentaire, demonstration)
        if ancienne == nouvelle:
            self.bilan.valeurs_inchangees += 1
            return
        self.bilan.valeurs.append(
            ValeurDonnee(
                *cle,
                ancienne[0] if ancienne else None,
                nouvelle[0],
                ancienne is not None,
            )
        )
        self.valeurs.append(
            ValeurNeuve(
                lue.code, libelle, dt.date.fromisoformat(dit["date"]), valeur, statut,
                commentaire, demonstration,
            )
        )  # fmt: skip

    # --- Écrire ---------------------------------------------------------------------------

    def ecrire(self, fiches: Mapping[str, FicheAction], *, par, origine: str) -> None:
        """Ajoute points et valeurs, dans la transaction de l'import. `fiches` : par code."""
        if self.points:
            self._ecrire_les_points(fiches, par, origine)
        if self.valeurs:
            self._ecrire_les_valeurs(fiches, par, origine)

    def _ecrire_les_points(self, fiches: Mapping[str, FicheAction], par, origine: str) -> None:
        signature = _signature(par)
        maintenant = timezone.now()
        neufs = []
        for point in sorted(self.points, key=lambda p: (p.code, p.valeurs["date"])):
            dit = dict(point.valeurs)
            jusqu_au = dit.pop("bloquee_jusqu_au")
            dit["bloquee_jusqu_au"] = dt.date.fromisoformat(jusqu_au) if jusqu_au else None
            dit["date"] = dt.date.fromisoformat(dit["date"])
            dit["fonction_auteur"] = dit["fonction_auteur"] or signature
            demonstration = dit.pop("demonstration")
            neufs.append(
                PointEtape(
                    fiche=fiches[point.code],
                    auteur=par,
                    jeton=uuid.uuid4(),
                    cree_le=maintenant,
                    est_demonstration=demonstration,
                    **dit,
                )
            )
        PointEtape.objects.bulk_create(neufs, batch_size=500)
        touchees = {fiches[p.code].pk: fiches[p.code] for p in self.points}
        recopier_le_suivi(touchees.values())
        consigner(
            verbe="points d’étape importés",
            objet=self.schema,
            par=par,
            collectivite=self.schema.collectivite,
            changements={"points": [[p.code, p.valeurs["date"]] for p in self.points]},
            origine=origine,
            cachets=[self.schema.cachet, *(fiche.cachet for fiche in touchees.values())],
        )

    def _ecrire_les_valeurs(self, fiches: Mapping[str, FicheAction], par, origine: str) -> None:
        pks = {fiches[v.code].pk: v.code for v in self.valeurs}
        liens: dict[tuple[str, str], Indicateur] = {}
        for lot in par_lots(list(pks)):
            for lien in IndicateurFiche.objects.filter(fiche__in=lot).select_related("indicateur"):
                liens[pks[lien.fiche_id], lien.indicateur.libelle] = lien.indicateur
        lignes: dict[tuple[int, dt.date], ValeurIndicateur] = {}
        indicateurs: dict[int, Indicateur] = {}
        for v in self.valeurs:
            indicateur = liens[v.code, v.indicateur]
            indicateurs[indicateur.pk] = indicateur
            lignes[indicateur.pk, v.date] = ValeurIndicateur(
                indicateur=indicateur, date=v.date, valeur=v.valeur, statut=v.statut,
                commentaire=v.commentaire, est_demonstration=v.demonstration,
            )  # fmt: skip
        ValeurIndicateur.objects.bulk_create(
            lignes.values(),
            batch_size=500,
            update_conflicts=True,
            unique_fields=["indicateur", "date"],
            update_fields=["valeur", "statut", "commentaire", "est_demonstration"],
        )
        recopier_les_dernieres(indicateurs.values())
        mesurees: list[int] = []
        for lot in par_lots(list(indicateurs)):
            mesurees += fiches_mesurees_par(indicateurs[pk] for pk in lot)
        mesurees = list(dict.fromkeys(mesurees))
        recalculer_les_taux(mesurees)
        consigner(
            verbe="valeurs importées",
            objet=self.schema,
            par=par,
            collectivite=self.schema.collectivite,
            changements={
                "valeurs": [
                    [v.code, v.indicateur, v.date, v.avant, v.apres] for v in self.bilan.valeurs
                ]
            },
            origine=origine,
            cachets=[self.schema.cachet, *(f"fiche:{pk}" for pk in mesurees)],
        )


def _points_en_base(fiches: list[int]) -> dict[int, list[dict[str, Any]]]:
    """Points valables de ces fiches, du plus ancien au plus récent."""
    points: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for lot in par_lots(fiches):
        for point in PointEtape.objects.valables().filter(fiche__in=lot).order_by("date", "pk"):
            points[point.fiche_id].append(contenu_du_point(point))
    return points


def _valeurs_en_base(
    codes: Mapping[int, str],
) -> tuple[dict[tuple[str, str, str], tuple], dict[str, set[str]]]:
    """Valeurs de ces fiches par (code, indicateur, date), et libellés suivis par code."""
    ecrites: dict[tuple[str, str, str], tuple] = {}
    libelles: dict[str, set[str]] = defaultdict(set)
    for lot in par_lots(list(codes)):
        liens = list(IndicateurFiche.tous.filter(fiche__in=lot).select_related("indicateur"))
        par_indicateur: dict[int, list[tuple[str, str]]] = defaultdict(list)
        for lien in liens:
            code = codes[lien.fiche_id]
            par_indicateur[lien.indicateur_id].append((code, lien.indicateur.libelle))
            if lien.retire_le is None:
                libelles[code].add(lien.indicateur.libelle)
        for sous_lot in par_lots(list(par_indicateur)):
            for valeur in ValeurIndicateur.objects.filter(indicateur__in=sous_lot):
                for code, libelle in par_indicateur[valeur.indicateur_id]:
                    ecrites[code, libelle, valeur.date.isoformat()] = (
                        decimal_texte(valeur.valeur), valeur.statut, net(valeur.commentaire),
                        valeur.est_demonstration,
                    )  # fmt: skip
    return ecrites, libelles
