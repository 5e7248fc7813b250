"""Écrire des fiches, une ou dix mille, par le même chemin.

Tout se fait en lots : une écriture de 161 fiches coûte une trentaine de requêtes, pas des milliers.
L'appelant ouvre la transaction ; ici rien n'est validé ni journalisé : les états sont canoniques.
"""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from maillage.calcul.avancement import agreger, taux_indicateur
from maillage.indicateurs.models import Indicateur
from maillage.socle.francais import normaliser
from maillage.socle.lots import mettre_a_jour
from maillage.socle.recherche import racines

from .completude import completude
from .etat import PAR_CLE, Etat, par_lots
from .models import (
    Avancement,
    FicheAction,
    IndicateurFiche,
    Jalon,
    LigneBudget,
    Risque,
    Suite,
    TexteReference,
)
from .referentiel import Referentiel

_COLONNES_SIMPLES = (
    "code", "titre", "constat", "objectifs", "description", "modalites", "edition", "phare",
    "prioritaire", "confidentialite", "periodicite_mois", "moyens", "notes", "motif_archivage",
)  # fmt: skip
_COLONNES_ECRITES = [
    *_COLONNES_SIMPLES, "division", "pilote_organisation", "pilote_personne", "date_debut",
    "date_fin", "etp", "poids", "archivee_le", "version", "completude", "recherche",
    "prochaine_echeance",
]  # fmt: skip
_LIENS = {
    "publics": ("publiccible_id", lambda r, nom: r.publics[normaliser(nom)].pk),
    "etapes": ("etapeparcours_id", lambda r, nom: r.etape(nom).pk),
    "territoires": ("territoireaction_id", lambda r, nom: r.territoire(nom).pk),
    "renvois": ("division_id", lambda r, nom: r.division(nom).pk),
    "copilotes": ("organisation_id", lambda r, nom: r.organisations[normaliser(nom)].pk),
    "partenaires": ("organisation_id", lambda r, nom: r.organisations[normaliser(nom)].pk),
}


@dataclass(slots=True)
class Ecriture:
    """Une fiche à écrire : la ligne en base (neuve si sans pk), son état d'avant, d'après."""

    fiche: FicheAction
    avant: Etat | None
    apres: Etat

    def change(self, cle: str) -> bool:
        vide: list | None = [] if PAR_CLE[cle].sorte in {"liste", "lignes"} else None
        return (self.avant[cle] if self.avant else vide) != self.apres[cle]


def _jour(texte: str | None) -> datetime.date | None:
    return datetime.date.fromisoformat(texte) if texte else None


def _decimal(texte: str | None) -> Decimal | None:
    return Decimal(texte) if texte is not None else None


def ecrire(ecritures: list[Ecriture], referentiel: Referentiel) -> None:
    """Porte ces états en base. `fiche.version` a déjà été augmentée par l'appelant."""
    if not ecritures:
        return
    referentiel.creer_les_manquants([e.apres for e in ecritures])
    for ecriture in ecritures:
        _poser_les_colonnes(ecriture, referentiel)
    neuves = [e.fiche for e in ecritures if e.fiche.pk is None]
    connues = [e.fiche for e in ecritures if e.fiche.pk is not None]
    FicheAction.objects.bulk_create(neuves, batch_size=300)
    if connues:
        # « Insérer, ou mettre à jour » sur l'identifiant : bien plus court qu'un bulk_update, dont
        # le SQL grossit comme lignes × colonnes.
        FicheAction.objects.bulk_create(
            connues,
            batch_size=300,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=_COLONNES_ECRITES,
        )
    for cle in _LIENS:
        _relier(cle, ecritures, referentiel)
    _poser_les_lignes(ecritures, referentiel)
    recalculer_les_taux([e.fiche.pk for e in ecritures if e.change("indicateurs")])
    _indexer([e.fiche for e in ecritures])


def _poser_les_colonnes(ecriture: Ecriture, referentiel: Referentiel) -> None:
    fiche, etat = ecriture.fiche, ecriture.apres
    for colonne in _COLONNES_SIMPLES:
        setattr(fiche, colonne, etat[colonne])
    division = referentiel.division(etat["division"])
    assert division is not None  # l'état est validé : la division existe
    fiche.division = division
    organisation = referentiel.organisations.get(normaliser(etat["pilote_organisation"]))
    fiche.pilote_organisation = organisation if etat["pilote_organisation"] else None
    fiche.pilote_personne = referentiel.personnes.get(
        (etat["pilote_personne"], etat["pilote_fonction"])
    )
    fiche.date_debut, fiche.date_fin = _jour(etat["date_debut"]), _jour(etat["date_fin"])
    fiche.etp, fiche.poids = _decimal(etat["etp"]), Decimal(etat["poids"])
    if not etat["archivee"]:
        fiche.archivee_le = None
    elif fiche.archivee_le is None:
        fiche.archivee_le = timezone.now()
    fiche.completude = completude(etat)
    fiche.recherche = texte_de_recherche(etat)
    fiche.prochaine_echeance = echeance(fiche)


def texte_de_recherche(etat: Etat) -> str:
    """Les racines de tout ce qu'un lecteur peut chercher dans une fiche."""
    return racines(
        etat["code"], etat["titre"], etat["titre"], etat["constat"], etat["objectifs"],
        etat["description"], etat["modalites"], etat["pilote_organisation"],
        *etat["publics"], *etat["etapes"], *etat["partenaires"],
    )  # fmt: skip


def echeance(fiche: FicheAction) -> datetime.date | None:
    """Date à laquelle le prochain point d'étape est dû ; None quand plus rien n'est attendu.

    Compte à partir du dernier point, sinon du début de la fiche, sinon du vote du schéma.
    """
    finie = fiche.avancement in {Avancement.FINALISEE, Avancement.ABANDONNEE} and fiche.suite in {
        Suite.ARRET,
        Suite.GENERALISATION,
    }
    if fiche.archivee_le is not None or finie or fiche.avancement == Avancement.ABANDONNEE:
        return None
    schema = fiche.schema
    depart = (
        fiche.dernier_point_le
        or fiche.date_debut
        or schema.date_vote
        or datetime.date(schema.annee_debut, 1, 1)
    )
    return plus_mois(depart, fiche.periodicite_mois or schema.periodicite_mois)


def plus_mois(jour: datetime.date, mois: int) -> datetime.date:
    """Le même jour, des mois plus tard ; le dernier du mois quand ce jour n'y existe pas."""
    annee, rang = divmod(jour.year * 12 + jour.month - 1 + mois, 12)
    for quantieme in (jour.day, 30, 29, 28):
        try:
            return datetime.date(annee, rang + 1, quantieme)
        except ValueError:
            continue
    raise AssertionError("tout mois a 28 jours")


def _relier(cle: str, ecritures: list[Ecriture], referentiel: Referentiel) -> None:
    colonne, trouver = _LIENS[cle]
    modele: Any = getattr(FicheAction, cle).through
    concernees = [e for e in ecritures if e.change(cle)]
    anciennes = [e.fiche.pk for e in concernees if e.avant]
    for lot in par_lots(anciennes):
        modele.objects.filter(ficheaction__in=lot).delete()
    modele.objects.bulk_create(
        [
            modele(ficheaction_id=e.fiche.pk, **{colonne: trouver(referentiel, nom)})
            for e in concernees
            for nom in e.apres[cle]
        ],
        batch_size=2000,
    )


# --- Lignes : jalons, budget, risques, textes -------------------------------------------------


def _jalon(fiche, rang, ligne, referentiel):
    return Jalon(
        fiche=fiche,
        ordre=rang,
        titre=ligne["titre"],
        date_prevue=_jour(ligne["date_prevue"]),
        date_realisee=_jour(ligne["date_realisee"]),
        est_demonstration=ligne["demonstration"],
    )


def _budget(fiche, rang, ligne, referentiel):
    return LigneBudget(
        fiche=fiche,
        annee=ligne["annee"],
        financeur=referentiel.organisations[normaliser(ligne["financeur"])],
        section=ligne["section"],
        prevu=_decimal(ligne["prevu"]),
        engage=_decimal(ligne["engage"]),
        realise=_decimal(ligne["realise"]),
        est_demonstration=ligne["demonstration"],
    )


def _risque(fiche, rang, ligne, referentiel):
    return Risque(
        fiche=fiche,
        libelle=ligne["libelle"],
        gravite=ligne["gravite"],
        probabilite=ligne["probabilite"],
        parade=ligne["parade"],
        proprietaire=referentiel.organisations[normaliser(ligne["proprietaire"])]
        if ligne["proprietaire"]
        else None,
        partage_avec=ligne["partage_avec"],
        est_demonstration=ligne["demonstration"],
    )


def _texte(fiche, rang, ligne, referentiel):
    return TexteReference(fiche=fiche, reference=ligne["reference"], url=ligne["url"])


# Ces lignes n'ont pas de vie propre : celles d'une fiche dont la liste change sont refaites.
_LIGNES: dict[str, tuple[Any, Any]] = {
    "jalons": (Jalon, _jalon),
    "budgets": (LigneBudget, _budget),
    "risques": (Risque, _risque),
    "textes": (TexteReference, _texte),
}


def _poser_les_lignes(ecritures: list[Ecriture], referentiel: Referentiel) -> None:
    for cle, (modele, faire) in _LIGNES.items():
        concernees = [e for e in ecritures if e.change(cle)]
        anciennes = [e.fiche.pk for e in concernees if e.avant]
        revues = _dernieres_revues(anciennes) if cle == "risques" else {}
        for lot in par_lots(anciennes):
            modele.objects.filter(fiche__in=lot).delete()
        lignes = [
            faire(e.fiche, rang, ligne, referentiel)
            for e in concernees
            for rang, ligne in enumerate(e.apres[cle])
        ]
        if cle == "risques":
            for risque in lignes:
                risque.revu_le = revues.get((risque.fiche_id, normaliser(risque.libelle)))
        modele.objects.bulk_create(lignes, batch_size=2000)
    _poser_les_indicateurs([e for e in ecritures if e.change("indicateurs")], referentiel)


def _dernieres_revues(fiches: list[int]) -> dict[tuple[int, str], datetime.date]:
    """Quand chaque risque a été revu : un risque réécrit sous le même nom garde cette date."""
    revues: dict[tuple[int, str], datetime.date] = {}
    for lot in par_lots(fiches):
        for fiche_id, libelle, jour in Risque.objects.filter(
            fiche__in=lot, revu_le__isnull=False
        ).values_list("fiche_id", "libelle", "revu_le"):
            if jour:
                revues[fiche_id, normaliser(libelle)] = jour
    return revues


def _poser_les_indicateurs(ecritures: list[Ecriture], referentiel: Referentiel) -> None:
    """Garde l'indicateur (et ses valeurs) quand son libellé demeure ; sinon en crée un.

    Un indicateur retiré d'une fiche n'est pas effacé : il revient avec ses valeurs si on le remet.
    """
    if not ecritures:
        return
    par_fiche: dict[int, dict[str, IndicateurFiche]] = {}
    for lot in par_lots([e.fiche.pk for e in ecritures if e.avant]):
        for ancien in IndicateurFiche.tous.filter(fiche__in=lot).select_related("indicateur"):
            par_fiche.setdefault(ancien.fiche_id, {})[ancien.indicateur.libelle_normalise] = ancien
    neufs: list[Indicateur] = []
    connus: list[Indicateur] = []
    liens: list[IndicateurFiche] = []
    retires: list[int] = []
    for ecriture in ecritures:
        anciens = par_fiche.get(ecriture.fiche.pk, {})
        for rang, ligne in enumerate(ecriture.apres["indicateurs"]):
            cle = normaliser(ligne["libelle"])[:250]
            lien = anciens.pop(cle) if cle in anciens else None
            if lien:
                mesure = lien.indicateur
                connus.append(mesure)
            else:
                mesure = Indicateur(collectivite=referentiel.collectivite)
                neufs.append(mesure)
            mesure.libelle, mesure.libelle_normalise = ligne["libelle"], cle
            mesure.unite, mesure.sens = ligne["unite"], ligne["sens"]
            mesure.periodicite, mesure.source = ligne["periodicite"], ligne["source"]
            mesure.methode, mesure.est_demonstration = ligne["methode"], ligne["demonstration"]
            liens.append(
                IndicateurFiche(
                    pk=lien.pk if lien else None,
                    fiche=ecriture.fiche,
                    indicateur=mesure,
                    niveau=ligne["niveau"],
                    initiale=_decimal(ligne["initiale"]),
                    date_initiale=_jour(ligne["date_initiale"]),
                    cible=_decimal(ligne["cible"]),
                    date_cible=_jour(ligne["date_cible"]),
                    poids=Decimal(ligne["poids"]),
                    ordre=rang,
                )
            )
        retires += [ancien.pk for ancien in anciens.values()]
    for lot in par_lots(retires):
        IndicateurFiche.objects.filter(pk__in=lot).update(retire_le=timezone.now())
    Indicateur.objects.bulk_create(neufs, batch_size=1000)
    mettre_a_jour(
        connus,
        ["libelle", "libelle_normalise", "unite", "sens", "periodicite", "source", "methode",
         "est_demonstration"],
    )  # fmt: skip
    for a_poser in liens:
        a_poser.indicateur_id = a_poser.indicateur.pk
    IndicateurFiche.tous.bulk_create([li for li in liens if li.pk is None], batch_size=1000)
    mettre_a_jour(
        [li for li in liens if li.pk is not None],
        [
            "retire_le",
            "niveau",
            "initiale",
            "date_initiale",
            "cible",
            "date_cible",
            "poids",
            "ordre",
        ],
    )


def recalculer_les_taux(fiches_ids: list[int]) -> None:
    """Recopie sur chaque fiche le taux de ses indicateurs, et sur combien il repose."""
    for lot in par_lots(fiches_ids):
        elements: dict[int, list[tuple[float | None, float]]] = {pk: [] for pk in lot}
        for lien in IndicateurFiche.objects.filter(fiche__in=lot).select_related("indicateur"):
            elements[lien.fiche_id].append((taux_du_lien(lien), float(lien.poids)))
        fiches = []
        for pk, couples in elements.items():
            total = agreger(couples)
            fiches.append(
                FicheAction(
                    pk=pk,
                    taux_indicateurs=total.valeur,
                    indicateurs_calculables=total.calculables,
                    indicateurs_total=total.total,
                )
            )
        mettre_a_jour(fiches, ["taux_indicateurs", "indicateurs_calculables", "indicateurs_total"])


def taux_du_lien(lien: IndicateurFiche) -> float | None:
    """Chemin fait par un indicateur d'une fiche, de 0 à 100, ou None s'il n'est pas calculable."""
    mesure = lien.indicateur
    return taux_indicateur(lien.initiale, mesure.derniere_valeur, lien.cible, mesure.sens)


def _indexer(fiches: list[FicheAction]) -> None:
    """Tient la table FTS5. PostgreSQL tient seul son index."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as curseur:
        curseur.executemany(
            "DELETE FROM plan_recherche WHERE rowid = %s", [(fiche.pk,) for fiche in fiches]
        )
        curseur.executemany(
            "INSERT INTO plan_recherche(rowid, contenu) VALUES (%s, %s)",
            [(fiche.pk, fiche.recherche) for fiche in fiches],
        )
