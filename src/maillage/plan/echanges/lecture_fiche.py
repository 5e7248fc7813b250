"""Lire les lignes d'un tableau de fiches : champs, niveaux du plan, suivi, code manquant."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from maillage.socle.classeurs import Cellule, Entetes, Feuille, Ligne, intercalaire
from maillage.socle.francais import ValeurIllisible, est_sans_valeur, lire_liste, normaliser

from ..etat import PAR_CLE
from ..models import Schema
from .groupes import LectureGroupes
from .place import Cadre, Noeud, PlaceRefusee
from .plan_lu import Demande, Lieu, PlanLu, PointLu
from .valeurs import lire_cellule
from .vocabulaire import CHAMPS_POINT, SUIVI, lire_choix

_MOIS = {"mensuelle": 1, "trimestrielle": 3, "semestrielle": 6, "annuelle": 12}
_PRIORITES = {
    True: {"haute", "forte", "elevee", "prioritaire", "phare", "p1", "tres haute", "urgente"},
    False: {"normale", "moyenne", "basse", "faible", "p2", "p3", "secondaire", "standard"},
}
_SORTES_SUIVI = {"date_point": "date"} | {c: s for c, _, s in CHAMPS_POINT if c in SUIVI}
_TOTAUX = re.compile(r"(?:sous[ -]?)?total\b.*", re.I)
_PAR_COLONNE_DE_NIVEAU = dict[int, list[int | None]]


class LectureFiche:
    """Verse les lignes d'un tableau dans les demandes d'un `PlanLu`."""

    def __init__(
        self, lu: PlanLu, cadre: Cadre, schema: Schema, connus: Callable[[str, str], bool]
    ):
        self.lu = lu
        self.cadre = cadre
        self.schema = schema
        self.connus = connus
        self.groupes = LectureGroupes(lu, schema)
        self.numeros_repetes = False
        """Vrai quand les codes du classeur sont des numéros qui recommencent à chaque axe."""
        self._sans_code: list[tuple[Demande, list[PointLu]]] = []

    # --- Une ligne de nos .csv ------------------------------------------------------------

    def ligne_simple(self, feuille: str, ligne: Ligne, colonnes: dict[str, int]) -> None:
        """Une ligne « Fiche » d'un .csv typé : les colonnes sont celles de l'état."""
        demande = Demande("", Lieu(feuille, ligne.numero, colonnes))
        for cle, colonne in colonnes.items():
            self._champ(demande, cle, ligne.cellule(colonne))
        self._inscrire(demande)

    # --- Un tableau -----------------------------------------------------------------------

    def tableau(
        self, feuille: Feuille, entetes: Entetes, niveaux: _PAR_COLONNE_DE_NIVEAU,
        contexte: Noeud | None,
    ) -> None:  # fmt: skip
        """Toutes les lignes d'un tableau de fiches."""
        simples: dict[str, int] = {}
        for colonne in entetes.colonnes:
            if colonne.champ in PAR_CLE or colonne.champ in SUIVI:
                simples.setdefault(colonne.champ, colonne.colonne)
        groupes = self.groupes.preparer(entetes, simples)
        inconnues = self._intitules_de_notes(entetes)
        remplies = _a_remplir(entetes.donnees(feuille), niveaux)
        courants: dict[int, tuple[str, str, str]] = {}
        precedente: Demande | None = None
        base = contexte
        for ligne in entetes.donnees(feuille):
            if ligne.entierement_propagee:
                continue
            lieu = Lieu(feuille.nom, ligne.numero, simples)
            if texte := intercalaire(ligne):
                seule = next(c for c in ligne.cellules.values() if not c.est_vide)
                dit = seule.colonne != simples.get("code") or self._nomme_un_niveau(texte)
                if dit and (noeud := self._intercalaire(texte, lieu)):
                    base, courants = noeud, {}
                    continue
            self._niveaux_de_la_ligne(ligne, niveaux, remplies, courants)
            code = ligne.cellule(simples["code"]) if "code" in simples else None
            titre = ligne.cellule(simples["titre"]) if "titre" in simples else None
            if (code is None or code.est_vide) and (titre is None or titre.est_vide):
                self._sans_fiche(ligne, niveaux, lieu)
                continue
            if any(c and _TOTAUX.fullmatch(c.texte) for c in (code, titre)):
                self.lu.avertir(f"{lieu.probleme('ligne de total, laissée de côté.')}")
                continue
            repere = code if code is not None and not code.est_vide else titre
            if precedente is not None and repere is not None and repere.propagee:
                self.groupes.ligne(precedente, ligne, lieu, groupes)
                continue
            demande = Demande("", lieu)
            precedente = demande
            for cle, place in simples.items():
                if cle in PAR_CLE:
                    self._champ(demande, cle, ligne.cellule(place))
            for intitule, place in inconnues.items():
                self._note(demande, intitule, ligne.cellule(place))
            if niveaux or base is not None:
                self._placer(demande, niveaux, courants, base)
            self.groupes.ligne(demande, ligne, lieu, groupes)
            points = self._point(demande, ligne, simples, entetes)
            self._inscrire(demande, points)

    def _intitules_de_notes(self, entetes: Entetes) -> dict[str, int]:
        intitules: dict[str, int] = {}
        for inconnue in entetes.inconnues:
            intitule, rang = inconnue.intitule, 2
            while intitule in intitules:
                intitule, rang = f"{inconnue.intitule} ({rang})", rang + 1
            intitules[intitule] = inconnue.colonne
        return intitules

    def _sans_fiche(self, ligne: Ligne, niveaux: _PAR_COLONNE_DE_NIVEAU, lieu: Lieu) -> None:
        """Une ligne sans code ni titre ne porte que des niveaux, ou rien d'utile."""
        de_niveau = {c for trio in niveaux.values() for c in trio if c}
        autres = [
            c
            for c in ligne.cellules.values()
            if c.colonne not in de_niveau and not c.est_vide and not c.propagee
        ]
        if autres:
            self.lu.avertir(
                str(lieu.probleme("ni code ni titre : cette ligne a été laissée de côté."))
            )

    # --- Champs ---------------------------------------------------------------------------

    def _champ(self, demande: Demande, cle: str, cellule: Cellule) -> None:
        sorte = PAR_CLE[cle].sorte
        try:
            if cle == "pilote_organisation":
                self._pilotes(demande, cellule)
            elif cle == "renvois":
                demande.etat[cle] = self._renvois(cellule)
            elif sorte == "liste":
                demande.etat[cle] = lire_cellule(
                    cle, sorte, cellule, connus=lambda nom: self.connus(cle, nom)
                )
            else:
                demande.etat[cle] = self._simple(cle, sorte, cellule)
        except ValeurIllisible as refus:
            self.lu.problemes.append(demande.lieu.probleme(refus.message, cle))

    def _simple(self, cle: str, sorte: str, cellule: Cellule) -> Any:
        if cle == "periodicite_mois" and isinstance(cellule.valeur, str):
            if (mot := lire_choix("periodicite", cellule.texte)) in _MOIS:
                return _MOIS[mot]
        if cle in {"phare", "prioritaire"} and isinstance(cellule.valeur, str):
            for valeur, formes in _PRIORITES.items():
                if normaliser(cellule.texte) in formes:
                    return valeur
        return lire_cellule(cle, sorte, cellule)

    def _pilotes(self, demande: Demande, cellule: Cellule) -> None:
        noms = lire_liste(cellule.texte, connus=lambda nom: self.connus("pilote_organisation", nom))
        demande.etat["pilote_organisation"] = noms[0] if noms else ""
        if len(noms) > 1:
            demande.ajouts.setdefault("copilotes", []).extend(noms[1:])
            self.lu.avertir(
                "Plusieurs organisations dans la colonne du pilote : la première est pilote, "
                "les suivantes sont copilotes."
            )

    def _renvois(self, cellule: Cellule) -> list[str]:
        texte = cellule.texte
        if not texte or est_sans_valeur(texte):
            return []
        noms = lire_liste(texte, connus=lambda nom: self.connus("renvois", nom))
        codes = [self.cadre.renvoi(nom) for nom in noms]
        if all(normaliser(code) in self.cadre.par_code for code in codes):
            return codes
        entier = self.cadre.renvoi(texte)  # « Axe 5, volet 2 » : une seule division
        return [entier] if entier != texte else codes

    def _note(self, demande: Demande, intitule: str, cellule: Cellule) -> None:
        demande.notes_vues.add(intitule)
        if cellule.texte:
            demande.notes[intitule] = cellule.texte

    # --- Place ----------------------------------------------------------------------------

    def _nomme_un_niveau(self, texte: str) -> bool:
        """« Axe 2 – Bien vieillir » n'est pas un code, même dans la colonne des codes."""
        normalise = normaliser(texte)
        return any(normalise.startswith(f"{normaliser(n)} ") for n in self.schema.niveaux)

    def _intercalaire(self, texte: str, lieu: Lieu) -> Noeud | None:
        try:
            return self.cadre.de_texte(texte, (lieu.feuille, lieu.ligne), creer=True)
        except PlaceRefusee:
            return None

    def _niveaux_de_la_ligne(
        self, ligne: Ligne, niveaux: _PAR_COLONNE_DE_NIVEAU, remplies: set[int],
        courants: dict[int, tuple[str, str, str]],
    ) -> None:  # fmt: skip
        """Met à jour la place courante. Un niveau qui change vide ceux du dessous."""
        for rang in sorted(niveaux):
            textes = tuple(
                ligne.cellule(colonne).texte if colonne else "" for colonne in niveaux[rang]
            )
            assert len(textes) == 3
            if any(textes):
                if courants.get(rang) != textes:
                    for plus_bas in [r for r in courants if r > rang]:
                        del courants[plus_bas]
                    courants[rang] = textes
            elif rang not in remplies:
                courants.pop(rang, None)

    def _placer(
        self, demande: Demande, niveaux: _PAR_COLONNE_DE_NIVEAU,
        courants: dict[int, tuple[str, str, str]], base: Noeud | None,
    ) -> None:  # fmt: skip
        noeud = base
        lieu = (demande.lieu.feuille, demande.lieu.ligne)
        colonnes = {f"niveau_{r}": c for r, trio in niveaux.items() for c in trio if c}
        for rang in sorted(courants):
            texte, code, nom = courants[rang]
            try:
                attendu = noeud.profondeur + 1 if noeud else 0
                if rang < attendu:
                    noeud, attendu = None, 0
                if rang > attendu:
                    noeud = self._sauter(rang, texte, code, nom)
                noeud = self.cadre.niveau(rang, noeud, texte, code, nom, lieu)
            except PlaceRefusee as refus:
                self.lu.problemes.append(
                    Lieu(*lieu, colonnes).probleme(str(refus), f"niveau_{rang}")
                )
                return
        demande.place = noeud
        if noeud is not None and not demande.etat.get("division"):
            demande.etat["division"] = noeud.code

    def _sauter(self, rang: int, texte: str, code: str, nom: str) -> Noeud | None:
        """Le parent quand le classeur saute des niveaux (une seule colonne « Axe »)."""
        if texte and not code and not nom:
            code, nom = self.cadre.lire_niveau(rang, texte)
        code = code or (texte if nom else "")
        for trouve in (
            self.cadre.division(code) if code else None,
            self.cadre.par_numero(rang, code) if code else None,
            self.cadre.par_nom(rang, nom or texte),
        ):
            if trouve is not None and trouve.profondeur == rang:
                return trouve.parent
        return self.cadre.parent_probable(rang, code)

    # --- Suivi ----------------------------------------------------------------------------

    def _point(
        self, demande: Demande, ligne: Ligne, simples: dict[str, int], entetes: Entetes
    ) -> list[PointLu]:
        valeurs: dict[str, Any] = {}
        textes: dict[str, str] = {}
        for cle, champ in SUIVI.items():
            if cle not in simples:
                continue
            cellule = ligne.cellule(simples[cle])
            if not cellule.est_vide:
                textes[cle] = cellule.texte
            try:
                valeurs.update(_valeur_de_suivi(cle, champ, cellule))
            except ValeurIllisible as refus:
                self.lu.problemes.append(demande.lieu.probleme(refus.message, cle))
                return []
        dits = {cle for cle, valeur in valeurs.items() if valeur not in (None, "")}
        intitules = {c.champ: c.intitule for c in entetes.colonnes}
        for cle in set(simples) & set(SUIVI):
            demande.notes_vues.add(intitules[cle])
        if not dits - {"date"}:
            return []
        if "meteo" not in dits:
            # La météo est un jugement : on ne la devine pas. Rien ne se perd pour autant.
            for cle, texte in textes.items():
                demande.notes[intitules[cle]] = texte
            self.lu.avertir(
                "Sans météo, pas de point d’étape : ce que dit le classeur du suivi est gardé en "
                "note. Ajouter une colonne « Météo » (soleil, couvert, nuage, orage) pour en faire "
                "des points."
            )
            return []
        return [PointLu("", demande.lieu, valeurs)]

    # --- Inscrire -------------------------------------------------------------------------

    def _inscrire(self, demande: Demande, points: list[PointLu] | None = None) -> None:
        points = points or []
        code = " ".join(str(demande.etat.pop("code", "")).split())
        if not code:
            self._sans_code.append((demande, points))
            return
        if self.numeros_repetes and code.isdecimal() and demande.place is not None:
            code = f"{demande.place.code}.{int(code):02d}"
            self.lu.avertir(
                "Les numéros des fiches recommencent à chaque division : chaque code est complété "
                "par celui de sa division."
            )
        if code not in self.cadre.codes_exacts:
            code = self.cadre.codes.get(code.casefold(), code)
        if code in self.lu.demandes:
            autre = self.lu.demandes[code].lieu
            ou = "" if autre.feuille == demande.lieu.feuille else f", feuille « {autre.feuille} »"
            self.lu.problemes.append(
                demande.lieu.probleme(
                    f"le code « {code} » est déjà écrit ligne {autre.ligne}{ou}. "
                    "Un code ne sert qu’une fois.",
                    "code",
                )
            )
            return
        self._garder(code, demande, points)

    def _garder(self, code: str, demande: Demande, points: list[PointLu]) -> None:
        demande.code = code
        if "division" not in demande.etat and code not in self.cadre.codes_exacts:
            if noeud := self.cadre.par_prefixe(code):
                demande.place, demande.etat["division"] = noeud, noeud.code
        elif demande.etat.get("division") and demande.place is None:
            if noeud := self.cadre.division(demande.etat["division"]):
                demande.place, demande.etat["division"] = noeud, noeud.code
        self.lu.demandes[code] = demande
        for point in points:
            point.code = code
            self.lu.points.append(point)

    def donner_les_codes(self) -> None:
        """Donne un code aux fiches qui n'en ont pas, une fois tous les autres connus."""
        attente, self._sans_code = self._sans_code, []
        pris = set(self.lu.demandes)
        for demande, points in attente:
            place = demande.place
            if place is None and demande.etat.get("division"):
                place = self.cadre.division(demande.etat["division"])
            if place is None:
                self.lu.problemes.append(
                    demande.lieu.probleme(
                        "cette fiche n’a ni code ni place dans le plan. Remplir l’un des deux.",
                        "titre",
                    )
                )
                continue
            code = self.cadre.code_de_fiche(place, demande.etat.get("titre", ""), pris)
            pris.add(code)
            self._garder(code, demande, points)


def _valeur_de_suivi(cle: str, champ: str, cellule: Cellule) -> dict[str, Any]:
    """Ce qu'une cellule de suivi dit. Un mot d'une autre colonne (« vert » dans « Statut ») va à
    son champ."""
    sorte = _SORTES_SUIVI[cle]
    if champ == "avancement" and (
        isinstance(cellule.valeur, int | Decimal) or cellule.texte.endswith("%")
    ):
        return {"taux": lire_cellule("taux", "taux", cellule)}  # « Avancement (%) »
    if sorte != "choix" or not cellule.texte:
        return {champ: lire_cellule(champ, sorte, cellule)}
    if champ in {"meteo", "avancement"}:
        for essai in (champ, *({"meteo", "avancement", "suite", "atteinte"} - {champ})):
            if trouve := lire_choix(essai, cellule.texte):
                return {essai: trouve}
    return {champ: lire_cellule(champ, sorte, cellule)}


def _a_remplir(lignes: list[Ligne], niveaux: _PAR_COLONNE_DE_NIVEAU) -> set[int]:
    """Les niveaux à remplir vers le bas : ceux qu'on n'écrit qu'une fois par groupe.

    Une colonne qui répète sa valeur d'une ligne à la suivante est écrite partout : ses cases vides
    sont vraiment vides.
    """
    repetes: set[int] = set()
    derniers: dict[int, str] = {}
    for ligne in lignes:
        for rang, trio in niveaux.items():
            colonne = next(c for c in trio if c)
            cellule = ligne.cellule(colonne)
            if cellule.est_vide or cellule.propagee:
                derniers.pop(rang, None)
                continue
            if derniers.get(rang) == cellule.texte:
                repetes.add(rang)
            derniers[rang] = cellule.texte
    return set(niveaux) - repetes
