"""L'état d'une fiche : tout ce qu'elle dit, en un dictionnaire que JSON sait écrire.

L'écran, l'import, l'historique, le conflit entre deux personnes, la comparaison entre deux dates
et l'export parlent tous de cette même forme. Elle nomme les choses (« CAF de Loir-et-Cher »,
« nord », « V2.A1 ») au lieu de les numéroter : deux états se comparent sans la base.

Conventions : dates « 2026-01-31 » ; nombres décimaux en texte, sans zéro inutile (« 12.5 ») ;
absence = None pour une valeur, "" pour un texte, [] pour une liste.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

Etat = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Champ:
    """Un champ de l'état : sa clé, le nom que lit un agent, sa sorte."""

    cle: str
    libelle: str
    sorte: str  # texte, long, oui_non, entier, decimal, date, choix, liste, lignes, notes
    colonnes: tuple[tuple[str, str, str], ...] = ()  # pour « lignes » : (clé, libellé, sorte)
    identite: tuple[str, ...] = ()  # pour « lignes » : ce qui fait qu'une ligne est la même


_DEMO = ("demonstration", "Donnée de démonstration", "oui_non")

CHAMPS: tuple[Champ, ...] = (
    Champ("code", "Code", "texte"),
    Champ("division", "Place dans le plan", "texte"),
    Champ("titre", "Titre", "texte"),
    Champ("constat", "Constat, contexte", "long"),
    Champ("objectifs", "Objectifs", "long"),
    Champ("description", "Description", "long"),
    Champ("modalites", "Modalités de mise en œuvre", "long"),
    Champ("edition", "Édition", "texte"),
    Champ("phare", "Action phare", "oui_non"),
    Champ("prioritaire", "Action prioritaire", "oui_non"),
    Champ("confidentialite", "Visibilité", "choix"),
    Champ("periodicite_mois", "Un point d’étape tous les … mois", "entier"),
    Champ("date_debut", "Début", "date"),
    Champ("date_fin", "Fin prévue", "date"),
    Champ("publics", "Publics", "liste"),
    Champ("etapes", "Étapes du parcours de vie", "liste"),
    Champ("territoires", "Territoires", "liste"),
    Champ("renvois", "Renvois à d’autres axes", "liste"),
    Champ("pilote_organisation", "Organisation pilote", "texte"),
    Champ("pilote_personne", "Personne pilote", "texte"),
    Champ("pilote_fonction", "Fonction de la personne pilote", "texte"),
    Champ("copilotes", "Copilotes", "liste"),
    Champ("partenaires", "Partenaires", "liste"),
    Champ("etp", "Équivalents temps plein", "decimal"),
    Champ("moyens", "Autres moyens", "long"),
    Champ("poids", "Poids dans l’axe", "decimal"),
    Champ(
        "jalons",
        "Jalons",
        "lignes",
        (
            ("titre", "Étape", "texte"),
            ("date_prevue", "Prévue le", "date"),
            ("date_realisee", "Réalisée le", "date"),
            _DEMO,
        ),
        ("titre",),
    ),
    Champ(
        "budgets",
        "Budget",
        "lignes",
        (
            ("annee", "Année", "entier"),
            ("financeur", "Financeur", "texte"),
            ("section", "Section", "choix"),
            ("prevu", "Prévu", "decimal"),
            ("engage", "Engagé", "decimal"),
            ("realise", "Réalisé", "decimal"),
            _DEMO,
        ),
        ("annee", "financeur", "section"),
    ),
    Champ(
        "risques",
        "Risques",
        "lignes",
        (
            ("libelle", "Risque", "texte"),
            ("gravite", "Gravité", "entier"),
            ("probabilite", "Probabilité", "entier"),
            ("parade", "Parade", "texte"),
            ("proprietaire", "Qui en répond", "texte"),
            ("partage_avec", "Partagé avec", "texte"),
            _DEMO,
        ),
        ("libelle",),
    ),
    Champ(
        "textes",
        "Textes et documents",
        "lignes",
        (("reference", "Référence", "texte"), ("url", "Lien", "texte")),
        ("reference",),
    ),
    Champ(
        "indicateurs",
        "Indicateurs",
        "lignes",
        (
            ("libelle", "Indicateur", "texte"),
            ("niveau", "Niveau", "choix"),
            ("unite", "Unité", "texte"),
            ("sens", "Sens", "choix"),
            ("initiale", "Point de départ", "decimal"),
            ("date_initiale", "Date du point de départ", "date"),
            ("cible", "Cible", "decimal"),
            ("date_cible", "Date de la cible", "date"),
            ("periodicite", "Périodicité", "choix"),
            ("source", "Source", "texte"),
            ("methode", "Méthode", "texte"),
            ("poids", "Poids", "decimal"),
            _DEMO,
        ),
        ("libelle",),
    ),
    Champ("notes", "Notes reprises d’un classeur", "notes"),
    Champ("archivee", "Archivée", "oui_non"),
    Champ("motif_archivage", "Motif de l’archivage", "texte"),
)

PAR_CLE: dict[str, Champ] = {champ.cle: champ for champ in CHAMPS}

_VIDES = {
    "texte": "",
    "long": "",
    "oui_non": False,
    "entier": None,
    "decimal": None,
    "date": None,
    "choix": "",
    "liste": [],
    "lignes": [],
    "notes": {},
}


def etat_vide(**valeurs: Any) -> Etat:
    """Un état neuf, complet, aux valeurs par défaut d'une fiche ; `valeurs` les remplace.

    Lève `KeyError` pour une clé inconnue.
    """
    etat = {champ.cle: _copie(_VIDES[champ.sorte]) for champ in CHAMPS}
    etat |= {"confidentialite": "publique", "poids": "1"}
    for cle, valeur in valeurs.items():
        PAR_CLE[cle]
        etat[cle] = valeur
    return etat


def _copie(valeur):
    return type(valeur)(valeur) if isinstance(valeur, list | dict) else valeur


def decimal_texte(valeur: Decimal | None) -> str | None:
    """« 12.5 » : sans zéro inutile ni exposant, pour que deux écritures égales se comparent."""
    if valeur is None:
        return None
    texte = format(Decimal(valeur).normalize(), "f")
    return "0" if texte in {"-0", "0"} else texte


def _date(valeur) -> str | None:
    return valeur.isoformat() if valeur else None


def etats_de(fiches: Iterable) -> dict[int, Etat]:
    """État de chaque fiche, par identifiant. Une dizaine de requêtes quel que soit le nombre."""
    from .models import (
        FicheAction,
        IndicateurFiche,
        Jalon,
        LigneBudget,
        Risque,
        TexteReference,
    )

    ids = [fiche.pk for fiche in fiches]
    enfants: dict[str, dict[int, list]] = defaultdict(lambda: defaultdict(list))
    etats: dict[int, Etat] = {}
    for lot in par_lots(ids):
        for jalon in Jalon.objects.filter(fiche__in=lot).order_by("ordre", "pk"):
            enfants["jalons"][jalon.fiche_id].append(
                {
                    "titre": jalon.titre,
                    "date_prevue": _date(jalon.date_prevue),
                    "date_realisee": _date(jalon.date_realisee),
                    "demonstration": jalon.est_demonstration,
                }
            )
        for ligne in LigneBudget.objects.filter(fiche__in=lot).select_related("financeur"):
            enfants["budgets"][ligne.fiche_id].append(
                {
                    "annee": ligne.annee,
                    "financeur": ligne.financeur.nom,
                    "section": ligne.section,
                    "prevu": decimal_texte(ligne.prevu),
                    "engage": decimal_texte(ligne.engage),
                    "realise": decimal_texte(ligne.realise),
                    "demonstration": ligne.est_demonstration,
                }
            )
        for risque in Risque.objects.filter(fiche__in=lot).select_related("proprietaire"):
            enfants["risques"][risque.fiche_id].append(
                {
                    "libelle": risque.libelle,
                    "gravite": risque.gravite,
                    "probabilite": risque.probabilite,
                    "parade": risque.parade,
                    "proprietaire": risque.proprietaire.nom if risque.proprietaire else "",
                    "partage_avec": risque.partage_avec,
                    "demonstration": risque.est_demonstration,
                }
            )
        for texte in TexteReference.objects.filter(fiche__in=lot).order_by("pk"):
            enfants["textes"][texte.fiche_id].append(
                {"reference": texte.reference, "url": texte.url}
            )
        for lien in (
            IndicateurFiche.objects.filter(fiche__in=lot)
            .select_related("indicateur")
            .order_by("ordre", "pk")
        ):
            mesure = lien.indicateur
            enfants["indicateurs"][lien.fiche_id].append(
                {
                    "libelle": mesure.libelle,
                    "niveau": lien.niveau,
                    "unite": mesure.unite,
                    "sens": mesure.sens,
                    "initiale": decimal_texte(lien.initiale),
                    "date_initiale": _date(lien.date_initiale),
                    "cible": decimal_texte(lien.cible),
                    "date_cible": _date(lien.date_cible),
                    "periodicite": mesure.periodicite,
                    "source": mesure.source,
                    "methode": mesure.methode,
                    "poids": decimal_texte(lien.poids),
                    "demonstration": mesure.est_demonstration,
                }
            )
        listes = {
            "publics": _liens(FicheAction.publics, lot, "publiccible__nom"),
            "etapes": _liens(FicheAction.etapes, lot, "etapeparcours__nom"),
            "territoires": _liens(FicheAction.territoires, lot, "territoireaction__nom"),
            "renvois": _liens(FicheAction.renvois, lot, "division__code"),
            "copilotes": _liens(FicheAction.copilotes, lot, "organisation__nom"),
            "partenaires": _liens(FicheAction.partenaires, lot, "organisation__nom"),
        }
        for fiche in FicheAction.objects.filter(pk__in=lot).select_related(
            "division", "pilote_organisation", "pilote_personne"
        ):
            personne = fiche.pilote_personne
            etats[fiche.pk] = {
                "code": fiche.code,
                "division": fiche.division.code,
                "titre": fiche.titre,
                "constat": fiche.constat,
                "objectifs": fiche.objectifs,
                "description": fiche.description,
                "modalites": fiche.modalites,
                "edition": fiche.edition,
                "phare": fiche.phare,
                "prioritaire": fiche.prioritaire,
                "confidentialite": fiche.confidentialite,
                "periodicite_mois": fiche.periodicite_mois,
                "date_debut": _date(fiche.date_debut),
                "date_fin": _date(fiche.date_fin),
                **{cle: sorted(liens[fiche.pk]) for cle, liens in listes.items()},
                "pilote_organisation": fiche.pilote_organisation.nom
                if fiche.pilote_organisation
                else "",
                "pilote_personne": personne.nom if personne else "",
                "pilote_fonction": personne.fonction if personne else "",
                "etp": decimal_texte(fiche.etp),
                "moyens": fiche.moyens,
                "poids": decimal_texte(fiche.poids),
                **{
                    cle: ranger_lignes(cle, enfants[cle].get(fiche.pk, []))
                    for cle in ("jalons", "budgets", "risques", "textes", "indicateurs")
                },
                "notes": dict(sorted(fiche.notes.items())),
                "archivee": fiche.archivee_le is not None,
                "motif_archivage": fiche.motif_archivage,
            }
    return etats


def etat_de(fiche) -> Etat:
    """L'état d'une seule fiche, relu en base."""
    return etats_de([fiche])[fiche.pk]


def par_lots(ids: list[int], taille: int = 400) -> Iterable[list[int]]:
    """SQLite borne le nombre de paramètres d'une requête ; 400 laisse de la marge."""
    for debut in range(0, len(ids), taille):
        yield ids[debut : debut + taille]


def _liens(relation, ids, chemin: str) -> dict[int, list[str]]:
    trouves: dict[int, list[str]] = defaultdict(list)
    modele = relation.through
    for fiche_id, nom in modele.objects.filter(ficheaction__in=ids).values_list(
        "ficheaction_id", chemin
    ):
        trouves[fiche_id].append(nom)
    return trouves


def ranger_lignes(cle: str, lignes: list[dict]) -> list[dict]:
    """Met les lignes dans l'ordre de comparaison. Jalons et indicateurs gardent le leur."""
    if cle == "budgets":
        return sorted(lignes, key=lambda li: (li["annee"] or 0, li["financeur"], li["section"]))
    if cle == "risques":
        return sorted(lignes, key=lambda li: li["libelle"])
    return list(lignes)


@dataclass(frozen=True, slots=True)
class Changement:
    """Un champ qui diffère : sa clé, son nom, ce qu'il disait, ce qu'il dit."""

    cle: str
    libelle: str
    avant: Any
    apres: Any

    def en_json(self) -> dict:
        return asdict(self)


def differences(avant: Etat, apres: Etat) -> list[Changement]:
    """Les champs qui diffèrent, dans l'ordre de la fiche. Une clé absente d'`apres` est ignorée."""
    trouves = []
    for champ in CHAMPS:
        if champ.cle not in apres:
            continue
        a, b = avant.get(champ.cle, _VIDES[champ.sorte]), apres[champ.cle]
        if a != b:
            trouves.append(Changement(champ.cle, champ.libelle, a, b))
    return trouves


@dataclass(frozen=True, slots=True)
class ChampEnConflit:
    """Deux personnes ont écrit ce champ : l'état de départ, le leur, le mien."""

    cle: str
    libelle: str
    base: Any
    actuel: Any
    demande: Any


def fusionner(base: Etat, actuel: Etat, demande: Etat) -> tuple[Etat, list[ChampEnConflit]]:
    """Réunit deux écritures parties de la même base.

    Rend l'état réuni et les champs écrits différemment des deux côtés ; pour ceux-là, l'état réuni
    garde la valeur déjà enregistrée (`actuel`).
    """
    reuni = dict(actuel)
    conflits = []
    for changement in differences(base, demande):
        cle = changement.cle
        if actuel[cle] == base.get(cle) or actuel[cle] == demande[cle]:
            reuni[cle] = demande[cle]
        else:
            conflits.append(
                ChampEnConflit(cle, changement.libelle, base.get(cle), actuel[cle], demande[cle])
            )
    return reuni, conflits
