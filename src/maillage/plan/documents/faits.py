"""Ce que disent les documents d'une fiche : les faits de la page, écrits à la française.

Une fiche ou cent soixante : le nombre de requêtes est le même.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from maillage.socle.francais import date_fr, nombre_fr, pourcentage_fr
from maillage.socle.mise_en_mots import montant_en_mots

from ..ecriture import taux_du_lien
from ..etat import Etat, etats_de, par_lots
from ..lecture_fiche import AnneeDeBudget
from ..models import (
    Confidentialite,
    Division,
    FicheAction,
    IndicateurFiche,
    LigneBudget,
    PointEtape,
)
from ..models.suivi import Atteinte, Avancement, Meteo, Suite

_TIRET = "–"
_TEXTES_DU_POINT = (
    ("faits_marquants", "Faits marquants"),
    ("difficultes", "Difficultés"),
    ("besoin_arbitrage", "Besoin d’arbitrage"),
    ("prochaines_etapes", "Prochaines étapes"),
)
_SECTIONS = (
    ("constat", "Constat, contexte"),
    ("objectifs", "Objectifs"),
    ("description", "Description"),
    ("modalites", "Modalités de mise en œuvre"),
)
_SECTIONS_INTERNES = (("moyens", "Autres moyens"),)


def date_de_la_fiche(fiche: FicheAction) -> datetime.datetime:
    """L'instant de la dernière écriture."""
    derniere = fiche.versions.order_by("-numero").values_list("date", flat=True).first()
    return derniere or fiche.creee_le


def donnees_de_la_fiche(fiche: FicheAction, *, interne: bool = False) -> dict[str, Any]:
    """Les faits d'une fiche : des textes déjà écrits, prêts à mettre en page."""
    return donnees_des_fiches([fiche], interne=interne)[0]


def donnees_des_fiches(
    fiches: Iterable[FicheAction], *, interne: bool = False
) -> list[dict[str, Any]]:
    """Les faits de chaque fiche, dans l'ordre reçu. Une quinzaine de requêtes par lot de 400.

    `interne` : ajoute ce que seul l'espace de travail montre (risques, notes, moyens, noms des
    personnes). Sans lui, rien de réservé n'entre dans le document.
    """
    fiches = list(fiches)
    etats = etats_de(fiches)
    points = _points_en_vigueur(fiches)
    liens = _liens_aux_indicateurs(fiches)
    chemins = _chemins(fiches)
    return [
        _donnees(f, etats[f.pk], points.get(f.pk), liens[f.pk], chemins[f.division_id], interne)
        for f in fiches
    ]


def _points_en_vigueur(fiches: list[FicheAction]) -> dict[int, PointEtape]:
    """Le dernier point valable de chaque fiche ; les plus anciens ne sont pas relus."""
    trouves = {}
    for lot in par_lots([f.pk for f in fiches if f.dernier_point_le]):
        derniers = PointEtape.objects.valables().filter(
            fiche__in=lot, date=F("fiche__dernier_point_le")
        )
        for point in derniers.order_by("pk"):
            trouves[point.fiche_id] = point
    return trouves


def _liens_aux_indicateurs(fiches: list[FicheAction]) -> dict[int, list[IndicateurFiche]]:
    """Les indicateurs suivis, de la réalisation à l'impact."""
    ordre = list(IndicateurFiche.Niveau.values)
    liens: dict[int, list[IndicateurFiche]] = defaultdict(list)
    for lot in par_lots([f.pk for f in fiches]):
        for lien in IndicateurFiche.objects.filter(fiche__in=lot).select_related("indicateur"):
            liens[lien.fiche_id].append(lien)
    for trouves in liens.values():
        trouves.sort(key=lambda lien: (ordre.index(lien.niveau), lien.ordre, lien.pk))
    return liens


def _chemins(fiches: list[FicheAction]) -> dict[int, list[str]]:
    """Pour chaque division, les noms de la racine à elle : « Volet Prévention », « Axe … »."""
    schemas = {f.schema_id: f.schema for f in fiches}
    divisions = {d.pk: d for d in Division.objects.filter(schema__in=schemas)}
    chemins = {}
    for pk in {f.division_id for f in fiches}:
        noms = []
        division: Division | None = divisions[pk]
        while division:
            niveau = schemas[division.schema_id].nom_du_niveau(division.profondeur).capitalize()
            noms.append(f"{niveau} {division.nom}")
            division = divisions.get(division.parent_id) if division.parent_id else None
        chemins[pk] = noms[::-1]
    return chemins


def _donnees(
    fiche: FicheAction,
    etat: Etat,
    point: PointEtape | None,
    liens: list[IndicateurFiche],
    chemin: list[str],
    interne: bool,
) -> dict[str, Any]:
    schema = fiche.schema
    sections = _SECTIONS + (_SECTIONS_INTERNES if interne else ())
    return {
        "code": fiche.code,
        "titre": fiche.titre,
        "collectivite": schema.collectivite.nom,
        "schema": schema.nom,
        "chemin": [schema.nom, *chemin],
        "pied": f"{schema.collectivite.nom} · {fiche.code} · imprimé le "
        f"{date_fr(timezone.localdate(), longue=True)}",
        "etiquettes": _etiquettes(fiche, etat),
        "point": _point(point) if point else None,
        "suivi": _suivi(fiche),
        "indicateurs": _indicateurs(liens),
        "repose_sur": _repose_sur(fiche),
        "sections": [
            {"titre": titre, "paragraphes": etat[cle].split("\n\n")}
            for cle, titre in sections
            if etat[cle]
        ],
        "acteurs": _acteurs(etat, interne),
        "jalons": [
            [j["titre"], _jour(j["date_prevue"]), _jour(j["date_realisee"])] for j in etat["jalons"]
        ],
        "budgets": [
            [
                str(b["annee"]),
                b["financeur"],
                LigneBudget.Section(b["section"]).label,
                *(_euros(b[montant]) for montant in ("prevu", "engage", "realise")),
            ]
            for b in etat["budgets"]
        ],
        "budget_en_bref": _budget_en_bref(etat["budgets"]),
        "jalons_en_bref": [_jalon_en_bref(j) for j in etat["jalons"]],
        "risques": [
            [r["libelle"], f"{r['gravite']} sur 4", f"{r['probabilite']} sur 4", r["parade"]]
            for r in etat["risques"]
        ]
        if interne
        else [],
        "textes": [[t["reference"], t["url"]] for t in etat["textes"]],
        "notes": [[cle, texte] for cle, texte in etat["notes"].items()] if interne else [],
    }


def _etiquettes(fiche: FicheAction, etat: Etat) -> list[str]:
    etiquettes = []
    if fiche.edition:
        etiquettes.append(f"fiche {fiche.edition}")
    if fiche.phare:
        etiquettes.append("action phare")
    if fiche.prioritaire:
        etiquettes.append("action prioritaire")
    if fiche.confidentialite != Confidentialite.PUBLIQUE:
        etiquettes.append(fiche.get_confidentialite_display().lower())
    if fiche.archivee_le:
        etiquettes.append("archivée")
    invente = fiche.suivi_demonstration or any(
        ligne.get("demonstration")
        for cle in ("jalons", "budgets", "risques", "indicateurs")
        for ligne in etat[cle]
    )
    if invente or (settings.EST_DEMONSTRATION and fiche.dernier_point_le):
        etiquettes.append("suivi et chiffres : donnée de démonstration")
    return etiquettes


def _point(point) -> dict[str, Any]:
    quand = f"au {date_fr(point.date, longue=True)}"
    if point.fonction_auteur:
        quand += f", par {point.fonction_auteur}"
    textes = [[nom, getattr(point, cle)] for cle, nom in _TEXTES_DU_POINT if getattr(point, cle)]
    if point.motif_meteo:
        textes.insert(0, ["Pourquoi cette météo", point.motif_meteo])
    return {
        "meteo": point.meteo,
        "mot": Meteo(point.meteo).label,
        "quand": quand,
        "textes": textes,
    }


def _suivi(fiche: FicheAction) -> list[list[str]]:
    paires = []
    if fiche.dernier_point_le:
        paires.append(["Avancement", Avancement(fiche.avancement).label])
        if fiche.taux is not None:
            paires.append(["Taux d’avancement dit par le pilote", pourcentage_fr(fiche.taux)])
        paires.append(["Objectifs", Atteinte(fiche.atteinte).label])
        paires.append(["Suite", Suite(fiche.suite).label])
    if fiche.bloquee_par:
        jusqu = (
            f", jusqu’au {date_fr(fiche.bloquee_jusqu_au, longue=True)}"
            if fiche.bloquee_jusqu_au
            else ""
        )
        paires.append(["Bloquée par", fiche.bloquee_par + jusqu])
    if fiche.prochaine_echeance:
        paires.append(["Prochain point d’étape", date_fr(fiche.prochaine_echeance, longue=True)])
    return paires


def _indicateurs(liens: list[IndicateurFiche]) -> list[list[str]]:
    lignes = []
    for lien in liens:
        mesure, taux = lien.indicateur, taux_du_lien(lien)
        lignes.append(
            [
                f"{mesure.libelle} ({mesure.unite})" if mesure.unite else mesure.libelle,
                IndicateurFiche.Niveau(lien.niveau).label,
                _nombre(lien.initiale),
                _nombre(mesure.derniere_valeur),
                _nombre(lien.cible),
                pourcentage_fr(taux, decimales=0) if taux is not None else "non calculé",
            ]
        )
    return lignes


def _repose_sur(fiche: FicheAction) -> str:
    if fiche.taux_indicateurs is None:
        return "Taux de la fiche : non calculé, faute de départ, de valeur ou de cible."
    return (
        f"Taux de la fiche : {pourcentage_fr(fiche.taux_indicateurs, decimales=0)}, calculé sur "
        f"{fiche.indicateurs_calculables} indicateurs sur {fiche.indicateurs_total}."
    )


def _acteurs(etat: Etat, interne: bool) -> list[list[str]]:
    """Qui, pour qui, où. Le nom d'une personne reste dans l'espace de travail."""
    nom = etat["pilote_personne"] if interne else ""
    personne = ", ".join(filter(None, [nom, etat["pilote_fonction"]]))
    paires = [
        ["Organisation pilote", etat["pilote_organisation"]],
        ["Personne pilote", personne],
        ["Copilotes", ", ".join(etat["copilotes"])],
        ["Partenaires", ", ".join(etat["partenaires"])],
        ["Pour qui", ", ".join(etat["publics"])],
        ["Étapes du parcours de vie", ", ".join(etat["etapes"])],
        ["Où", ", ".join(etat["territoires"]) or "Tout le département"],
        ["Équivalents temps plein", _nombre(Decimal(etat["etp"])) if etat["etp"] else ""],
    ]
    return [[nom, texte] for nom, texte in paires if texte]


def _budget_en_bref(lignes: list[dict]) -> list[list[str]]:
    """Une phrase par année, tous financeurs réunis ; puis qui finance."""
    annees: dict[int, AnneeDeBudget] = {}
    for ligne in lignes:
        total = annees.setdefault(ligne["annee"], AnneeDeBudget(ligne["annee"]))
        total.ajouter_montants(
            {c: Decimal(ligne[c]) for c in ("prevu", "engage", "realise") if ligne[c] is not None}
        )
    if not annees:
        return []
    dits = [[str(a), ", ".join(annees[a].en_mots()) or "sans montant"] for a in sorted(annees)]
    return [*dits, ["Financeurs", ", ".join(sorted({li["financeur"] for li in lignes}))]]


def _jalon_en_bref(jalon: dict) -> list[str]:
    if jalon["date_realisee"]:
        return [jalon["titre"], f"réalisé le {_jour(jalon['date_realisee'])}"]
    if jalon["date_prevue"]:
        return [jalon["titre"], f"prévu le {_jour(jalon['date_prevue'])}"]
    return [jalon["titre"], "sans date"]


def _jour(iso: str | None) -> str:
    return date_fr(datetime.date.fromisoformat(iso), longue=True) if iso else _TIRET


def _euros(texte: str | None) -> str:
    return montant_en_mots(texte) if texte is not None else _TIRET


def _nombre(valeur: Decimal | None) -> str:
    return nombre_fr(valeur) if valeur is not None else _TIRET
