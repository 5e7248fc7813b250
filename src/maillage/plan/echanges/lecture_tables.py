"""Relire les tables de nos exports : feuilles « Plan », « Jalons », « Budget »…, ou .csv typé."""

from decimal import Decimal
from typing import Any

from maillage.socle.classeurs import Cellule, Classeur, Entetes, Feuille, Ligne, trouver_entetes
from maillage.socle.classeurs.entetes import Vocabulaire, cle_intitule
from maillage.socle.francais import ValeurIllisible, normaliser

from .place import Cadre, PlaceRefusee
from .plan_lu import Demande, Lieu, PlanLu, PointLu, ValeurLue
from .tables import (
    CODE_FICHE,
    COLONNE_LIGNE,
    DIVISIONS,
    ENFANTS,
    FICHES,
    NOTES,
    PAR_MOT,
    POINTS,
    TABLES,
    VALEURS,
    Table,
    intitules_csv,
)
from .valeurs import lire_cellule, net

_PAR_FEUILLE = {normaliser(t.feuille): t for t in TABLES if t is not FICHES}
_CODES = [CODE_FICHE, "Code", "N° fiche", "N° de fiche", "Fiche"]


def table_de_feuille(feuille: Feuille) -> tuple[Table, Entetes] | None:
    """La table que porte cette feuille d'après son nom et son en-tête, ou None."""
    table = _PAR_FEUILLE.get(normaliser(feuille.nom))
    if table is None:
        return None
    champs = {c.cle: [c.intitule] for c in table.colonnes}
    if table.cle_de_fiche:
        champs = {"code_fiche": _CODES, **champs}
    entetes = trouver_entetes(feuille, Vocabulaire(champs))
    requises = {*table.requises, *(["code_fiche"] if table.cle_de_fiche else [])}
    return (table, entetes) if requises <= entetes.champs else None


def entetes_types(classeur: Classeur) -> Entetes | None:
    """L'en-tête d'un .csv typé (une colonne « Ligne » dit ce qu'est chaque ligne), ou None."""
    if len(classeur.feuilles) != 1 or not classeur.feuilles[0].lignes:
        return None
    feuille = classeur.feuilles[0]
    premieres = [c.texte for c in feuille.lignes[0].cellules.values()]
    if cle_intitule(COLONNE_LIGNE) not in {cle_intitule(t) for t in premieres[:3]}:
        return None
    champs = {"ligne": [COLONNE_LIGNE]}
    for table, colonne, intitule in intitules_csv():
        champs[f"{table.cle}.{colonne.cle}"] = [intitule]
    entetes = trouver_entetes(feuille, Vocabulaire(champs))
    return entetes if {"ligne", "fiches.code"} <= entetes.champs else None


class LectureTables:
    """Verse les lignes de tables dans un `PlanLu`."""

    def __init__(self, lu: PlanLu, cadre: Cadre):
        self.lu = lu
        self.cadre = cadre
        self._parents: list[tuple[str, Lieu]] = []

    # --- Feuilles -------------------------------------------------------------------------

    def feuille(self, feuille: Feuille, table: Table, entetes: Entetes) -> None:
        colonnes = {c.champ: c.colonne for c in entetes.colonnes}
        self.lu.problemes += entetes.problemes
        self.lu.est_un_export = True
        self.annoncer(table)
        for ligne in entetes.donnees(feuille):
            if ligne.entierement_propagee:
                continue
            code = ligne.cellule(colonnes["code_fiche"]).texte if table.cle_de_fiche else ""
            self.ligne(table, feuille.nom, ligne, colonnes, code, "code_fiche")

    def annoncer(self, table: Table) -> None:
        """La table est là : une fiche qui n'y a pas de ligne n'en a plus."""
        for demande in self.lu.demandes.values():
            if table in ENFANTS:
                demande.lignes.setdefault(table.cle, [])
            elif table is NOTES:
                demande.notes_entieres = True

    def ligne(
        self, table: Table, feuille: str, ligne: Ligne, colonnes: dict[str, int], code: str,
        colonne_code: str,
    ) -> None:  # fmt: skip
        """Verse une ligne dans la table."""
        lieu = Lieu(feuille, ligne.numero, colonnes)
        valeurs = self.valeurs(table, ligne, colonnes, lieu)
        if valeurs is None:
            return
        if table is DIVISIONS:
            self._division(valeurs, lieu)
            return
        code = self._code_connu(code)
        if not code:
            self.lu.problemes.append(lieu.probleme("le code de la fiche manque.", colonne_code))
            return
        if code not in self.lu.demandes and code not in self.cadre.codes_exacts:
            self.lu.problemes.append(
                lieu.probleme(
                    f"aucune fiche ne porte le code « {code} », ni ici ni dans le plan.",
                    colonne_code,
                )
            )
            return
        if table is POINTS:
            self.lu.points.append(PointLu(code, lieu, valeurs))
        elif table is VALEURS:
            self.lu.valeurs.append(ValeurLue(code, lieu, valeurs))
        else:
            demande = self.lu.demandes.setdefault(code, Demande(code, lieu))
            if table is NOTES:
                demande.notes[valeurs["intitule"]] = valeurs["texte"]
                demande.notes_vues.add(valeurs["intitule"])
            else:
                demande.ajouter_ligne(table.cle, valeurs, lieu)

    def valeurs(
        self, table: Table, ligne: Ligne, colonnes: dict[str, int], lieu: Lieu
    ) -> dict[str, Any] | None:
        """Les valeurs des colonnes présentes ; None (et des problèmes) si l'une est illisible."""
        valeurs: dict[str, Any] = {}
        juste = True
        for colonne in table.colonnes:
            if colonne.cle not in colonnes:
                continue
            cellule: Cellule = ligne.cellule(colonnes[colonne.cle])
            try:
                valeurs[colonne.cle] = lire_cellule(colonne.cle, colonne.sorte, cellule)
            except ValeurIllisible as refus:
                juste = False
                self.lu.problemes.append(lieu.probleme(refus.message, colonne.cle))
        return valeurs if juste else None

    def _code_connu(self, code: str) -> str:
        code = " ".join(code.split())
        if code in self.lu.demandes or code in self.cadre.codes_exacts:
            return code
        return self.cadre.codes.get(code.casefold(), code)

    # --- Divisions ------------------------------------------------------------------------

    def _division(self, valeurs: dict[str, Any], lieu: Lieu) -> None:
        code = " ".join(valeurs["code"].split())
        propres: dict[str, Any] = {
            "nom": " ".join(valeurs["nom"].split()),
            "ambition": " ".join((valeurs.get("ambition") or "").split()),
            "presentation": valeurs.get("presentation") or "",
            "poids": Decimal(valeurs.get("poids") or 1),
        }
        parent_dit = " ".join((valeurs.get("parent") or "").split())
        parent = self.cadre.par_code.get(normaliser(parent_dit)) if parent_dit else None
        if parent_dit and parent is None:
            self.lu.problemes.append(
                lieu.probleme(
                    f"« {parent_dit} » n’est pas une division. L’écrire au-dessus de celle-ci.",
                    "parent",
                )
            )
            return
        if propres["poids"] < 0 or propres["poids"] >= 10_000:
            self.lu.problemes.append(lieu.probleme("le poids est un nombre positif.", "poids"))
            return
        noeud = self.cadre.par_code.get(normaliser(code))
        if noeud is None:
            try:
                options: dict[str, Any] = dict(propres)
                if valeurs.get("ordre") is not None and 0 <= valeurs["ordre"] <= 9999:
                    options["ordre"] = valeurs["ordre"]
                self.cadre.creer(
                    code=code, nom=options.pop("nom"), parent=parent,
                    lieu=(lieu.feuille, lieu.ligne), **options,
                )  # fmt: skip
            except PlaceRefusee as refus:
                self.lu.problemes.append(lieu.probleme(str(refus), "code"))
            return
        if noeud.est_neuf:
            self.lu.problemes.append(
                lieu.probleme(f"le code « {code} » est déjà écrit plus haut.", "code")
            )
            return
        if "parent" in valeurs and parent is not noeud.parent:
            self.lu.problemes.append(
                lieu.probleme(
                    f"« {code} » change de place dans le plan : le faire à l’écran, "
                    "dans la structure du plan.",
                    "parent",
                )
            )
            return
        changes = {
            cle: valeur
            for cle, valeur in propres.items()
            if cle in valeurs and _nette(cle, getattr(noeud, cle)) != valeur
        }
        if changes:
            self.lu.divisions_changees.append((noeud, changes, lieu))

    # --- .csv typé ------------------------------------------------------------------------

    def tables_du_csv(self, feuille: Feuille, entetes: Entetes) -> dict[str, list[Ligne]]:
        """Les lignes de chaque table d'un .csv typé ; les inconnues deviennent des problèmes."""
        colonne = entetes.colonne("ligne")
        assert colonne is not None
        self.lu.est_un_export = True
        par_mot = {normaliser(mot): table for mot, table in PAR_MOT.items()}
        lignes: dict[str, list[Ligne]] = {table.cle: [] for table in TABLES}
        for ligne in entetes.donnees(feuille):
            mot = ligne.cellule(colonne.colonne).texte
            table = par_mot.get(normaliser(mot))
            if table is None:
                lieu = Lieu(feuille.nom, ligne.numero, {"ligne": colonne.colonne})
                self.lu.problemes.append(
                    lieu.probleme(
                        f"« {mot[:40]} » n’est pas une sorte de ligne. "
                        f"Sortes connues : {', '.join(PAR_MOT)}.",
                        "ligne",
                    )
                )
                continue
            lignes[table.cle].append(ligne)
        return lignes


def _nette(cle: str, valeur: Any) -> Any:
    """La valeur en base, comme une cellule la rendrait."""
    if cle == "poids":
        return valeur
    return net(valeur) if cle == "presentation" else " ".join(valeur.split())


def colonnes_du_csv(entetes: Entetes, table: Table) -> dict[str, int]:
    """Colonne de chaque clé de cette table dans un .csv typé."""
    prefixe = f"{table.cle}."
    return {
        c.champ.removeprefix(prefixe): c.colonne
        for c in entetes.colonnes
        if c.champ.startswith(prefixe)
    }
