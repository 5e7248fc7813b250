"""Écrire un document Word lisible par tous : styles réels, langue, en-têtes de tableau, textes
de remplacement. Le document se construit par code : aucun texte reçu n'y est jamais interprété.
"""

import datetime
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # la bibliothèque n'est chargée qu'au premier document
    from docx.document import Document

FORMES = Path(__file__).parent / "formes"
POLICE = "Arial"  # présente, ou remplacée à l'identique, sur tous les postes
ENCRE, ENCRE_2, FILET = "1B2430", "55606E", "D9D2C3"
# Ce que XML 1.0 refuse : Word n'ouvrirait pas le document.
_INTERDITS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_TAILLES = {"Title": 22, "Heading 1": 14, "Heading 2": 11.5}


def texte_sur(texte: str) -> str:
    """Le même texte, sans les caractères de commande qu'un document XML ne peut pas porter."""
    return _INTERDITS.sub("", texte)


class DocumentMot:
    """Un document Word qui s'écrit de haut en bas."""

    def __init__(
        self, *, titre: str, auteur: str, sujet: str, accent: str, date: datetime.datetime
    ):
        import docx
        from docx.shared import Cm

        self.document: Document = docx.Document()
        proprietes = self.document.core_properties
        proprietes.title = texte_sur(titre)[:255]
        proprietes.author = texte_sur(auteur)[:255]
        proprietes.subject = texte_sur(sujet)[:255]
        proprietes.language = "fr-FR"
        proprietes.comments = ""
        proprietes.created = proprietes.modified = date.replace(tzinfo=None)
        page = self.document.sections[0]
        page.page_width, page.page_height = Cm(21), Cm(29.7)
        page.left_margin = page.right_margin = Cm(2.2)
        page.top_margin = page.bottom_margin = Cm(2)
        self._styles(accent.lstrip("#").upper())

    def _styles(self, accent: str) -> None:
        from docx.oxml.ns import qn
        from docx.shared import Pt, RGBColor

        styles = self.document.styles
        for nom in (
            "Normal",
            "Title",
            "Heading 1",
            "Heading 2",
            "Heading 3",
            "List Bullet",
            "Footer",
        ):
            style: Any = styles[nom]
            style.font.name = POLICE
            fontes = style.element.get_or_add_rPr().get_or_add_rFonts()
            for attribut in list(fontes.attrib):
                del fontes.attrib[attribut]
            for voie in ("ascii", "hAnsi", "cs", "eastAsia"):
                fontes.set(qn(f"w:{voie}"), POLICE)
            style.font.color.rgb = RGBColor.from_string(accent if nom == "Heading 2" else ENCRE)
            if nom in _TAILLES:
                style.font.size = Pt(_TAILLES[nom])
                style.font.bold = True
        normal: Any = styles["Normal"]
        normal.font.size = Pt(11)
        normal.paragraph_format.space_after = Pt(6)
        normal.paragraph_format.line_spacing = 1.15
        for nom, avant in (("Title", 0), ("Heading 1", 16), ("Heading 2", 10)):
            forme = styles[nom].paragraph_format
            forme.space_before, forme.space_after, forme.keep_with_next = Pt(avant), Pt(5), True
        for bordure in styles["Title"].element.findall(".//" + qn("w:pBdr")):
            bordure.getparent().remove(bordure)
        # La langue, pour la synthèse vocale et le correcteur : celle du document entier.
        defaut = styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
        langue = defaut.find(qn("w:lang"))
        langue = defaut._add_lang() if langue is None and hasattr(defaut, "_add_lang") else langue
        if langue is None:
            from docx.oxml import OxmlElement

            langue = OxmlElement("w:lang")
            defaut.append(langue)
        for voie in ("val", "eastAsia"):
            langue.set(qn(f"w:{voie}"), "fr-FR")

    def titre(self, texte: str, niveau: int) -> None:
        """Niveau 0 : le titre du document ; 1 et plus : Titre 1, Titre 2."""
        self.document.add_heading(texte_sur(texte), niveau)

    def paragraphe(self, texte: str = "", *, discret: bool = False) -> Any:
        """Un paragraphe ; `discret` : plus petit, gris (contraste 6 sur fond blanc)."""
        from docx.shared import Pt, RGBColor

        paragraphe = self.document.add_paragraph()
        if texte:
            trait = paragraphe.add_run(texte_sur(texte))
            if discret:
                trait.font.size, trait.font.color.rgb = Pt(9.5), RGBColor.from_string(ENCRE_2)
        return paragraphe

    def terme(self, nom: str, texte: str) -> None:
        """« Nom : texte », le nom en gras."""
        paragraphe = self.paragraphe()
        paragraphe.add_run(f"{texte_sur(nom)}\u00a0: ").bold = True
        paragraphe.add_run(texte_sur(texte))

    def puce(self, texte: str) -> None:
        self.document.add_paragraph(texte_sur(texte), style="List Bullet")

    def image(self, fichier: Path, description: str, paragraphe: Any, cote_pt: float = 13) -> None:
        """Une image dans le fil du texte, avec son texte de remplacement."""
        from docx.shared import Pt

        forme = paragraphe.add_run().add_picture(str(fichier), height=Pt(cote_pt))
        proprietes = forme._inline.docPr
        proprietes.set("descr", texte_sur(description))
        proprietes.set("title", texte_sur(description))

    def tableau(
        self,
        entetes: Sequence[str],
        lignes: Iterable[Sequence[str]],
        *,
        largeurs: Sequence[float],
        nombres: int,
        resume: str,
    ) -> None:
        """Un tableau à ligne d'en-tête répétée. Les `nombres` dernières colonnes sont des nombres.

        `largeurs` : en centimètres, 16,6 en tout.
        `resume` : ce que dit le tableau, pour qui ne le voit pas.
        """
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn
        from docx.shared import Cm, Pt

        lignes = list(lignes)
        tableau = self.document.add_table(rows=1 + len(lignes), cols=len(entetes))
        tableau.style = self.document.styles["Table Grid"]
        tableau.autofit = False
        proprietes = tableau._tbl.tblPr
        for balise, dit in (("w:tblCaption", resume[:250]), ("w:tblDescription", resume)):
            element = OxmlElement(balise)
            element.set(qn("w:val"), texte_sur(dit))
            proprietes.append(element)
        self._bordures(proprietes)
        for rang, valeurs in enumerate([entetes, *lignes]):
            rangee = tableau.rows[rang]
            reglages = rangee._tr.get_or_add_trPr()
            reglages.append(OxmlElement("w:cantSplit"))
            if rang == 0:
                reglages.append(OxmlElement("w:tblHeader"))
            for colonne, valeur in enumerate(valeurs):
                rangee.cells[colonne].width = Cm(largeurs[colonne])
                paragraphe = rangee.cells[colonne].paragraphs[0]
                paragraphe.paragraph_format.space_after = Pt(2)
                trait = paragraphe.add_run(texte_sur(valeur))
                trait.font.size = Pt(9.5)
                trait.bold = rang == 0
                if colonne >= len(entetes) - nombres:
                    paragraphe.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        self.document.add_paragraph().paragraph_format.space_after = Pt(2)

    @staticmethod
    def _bordures(proprietes: Any) -> None:
        """Des filets horizontaux seulement."""
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        bordures = OxmlElement("w:tblBorders")
        for cote in ("top", "left", "bottom", "right", "insideH", "insideV"):
            trait = OxmlElement(f"w:{cote}")
            plein = cote in {"bottom", "insideH"}
            for cle, valeur in (
                ("val", "single" if plein else "nil"),
                ("sz", "4"),
                ("color", FILET),
            ):
                trait.set(qn(f"w:{cle}"), valeur)
            bordures.append(trait)
        ancre = proprietes.find(qn("w:tblLayout"))
        if ancre is not None:
            ancre.addprevious(bordures)
        else:
            proprietes.append(bordures)

    def pied(self, texte: str) -> None:
        """Le pied de page, avec le numéro de page tenu par Word."""
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn
        from docx.shared import Pt

        paragraphe = self.document.sections[0].footer.paragraphs[0]
        trait = paragraphe.add_run(f"{texte_sur(texte)} · page ")
        numero = paragraphe.add_run()
        for sorte, contenu in (("begin", ""), ("", "PAGE"), ("end", "")):
            if sorte:
                element = OxmlElement("w:fldChar")
                element.set(qn("w:fldCharType"), sorte)
            else:
                element = OxmlElement("w:instrText")
                element.text = contenu
            numero._r.append(element)
        for morceau in (trait, numero):
            morceau.font.size = Pt(8.5)

    def octets(self) -> bytes:
        sortie = io.BytesIO()
        self.document.save(sortie)
        return sortie.getvalue()
