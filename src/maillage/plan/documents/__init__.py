"""La fiche action en PDF accessible (PDF/UA-1), avec les mêmes faits que la page."""

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from maillage.calcul.avancement import taux_indicateur
from maillage.socle.documents import composer_pdf
from maillage.socle.francais import date_fr, montant_fr, nombre_fr, pourcentage_fr

from ..etat import Etat, etat_de
from ..models import Confidentialite, Division, FicheAction, IndicateurFiche, LigneBudget
from ..models.suivi import Atteinte, Avancement, Meteo, Suite
from ..suivi import point_en_vigueur

MODELE = Path(__file__).parent / "fiche.typ"
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
    ("moyens", "Autres moyens"),
)


def fiche_en_pdf(fiche: FicheAction, *, interne: bool = False) -> bytes:
    """Compose le PDF d'une fiche. `interne` ajoute risques et notes, qui ne sont pas publiés.

    Lève `DocumentImpossible`. La date du document est celle de la dernière écriture de la fiche.
    """
    derniere = fiche.versions.order_by("-numero").values_list("date", flat=True).first()
    return composer_pdf(
        MODELE, donnees_de_la_fiche(fiche, interne=interne), date=derniere or fiche.creee_le
    )


def donnees_de_la_fiche(fiche: FicheAction, *, interne: bool = False) -> dict[str, Any]:
    """Ce que le modèle Typst met en page : des textes déjà écrits à la française."""
    etat = etat_de(fiche)
    schema = fiche.schema
    point = point_en_vigueur(fiche)
    return {
        "code": fiche.code,
        "titre": fiche.titre,
        "collectivite": schema.collectivite.nom,
        "schema": schema.nom,
        "chemin": [schema.nom, *_chemin(fiche)],
        "pied": f"{schema.collectivite.nom} · {fiche.code} · imprimé le "
        f"{date_fr(timezone.localdate(), longue=True)}",
        "etiquettes": _etiquettes(fiche, etat),
        "point": _point(point) if point else None,
        "suivi": _suivi(fiche),
        "indicateurs": _indicateurs(fiche),
        "repose_sur": _repose_sur(fiche),
        "sections": [
            {"titre": titre, "paragraphes": etat[cle].split("\n\n")}
            for cle, titre in _SECTIONS
            if etat[cle]
        ],
        "acteurs": _acteurs(etat),
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
        "risques": [
            [r["libelle"], f"{r['gravite']} sur 4", f"{r['probabilite']} sur 4", r["parade"]]
            for r in etat["risques"]
        ]
        if interne
        else [],
        "textes": [[t["reference"], t["url"]] for t in etat["textes"]],
        "notes": [[cle, texte] for cle, texte in etat["notes"].items()] if interne else [],
    }


def _chemin(fiche: FicheAction) -> list[str]:
    noms = []
    division: Division | None = fiche.division
    while division:
        noms.append(f"{schema_niveau(fiche, division.profondeur)} {division.nom}")
        division = division.parent
    return noms[::-1]


def schema_niveau(fiche: FicheAction, profondeur: int) -> str:
    """Nom du niveau, avec une majuscule : « Axe »."""
    return fiche.schema.nom_du_niveau(profondeur).capitalize()


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


def _indicateurs(fiche: FicheAction) -> list[list[str]]:
    lignes = []
    for lien in fiche.indicateurs.select_related("indicateur"):
        mesure = lien.indicateur
        taux = taux_indicateur(lien.initiale, mesure.derniere_valeur, lien.cible, mesure.sens)
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


def _acteurs(etat: Etat) -> list[list[str]]:
    personne = ", ".join(filter(None, [etat["pilote_personne"], etat["pilote_fonction"]]))
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


def _jour(iso: str | None) -> str:
    return date_fr(datetime.date.fromisoformat(iso), longue=True) if iso else _TIRET


def _euros(texte: str | None) -> str:
    return montant_fr(Decimal(texte)) if texte is not None else _TIRET


def _nombre(valeur: Decimal | None) -> str:
    return nombre_fr(valeur) if valeur is not None else _TIRET
