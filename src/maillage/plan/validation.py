"""Un état demandé est-il juste ? Le ramène à sa forme canonique, ou dit ce qui ne va pas, et où."""

import datetime
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from maillage.indicateurs.models import Indicateur

from .etat import CHAMPS, PAR_CLE, Champ, Etat, decimal_texte, ranger_lignes
from .models import Confidentialite, IndicateurFiche, LigneBudget
from .referentiel import Referentiel

CHOIX = {
    "confidentialite": dict(Confidentialite.choices),
    "section": dict(LigneBudget.Section.choices),
    "niveau": dict(IndicateurFiche.Niveau.choices),
    "sens": dict(Indicateur.Sens.choices),
    "periodicite": dict(Indicateur.Periodicite.choices),
}
_CHOIX_FACULTATIFS = {"sens", "periodicite"}
_LONGUEURS = {
    "code": 40,
    "titre": 400,
    "edition": 20,
    "pilote_organisation": 200,
    "pilote_personne": 150,
    "pilote_fonction": 200,
    "motif_archivage": 300,
    "jalons.titre": 300,
    "budgets.financeur": 200,
    "risques.libelle": 300,
    "risques.parade": 500,
    "risques.proprietaire": 200,
    "risques.partage_avec": 300,
    "textes.reference": 300,
    "textes.url": 500,
    "indicateurs.libelle": 250,
    "indicateurs.unite": 60,
    "indicateurs.source": 250,
}
_OBLIGATOIRES = {
    "jalons": "titre",
    "risques": "libelle",
    "textes": "reference",
    "indicateurs": "libelle",
    "budgets": "financeur",
}
# Décimaux : (chiffres avant la virgule, chiffres après), ceux des colonnes de la base.
_BORNES = {
    "etp": (5, 2),
    "poids": (4, 2),
    "prevu": (12, 2),
    "engage": (12, 2),
    "realise": (12, 2),
    "initiale": (14, 4),
    "cible": (14, 4),
}
_INTERDITS_DANS_UN_CODE = set("/\\?#%")
_NEGATIF_PERMIS = {"initiale", "cible"}
_verifier_url = URLValidator(schemes=["http", "https"])


@dataclass(frozen=True, slots=True)
class Erreur:
    """Ce qui ne va pas, et où : le champ, la ligne (à partir de 0) et la colonne s'il y en a."""

    cle: str
    message: str
    rang: int | None = None
    colonne: str = ""


class EtatInvalide(ValueError):
    """L'état demandé est refusé ; rien n'a été écrit. `erreurs` dit quoi corriger."""

    def __init__(self, erreurs: list[Erreur]):
        self.erreurs = erreurs
        super().__init__(" ".join(erreur.message for erreur in erreurs))


def valider(etat: Etat, referentiel: Referentiel) -> tuple[Etat, list[Erreur]]:
    """Rend l'état canonique et la liste des erreurs (vide quand tout va bien)."""
    return _Validation(etat, referentiel).faire()


class _Refus(Exception):
    pass


class _Validation:
    def __init__(self, etat: Etat, referentiel: Referentiel):
        self.etat = etat
        self.referentiel = referentiel
        self.erreurs: list[Erreur] = []

    def faire(self) -> tuple[Etat, list[Erreur]]:
        inconnues = set(self.etat) - set(PAR_CLE)
        if inconnues:
            raise KeyError(f"clés inconnues de l’état : {sorted(inconnues)}")
        propre: Etat = {}
        for champ in CHAMPS:
            propre[champ.cle] = self._champ(champ, self.etat.get(champ.cle))
        self._ensemble(propre)
        return propre, self.erreurs

    def _refuser(self, cle: str, message: str, rang: int | None = None, colonne: str = ""):
        self.erreurs.append(Erreur(cle, message, rang, colonne))

    # --- Valeur par valeur -----------------------------------------------------------------

    def _champ(self, champ: Champ, brut: Any) -> Any:
        if champ.sorte == "liste":
            return self._liste(champ.cle, brut or [])
        if champ.sorte == "lignes":
            return self._lignes(champ, brut or [])
        try:
            if champ.sorte == "notes":
                return self._notes(brut or {})
            return self._valeur(champ.cle, champ.cle, champ.sorte, brut)
        except _Refus as refus:
            self._refuser(champ.cle, str(refus))
            return brut

    def _notes(self, brut: dict) -> dict[str, str]:
        """Intitulés et textes nets ; une note vide n'en est pas une."""
        propres = {
            " ".join(str(cle).split()): self._texte("notes", valeur, longue=True)
            for cle, valeur in brut.items()
        }
        return {cle: propres[cle] for cle in sorted(propres) if cle and propres[cle]}

    def _valeur(self, cle: str, chemin: str, sorte: str, brut: Any) -> Any:
        if sorte in {"texte", "long"}:
            return self._texte(chemin, brut, longue=sorte == "long")
        if sorte == "oui_non":
            return bool(brut)
        if sorte == "choix":
            return self._choix(cle, brut)
        if brut in (None, ""):
            return None
        if sorte == "entier":
            return self._entier(cle, brut)
        if sorte == "decimal":
            return self._decimal(cle, brut)
        return self._date(brut)

    def _texte(self, chemin: str, brut: Any, *, longue: bool) -> str:
        texte = str(brut or "").replace("\r\n", "\n").replace("\r", "\n")
        if "\x00" in texte:
            raise _Refus("Ce texte contient un caractère illisible.")
        texte = texte.strip() if longue else " ".join(texte.split())
        maximum = _LONGUEURS.get(chemin)
        if maximum and len(texte) > maximum:
            raise _Refus(f"« {texte[:40]}… » compte {len(texte)} caractères ; {maximum} au plus.")
        if chemin == "textes.url" and texte:
            try:
                _verifier_url(texte)
            except ValidationError:
                raise _Refus(
                    f"« {texte[:60]} » n’est pas une adresse : elle commence par https://."
                ) from None
        return texte

    def _choix(self, cle: str, brut: Any) -> str:
        valeur = str(brut or "")
        if not valeur and cle in _CHOIX_FACULTATIFS:
            return ""
        defauts = {
            "section": "fonctionnement",
            "niveau": "realisation",
            "confidentialite": "publique",
        }
        valeur = valeur or defauts[cle]
        if valeur not in CHOIX[cle]:
            connus = ", ".join(CHOIX[cle].values())
            raise _Refus(f"« {valeur} » n’est pas connu. Choix possibles : {connus}.")
        return valeur

    def _entier(self, cle: str, brut: Any) -> int:
        try:
            valeur = int(str(brut))
        except ValueError:
            raise _Refus(f"« {brut} » n’est pas un nombre entier.") from None
        if cle == "annee" and not 1990 <= valeur <= 2100:
            raise _Refus(f"L’année {valeur} n’est pas plausible : entre 1990 et 2100.")
        if cle in {"gravite", "probabilite"} and not 1 <= valeur <= 4:
            raise _Refus(f"{valeur} sort de l’échelle : de 1 (faible) à 4 (forte).")
        if cle == "periodicite_mois" and not 1 <= valeur <= 24:
            raise _Refus(f"{valeur} mois : la périodicité va de 1 à 24 mois.")
        return valeur

    def _decimal(self, cle: str, brut: Any) -> str | None:
        try:
            valeur = Decimal(str(brut))
        except InvalidOperation:
            raise _Refus(f"« {brut} » n’est pas un nombre.") from None
        if not valeur.is_finite():
            raise _Refus(f"« {brut} » n’est pas un nombre.")
        entiers, decimales = _BORNES[cle]
        if valeur < 0 and cle not in _NEGATIF_PERMIS:
            raise _Refus(f"« {decimal_texte(valeur)} » est négatif ; un montant ne l’est jamais.")
        if abs(valeur) >= Decimal(10) ** entiers:
            raise _Refus(f"« {brut} » est trop grand pour être vrai.")
        if valeur != round(valeur, decimales):
            raise _Refus(f"« {brut} » : {decimales} chiffres au plus après la virgule.")
        return decimal_texte(valeur)

    def _date(self, brut: Any) -> str:
        try:
            jour = datetime.date.fromisoformat(str(brut))
        except ValueError:
            raise _Refus(f"« {brut} » n’est pas une date du calendrier.") from None
        if not 1900 <= jour.year <= 2200:
            raise _Refus(f"L’année {jour.year} n’est pas plausible.")
        return jour.isoformat()

    # --- Listes et lignes ------------------------------------------------------------------

    def _liste(self, cle: str, noms: list[str]) -> list[str]:
        propres: set[str] = set()
        for nom in noms:
            nom = " ".join(str(nom).split())
            if not nom:
                continue
            if cle == "publics":
                propres.add(self._mesurer(cle, self.referentiel.nom_public(nom), 120))
            elif cle in {"copilotes", "partenaires"}:
                propres.add(self._mesurer(cle, self.referentiel.nom_organisation(nom), 200))
            else:
                chercher, libelle, connus = self._cadre(cle)
                trouve = chercher(nom)
                if trouve is None:
                    self._refuser(
                        cle,
                        f"{libelle} « {nom} » n’existe pas ici. Connus : {', '.join(connus)}.",
                    )
                else:
                    propres.add(trouve.code if cle == "renvois" else trouve.nom)
        return sorted(propres)

    def _mesurer(self, cle: str, nom: str, maximum: int) -> str:
        if len(nom) > maximum:
            self._refuser(
                cle,
                f"« {nom[:60]}… » est trop long pour un nom ({maximum} caractères au plus). "
                "Plusieurs noms dans la même case se séparent par un point-virgule.",
            )
        return nom

    def _cadre(self, cle: str):
        referentiel = self.referentiel
        if cle == "etapes":
            noms = dict.fromkeys(etape.nom for etape in referentiel.etapes.values())
            return referentiel.etape, "L’étape", list(noms)
        if cle == "territoires":
            noms = dict.fromkeys(t.nom for t in referentiel.territoires.values())
            return referentiel.territoire, "Le territoire", list(noms) or ["aucun"]
        codes = [division.code for division in referentiel.divisions.values()]
        return referentiel.division, "La division", codes

    def _lignes(self, champ: Champ, lignes: list[dict]) -> list[dict]:
        propres = []
        for rang, brute in enumerate(lignes):
            ligne = {}
            for cle, _libelle, sorte in champ.colonnes:
                try:
                    ligne[cle] = self._valeur(cle, f"{champ.cle}.{cle}", sorte, brute.get(cle))
                except _Refus as refus:
                    self._refuser(champ.cle, str(refus), rang, cle)
                    ligne[cle] = brute.get(cle)
            exige = _OBLIGATOIRES[champ.cle]
            if not ligne[exige]:
                nom = next(lib for c, lib, _ in champ.colonnes if c == exige)
                self._refuser(champ.cle, f"« {nom} » manque sur cette ligne.", rang, exige)
            if champ.cle == "budgets":
                if ligne["financeur"]:
                    ligne["financeur"] = self.referentiel.nom_organisation(ligne["financeur"])
                if ligne["annee"] is None:
                    self._refuser("budgets", "L’année manque sur cette ligne.", rang, "annee")
            if champ.cle == "risques" and ligne["proprietaire"]:
                ligne["proprietaire"] = self.referentiel.nom_organisation(ligne["proprietaire"])
            if champ.cle == "risques" and None in (ligne["gravite"], ligne["probabilite"]):
                self._refuser(
                    "risques", "Gravité et probabilité manquent : de 1 à 4.", rang, "gravite"
                )
            if champ.cle == "indicateurs" and ligne["poids"] is None:
                ligne["poids"] = "1"
            propres.append(ligne)
        self._sans_double(champ, propres)
        try:
            return ranger_lignes(champ.cle, propres)
        except TypeError:  # une valeur refusée n'est pas comparable ; l'erreur est déjà notée
            return propres

    def _sans_double(self, champ: Champ, lignes: list[dict]) -> None:
        if champ.cle not in {"budgets", "indicateurs"}:
            return
        vues: dict[tuple, int] = {}
        for rang, ligne in enumerate(lignes):
            cle = tuple(str(ligne[c] or "").casefold() for c in champ.identite)
            if cle in vues:
                self._refuser(
                    champ.cle,
                    f"Cette ligne répète la ligne {vues[cle] + 1} "
                    f"({', '.join(str(ligne[c]) for c in champ.identite)}).",
                    rang,
                    champ.identite[0],
                )
            vues.setdefault(cle, rang)

    # --- D'ensemble ------------------------------------------------------------------------

    def _ensemble(self, etat: Etat) -> None:
        if not etat["code"]:
            self._refuser("code", "Le code manque : il identifie la fiche.")
        elif _INTERDITS_DANS_UN_CODE & set(etat["code"]):
            self._refuser("code", f"« {etat['code']} » : un code ne contient ni / ni \\ ? # %.")
        if not etat["titre"]:
            self._refuser("titre", "Le titre manque.")
        division = self.referentiel.division(etat["division"])
        if division is None:
            self._refuser(
                "division",
                f"« {etat['division']} » n’est pas dans le plan. "
                "Donnez le code d’une division existante."
                if etat["division"]
                else "La place dans le plan manque.",
            )
        else:
            etat["division"] = division.code
        debut, fin = etat["date_debut"], etat["date_fin"]
        if debut and fin and str(fin) < str(debut):
            self._refuser("date_fin", "La fin vient avant le début.")
        if etat["poids"] is None:
            etat["poids"] = "1"
        if etat["pilote_organisation"]:
            etat["pilote_organisation"] = self.referentiel.nom_organisation(
                etat["pilote_organisation"]
            )
        if etat["archivee"] and not etat["motif_archivage"]:
            self._refuser("motif_archivage", "Dites pourquoi la fiche est archivée.")
        if not etat["archivee"]:
            etat["motif_archivage"] = ""
