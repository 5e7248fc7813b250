"""Lire un plan dans un classeur : feuilles, en-têtes, niveaux, fiches. Rien n'est écrit en base.

Règles, dites aussi dans le guide :
- une colonne absente garde la valeur en place ; une cellule vide d'une colonne présente l'efface ;
- une fiche sans code garde celui de la fiche de même titre dans la même division, sinon reçoit le
  premier rang libre (« V2.A1.03 ») ;
- une division nommée et inconnue est créée ; son code est lu dans la cellule ou fabriqué ;
- une colonne inconnue devient une note de la fiche.
"""

from collections.abc import Callable, Mapping

from maillage.socle.classeurs import Classeur, Entetes, Feuille, Probleme, trouver_entetes
from maillage.socle.francais import normaliser

from ..models import Schema
from ..referentiel import Referentiel
from .lecture_fiche import LectureFiche
from .lecture_tables import (
    LectureTables,
    colonnes_du_csv,
    entetes_types,
    table_de_feuille,
)
from .place import Cadre, Noeud, PlaceRefusee
from .plan_lu import ColonneVue, Lieu, PlanLu
from .tables import DIVISIONS, FEUILLE_AIDE, FICHES, TABLES, Table
from .vocabulaire import cle_intitule, libelle_du_champ, vocabulaire_des_fiches

_REPERES = {"code", "titre"}


def lire_plan(
    classeur: Classeur,
    schema: Schema,
    referentiel: Referentiel,
    correspondances: Mapping[str, str] | None = None,
) -> PlanLu:
    """Tout ce que ce classeur demande à ce schéma. Ne lève rien : les refus sont dans le résultat.

    `correspondances` : {clé d'intitulé: champ, ou "" pour une note}, ce que la collectivité a
    répondu pour ses propres intitulés.
    """
    return _LecturePlan(classeur, schema, referentiel, correspondances or {}).lire()


class _LecturePlan:
    def __init__(
        self, classeur: Classeur, schema: Schema, referentiel: Referentiel,
        correspondances: Mapping[str, str],
    ):  # fmt: skip
        self.classeur = classeur
        self.schema = schema
        self.cadre = Cadre(schema)
        self.lu = PlanLu(avertissements=list(classeur.avertissements))
        self.correspondances = {cle: champ or None for cle, champ in correspondances.items()}
        self.vocabulaire = vocabulaire_des_fiches(schema.niveaux, self.correspondances)
        self.tables = LectureTables(self.lu, self.cadre)
        self.fiche = LectureFiche(self.lu, self.cadre, schema, _connus(referentiel))

    def lire(self) -> PlanLu:
        types = entetes_types(self.classeur)
        if types is not None:
            self._csv_type(self.classeur.feuilles[0], types)
        else:
            self._feuilles()
        self.fiche.donner_les_codes()
        self.lu.divisions_neuves = self.cadre.neufs
        for code, nom in self.cadre.noms_differents.items():
            self.lu.avertir(
                f"{code} s’appelle « {self.cadre.par_code[normaliser(code)].nom} » dans le plan, "
                f"« {nom} » dans le classeur : le nom du plan est gardé."
            )
        return self.lu

    # --- Nos exports en .csv --------------------------------------------------------------

    def _csv_type(self, feuille: Feuille, entetes: Entetes) -> None:
        self.lu.feuilles.append(feuille.nom)
        self.lu.problemes += [*feuille.problemes, *entetes.problemes]
        lignes = self.tables.tables_du_csv(feuille, entetes)
        colonnes_fiche = colonnes_du_csv(entetes, FICHES)
        divisions = colonnes_du_csv(entetes, DIVISIONS)
        for ligne in lignes[DIVISIONS.cle]:
            self.tables.ligne(DIVISIONS, feuille.nom, ligne, divisions, "", "code")
        for ligne in lignes[FICHES.cle]:
            self.fiche.ligne_simple(feuille.nom, ligne, colonnes_fiche)
        self.fiche.donner_les_codes()
        for table in TABLES:
            if table in {DIVISIONS, FICHES}:
                continue
            colonnes = colonnes_du_csv(entetes, table)
            if not set(table.requises) <= set(colonnes):
                continue
            self.tables.annoncer(table)
            colonnes = {**colonnes, "code_fiche": colonnes_fiche["code"]}
            for ligne in lignes[table.cle]:
                code = ligne.cellule(colonnes["code_fiche"]).texte
                self.tables.ligne(table, feuille.nom, ligne, colonnes, code, "code_fiche")

    # --- Feuilles -------------------------------------------------------------------------

    def _feuilles(self) -> None:
        de_fiches: list[tuple[Feuille, Entetes]] = []
        de_tables: list[tuple[Feuille, Table, Entetes]] = []
        laissees: list[tuple[Feuille, Entetes]] = []
        for feuille in self.classeur.feuilles:
            if normaliser(feuille.nom) == normaliser(FEUILLE_AIDE) or not feuille.lignes:
                continue
            trouvee = table_de_feuille(feuille)
            if trouvee is not None:
                de_tables.append((feuille, *trouvee))
                continue
            entetes = trouver_entetes(feuille, self.vocabulaire)
            if entetes.trouve and entetes.champs & _REPERES:
                de_fiches.append((feuille, entetes))
            else:
                laissees.append((feuille, entetes))
        for feuille, table, entetes in de_tables:
            if table is DIVISIONS:
                self._dire_utile(feuille)
                self.tables.feuille(feuille, table, entetes)
        self.fiche.numeros_repetes = _numeros_repetes(de_fiches)
        for feuille, entetes in de_fiches:
            self._dire_utile(feuille)
            self._fiches(feuille, entetes, seule=len(de_fiches) == 1)
        self.fiche.donner_les_codes()
        for feuille, table, entetes in de_tables:
            if table is not DIVISIONS:
                self._dire_utile(feuille)
                self.tables.feuille(feuille, table, entetes)
        if de_fiches or de_tables:
            for feuille, _ in laissees:
                self.lu.avertir(
                    f"La feuille « {feuille.nom} » n’est pas un tableau de fiches : "
                    "elle a été laissée de côté."
                )
        else:
            self._rien_de_reconnu(laissees)

    def _dire_utile(self, feuille: Feuille) -> None:
        self.lu.feuilles.append(feuille.nom)
        self.lu.problemes += feuille.problemes

    def _rien_de_reconnu(self, laissees: list[tuple[Feuille, Entetes]]) -> None:
        """Aucun tableau : montre les colonnes de la ligne la plus plausible, pour les désigner."""
        self.lu.titre_manque = True
        if not laissees:
            self.lu.problemes.append(Probleme("Le classeur est vide."))
            return
        for feuille, entetes in laissees:
            self.lu.problemes += entetes.problemes or [
                Probleme(
                    "aucune colonne ne porte le code ni le titre des fiches. "
                    "Dire laquelle, ou la nommer « Code » ou « Titre ».",
                    feuille.nom,
                    max(entetes.lignes),
                )
            ]
            if entetes.trouve:
                self._colonnes(feuille.nom, entetes)
                continue
            ligne = max(
                feuille.lignes[:20], key=lambda li: sum(1 for c in li.cellules.values() if c.texte)
            )
            for cellule in ligne.cellules.values():
                intitule = " ".join(cellule.texte.split())
                if intitule and len(intitule) <= 200:
                    self._colonne(feuille.nom, cellule.colonne, intitule, "")

    # --- Un tableau de fiches -------------------------------------------------------------

    def _colonnes(self, feuille: str, entetes: Entetes) -> None:
        for reconnue in entetes.colonnes:
            self._colonne(feuille, reconnue.colonne, reconnue.intitule, reconnue.champ)
        for inconnue in entetes.inconnues:
            self._colonne(feuille, inconnue.colonne, inconnue.intitule, "", inconnue.suggestions)

    def _colonne(
        self, feuille: str, colonne: int, intitule: str, champ: str, suggestions=()
    ) -> None:
        libelle = libelle_du_champ(champ, self.schema.niveaux) if champ else ""
        self.lu.colonnes.append(
            ColonneVue(
                feuille, colonne, intitule, champ, libelle, tuple(suggestions),
                cle_intitule(intitule) in self.correspondances,
            )
        )  # fmt: skip

    def _fiches(self, feuille: Feuille, entetes: Entetes, *, seule: bool) -> None:
        self._colonnes(feuille.nom, entetes)
        self.lu.problemes += entetes.problemes
        if entetes.problemes:
            return
        niveaux = {
            rang: (
                entetes.colonne(f"niveau_{rang}"),
                entetes.colonne(f"niveau_{rang}_code"),
                entetes.colonne(f"niveau_{rang}_nom"),
            )
            for rang in range(len(self.schema.niveaux))
        }
        colonnes = {
            rang: [c.colonne if c else None for c in trio]
            for rang, trio in niveaux.items()
            if any(trio)
        }
        contexte = None
        if not colonnes and "division" not in entetes.champs:
            contexte = self._contexte(feuille, entetes, seule=seule)
        self.fiche.tableau(feuille, entetes, colonnes, contexte)

    def _contexte(self, feuille: Feuille, entetes: Entetes, *, seule: bool) -> Noeud | None:
        """La division que nomment la feuille ou les titres au-dessus de l'en-tête."""
        lieu = (feuille.nom, min(entetes.lignes))
        for texte in (feuille.nom, *entetes.titres):
            try:
                if noeud := self.cadre.de_texte(texte, lieu, creer=True):
                    return noeud
            except PlaceRefusee as refus:
                self.lu.problemes.append(Lieu(*lieu).probleme(str(refus)))
                return None
        if not seule and len(self.schema.niveaux) == 1:
            try:
                return self.cadre.niveau(0, None, feuille.nom, "", "", lieu)
            except PlaceRefusee as refus:
                self.lu.problemes.append(Lieu(*lieu).probleme(str(refus)))
        return None


def _numeros_repetes(tableaux: list[tuple[Feuille, Entetes]]) -> bool:
    """Vrai quand un même numéro seul (« 1 ») sert de code à deux lignes."""
    vus: set[str] = set()
    for feuille, entetes in tableaux:
        colonne = entetes.colonne("code")
        if colonne is None:
            continue
        for ligne in entetes.donnees(feuille):
            cellule = ligne.cellule(colonne.colonne)
            if cellule.propagee or not cellule.texte.isdecimal():
                continue
            if cellule.texte in vus:
                return True
            vus.add(cellule.texte)
    return False


def _connus(referentiel: Referentiel) -> Callable[[str, str], bool]:
    """Dit si un nom est déjà connu pour ce champ : aide à couper « CAF, MSA »."""
    tables: dict[str, Mapping] = {
        "publics": referentiel.publics,
        "etapes": referentiel.etapes,
        "territoires": referentiel.territoires,
        "copilotes": referentiel.organisations,
        "partenaires": referentiel.organisations,
        "pilote_organisation": referentiel.organisations,
        "renvois": referentiel.divisions,
    }
    return lambda champ, nom: normaliser(nom) in tables.get(champ, {})


__all__ = ["lire_plan"]
