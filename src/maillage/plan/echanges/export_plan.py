"""Exporter un plan : ce qui sort rentre. Classeur .xlsx ou .ods à feuilles, ou une table .csv."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils import timezone

from maillage.indicateurs.models import ValeurIndicateur
from maillage.socle.classeurs import Colonne, FeuilleEcrite, ecrire
from maillage.socle.francais import date_fr

from ..etat import etats_de
from ..models import Division, FicheAction, IndicateurFiche, PointEtape, Schema
from .reprise_suivi import contenu_du_point
from .tables import (
    CODE_FICHE,
    COLONNE_LIGNE,
    DIVISIONS,
    ENFANTS,
    FEUILLE_AIDE,
    FICHES,
    NOTES,
    POINTS,
    TABLES,
    VALEURS,
    Table,
    intitules_csv,
)
from .valeurs import ecrire_valeur, genre_de, largeur_de, net

FORMATS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "csv": "text/csv; charset=utf-8",
}

_Lignes = list[tuple[str, dict[str, Any]]]  # (code de la fiche, valeurs d'état)


def exporter(*, schema: Schema, format: str, fiches: Iterable[FicheAction] | None = None) -> bytes:
    """Octets du classeur. `fiches` : celles à exporter ; toutes, archivées comprises, par défaut.

    Lève `ClasseurRefuse` si un texte est trop long pour un tableur (32 767 caractères).
    """
    choisies = (
        FicheAction.objects.filter(schema=schema).order_by("division__chemin", "code", "pk")
        if fiches is None
        else fiches
    )
    contenus = _contenus(schema, list(choisies))
    nom = f"{schema.slug}.{format}"
    if format == "csv":
        return ecrire([_table_csv(schema, contenus)], "csv", nom=nom)
    feuilles = [_aide(schema, contenus)]
    feuilles += [_feuille(table, contenus[table.cle]) for table in TABLES]
    return ecrire(feuilles, format, nom=nom)


# --- Contenus -----------------------------------------------------------------------------------


def _contenus(schema: Schema, fiches: Sequence[FicheAction]) -> dict[str, _Lignes]:
    etats = etats_de(fiches)
    contenus: dict[str, _Lignes] = {table.cle: [] for table in TABLES}
    contenus[DIVISIONS.cle] = _divisions(schema)
    points, valeurs = _suivi([fiche.pk for fiche in fiches])
    for fiche in fiches:
        etat = etats[fiche.pk]
        code = etat["code"]
        contenus[FICHES.cle].append((code, etat))
        for table in ENFANTS:
            contenus[table.cle] += [(code, ligne) for ligne in etat[table.cle]]
        contenus[NOTES.cle] += [
            (code, {"intitule": intitule, "texte": texte})
            for intitule, texte in etat["notes"].items()
        ]
        contenus[POINTS.cle] += [(code, point) for point in points.get(fiche.pk, [])]
        contenus[VALEURS.cle] += [(code, valeur) for valeur in valeurs.get(fiche.pk, [])]
    return contenus


def _divisions(schema: Schema) -> _Lignes:
    return [
        (
            "",
            {
                "code": division.code,
                "niveau": schema.nom_du_niveau(division.profondeur),
                "parent": division.parent.code if division.parent else "",
                "nom": division.nom,
                "ambition": division.ambition,
                "presentation": net(division.presentation),
                "poids": division.poids,
                "ordre": division.ordre,
            },
        )
        for division in Division.objects.filter(schema=schema)
        .select_related("parent")
        .order_by("chemin", "pk")
    ]


def _suivi(ids: list[int]) -> tuple[dict[int, list[dict]], dict[int, list[dict]]]:
    points: dict[int, list[dict]] = defaultdict(list)
    valeurs: dict[int, list[dict]] = defaultdict(list)
    for debut in range(0, len(ids), 400):
        lot = ids[debut : debut + 400]
        for point in PointEtape.objects.valables().filter(fiche__in=lot).order_by("date", "pk"):
            points[point.fiche_id].append(contenu_du_point(point))
        liens: dict[int, list[tuple[int, int, str]]] = defaultdict(list)
        for lien in IndicateurFiche.objects.filter(fiche__in=lot).select_related("indicateur"):
            liens[lien.indicateur_id].append((lien.fiche_id, lien.ordre, lien.indicateur.libelle))
        trouvees: list[tuple[int, int, dict]] = []
        cles = list(liens)
        for rang in range(0, len(cles), 400):
            for valeur in ValeurIndicateur.objects.filter(
                indicateur__in=cles[rang : rang + 400]
            ).order_by("date"):
                for fiche_id, ordre, libelle in liens[valeur.indicateur_id]:
                    dite = {
                        "indicateur": libelle,
                        "date": valeur.date,
                        "valeur": valeur.valeur,
                        "statut": valeur.statut,
                        "commentaire": net(valeur.commentaire),
                        "demonstration": valeur.est_demonstration,
                    }
                    trouvees.append((fiche_id, ordre, dite))
        for fiche_id, _, dite in sorted(trouvees, key=lambda t: (t[0], t[1])):
            valeurs[fiche_id].append(dite)
    return points, valeurs


# --- Écrire -------------------------------------------------------------------------------------


def _cellules(table: Table, valeurs: dict[str, Any]) -> list[Any]:
    return [ecrire_valeur(c.cle, c.sorte, valeurs[c.cle]) for c in table.colonnes]


def _feuille(table: Table, contenu: _Lignes) -> FeuilleEcrite:
    colonnes = [Colonne(c.intitule, genre_de(c.sorte), largeur_de(c.sorte)) for c in table.colonnes]
    if not table.cle_de_fiche:
        return FeuilleEcrite(
            table.feuille, colonnes, [_cellules(table, valeurs) for _, valeurs in contenu]
        )
    return FeuilleEcrite(
        table.feuille,
        [Colonne(CODE_FICHE), *colonnes],
        [[code, *_cellules(table, valeurs)] for code, valeurs in contenu],
    )


def _aide(schema: Schema, contenus: dict[str, _Lignes]) -> FeuilleEcrite:
    lignes = [
        f"{schema.collectivite.nom}, {schema.nom} ({schema.periode})",
        f"Exporté le {date_fr(timezone.localdate(), longue=True)}. "
        f"Fiches : {len(contenus[FICHES.cle])}.",
        "Ce classeur se relit : Espace de travail, Importer et exporter.",
        "Une fiche se reconnaît à son code. Ne pas changer un code : ce serait une autre fiche.",
        "Une cellule vidée vide le champ. Une colonne ou une feuille ôtée laisse tout en place.",
        "Dans une feuille d’enfants (Jalons, Budget…), les lignes d’une fiche remplacent les "
        "siennes.",
        "Plusieurs noms dans une case se séparent par un point-virgule.",
        "Les points d’étape ne s’écrasent pas : ajouter une ligne, ne pas changer les anciennes.",
        "Supprimer une ligne ne retire pas la fiche du plan : écrire « oui » dans « Archivée ».",
    ]
    return FeuilleEcrite(
        FEUILLE_AIDE, [Colonne(FEUILLE_AIDE, largeur=100)], [[li] for li in lignes]
    )


def _table_csv(schema: Schema, contenus: dict[str, _Lignes]) -> FeuilleEcrite:
    """Une table : la première colonne dit ce qu'est chaque ligne, la deuxième de quelle fiche."""
    toutes = intitules_csv()
    debut: dict[str, int] = {}
    for rang, (table, _, _) in enumerate(toutes):
        debut.setdefault(table.cle, rang)
    lignes = []
    for table in TABLES:
        for code, valeurs in contenus[table.cle]:
            cellules = _cellules(table, valeurs)
            ligne: list[Any] = [table.mot] + [None] * (debut[table.cle] + len(cellules))
            ligne[1 + debut[table.cle] :] = cellules
            if table.cle_de_fiche:
                ligne[1] = code
            lignes.append(ligne)
    colonnes = [Colonne(COLONNE_LIGNE)]
    colonnes += [Colonne(intitule, genre_de(c.sorte)) for _, c, intitule in toutes]
    return FeuilleEcrite(schema.slug[:31] or "plan", colonnes, lignes)
