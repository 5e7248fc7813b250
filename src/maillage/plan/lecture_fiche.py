"""Une fiche telle que chacun la lit : l'état, les mesures, le fil, les repères, les changements.

Ce qui est réservé à l'espace de travail (risques, notes de classeur, nom des personnes) n'est
pas lu ici : la page publique ne peut pas le laisser échapper.
"""

import datetime
import hashlib
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from django.http import Http404
from django.utils import timezone

from maillage.socle.mise_en_mots import accorder, date_en_mots, montant_en_mots, nombre_en_mots

from .ecriture import taux_du_lien
from .etat import PAR_CLE
from .lecture import Cadre
from .models import (
    Confidentialite,
    Division,
    FicheAction,
    IndicateurFiche,
    Jalon,
    LigneBudget,
    PointEtape,
)

# Champs dont un visiteur peut lire qu'ils ont changé, et ceux dont il peut lire l'avant et l'après.
CHAMPS_PUBLICS = (
    "code", "division", "titre", "constat", "objectifs", "description", "modalites", "edition",
    "phare", "date_debut", "date_fin", "publics", "etapes", "territoires", "pilote_organisation",
    "pilote_fonction", "copilotes", "partenaires", "jalons", "budgets", "textes", "indicateurs",
)  # fmt: skip
_AVANT_APRES = {"texte", "date"}
POINTS_DU_FIL = 4


class FicheArchivee(Exception):
    """La fiche demandée a été publique ; elle ne fait plus partie du plan."""

    def __init__(self, fiche: FicheAction):
        self.fiche = fiche
        super().__init__(f"{fiche.code} est archivée.")


def trouver_fiche_publique(cadre: Cadre, code: str, schema: str = "") -> FicheAction:
    """La fiche de ce code : dans le plan demandé, sinon dans le plan en cours, sinon ailleurs.

    Lève `Http404` si elle n'existe pas ou n'est pas publique (les deux se disent pareil), et
    `FicheArchivee` si elle était publique et a été archivée.
    """
    schemas = [cadre.schema(schema)] if schema else cadre.schemas
    rangs = {s.pk: rang for rang, s in enumerate(schemas) if s is not None}
    trouvees = sorted(
        FicheAction.objects.filter(
            schema__in=rangs, code=code, confidentialite=Confidentialite.PUBLIQUE
        ).select_related("division", "pilote_organisation", "pilote_personne"),
        key=lambda f: (f.archivee_le is not None, rangs[f.schema_id]),
    )
    if not trouvees:
        raise Http404("Cette action n’existe pas, ou n’est pas publique.")
    fiche = trouvees[0]
    fiche.schema = next(s for s in cadre.schemas if s.pk == fiche.schema_id)
    if fiche.archivee_le:
        raise FicheArchivee(fiche)
    return fiche


def ancetres(fiche: FicheAction) -> list[Division]:
    """De la racine à la division de la fiche, comprise. Une requête, gardée sur la fiche."""
    garde = fiche.__dict__.get("_ancetres")
    if garde is None:
        chemin = fiche.division.chemin
        chemins = [chemin[:fin] for fin in range(4, len(chemin) + 1, 4)]
        garde = fiche.__dict__["_ancetres"] = list(
            Division.objects.filter(schema=fiche.schema_id, chemin__in=chemins).order_by("chemin")
        )
        for division in garde:
            division.schema = fiche.schema
    return garde


def cachets_de_la_fiche(fiche: FicheAction) -> list[str]:
    """Ce dont dépend la page : la fiche, et les mots de sa place dans le plan.

    Le cachet du plan monte à chaque écriture d'une autre fiche ; on prend donc, à sa place, une
    empreinte de ce que la page en montre.
    """
    schema = fiche.schema
    montre = [schema.nom, schema.slug, schema.date_vote, schema.niveaux]
    montre += [(d.code, d.nom) for d in ancetres(fiche)]
    return [fiche.cachet, f"place:{hashlib.sha256(repr(montre).encode()).hexdigest()[:24]}"]


@dataclass(frozen=True, slots=True)
class Mesure:
    """Un indicateur de la fiche, mis en mots."""

    libelle: str
    niveau: str
    depart: str
    depart_le: datetime.date | None
    aujourd_hui: str
    aujourd_hui_le: datetime.date | None
    cible: str
    cible_le: datetime.date | None
    taux: float | None
    pourquoi: str
    unite: str
    serie: list[tuple[datetime.date, float]]
    valeurs: list[float]
    cible_nombre: Decimal | None
    sens: str
    source: str
    periodicite: str
    methode: str
    definition: str
    demonstration: bool


def mesures(fiche: FicheAction) -> list[Mesure]:
    """Les indicateurs, de la réalisation à l'impact. Une requête."""
    ordre = list(IndicateurFiche.Niveau.values)
    liens = sorted(
        IndicateurFiche.objects.filter(fiche=fiche).select_related("indicateur"),
        key=lambda lien: (ordre.index(lien.niveau), lien.ordre, lien.pk),
    )
    return [_mesure(lien) for lien in liens]


def _mesure(lien: IndicateurFiche) -> Mesure:
    mesure = lien.indicateur
    serie = [(datetime.date.fromisoformat(jour), valeur) for jour, valeur in mesure.trace]
    return Mesure(
        libelle=mesure.libelle,
        niveau=lien.get_niveau_display(),
        depart=_valeur(lien.initiale, mesure.unite),
        depart_le=lien.date_initiale,
        aujourd_hui=_valeur(mesure.derniere_valeur, mesure.unite),
        aujourd_hui_le=mesure.derniere_date,
        cible=_valeur(lien.cible, mesure.unite),
        cible_le=lien.date_cible,
        taux=taux_du_lien(lien),
        pourquoi=_pourquoi_sans_taux(lien),
        unite=mesure.unite,
        serie=serie,
        valeurs=[valeur for _, valeur in serie],
        cible_nombre=lien.cible,
        sens=mesure.get_sens_display(),
        source=mesure.source,
        periodicite=mesure.get_periodicite_display(),
        methode=mesure.methode,
        definition=mesure.definition,
        demonstration=mesure.est_demonstration,
    )


def _valeur(valeur: Decimal | None, unite: str) -> str:
    if valeur is None:
        return ""
    dit = nombre_en_mots(valeur)
    return f"{dit}\u00a0{unite}" if unite in {"%", "€"} else dit


def _pourquoi_sans_taux(lien: IndicateurFiche) -> str:
    """La raison, en clair, pour laquelle le chemin fait n'est pas calculable."""
    if taux_du_lien(lien) is not None:
        return ""
    if lien.indicateur.derniere_valeur is None:
        return "pas encore de mesure"
    if lien.initiale is None:
        return "sans point de départ : non calculé"
    if lien.cible is None:
        return "sans cible : non calculé"
    if lien.cible == lien.initiale:
        return "la cible est le point de départ : il s’agit de maintenir"
    return "la cible va à l’inverse du sens annoncé : non calculé"


@dataclass(slots=True)
class AnneeDeBudget:
    """Les montants d'une année, tous financeurs réunis ; None quand rien n'est dit."""

    annee: int
    prevu: Decimal | None = None
    engage: Decimal | None = None
    realise: Decimal | None = None

    def ajouter(self, ligne: LigneBudget) -> None:
        champs = ("prevu", "engage", "realise")
        dits = {champ: getattr(ligne, champ) for champ in champs}
        self.ajouter_montants({champ: m for champ, m in dits.items() if m is not None})

    def ajouter_montants(self, montants: dict[str, Decimal]) -> None:
        """Ajoute des montants déjà lus, par champ (`prevu`, `engage`, `realise`)."""
        for champ, montant in montants.items():
            setattr(self, champ, (getattr(self, champ) or Decimal(0)) + montant)

    def en_mots(self) -> list[str]:
        dits = ((self.prevu, "prévus"), (self.engage, "engagés"), (self.realise, "réalisés"))
        return [f"{montant_en_mots(montant)} {mot}" for montant, mot in dits if montant is not None]


def budgets(fiche: FicheAction) -> tuple[list[AnneeDeBudget], list[LigneBudget]]:
    """Les totaux par année, et le détail par financeur. Une requête."""
    details = list(LigneBudget.objects.filter(fiche=fiche).select_related("financeur"))
    annees: dict[int, AnneeDeBudget] = {}
    for ligne in details:
        annees.setdefault(ligne.annee, AnneeDeBudget(ligne.annee)).ajouter(ligne)
    return [annees[a] for a in sorted(annees)], details


def points(fiche: FicheAction) -> list[PointEtape]:
    """Les points d'étape valables, le plus récent d'abord. Une requête."""
    return list(PointEtape.objects.valables().filter(fiche=fiche).du_plus_recent()[:40])


def fil(fiche: FicheAction, points_etape: list[PointEtape], jalons: list[Jalon]) -> list[dict]:
    """Le fil de l'action : du constat à la prochaine échéance. Que des nœuds réels et datés."""
    jour = timezone.localdate()
    schema = fiche.schema
    noeuds: list[dict] = []
    if fiche.constat:
        noeuds.append({"quoi": "Constat", "titre": premiere_phrase(fiche.constat)})
    if schema.date_vote:
        noeuds.append(
            {
                "quoi": "Décision",
                "quand": date_en_mots(schema.date_vote),
                "titre": f"Plan voté : {schema.nom}",
            }
        )
    ici = {"quoi": f"Action {fiche.code}", "titre": fiche.titre, "ici": True}
    if fiche.date_debut:
        ici["quand"] = f"depuis {date_en_mots(fiche.date_debut, 'mois')}"
    noeuds.append(ici)
    passes: list[tuple[datetime.date, dict]] = [
        (
            point.date,
            {
                "quoi": "Point d’étape",
                "quand": date_en_mots(point.date),
                "titre": premiere_phrase(point.faits_marquants)
                or f"Météo : {point.get_meteo_display().lower()}",
                "detail": f"Météo : {point.get_meteo_display().lower()}"
                if point.faits_marquants
                else "",
            },
        )
        for point in points_etape[:POINTS_DU_FIL]
    ]
    avenir: list[tuple[datetime.date, dict]] = []
    for jalon in jalons:
        if jalon.date_realisee:
            noeud = {"quoi": "Jalon", "quand": date_en_mots(jalon.date_realisee)}
            passes.append((jalon.date_realisee, {**noeud, "titre": jalon.titre}))
        elif jalon.date_prevue and jalon.date_prevue >= jour:
            noeud = {"quoi": "Jalon prévu", "quand": date_en_mots(jalon.date_prevue)}
            avenir.append((jalon.date_prevue, {**noeud, "titre": jalon.titre, "avenir": True}))
    if fiche.prochaine_echeance and fiche.prochaine_echeance >= jour:
        quand = date_en_mots(fiche.prochaine_echeance)
        avenir.append(
            (
                fiche.prochaine_echeance,
                {"quoi": "Prochain point", "quand": quand, "titre": "À venir", "avenir": True},
            )
        )
    for liste in (passes, avenir):
        noeuds += [noeud for _, noeud in sorted(liste, key=lambda paire: paire[0])]
    return noeuds


def premiere_phrase(texte: str, longueur: int = 180) -> str:
    """La première phrase d'un texte, coupée au mot si elle est longue."""
    propre = " ".join(texte.split())
    for fin, lettre in enumerate(propre):
        suite = propre[fin + 1 : fin + 2]
        if lettre in ".!?…" and suite in {"", " "} and fin > 20:
            propre = propre[: fin + 1]
            break
    if len(propre) <= longueur:
        return propre
    return propre[:longueur].rsplit(" ", 1)[0] + "…"


def changements_publies(fiche: FicheAction, limite: int = 12) -> list[dict]:
    """Ce qui a changé dans la fiche depuis qu'elle est publique, le plus récent d'abord.

    On ne remonte pas au-delà du jour où elle est devenue publique : ce qui précède était réservé.
    """
    entrees = []
    for version in fiche.versions.only("date", "changements", "origine", "numero").order_by(
        "-numero"
    )[: limite * 3]:
        cles = {c["cle"] for c in version.changements}
        montres = [c for c in version.changements if c["cle"] in CHAMPS_PUBLICS]
        if "confidentialite" in cles:
            entrees.append(_entree(version, [], "Fiche rendue publique"))
            break
        if version.numero == 1:
            entrees.append(_entree(version, [], "Fiche publiée"))
        elif montres:
            quoi = accorder(len(montres), "rubrique changée,rubriques changées")
            entrees.append(_entree(version, montres, quoi))
        if len(entrees) >= limite:
            break
    return entrees


def _entree(version, montres: list[dict], quoi: str) -> dict:
    details, noms = [], []
    for changement in montres:
        champ = PAR_CLE[changement["cle"]]
        if champ.sorte in _AVANT_APRES:
            details.append(
                {
                    "libelle": champ.libelle,
                    "avant": _en_clair(changement["avant"], champ.sorte),
                    "apres": _en_clair(changement["apres"], champ.sorte),
                }
            )
        else:
            noms.append(champ.libelle.lower())
    return {"quand": version.date, "quoi": quoi, "changements": details, "noms": noms}


def _en_clair(valeur: str | None, sorte: str) -> str:
    if not valeur:
        return ""
    return date_en_mots(datetime.date.fromisoformat(valeur)) if sorte == "date" else valeur


def liens_par_nature(fiche: FicheAction) -> dict[str, list]:
    """Publics, étapes, territoires, copilotes, partenaires, renvois : une requête chacun."""
    trouves: dict[str, list] = defaultdict(list)
    for cle in ("publics", "etapes", "territoires", "copilotes", "partenaires", "renvois"):
        trouves[cle] = list(getattr(fiche, cle).all())
    return trouves
