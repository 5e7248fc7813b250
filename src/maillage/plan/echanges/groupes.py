"""Les groupes qui se répètent sur une ligne : Financeur 1, Montant 1, Jalon 2, Budget 2026…"""

import re
from dataclasses import dataclass, field
from typing import Any

from maillage.socle.classeurs import Entetes, Ligne
from maillage.socle.classeurs.entetes import ColonneReconnue
from maillage.socle.francais import ValeurIllisible, est_sans_valeur, lire_date, lire_liste

from ..models import Schema
from .plan_lu import Demande, Lieu, PlanLu
from .valeurs import lire_cellule

SANS_FINANCEUR = "Financeur non précisé"
_MONTANTS = ("prevu", "engage", "realise")
_GROUPES = {
    "jalons": {"jalon": ("titre", "texte"), "jalon_date": ("date_prevue", "date_fin"),
               "jalon_realise": ("date_realisee", "date")},
    "indicateurs": {"indicateur": ("libelle", "texte"), "indicateur_unite": ("unite", "texte"),
                    "indicateur_initiale": ("initiale", "decimal"),
                    "indicateur_cible": ("cible", "decimal")},
    "textes": {"texte": ("reference", "texte")},
}  # fmt: skip
_TETES = {"jalons": "jalon", "indicateurs": "indicateur", "textes": "texte"}
_ANNEE = re.compile(r"(?:19|20|21)\d\d")


@dataclass(slots=True)
class Groupes:
    """Les colonnes répétées d'un tableau, rangées par groupe puis par rang."""

    lignes: dict[str, dict[int, dict[str, ColonneReconnue]]] = field(default_factory=dict)
    financeurs: dict[int, ColonneReconnue] = field(default_factory=dict)
    annees: dict[int, ColonneReconnue] = field(default_factory=dict)
    sections: dict[int, ColonneReconnue] = field(default_factory=dict)
    montants: list[ColonneReconnue] = field(default_factory=list)
    financeurs_listes: ColonneReconnue | None = None
    calendrier: ColonneReconnue | None = None
    en_notes: list[ColonneReconnue] = field(default_factory=list)

    @property
    def a_un_budget(self) -> bool:
        return bool(self.montants or self.financeurs)


class LectureGroupes:
    """Lit les groupes répétés d'une ligne et les verse dans sa demande."""

    def __init__(self, lu: PlanLu, schema: Schema):
        self.lu = lu
        self.schema = schema

    def preparer(self, entetes: Entetes, simples: dict[str, int]) -> Groupes:
        """Range les colonnes répétées. Complète `simples` d'une date de point dite « Date »."""
        groupes = Groupes()
        champs = entetes.champs
        for colonne in entetes.colonnes:
            champ, rang = colonne.champ, colonne.rang or 1
            if champ in _MONTANTS:
                groupes.montants.append(colonne)
            elif champ == "financeur":
                groupes.financeurs[rang] = colonne
            elif champ == "annee":
                groupes.annees[rang] = colonne
            elif champ == "section":
                groupes.sections[rang] = colonne
            elif champ == "financeurs":
                groupes.financeurs_listes = colonne
            elif champ == "calendrier":
                groupes.calendrier = colonne
            elif champ == "risque":
                groupes.en_notes.append(colonne)
            elif cle := next((c for c, sous in _GROUPES.items() if champ in sous), None):
                if _TETES[cle] not in champs:
                    if champ == "jalon_date" and "meteo" in champs and "date_point" not in champs:
                        simples["date_point"] = colonne.colonne
                    else:
                        groupes.en_notes.append(colonne)
                    continue
                groupes.lignes.setdefault(cle, {}).setdefault(rang, {})[champ] = colonne
        return groupes

    def ligne(self, demande: Demande, ligne: Ligne, lieu: Lieu, groupes: Groupes) -> None:
        """Verse les groupes de cette ligne ; une ligne de suite les ajoute à ceux d'avant."""
        for cle, rangs in groupes.lignes.items():
            demande.lignes.setdefault(cle, [])
            for rang in sorted(rangs):
                self._groupe(demande, ligne, lieu, cle, rangs[rang])
        if groupes.a_un_budget:
            demande.lignes.setdefault("budgets", [])
            self._budget(demande, ligne, lieu, groupes)
        for colonne in groupes.en_notes:
            self._en_note(demande, ligne, colonne)
        if groupes.calendrier:
            self._calendrier(demande, ligne, groupes.calendrier)
        if groupes.financeurs_listes and not groupes.a_un_budget:
            self._en_note(demande, ligne, groupes.financeurs_listes)

    def _groupe(
        self, demande: Demande, ligne: Ligne, lieu: Lieu, cle: str,
        colonnes: dict[str, ColonneReconnue],
    ) -> None:  # fmt: skip
        valeurs: dict[str, Any] = {}
        places = {}
        for champ, colonne in colonnes.items():
            sous, sorte = _GROUPES[cle][champ]
            places[sous] = colonne.colonne
            cellule = ligne.cellule(colonne.colonne)
            if cellule.propagee and cellule.fusion and demande.lieu.ligne != ligne.numero:
                return
            try:
                valeurs[sous] = lire_cellule(sous, sorte, cellule)
            except ValeurIllisible as refus:
                self.lu.problemes.append(
                    Lieu(lieu.feuille, ligne.numero, places).probleme(refus.message, sous)
                )
                return
        tete = _GROUPES[cle][_TETES[cle]][0]
        if not any(v not in (None, "") for v in valeurs.values()):
            return
        place = Lieu(lieu.feuille, ligne.numero, places)
        noms = lire_liste(valeurs.get(tete) or "")
        if len(noms) > 1 and len(colonnes) == 1:
            for nom in noms:
                demande.ajouter_ligne(cle, {tete: nom}, place)
        elif not est_sans_valeur(valeurs.get(tete)):
            demande.ajouter_ligne(cle, valeurs, place)
        elif any(v not in (None, "") for s, v in valeurs.items() if s != tete):
            demande.ajouter_ligne(cle, {**valeurs, tete: ""}, place)

    # --- Budget ---------------------------------------------------------------------------

    def _budget(self, demande: Demande, ligne: Ligne, lieu: Lieu, groupes: Groupes) -> None:
        lignes: dict[tuple[int, int | None], dict[str, Any]] = {}
        places: dict[tuple[int, int | None], dict[str, int]] = {}
        for colonne in groupes.montants:
            rang = colonne.rang or 1
            cellule = ligne.cellule(colonne.colonne)
            place = {colonne.champ: colonne.colonne}
            try:
                montant = lire_cellule(colonne.champ, "montant", cellule)
            except ValeurIllisible as refus:
                self.lu.problemes.append(
                    Lieu(lieu.feuille, ligne.numero, place).probleme(refus.message, colonne.champ)
                )
                continue
            if montant is not None:
                cle = (rang, colonne.annee)
                lignes.setdefault(cle, {})[colonne.champ] = montant
                places.setdefault(cle, {}).update(place)
        for rang, colonne in groupes.financeurs.items():
            texte = ligne.cellule(colonne.colonne).texte
            if not est_sans_valeur(texte) and not any(r == rang for r, _ in lignes):
                lignes[rang, None] = {}
                places[rang, None] = {}
        presents = {c.champ for c in groupes.montants}
        for (rang, annee), valeurs in sorted(lignes.items(), key=lambda p: (p[0][0], p[0][1] or 0)):
            place = places[rang, annee]
            complete = {champ: valeurs.get(champ) for champ in _MONTANTS if champ in presents}
            complete["financeur"] = self._financeur(ligne, groupes, rang, place)
            complete["annee"] = self._annee(demande, ligne, lieu, groupes, rang, annee, place)
            if section := groupes.sections.get(rang) or groupes.sections.get(1):
                place["section"] = section.colonne
                try:
                    complete["section"] = lire_cellule(
                        "section", "choix", ligne.cellule(section.colonne)
                    )
                except ValeurIllisible as refus:
                    self.lu.problemes.append(
                        Lieu(lieu.feuille, ligne.numero, place).probleme(refus.message, "section")
                    )
                    continue
            demande.ajouter_ligne("budgets", complete, Lieu(lieu.feuille, ligne.numero, place))

    def _financeur(self, ligne: Ligne, groupes: Groupes, rang: int, place: dict[str, int]) -> str:
        colonne = groupes.financeurs.get(rang)
        if colonne is None and len(groupes.financeurs) == 1:
            colonne = next(iter(groupes.financeurs.values()))
        if colonne is not None:
            place["financeur"] = colonne.colonne
            texte = ligne.cellule(colonne.colonne).texte
            if not est_sans_valeur(texte):
                return texte
        elif groupes.financeurs_listes is not None:
            place["financeur"] = groupes.financeurs_listes.colonne
            noms = lire_liste(ligne.cellule(groupes.financeurs_listes.colonne).texte)
            if len(noms) == 1:
                return noms[0]
            if noms:
                self.lu.avertir(
                    "Plusieurs financeurs pour un seul montant : le partage n’est pas dit. "
                    f"Ces montants vont à « {SANS_FINANCEUR} »."
                )
                return SANS_FINANCEUR
        self.lu.avertir(f"Des montants n’ont pas de financeur : ils vont à « {SANS_FINANCEUR} ».")
        return SANS_FINANCEUR

    def _annee(
        self, demande: Demande, ligne: Ligne, lieu: Lieu, groupes: Groupes, rang: int,
        annee: int | None, place: dict[str, int],
    ) -> int | None:  # fmt: skip
        if annee:
            return annee
        colonne = groupes.annees.get(rang) or groupes.annees.get(1)
        if colonne is not None:
            place["annee"] = colonne.colonne
            cellule = ligne.cellule(colonne.colonne)
            if not cellule.est_vide:
                try:
                    return lire_cellule("annee", "entier", cellule)
                except ValeurIllisible as refus:
                    if lu := _ANNEE.search(cellule.texte):
                        return int(lu[0])
                    self.lu.problemes.append(
                        Lieu(lieu.feuille, ligne.numero, place).probleme(refus.message, "annee")
                    )
                    return None
        for texte in (demande.etat.get("date_debut"), demande.etat.get("edition")):
            if texte and (lu := _ANNEE.search(str(texte))):
                trouvee = int(lu[0])
                break
        else:
            trouvee = self.schema.annee_debut
        self.lu.avertir(
            "Des montants n’ont pas d’année : la première de l’action ou du plan est retenue. "
            "Ajouter une colonne « Année », ou l’écrire dans l’en-tête (« Montant 2026 »)."
        )
        return trouvee

    # --- Calendrier et restes -------------------------------------------------------------

    def _en_note(self, demande: Demande, ligne: Ligne, colonne: ColonneReconnue) -> None:
        demande.notes_vues.add(colonne.intitule)
        if texte := ligne.cellule(colonne.colonne).texte:
            demande.notes[colonne.intitule] = texte

    def _calendrier(self, demande: Demande, ligne: Ligne, colonne: ColonneReconnue) -> None:
        """« 2025-2027 », « T1 2025 à fin 2026 » : début et fin ; le reste devient une note."""
        cellule = ligne.cellule(colonne.colonne)
        if "date_debut" in demande.etat or "date_fin" in demande.etat or cellule.est_vide:
            self._en_note(demande, ligne, colonne)
            return
        morceaux = re.split(r"\s*(?:-|–|—|→|>|/|\bà\b|\bau\b|\bjusqu['’]en\b)\s*", cellule.texte)
        try:
            if len(morceaux) == 2 and all(morceaux):
                debut, fin = (lire_date(m) for m in morceaux)
            else:
                debut = fin = lire_date(cellule.valeur)
        except ValeurIllisible:
            self._en_note(demande, ligne, colonne)
            return
        demande.notes_vues.add(colonne.intitule)
        if debut is not None and fin is not None and debut.date <= fin.fin:
            demande.etat["date_debut"] = debut.date.isoformat()
            demande.etat["date_fin"] = fin.fin.isoformat()
        else:
            demande.notes[colonne.intitule] = cellule.texte
