"""Un contrôle de structure des PDF, à défaut de veraPDF, qui demande Java.

Il vérifie ce qu'un lecteur d'écran demande d'abord. Il ne vaut pas une certification PDF/UA :
ni les contrastes, ni le sens des textes de remplacement, ni tous les points de Matterhorn.
"""

import io
import itertools
from dataclasses import dataclass, field

import pikepdf

TITRES = {f"/H{rang}": rang for rang in range(1, 7)}
SANS_TEXTE = {"/Figure", "/Formula"}


@dataclass
class Structure:
    """Ce que l'arbre des balises dit, dans l'ordre de lecture."""

    balises: list[str] = field(default_factory=list)
    titres: list[int] = field(default_factory=list)
    fautes: list[str] = field(default_factory=list)
    contenus: int = 0


def controler(octets: bytes) -> list[str]:
    """Les fautes trouvées, en phrases ; une liste vide quand tout va."""
    with pikepdf.open(io.BytesIO(octets)) as pdf:
        fautes = _document(pdf)
        if "/StructTreeRoot" not in pdf.Root:
            return [*fautes, "le document n’est pas balisé"]
        lue = Structure()
        _descendre(pdf.Root.StructTreeRoot.get("/K"), lue)
        fautes += lue.fautes + _titres(lue.titres)
        if lue.contenus == 0:
            fautes.append("aucun contenu dans l’ordre de lecture")
        if lue.titres and "/Outlines" not in pdf.Root and len(pdf.pages) > 4:
            fautes.append("plus de quatre pages, sans signets")
        for rang, page in enumerate(pdf.pages, 1):
            if page.obj.get("/Tabs") != "/S":
                fautes.append(f"page {rang} : l’ordre de tabulation ne suit pas la structure")
        return fautes


def compter(octets: bytes) -> dict[str, int]:
    """Combien de balises de chaque sorte."""
    with pikepdf.open(io.BytesIO(octets)) as pdf:
        lue = Structure()
        _descendre(pdf.Root.StructTreeRoot.get("/K"), lue)
        return {balise: lue.balises.count(balise) for balise in set(lue.balises)}


def signets(octets: bytes) -> list[str]:
    """Les signets, à plat."""
    trouves: list[str] = []

    def suivre(elements):
        for element in elements:
            trouves.append(element.title)
            suivre(element.children)

    with pikepdf.open(io.BytesIO(octets)) as pdf, pdf.open_outline() as plan:
        suivre(plan.root)
    return trouves


def _document(pdf: pikepdf.Pdf) -> list[str]:
    fautes = []
    if not str(pdf.Root.get("/Lang", "")).startswith("fr"):
        fautes.append("la langue du document n’est pas le français")
    if not bool(pdf.Root.get("/MarkInfo", {}).get("/Marked", False)):
        fautes.append("le document ne se dit pas balisé")
    if not bool(pdf.Root.get("/ViewerPreferences", {}).get("/DisplayDocTitle", False)):
        fautes.append("le titre ne s’affiche pas dans la fenêtre")
    with pdf.open_metadata() as metadonnees:
        if not metadonnees.get("dc:title"):
            fautes.append("le document n’a pas de titre")
        if metadonnees.get("pdfuaid:part") != "1":
            fautes.append("le document ne se dit pas PDF/UA-1")
    return fautes


def _titres(titres: list[int]) -> list[str]:
    if not titres:
        return ["aucun titre"]
    fautes = [] if titres[0] == 1 else ["le premier titre n’est pas de niveau 1"]
    for avant, apres in itertools.pairwise(titres):
        if apres > avant + 1:
            fautes.append(f"les titres sautent du niveau {avant} au niveau {apres}")
    return fautes


def _descendre(noeud, lue: Structure) -> None:
    if isinstance(noeud, pikepdf.Array):
        for enfant in noeud:
            _descendre(enfant, lue)
        return
    if not isinstance(noeud, pikepdf.Dictionary):
        lue.contenus += noeud is not None
        return
    if "/S" not in noeud:  # contenu marqué ou annotation
        lue.contenus += 1
        return
    balise = str(noeud.S)
    lue.balises.append(balise)
    if balise in TITRES:
        lue.titres.append(TITRES[balise])
    if balise in SANS_TEXTE and not str(noeud.get("/Alt", "")).strip():
        lue.fautes.append(f"une balise {balise} est sans texte de remplacement")
    if balise == "/Table" and "/TH" not in _balises_sous(noeud):
        lue.fautes.append("un tableau est sans cellule d’en-tête")
    _descendre(noeud.get("/K"), lue)


def _balises_sous(noeud) -> set[str]:
    lue = Structure()
    enfant = noeud.get("/K")
    if isinstance(enfant, pikepdf.Array | pikepdf.Dictionary):
        for element in enfant if isinstance(enfant, pikepdf.Array) else [enfant]:
            if isinstance(element, pikepdf.Dictionary) and "/S" in element:
                lue.balises.append(str(element.S))
                lue.balises += _balises_sous(element)
    return set(lue.balises)
