"""Importer un plan : essayer (rien n'est écrit), puis importer (tout, ou rien).

Les deux suivent le même chemin : l'import écrit exactement ce que l'essai a montré.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from django.db import transaction

from maillage.journal.services import consigner
from maillage.socle.classeurs import Classeur, ClasseurRefuse, Limites, Probleme, lire
from maillage.socle.francais import normaliser

from ..cadre import CadreRefuse, modifier_division
from ..ecriture import Ecriture
from ..etat import PAR_CLE, Etat, differences, etat_vide, etats_de
from ..models import CorrespondanceColonnes, Division, FicheAction, Schema
from ..referentiel import Referentiel
from ..services import ecrire_lot_prepare
from ..validation import valider
from .bilan import Bilan, FicheCreee, FicheModifiee, ImportRefuse, PlanChange
from .lecture_plan import lire_plan
from .place import Noeud
from .plan_lu import Demande, PlanLu
from .reprise_suivi import Suivi

# Un export de 10 000 fiches porte des feuilles d'enfants plus longues que le plan lui-même.
LIMITES_PLAN = replace(Limites(), lignes=50_000)
_REFUS_MAX = 500

Source = str | Path | bytes | BinaryIO


def charger(source: Source, nom: str = "") -> Classeur:
    """Le classeur lu ; lève `ClasseurRefuse` si ce n'en est pas un. N'écrit rien."""
    return lire(source, nom, limites=LIMITES_PLAN, exiger=False)


def essayer(*, source: Source | Classeur, schema: Schema, nom: str = "") -> Bilan:
    """Ce que ferait l'import, sans rien écrire. Les refus sont dans le bilan, jamais levés."""
    try:
        classeur = source if isinstance(source, Classeur) else charger(source, nom)
    except ClasseurRefuse as refus:
        return _bilan_refuse(refus)
    return _Preparation(classeur, schema).bilan


def importer(
    *,
    source: Source | Classeur,
    schema: Schema,
    par,
    nom: str = "",
    empreinte_attendue: str | None = None,
    origine: str = "import",
) -> Bilan:
    """Importe un classeur, tout ou rien. Refaire le même import ne change plus rien.

    Deux imports du même schéma passent l'un après l'autre. Lève `ImportRefuse`, ou `PlanChange`
    quand le bilan n'a plus l'`empreinte_attendue` (celle d'un essai montré avant).
    """
    try:
        classeur = source if isinstance(source, Classeur) else charger(source, nom)
    except ClasseurRefuse as refus:
        raise ImportRefuse(_bilan_refuse(refus)) from refus
    with transaction.atomic():
        Schema.objects.select_for_update().get(pk=schema.pk)
        preparation = _Preparation(classeur, schema)
        bilan = preparation.bilan
        if bilan.est_refuse:
            raise ImportRefuse(bilan)
        if empreinte_attendue is not None and bilan.empreinte != empreinte_attendue:
            raise PlanChange(bilan)
        preparation.ecrire(par=par, origine=origine)
    bilan.enregistre = True
    return bilan


def correspondances_de(collectivite) -> dict[str, str]:
    """Ce que cette collectivité a répondu pour ses intitulés : {clé d'intitulé: champ ou ""}."""
    return dict(
        CorrespondanceColonnes.objects.filter(collectivite=collectivite).values_list(
            "entete", "champ"
        )
    )


def retenir_correspondances(*, collectivite, reponses: dict[str, str], par) -> None:
    """Retient « chez nous, cette colonne veut dire ce champ ». Une réponse change l'ancienne."""
    if not reponses:
        return
    with transaction.atomic():
        CorrespondanceColonnes.objects.bulk_create(
            [
                CorrespondanceColonnes(collectivite=collectivite, entete=cle[:200], champ=champ)
                for cle, champ in reponses.items()
            ],
            update_conflicts=True,
            unique_fields=["collectivite", "entete"],
            update_fields=["champ"],
        )
        consigner(
            verbe="colonnes désignées",
            objet=collectivite,
            par=par,
            collectivite=collectivite,
            changements={"colonnes": reponses},
            origine="import",
        )


def _bilan_refuse(refus: ClasseurRefuse) -> Bilan:
    problemes = list(refus.problemes)
    if refus.omis:
        problemes.append(Probleme(f"Et d’autres problèmes ({refus.omis})."))
    return Bilan(refus.nom, refus=problemes)


class _Preparation:
    """Tout ce qu'un import écrirait, calculé sans écrire."""

    def __init__(self, classeur: Classeur, schema: Schema):
        self.schema = schema
        self.referentiel = Referentiel(schema)
        self.ecritures: list[Ecriture] = []
        self.connues: dict[str, FicheAction] = {}
        self.divisions: list[tuple[Noeud, Division]] = []
        self.lu = lire_plan(
            classeur, schema, self.referentiel, correspondances_de(schema.collectivite)
        )
        lu = self.lu
        self.bilan = Bilan(
            classeur.nom,
            refus=list(lu.problemes),
            colonnes=lu.colonnes,
            feuilles=lu.feuilles,
            avertissements=lu.avertissements,
            titre_manque=lu.titre_manque,
        )
        self.suivi = Suivi(schema, lu, self.bilan)
        self._divisions(lu)
        self._fiches(lu)
        self.suivi.preparer(self.connues, self.ecritures)
        self._noms_neufs()
        if not (self.bilan.refus or lu.demandes or lu.est_un_export):
            self.bilan.refus.append(Probleme("Ce classeur ne contient aucune fiche."))
        if len(self.bilan.refus) > _REFUS_MAX:
            reste = len(self.bilan.refus) - _REFUS_MAX
            del self.bilan.refus[_REFUS_MAX:]
            self.bilan.refus.append(Probleme(f"Et d’autres problèmes ({reste})."))

    # --- Divisions ------------------------------------------------------------------------

    def _divisions(self, lu: PlanLu) -> None:
        objets: dict[int, Division] = {}
        for noeud in lu.divisions_neuves:
            parent = noeud.parent
            division = Division(
                schema=self.schema,
                parent=(parent.division or objets[id(parent)]) if parent else None,
                ordre=noeud.ordre, code=noeud.code, nom=noeud.nom, ambition=noeud.ambition,
                presentation=noeud.presentation, poids=noeud.poids,
            )  # fmt: skip
            objets[id(noeud)] = division
            self.divisions.append((noeud, division))
            self.referentiel.divisions[normaliser(noeud.code)] = division
            self.bilan.divisions_creees.append((noeud.code, noeud.nom))
        for noeud, changes, _ in lu.divisions_changees:
            dits = {cle: [str(getattr(noeud, cle)), str(v)] for cle, v in changes.items()}
            self.bilan.divisions_modifiees.append((noeud.code, dits))

    # --- Fiches ---------------------------------------------------------------------------

    def _fiches(self, lu: PlanLu) -> None:
        codes = {*lu.demandes, *(p.code for p in lu.points), *(v.code for v in lu.valeurs)}
        fiches = FicheAction.objects.filter(schema=self.schema)
        if len(codes) < 400:
            fiches = fiches.filter(code__in=codes)
        self.connues = {fiche.code: fiche for fiche in fiches if fiche.code in codes}
        for fiche in self.connues.values():
            fiche.schema = self.schema
        anciens = etats_de([self.connues[code] for code in lu.demandes if code in self.connues])
        for demande in lu.demandes.values():
            connue = self.connues.get(demande.code)
            self._une_fiche(demande, connue, anciens[connue.pk] if connue else None)

    def _une_fiche(self, demande: Demande, fiche: FicheAction | None, avant: Etat | None) -> None:
        propre, fautes = valider(_etat_demande(demande, avant), self.referentiel)
        if fautes:
            self.bilan.refus += [
                demande.probleme(f.cle, f.message, f.rang, f.colonne) for f in fautes
            ]
            return
        if fiche is None or avant is None:
            self.bilan.creees.append(
                FicheCreee(
                    propre["code"], propre["titre"], propre["division"],
                    demande.lieu.feuille, demande.lieu.ligne,
                )
            )  # fmt: skip
            self.ecritures.append(
                Ecriture(FicheAction(schema=self.schema, version=1), None, propre)
            )
            return
        changements = differences(avant, propre)
        if not changements:
            self.bilan.inchangees.append(fiche.code)
            return
        self.bilan.modifiees.append(FicheModifiee(fiche.code, propre["titre"], tuple(changements)))
        fiche.version += 1
        self.ecritures.append(Ecriture(fiche, avant, propre))

    def _noms_neufs(self) -> None:
        """Organisations, personnes et publics que l'import créerait."""
        organisations: dict[str, str] = {}
        publics: dict[str, str] = {}
        personnes: dict[tuple[str, str], str] = {}
        for ecriture in self.ecritures:
            etat = ecriture.apres
            noms = [etat["pilote_organisation"], *etat["copilotes"], *etat["partenaires"]]
            noms += [ligne["financeur"] for ligne in etat["budgets"]]
            for nom in filter(None, noms):
                if normaliser(nom) not in self.referentiel.organisations:
                    organisations.setdefault(normaliser(nom), nom)
            for nom in etat["publics"]:
                if normaliser(nom) not in self.referentiel.publics:
                    publics.setdefault(normaliser(nom), nom)
            cle = (etat["pilote_personne"], etat["pilote_fonction"])
            if any(cle) and cle not in self.referentiel.personnes:
                personnes.setdefault(cle, ", ".join(filter(None, cle)))
        self.bilan.organisations = list(organisations.values())
        self.bilan.publics = list(publics.values())
        self.bilan.personnes = list(personnes.values())

    # --- Écrire ---------------------------------------------------------------------------

    def ecrire(self, *, par, origine: str) -> None:
        """Porte la préparation en base. L'appelant tient la transaction et le verrou du schéma."""
        for noeud, division in self.divisions:
            division.parent = division.parent  # le parent a reçu son identifiant
            division.save()
            noeud.division = division
        if self.divisions:
            consigner(
                verbe="divisions importées",
                objet=self.schema,
                par=par,
                collectivite=self.schema.collectivite,
                changements={"divisions": [[d.code, d.nom] for _, d in self.divisions]},
                origine=origine,
                cachets=[self.schema.collectivite.cachet, self.schema.cachet],
            )
        for noeud, changes, lieu in self.lu.divisions_changees:
            assert noeud.division is not None
            try:
                modifier_division(division=noeud.division, par=par, **changes)
            except CadreRefuse as refus:
                self.bilan.refus.append(lieu.probleme(str(refus), "nom"))
                raise ImportRefuse(self.bilan) from refus
        ecrire_lot_prepare(
            ecritures=self.ecritures, referentiel=self.referentiel, par=par, origine=origine
        )
        fiches = {**self.connues, **{e.apres["code"]: e.fiche for e in self.ecritures}}
        self.suivi.ecrire(fiches, par=par, origine=origine)


# --- D'une demande à un état --------------------------------------------------------------------


def _etat_demande(demande: Demande, avant: Etat | None) -> Etat:
    """L'état complet que demande une fiche, sur fond de celui en place."""
    base = avant or etat_vide()
    etat: Etat = {**base, **demande.etat, "code": demande.code}
    for cle, noms in demande.ajouts.items():
        etat[cle] = [*etat[cle], *noms]
    for cle, lignes in demande.lignes.items():
        etat[cle] = _completer(lignes, base[cle], PAR_CLE[cle].identite)
    if demande.notes_entieres:
        etat["notes"] = demande.notes
    elif demande.notes_vues:
        gardees = {c: v for c, v in base["notes"].items() if c not in demande.notes_vues}
        etat["notes"] = {**gardees, **demande.notes}
    return etat


def _completer(
    lignes: Iterable[dict[str, Any]], en_place: list[dict[str, Any]], identite: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Une colonne que le classeur n'a pas garde la valeur de la même ligne, si elle y était."""
    libres: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for ligne in en_place:
        libres.setdefault(_cle(ligne, identite), []).append(ligne)
    completes = []
    for ligne in lignes:
        anciennes = libres.get(_cle({"section": "fonctionnement", **ligne}, identite))
        completes.append({**(anciennes.pop(0) if anciennes else {}), **ligne})
    return completes


def _cle(ligne: dict[str, Any], identite: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(normaliser(str(ligne.get(cle) or "")) for cle in identite)
