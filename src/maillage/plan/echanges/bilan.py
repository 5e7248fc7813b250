"""Le bilan d'un import : ce qu'il ferait, ou ce qu'il a fait. Le même, à l'écran et en commande."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from maillage.socle.classeurs import Probleme

from ..etat import Changement
from .plan_lu import ColonneVue


@dataclass(frozen=True, slots=True)
class FicheCreee:
    """Une fiche que l'import crée, et la ligne du classeur qui la demande."""

    code: str
    titre: str
    division: str
    feuille: str
    ligne: int


@dataclass(frozen=True, slots=True)
class FicheModifiee:
    """Une fiche que l'import change, champ par champ."""

    code: str
    titre: str
    changements: tuple[Changement, ...]


@dataclass(frozen=True, slots=True)
class PointAjoute:
    """Un point d'étape que l'import ajoute."""

    code: str
    date: str
    meteo: str


@dataclass(frozen=True, slots=True)
class ValeurDonnee:
    """Une valeur d'indicateur ajoutée, ou corrigée quand `avant` est dit."""

    code: str
    indicateur: str
    date: str
    avant: str | None
    apres: str | None
    corrigee: bool


@dataclass(slots=True)
class Bilan:
    """Créées, modifiées, inchangées, refusées ; et tout ce qui naît avec elles."""

    fichier: str
    creees: list[FicheCreee] = field(default_factory=list)
    modifiees: list[FicheModifiee] = field(default_factory=list)
    inchangees: list[str] = field(default_factory=list)
    refus: list[Probleme] = field(default_factory=list)
    divisions_creees: list[tuple[str, str]] = field(default_factory=list)
    divisions_modifiees: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    organisations: list[str] = field(default_factory=list)
    personnes: list[str] = field(default_factory=list)
    publics: list[str] = field(default_factory=list)
    points: list[PointAjoute] = field(default_factory=list)
    points_inchanges: int = 0
    valeurs: list[ValeurDonnee] = field(default_factory=list)
    valeurs_inchangees: int = 0
    colonnes: list[ColonneVue] = field(default_factory=list)
    feuilles: list[str] = field(default_factory=list)
    avertissements: list[str] = field(default_factory=list)
    titre_manque: bool = False
    enregistre: bool = False

    @property
    def est_refuse(self) -> bool:
        return bool(self.refus)

    @property
    def est_sans_effet(self) -> bool:
        """Vrai quand l'import n'écrirait rien."""
        return not self.est_refuse and not any(
            (self.creees, self.modifiees, self.divisions_creees, self.divisions_modifiees,
             self.points, self.valeurs)
        )  # fmt: skip

    @property
    def colonnes_en_notes(self) -> list[ColonneVue]:
        """Les colonnes non reconnues : gardées en note."""
        return [colonne for colonne in self.colonnes if not colonne.champ]

    @property
    def colonnes_reconnues(self) -> list[ColonneVue]:
        return [colonne for colonne in self.colonnes if colonne.champ]

    @property
    def empreinte(self) -> str:
        """Change dès que l'import ne ferait plus exactement la même chose."""
        donnees = self.en_dict()
        donnees.pop("enregistre")
        texte = json.dumps(donnees, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(texte.encode()).hexdigest()

    def en_dict(self) -> dict[str, Any]:
        """Forme que JSON sait écrire."""
        return {
            "fichier": self.fichier,
            "enregistre": self.enregistre,
            "creees": [
                {"code": f.code, "titre": f.titre, "division": f.division,
                 "feuille": f.feuille, "ligne": f.ligne}
                for f in self.creees
            ],
            "modifiees": [
                {"code": f.code, "titre": f.titre,
                 "changements": [c.en_json() for c in f.changements]}
                for f in self.modifiees
            ],
            "inchangees": self.inchangees,
            "refus": [
                {"feuille": p.feuille, "ligne": p.ligne, "colonne": p.colonne,
                 "cellule": p.reference, "message": p.message}
                for p in self.refus
            ],
            "divisions": {
                "creees": [list(d) for d in self.divisions_creees],
                "modifiees": [[code, quoi] for code, quoi in self.divisions_modifiees],
            },
            "nouveaux": {
                "organisations": self.organisations,
                "personnes": self.personnes,
                "publics": self.publics,
            },
            "points": {
                "ajoutes": [[p.code, p.date, p.meteo] for p in self.points],
                "inchanges": self.points_inchanges,
            },
            "valeurs": {
                "donnees": [
                    [v.code, v.indicateur, v.date, v.avant, v.apres] for v in self.valeurs
                ],
                "inchangees": self.valeurs_inchangees,
            },
            "colonnes_en_notes": [
                {"feuille": c.feuille, "intitule": c.intitule} for c in self.colonnes_en_notes
            ],
            "avertissements": self.avertissements,
        }  # fmt: skip

    def resume(self) -> list[str]:
        """Quelques lignes pour un terminal."""
        lignes = [
            f"{len(self.creees)} fiche(s) créée(s), {len(self.modifiees)} modifiée(s), "
            f"{len(self.inchangees)} inchangée(s)"
        ]
        for nom, nombre in (
            ("division(s) créée(s)", len(self.divisions_creees)),
            ("division(s) modifiée(s)", len(self.divisions_modifiees)),
            ("organisation(s) nouvelle(s)", len(self.organisations)),
            ("personne(s) nouvelle(s)", len(self.personnes)),
            ("public(s) nouveau(x)", len(self.publics)),
            ("point(s) d’étape ajouté(s)", len(self.points)),
            ("valeur(s) d’indicateur", len(self.valeurs)),
        ):
            if nombre:
                lignes.append(f"{nombre} {nom}")
        if self.colonnes_en_notes:
            noms = ", ".join(dict.fromkeys(c.intitule for c in self.colonnes_en_notes))
            lignes.append(f"colonnes gardées en notes : {noms}")
        lignes += [f"attention : {phrase}" for phrase in self.avertissements]
        return lignes


class ImportRefuse(Exception):
    """Rien n'a été écrit. `bilan.refus` dit quoi corriger, et où."""

    def __init__(self, bilan: Bilan):
        self.bilan = bilan
        montres = [str(probleme) for probleme in bilan.refus[:50]]
        if len(bilan.refus) > 50:
            montres.append(f"et d’autres problèmes ({len(bilan.refus) - 50}).")
        super().__init__("\n".join(montres))


class PlanChange(Exception):
    """Le plan a changé depuis l'essai : l'import ne ferait plus ce qui a été montré.

    Rien n'a été écrit. `bilan` : ce qu'il ferait maintenant.
    """

    def __init__(self, bilan: Bilan):
        self.bilan = bilan
        super().__init__("Le plan a changé depuis l’essai. Rien n’a été enregistré.")
