"""Le plan entier en PDF accessible (PDF/UA-1) : couverture, plan en une page, sommaire, fiches.

Mesuré sur 161 fiches : voir `maillage bench documents`. Le nombre de requêtes ne dépend pas du
nombre de fiches.
"""

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils import timezone

from maillage.socle.documents import composer_pdf_a_part
from maillage.socle.icones import METEOS
from maillage.socle.mise_en_mots import accorder, date_en_mots, pourcentage_en_mots

from ..lecture import FicheLue, lire
from ..models import Division, Schema
from ..models.fiche import FicheQuerySet
from ..models.suivi import Meteo
from ..synthese import Compte, Noeud, Synthese, synthese
from .faits import donnees_des_fiches

MODELE = Path(__file__).parent / "plan.typ"
TITRE_LE_PLUS_BAS = 6  # le PDF 1.7 connaît six niveaux de titres
_DITES = {"actualiser": "à actualiser", "retard": "en retard"}


def plan_en_pdf(schema: Schema, fiches: FicheQuerySet, *, interne: bool = False) -> bytes:
    """Compose le plan avec ces fiches, dans l'ordre du plan. Compter quelques secondes.

    `fiches` : celles que la personne voit ; `interne` ajoute risques et noms des personnes.
    Lève `DocumentImpossible`.
    """
    return composer_pdf_a_part(
        MODELE, donnees_du_plan(schema, fiches, interne=interne), date=_minuit(timezone.localdate())
    )


def _minuit(jour: datetime.date) -> datetime.datetime:
    """L'heure du document : à données égales, le même jour, octets égaux."""
    return datetime.datetime.combine(jour, datetime.time(), datetime.UTC)


def donnees_du_plan(
    schema: Schema, fiches: FicheQuerySet, *, interne: bool = False
) -> dict[str, Any]:
    """Ce que le modèle met en page."""
    jour = timezone.localdate()
    rangees = fiches.order_by("division__chemin", "code")
    lues = lire(rangees, jour)
    divisions = list(schema.divisions.order_by("chemin"))
    vue = synthese(schema, divisions, lues)
    objets = list(rangees.select_related("schema__collectivite"))
    faits = {
        fiche.pk: donnees
        for fiche, donnees in zip(objets, donnees_des_fiches(objets, interne=interne), strict=True)
    }
    demonstration = vue.compte.demonstration or any(
        "démonstration" in e for f in faits.values() for e in f["etiquettes"]
    )
    public = "" if interne else " publiées"
    return {
        "titre": schema.nom,
        "titre_document": f"{schema.nom}, {schema.collectivite.nom}",
        "collectivite": schema.collectivite.nom,
        "sujet": f"Le plan, ses {len(lues)} actions et où elles en sont",
        "accent": schema.collectivite.accent,
        "pied": schema.collectivite.nom_court,
        "devise": schema.devise or schema.collectivite.devise,
        "en_bref": [
            f"{schema.annee_debut} à {schema.annee_fin}",
            accorder(len(lues), f"fiche{public.removesuffix('s')},fiches{public}"),
        ],
        "etat_au": f"État du plan au {date_en_mots(jour)}."
        + (" Version de l’espace de travail : ne pas diffuser." if interne else ""),
        "demonstration": demonstration,
        "mot_demonstration": "Dans ce document, le suivi, les montants, les indicateurs et les "
        "noms sont inventés. Les fiches et leur texte sont ceux du plan.",
        "legende": [
            {
                "code": m["code"],
                "mot": m["mot"],
                "sens": Meteo(m["code"]).explication
                if m["code"]
                else "Le pilote n’a pas encore donné son avis.",
                "nombre": m["nombre"],
            }
            for m in vue.compte.repartition()
        ],
        "lecture": _lecture(schema),
        "avertissement": _paragraphes(schema.avertissement),
        "source": schema.source,
        "total": vue.compte.total,
        "repartition": vue.compte.repartition(),
        "avec_point": f"{accorder(vue.compte.avec_point, 'fiche')} sur {vue.compte.total} ont un "
        "point d’étape",
        "taux": _taux(vue.taux),
        "legende_marques": _marques(vue.compte),
        "cote": 15 if len(lues) <= 260 else 9,
        "tuiles": _tuiles(vue),
        "profondeur": max((d.profondeur for d in divisions), default=0) + 1,
        "parties": list(_parties(vue, faits)),
        "methode": _methode(schema, jour, interne),
    }


def _lecture(schema: Schema) -> list[list[str]]:
    mois = schema.periodicite_mois
    rythme = "tous les mois" if mois == 1 else f"tous les {mois} mois"
    return [
        ["Le point d’étape", f"il est attendu {rythme}, sauf rythme propre à la fiche."],
        [
            "En retard",
            "le point attendu n’est pas venu depuis plus de trente jours.",
        ],
        [
            "Le chemin fait",
            "la part du trajet entre le point de départ et la cible d’un indicateur. "
            "On dit toujours sur combien de fiches un taux repose.",
        ],
        ["Non calculé", "il manque un départ, une mesure ou une cible. Ce n’est pas un zéro."],
    ]


def _methode(schema: Schema, jour: datetime.date, interne: bool) -> list[list[str]]:
    lignes = []
    if schema.source:
        lignes.append(["Sources", schema.source])
    if schema.date_vote:
        lignes.append(["Vote", f"plan voté le {date_en_mots(schema.date_vote)}."])
    lignes += [
        [
            "Chemin fait d’un indicateur",
            "100 × (valeur d’aujourd’hui − départ) ÷ (cible − départ), ramené entre 0 et 100 %.",
        ],
        [
            "Chemin fait d’une partie du plan",
            "moyenne de ses fiches et de ses sous-parties, selon leur poids. "
            "Ce qui n’est pas calculable n’y entre pas, et se compte.",
        ],
        ["Météo", "l’avis du pilote, donné à la date de son point d’étape."],
        [
            "Ce document",
            f"composé par Maillage le {date_en_mots(jour)}, avec les données de l’écran. "
            + (
                "Il contient des fiches et des champs réservés à l’espace de travail."
                if interne
                else "Il ne contient que des fiches publiées."
            ),
        ],
    ]
    return lignes


def _paragraphes(texte: str) -> list[str]:
    return [p.strip() for p in texte.replace("\r\n", "\n").split("\n\n") if p.strip()]


def _taux(taux) -> str:
    if taux.valeur is None:
        return "Chemin fait non calculé : aucun indicateur calculable"
    return (
        f"{pourcentage_en_mots(taux.valeur)} du chemin fait, calculé sur "
        f"{accorder(taux.calculables, 'fiche')} sur {taux.total}"
    )


def _marques(compte: Compte) -> str:
    dits = ["Une forme, une action, dans l’ordre du plan."]
    if compte.en_retard:
        dits.append(f"Point noir en bas : en retard ({compte.en_retard}).")
    if compte.a_actualiser:
        dits.append(f"Cercle en bas : à actualiser ({compte.a_actualiser}).")
    if compte.bloquees:
        dits.append(f"Carré noir en haut : bloquée ({compte.bloquees}).")
    return " ".join(dits)


def _tuiles(vue: Synthese) -> list[dict[str, Any]]:
    """Le plan en une page : les rangées de l'écran, chacune avec ce qu'elle dit en mots."""
    volets = []
    for rang, racine in enumerate(vue.racines, 1):
        titre = ""
        if racine.enfants:
            titre = f"{racine.niveau.capitalize()} {rang}, {racine.division.nom.lower()}"
        vide = "" if racine.compte.total else "Pas encore d’action publiée."
        volets.append(
            {
                "titre": titre,
                "vide": vide if racine.enfants else "",
                "rangees": [
                    {
                        "nom": rangee.noeud.division.nom,
                        "nombre": accorder(rangee.noeud.compte.total, "action"),
                        "alt": _alternative(rangee.noeud),
                        "groupes": [
                            [[f.meteo, f.marque, bool(f.bloquee_par)] for f in fiches]
                            for _, fiches in rangee.groupes
                        ],
                    }
                    for rangee in (racine.rangees() if not vide or not racine.enfants else [])
                ],
            }
        )
    return volets


def _alternative(noeud: Noeud) -> str:
    """Ce qu'un lecteur d'écran dit d'une rangée : chaque fiche, sa météo, ses marques."""
    dites = []
    for f in noeud.toutes():
        marques = [METEOS[f.meteo].mot.lower()]
        if f.marque in _DITES:
            marques.append(_DITES[f.marque])
        if f.bloquee_par:
            marques.append("bloquée")
        dites.append(f"{f.code} {', '.join(marques)}")
    return f"{noeud.division.nom}, {accorder(noeud.compte.total, 'action')}. " + " ; ".join(dites)


def _parties(vue: Synthese, faits: dict[int, dict]) -> Iterator[dict[str, Any]]:
    """Les divisions et leurs fiches, à plat, dans l'ordre de lecture."""
    for rang, racine in enumerate(vue.racines, 1):
        yield from _partie(racine, str(rang), faits)


def _partie(noeud: Noeud, rang: str, faits: dict[int, dict]) -> Iterator[dict[str, Any]]:
    division, compte = noeud.division, noeud.compte
    surtitre = f"{noeud.niveau.capitalize()} {rang}"
    yield {
        "sorte": "division",
        "niveau": division.profondeur + 1,
        "saut": division.profondeur <= 1,
        "surtitre": surtitre,
        "nom": division.nom,
        "repere": _abrege(f"{surtitre}, {division.nom}"),
        "ambition": division.ambition,
        "presentation": _paragraphes(division.presentation),
        "total": compte.total,
        "repartition": compte.repartition(),
        "dits": _dits(noeud),
        "demonstration": compte.demonstration,
        "fiches": [
            {
                "cle": _cle(f),
                "code": f.code,
                "titre": f.titre,
                "meteo": f.meteo,
                "mot": METEOS[f.meteo].mot.lower(),
            }
            for f in noeud.fiches
        ],
    }
    for f in noeud.fiches:
        yield _fiche(f, faits[f.pk], division)
    for suite, enfant in enumerate(noeud.enfants, 1):
        yield from _partie(enfant, f"{rang}.{suite}", faits)


def _abrege(texte: str, longueur: int = 82) -> str:
    return texte if len(texte) <= longueur else texte[:longueur].rsplit(" ", 1)[0] + "…"


def _cle(fiche: FicheLue) -> str:
    return f"fiche-{fiche.pk}"


def _dits(noeud: Noeud) -> str:
    compte = noeud.compte
    dits = [f"{_taux(noeud.taux)}.", f"{accorder(compte.avec_point, 'fiche')} sur {compte.total} "
            "avec un point d’étape."]  # fmt: skip
    if compte.en_retard:
        dits.append(f"{compte.en_retard} en retard.")
    if compte.bloquees:
        dits.append(accorder(compte.bloquees, "bloquée") + ".")
    if compte.arbitrages:
        dits.append(accorder(compte.arbitrages, "arbitrage demandé,arbitrages demandés") + ".")
    return " ".join(dits)


def _fiche(lue: FicheLue, donnees: dict, division: Division) -> dict[str, Any]:
    """Une fiche, resserrée : son suivi tient en une phrase."""
    return {
        "sorte": "fiche",
        "cle": _cle(lue),
        "niveau": min(division.profondeur + 2, TITRE_LE_PLUS_BAS),
        "etat": ". ".join(f"{nom} : {texte[0].lower()}{texte[1:]}" for nom, texte in
                          donnees["suivi"]) + ("." if donnees["suivi"] else ""),
        "indicateurs": [
            [
                f"{libelle}, {niveau.lower()}",
                f"départ {depart}, aujourd’hui {actuelle}, cible {cible} ; chemin fait : {taux}.",
            ]
            for libelle, niveau, depart, actuelle, cible, taux in donnees["indicateurs"]
        ],
        **{
            cle: donnees[cle]
            for cle in ("code", "titre", "etiquettes", "point", "repose_sur",
                        "sections", "acteurs", "jalons_en_bref", "budget_en_bref", "risques",
                        "textes")
        },
    }  # fmt: skip
