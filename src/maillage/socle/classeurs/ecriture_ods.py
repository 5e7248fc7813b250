"""Écriture directe d'un .ods : petit XML, aucun arbre en mémoire."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr  # nosec B406

from maillage.socle.francais import booleen_fr, date_fr, nombre_fr

from .modele import Valeur
from .texte_xml import echapper

if TYPE_CHECKING:
    from .ecriture import FeuilleEcrite

_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_ESPACES = " ".join(
    f'xmlns:{prefixe}="urn:oasis:names:tc:opendocument:xmlns:{nom}:1.0"'
    for prefixe, nom in (
        ("office", "office"),
        ("table", "table"),
        ("text", "text"),
        ("style", "style"),
        ("fo", "xsl-fo-compatible"),
        ("number", "datastyle"),
        ("config", "config"),
    )
)
_DEBUT = '<?xml version="1.0" encoding="UTF-8"?>\n'
_STYLES_NOMBRE = """
<number:text-style style:name="Ntexte"><number:text-content/></number:text-style>
<number:date-style style:name="Ndate" number:automatic-order="false">
<number:day number:style="long"/><number:text>/</number:text><number:month number:style="long"/>
<number:text>/</number:text><number:year number:style="long"/></number:date-style>
<number:date-style style:name="Nhorodatage">
<number:day number:style="long"/><number:text>/</number:text><number:month number:style="long"/>
<number:text>/</number:text><number:year number:style="long"/><number:text> </number:text>
<number:hours number:style="long"/><number:text>:</number:text>
<number:minutes number:style="long"/><number:text>:</number:text>
<number:seconds number:style="long"/></number:date-style>
<number:currency-style style:name="Nmontant"><number:number number:decimal-places="2"
 number:min-integer-digits="1" number:grouping="true"/><number:text> </number:text>
<number:currency-symbol>€</number:currency-symbol></number:currency-style>
<number:percentage-style style:name="Npourcentage"><number:number number:decimal-places="0"
 number:min-integer-digits="1"/><number:text>%</number:text></number:percentage-style>
"""
_STYLES_CELLULE = "".join(
    f'<style:style style:name="C{genre}" style:family="table-cell" '
    f'style:data-style-name="N{genre}"/>'
    for genre in ("date", "horodatage", "montant", "pourcentage")
) + (
    '<style:style style:name="Ctexte" style:family="table-cell" style:data-style-name="Ntexte">'
    '<style:table-cell-properties fo:wrap-option="wrap"/></style:style>'
    '<style:style style:name="Centete" style:family="table-cell" style:data-style-name="Ntexte">'
    '<style:table-cell-properties fo:background-color="#e8edf3" fo:wrap-option="wrap"/>'
    '<style:text-properties fo:font-weight="bold"/></style:style>'
    '<style:style style:name="Ctitre" style:family="table-cell" style:data-style-name="Ntexte">'
    '<style:text-properties fo:font-weight="bold" fo:font-size="14pt"/></style:style>'
)


def ecrire_ods(feuilles: Sequence[FeuilleEcrite], nom: str) -> bytes:
    """Octets du classeur ; lève `ClasseurRefuse` comme `ecrire`."""
    from .ecriture import preparer

    preparees = preparer(feuilles, nom)
    largeurs = sorted({c.largeur for feuille in feuilles for c in feuille.colonnes})
    corps: list[str] = []
    for feuille, lignes in zip(feuilles, preparees, strict=True):
        corps.append(f"<table:table table:name={quoteattr(feuille.nom)}>")
        corps += [
            f'<table:table-column table:style-name="L{colonne.largeur}"/>'
            for colonne in feuille.colonnes
        ]
        for ligne in lignes:
            corps.append("<table:table-row>")
            corps += [_cellule(valeur, genre) for valeur, genre in ligne]
            if not ligne:
                corps.append("<table:table-cell/>")
            corps.append("</table:table-row>")
        corps.append("</table:table>")
    styles_colonne = "".join(
        f'<style:style style:name="L{largeur}" style:family="table-column">'
        f'<style:table-column-properties style:column-width="{largeur * 0.2:.2f}cm"/></style:style>'
        for largeur in largeurs
    )
    contenu = (
        f'{_DEBUT}<office:document-content {_ESPACES} office:version="1.2">'
        f"<office:automatic-styles>{_STYLES_NOMBRE}{_STYLES_CELLULE}{styles_colonne}"
        "</office:automatic-styles><office:body><office:spreadsheet>"
        f"{''.join(corps)}</office:spreadsheet></office:body></office:document-content>"
    )
    return _archiver(contenu, feuilles)


def _archiver(contenu: str, feuilles: Sequence[FeuilleEcrite]) -> bytes:
    parties = {
        "content.xml": contenu,
        "styles.xml": f'{_DEBUT}<office:document-styles {_ESPACES} office:version="1.2"/>',
        "settings.xml": _reglages(feuilles),
        "META-INF/manifest.xml": (
            f'{_DEBUT}<manifest:manifest manifest:version="1.2" '
            'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_TYPE}"/>'
            + "".join(
                f'<manifest:file-entry manifest:full-path="{x}" manifest:media-type="text/xml"/>'
                for x in ("content.xml", "styles.xml", "settings.xml")
            )
            + "</manifest:manifest>"
        ),
    }
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as archive:
        # Le type vient en premier et sans compression : c'est ainsi qu'on reconnaît un .ods.
        archive.writestr(zipfile.ZipInfo("mimetype"), _TYPE)
        for chemin, texte in parties.items():
            archive.writestr(chemin, texte.encode("utf-8"))
    return sortie.getvalue()


def _reglages(feuilles: Sequence[FeuilleEcrite]) -> str:
    """Fige les lignes de titre et d'en-tête de chaque feuille."""
    entrees = []
    for feuille in feuilles:
        haut = len(feuille.titres) + 1
        reglages = {
            "VerticalSplitMode": ("short", 2),
            "VerticalSplitPosition": ("int", haut),
            "ActiveSplitRange": ("short", 2),
            "PositionBottom": ("int", haut),
        }
        items = "".join(
            f'<config:config-item config:name="{cle}" config:type="{genre}">{valeur}'
            "</config:config-item>"
            for cle, (genre, valeur) in reglages.items()
        )
        entrees.append(
            f"<config:config-item-map-entry config:name={quoteattr(feuille.nom)}>{items}"
            "</config:config-item-map-entry>"
        )
    return (
        f'{_DEBUT}<office:document-settings {_ESPACES} office:version="1.2"><office:settings>'
        '<config:config-item-set config:name="ooo:view-settings" '
        'xmlns:ooo="http://openoffice.org/2004/office">'
        '<config:config-item-map-indexed config:name="Views"><config:config-item-map-entry>'
        '<config:config-item-map-named config:name="Tables">'
        f"{''.join(entrees)}</config:config-item-map-named></config:config-item-map-entry>"
        "</config:config-item-map-indexed></config:config-item-set></office:settings>"
        "</office:document-settings>"
    )


def _cellule(valeur: Valeur, genre: str) -> str:
    if valeur is None:
        return "<table:table-cell/>"
    if isinstance(valeur, str):
        style = genre if genre in ("titre", "entete") else "texte"
        return _balise(style, "string", "", _paragraphes(valeur))
    if isinstance(valeur, bool):
        texte, vrai = booleen_fr(valeur), str(valeur).lower()
        return _balise(
            "",
            "boolean",
            f'office:boolean-value="{vrai}"',
            f"<text:p>{texte}</text:p>",
        )
    if isinstance(valeur, int | Decimal):
        nombre = Decimal(valeur)
        attribut = f'office:value="{nombre:f}"'
        if genre == "pourcentage":
            return _balise(
                genre, "percentage", attribut, f"<text:p>{nombre_fr(nombre * 100)} %</text:p>"
            )
        if genre == "montant":
            return _balise(
                genre,
                "currency",
                f'office:currency="EUR" {attribut}',
                f"<text:p>{nombre_fr(nombre, decimales=2)} €</text:p>",
            )
        return _balise("", "float", attribut, f"<text:p>{nombre_fr(nombre)}</text:p>")
    if isinstance(valeur, dt.datetime):
        return _balise(
            "horodatage",
            "date",
            f'office:date-value="{valeur:%Y-%m-%dT%H:%M:%S}"',
            f"<text:p>{date_fr(valeur.date())} {valeur:%H:%M:%S}</text:p>",
        )
    if not isinstance(valeur, dt.date):
        raise TypeError(type(valeur).__name__)
    return _balise(
        "date",
        "date",
        f'office:date-value="{valeur.isoformat()}"',
        f"<text:p>{date_fr(valeur)}</text:p>",
    )


def _balise(style: str, genre: str, attributs: str, contenu: str) -> str:
    nom = f' table:style-name="C{style}"' if style else ""
    suite = f" {attributs}" if attributs else ""
    return f'<table:table-cell{nom} office:value-type="{genre}"{suite}>{contenu}</table:table-cell>'


def _paragraphes(texte: str) -> str:
    """Un paragraphe par ligne ; suites d'espaces, espaces aux bords et tabulations balisées."""
    return "".join(
        f"<text:p>{_blancs(escape(echapper(ligne)))}</text:p>" for ligne in texte.split("\n")
    )


def _blancs(ligne: str) -> str:
    balisee = re.sub(r"^ +| {2,}| +$", lambda m: f'<text:s text:c="{len(m[0])}"/>', ligne)
    return balisee.replace("\t", "<text:tab/>")
