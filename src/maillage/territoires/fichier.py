"""Charger un découpage en territoires d'action depuis son fichier daté (YAML).

La forme du fichier est décrite dans `donnees/LISEZMOI-territoires.md`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from django.db import models, transaction
from django.utils.text import slugify

from maillage.journal.services import consigner

from .codes import CodeInvalide, code_departement, code_insee
from .models import Commune, Decoupage, Defi, Departement, Epci, TerritoireAction
from .services import DecoupageIncoherent, verifier_decoupage

CLES_DECOUPAGE = {"slug", "nom", "departement", "millesime", "source"}
CLES_TERRITOIRE = {
    "slug",
    "nom",
    "presentation",
    "epci",
    "communes_en_plus",
    "communes_exclues",
    "controle",
    "defis",
}
CLES_DEFI = {"slug", "nom", "objet"}


class FichierDeTerritoiresRefuse(ValueError):
    """Le fichier ne peut pas être chargé ; chaque faute est une phrase, rien n'est écrit."""

    def __init__(self, fichier: Path | str, fautes: list[str]) -> None:
        nom = Path(fichier).name
        super().__init__("\n".join([f"{nom} n’est pas chargé, rien n’a changé.", *fautes]))
        self.fautes = fautes


@dataclass
class BilanTerritoires:
    """Ce que le chargement a fait d'un découpage."""

    decoupage: Decoupage
    cree: bool
    changements: dict[str, Any] = field(default_factory=dict)
    communes_par_territoire: dict[str, int] = field(default_factory=dict)
    communes_sans_territoire: int = 0

    def en_dict(self) -> dict[str, Any]:
        """Forme que JSON sait écrire."""
        return {
            "decoupage": self.decoupage.slug,
            "cree": self.cree,
            "changements": self.changements,
            "communes_par_territoire": self.communes_par_territoire,
            "communes_sans_territoire": self.communes_sans_territoire,
        }


@transaction.atomic
def charger_decoupage_territorial(
    fichier: Path | str, *, par=None, essai: bool = False
) -> BilanTerritoires:
    """Crée ou met à jour un découpage, ses territoires et leurs défis. Tout ou rien.

    Le département doit être chargé (`maillage importer-decoupage 41`). Recharger le même fichier
    n'écrit rien. Un territoire ou un défi retiré du fichier est refusé : d'autres écrans s'y
    rattachent peut-être. Un nouveau découpage prend un nouvel identifiant.
    Lève FichierDeTerritoiresRefuse.
    """
    contenu = _lire(fichier)
    chargeur = _Chargeur(fichier, contenu)
    bilan = chargeur.charger()
    if bilan.changements:
        consigner(
            verbe="charger_decoupage_territorial",
            objet=bilan.decoupage,
            par=par,
            changements=bilan.changements,
            origine="import",
            cachets=[f"decoupage:{bilan.decoupage.pk}"],
        )
    if essai:
        transaction.set_rollback(True)
    return bilan


def _lire(fichier: Path | str) -> dict[str, Any]:
    try:
        contenu = yaml.safe_load(Path(fichier).read_text(encoding="utf-8"))
    except OSError as faute:
        raise FichierDeTerritoiresRefuse(fichier, ["Le fichier ne s’ouvre pas."]) from faute
    except (yaml.YAMLError, UnicodeDecodeError) as faute:
        raise FichierDeTerritoiresRefuse(
            fichier, [f"Le fichier n’est pas un YAML lisible : {faute}"]
        ) from faute
    fautes = _fautes_de_forme(contenu)
    if fautes:
        raise FichierDeTerritoiresRefuse(fichier, fautes)
    return contenu


def _fautes_de_forme(contenu: Any) -> list[str]:
    """Structure et codes, avant toute lecture en base."""
    if not isinstance(contenu, dict) or not isinstance(contenu.get("decoupage"), dict):
        return ["Il faut une partie « decoupage », puis une partie « territoires »."]
    if not isinstance(contenu.get("territoires"), list):
        return ["Il faut une liste « territoires », même vide ([])."]
    fautes = _cles(contenu["decoupage"], CLES_DECOUPAGE, "decoupage", CLES_DECOUPAGE - {"source"})
    millesime = contenu["decoupage"].get("millesime")
    if "millesime" in contenu["decoupage"] and not _est_annee(millesime):
        fautes.append(f"decoupage : « {millesime} » n’est pas une année.")
    slugs: set[str] = set()
    for rang, territoire in enumerate(contenu["territoires"], start=1):
        ou = f"territoire n° {rang}"
        if not isinstance(territoire, dict):
            fautes.append(f"{ou} : il faut au moins « slug » et « nom ».")
            continue
        fautes += _cles(territoire, CLES_TERRITOIRE, ou, {"slug", "nom"})
        if territoire.get("slug") in slugs:
            fautes.append(f"{ou} : « {territoire['slug']} » est déjà pris.")
        slugs.add(str(territoire.get("slug")))
        for cle in ("epci", "communes_en_plus", "communes_exclues", "defis"):
            if not isinstance(territoire.get(cle, []), list):
                fautes.append(f"{ou} : « {cle} » doit être une liste.")
                territoire[cle] = []
        for defi in territoire.get("defis", []):
            if not isinstance(defi, dict):
                fautes.append(f"{ou} : chaque défi a au moins un « nom ».")
            else:
                fautes += _cles(defi, CLES_DEFI, f"{ou}, défi", {"nom"})
    return fautes


def _est_annee(valeur: Any) -> bool:
    return isinstance(valeur, int) and 1900 < valeur < 2200


def _cles(objet: dict[str, Any], connues: set[str], ou: str, requises: set[str]) -> list[str]:
    fautes = [f"{ou} : « {cle} » est inconnu." for cle in objet if cle not in connues]
    fautes += [f"{ou} : il manque « {cle} »." for cle in sorted(requises) if not objet.get(cle)]
    return fautes


class _Chargeur:
    """Applique un fichier déjà contrôlé dans sa forme ; retient chaque valeur qui change."""

    def __init__(self, fichier: Path | str, contenu: dict[str, Any]) -> None:
        self.fichier = fichier
        self.contenu = contenu
        self.fautes: list[str] = []
        self.changements: dict[str, Any] = {}

    def _refuser_si_fautes(self) -> None:
        if self.fautes:
            raise FichierDeTerritoiresRefuse(self.fichier, self.fautes)

    def charger(self) -> BilanTerritoires:
        decoupage, cree = self._decoupage()
        territoires = self.contenu["territoires"]
        self._refuser_les_retraits(
            decoupage.territoires.all(), {t["slug"] for t in territoires}, "territoire"
        )
        for ordre, donnees in enumerate(territoires, start=1):
            self._territoire(decoupage, donnees, ordre)
        self._refuser_si_fautes()
        try:
            verifier_decoupage(decoupage)
        except DecoupageIncoherent as faute:
            self.fautes += faute.fautes
        effectifs = self._controler(decoupage)
        self._refuser_si_fautes()
        return BilanTerritoires(
            decoupage=decoupage,
            cree=cree,
            changements=self.changements,
            communes_par_territoire=effectifs,
            communes_sans_territoire=decoupage.communes_sans_territoire().count(),
        )

    def _decoupage(self) -> tuple[Decoupage, bool]:
        donnees = self.contenu["decoupage"]
        try:
            code = code_departement(str(donnees["departement"]))
        except CodeInvalide as faute:
            raise FichierDeTerritoiresRefuse(self.fichier, [str(faute)]) from faute
        if not Departement.objects.charges().filter(code=code).exists():
            self.fautes.append(
                f"Le département {code} n’est pas chargé. "
                f"Lancez d’abord : maillage importer-decoupage {code}"
            )
            self._refuser_si_fautes()
        existant = Decoupage.objects.filter(slug=donnees["slug"]).first()
        if existant is not None and existant.departement_id != code:
            self.fautes.append(
                f"L’identifiant « {existant.slug} » est celui d’un découpage "
                f"du département {existant.departement_id}."
            )
            self._refuser_si_fautes()
        decoupage = existant or Decoupage(slug=donnees["slug"], departement_id=code)
        self._appliquer(
            decoupage,
            {
                "nom": str(donnees["nom"]),
                "millesime": donnees["millesime"],
                "source": str(donnees.get("source") or "").strip(),
            },
            "decoupage",
        )
        return decoupage, existant is None

    def _appliquer(self, objet: models.Model, valeurs: dict[str, Any], ou: str) -> None:
        """Écrit l'objet s'il est nouveau ou différent, et retient ce qui a changé."""
        nouveau = objet.pk is None
        ecarts = {
            champ: {"avant": None if nouveau else getattr(objet, champ), "apres": valeur}
            for champ, valeur in valeurs.items()
            if nouveau or getattr(objet, champ) != valeur
        }
        if not ecarts:
            return
        for champ, valeur in valeurs.items():
            setattr(objet, champ, valeur)
        objet.save()
        self.changements[ou] = ecarts

    def _refuser_les_retraits(self, existants, slugs: set[str], quoi: str) -> None:
        self.fautes += [
            f"Le {quoi} « {objet} » n’est plus dans le fichier. Remettez-le, ou donnez "
            "un nouvel identifiant au découpage : l’ancien restera lisible."
            for objet in existants
            if objet.slug not in slugs
        ]

    def _territoire(self, decoupage: Decoupage, donnees: dict[str, Any], ordre: int) -> None:
        ou = f"territoire {donnees['slug']}"
        territoire = TerritoireAction.objects.filter(
            decoupage=decoupage, slug=donnees["slug"]
        ).first() or TerritoireAction(decoupage=decoupage, slug=donnees["slug"])
        self._appliquer(
            territoire,
            {
                "nom": str(donnees["nom"]),
                "ordre": ordre,
                "presentation": str(donnees.get("presentation") or "").strip(),
            },
            ou,
        )
        self._relier(territoire.epcis, self._epcis(donnees, ou), f"{ou}, epci")
        for cle in ("communes_en_plus", "communes_exclues"):
            relation = getattr(territoire, cle)
            self._relier(relation, self._communes(donnees, cle, ou), f"{ou}, {cle}")
        self._defis(territoire, donnees.get("defis", []), ou)

    def _relier(self, relation, voulues: set[str], ou: str) -> None:
        avant = set(relation.values_list("pk", flat=True))
        if avant != voulues:
            relation.set(voulues)
            self.changements[ou] = {"avant": sorted(avant), "apres": sorted(voulues)}

    def _epcis(self, donnees: dict[str, Any], ou: str) -> set[str]:
        sirens = {str(siren) for siren in donnees.get("epci", [])}
        connus = set(Epci.objects.actuels().filter(pk__in=sirens).values_list("pk", flat=True))
        self.fautes += [
            f"{ou} : l’EPCI {siren} n’est pas dans le découpage chargé."
            for siren in sorted(sirens - connus)
        ]
        return connus

    def _communes(self, donnees: dict[str, Any], cle: str, ou: str) -> set[str]:
        voulus = set()
        for brut in donnees.get(cle, []):
            try:
                voulus.add(code_insee(str(brut)))
            except CodeInvalide as faute:
                self.fautes.append(f"{ou}, {cle} : {faute}")
        connues = set(
            Commune.objects.actuelles().filter(pk__in=voulus).values_list("pk", flat=True)
        )
        self.fautes += [
            f"{ou}, {cle} : la commune {code} n’est pas dans le découpage chargé."
            for code in sorted(voulus - connues)
        ]
        return connues

    def _defis(self, territoire: TerritoireAction, defis: list[dict[str, Any]], ou: str) -> None:
        slugs = {donnees.get("slug") or slugify(donnees["nom"])[:80] for donnees in defis}
        if len(slugs) < len(defis):
            self.fautes.append(f"{ou} : deux défis ont le même identifiant.")
            return
        self._refuser_les_retraits(territoire.defis.all(), slugs, "défi")
        for ordre, donnees in enumerate(defis, start=1):
            slug = donnees.get("slug") or slugify(donnees["nom"])[:80]
            defi = territoire.defis.filter(slug=slug).first() or Defi(
                territoire=territoire, slug=slug
            )
            self._appliquer(
                defi,
                {
                    "nom": str(donnees["nom"]),
                    "objet": str(donnees.get("objet") or "").strip(),
                    "ordre": ordre,
                },
                f"{ou}, défi {slug}",
            )

    def _controler(self, decoupage: Decoupage) -> dict[str, int]:
        """Compare aux nombres annoncés, si le découpage chargé est celui du contrôle."""
        charge = decoupage.departement.millesime
        effectifs = {}
        for donnees in self.contenu["territoires"]:
            territoire = decoupage.territoires.get(slug=donnees["slug"])
            nombre = effectifs[territoire.slug] = territoire.communes().count()
            controle = donnees.get("controle") or {}
            attendu = controle.get("communes")
            if controle.get("millesime") == charge and attendu not in (None, nombre):
                self.fautes.append(
                    f"« {territoire} » compterait {nombre} communes ; le fichier en annonce "
                    f"{attendu} pour le découpage {charge}."
                )
        return effectifs
