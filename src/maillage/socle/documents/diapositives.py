"""Écrire un diaporama que l'on peut reprendre : vrais titres, tableaux et graphiques natifs.

Chaque diapositive se lit dans l'ordre où elle s'écrit : titre, contenu, repère de bas de page.
"""

import datetime
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .mot import ENCRE, ENCRE_2, FILET, POLICE, texte_sur

LARGEUR, HAUTEUR, MARGE = 13.333, 7.5, 0.7  # pouces, format 16:9
_SANS_STYLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # « Aucun style, aucune grille »
TITRE, TITRE_SEUL = 0, 5  # rangs dans le modèle livré avec python-pptx


@dataclass(frozen=True, slots=True)
class Serie:
    """Une série d'un graphique : son nom, ses valeurs, sa couleur, celle de ses étiquettes."""

    nom: str
    valeurs: Sequence[float]
    couleur: str
    etiquette: str = "FFFFFF"
    contour: str = ""


class Diaporama:
    """Un diaporama qui s'écrit une diapositive à la fois."""

    def __init__(
        self, *, titre: str, auteur: str, sujet: str, accent: str, repere: str,
        date: datetime.datetime,
    ):  # fmt: skip
        from pptx import Presentation
        from pptx.util import Inches

        self.accent = accent.lstrip("#").upper()
        self.repere = texte_sur(repere)
        self.presentation: Any = Presentation()
        self.presentation.slide_width = Inches(LARGEUR)
        self.presentation.slide_height = Inches(HAUTEUR)
        proprietes = self.presentation.core_properties
        proprietes.title, proprietes.author = texte_sur(titre)[:255], texte_sur(auteur)[:255]
        proprietes.subject, proprietes.language = texte_sur(sujet)[:255], "fr-FR"
        proprietes.created = proprietes.modified = date.replace(tzinfo=None)
        self._modele()
        self.diapositive: Any = None

    def _modele(self) -> None:
        """Le modèle de base, mis au format, à la police et aux couleurs de la maison."""
        maitre = self.presentation.slide_master
        gardes = {TITRE, TITRE_SEUL}
        for rang in reversed(range(len(maitre.slide_layouts))):
            if rang not in gardes:
                maitre.slide_layouts.remove(maitre.slide_layouts[rang])
        self.dispositions = list(maitre.slide_layouts)
        for porteur in (maitre, *self.dispositions):
            for forme in list(porteur.placeholders):
                if forme.placeholder_format.type in {13, 15, 16}:  # numéro, pied, date
                    forme._element.getparent().remove(forme._element)
        for porteur in (maitre, self.dispositions[1]):
            _placer(porteur.placeholders[0], MARGE, 0.45, LARGEUR - 2 * MARGE, 1.1)
        _placer(self.dispositions[0].placeholders[0], 1.2, 2.3, 10.9, 0.9)
        _placer(self.dispositions[0].placeholders[1], 1.2, 3.4, 10.9, 2.2)
        for forme in maitre.placeholders:
            if forme.placeholder_format.idx == 1:
                _placer(forme, MARGE, 1.7, LARGEUR - 2 * MARGE, 5.0)
        theme = next(
            r.target_part for r in maitre.part.rels.values() if r.reltype.endswith("/theme")
        )
        theme._blob = theme.blob.replace(
            b'<a:latin typeface="Calibri"/>', f'<a:latin typeface="{POLICE}"/>'.encode()
        )

    def couverture(self, titre: str, lignes: Sequence[str], *, notes: str = "") -> None:
        self.diapositive = self.presentation.slides.add_slide(self.dispositions[0])
        self._ecrire(self.diapositive.shapes.title, [titre], taille=36, gras=True)
        self._ecrire(self.diapositive.placeholders[1], lignes, taille=20, couleur=ENCRE_2)
        self._notes(notes)

    def page(self, titre: str, *, notes: str, demonstration: bool = False) -> None:
        """Ouvre une diapositive. Le titre dit ce qu'il faut retenir."""
        self.diapositive = self.presentation.slides.add_slide(self.dispositions[1])
        self._ecrire(self.diapositive.shapes.title, [titre], taille=28, gras=True)
        self._notes(notes)
        self.demonstration = demonstration

    def fin_de_page(self) -> None:
        """Le repère du bas, lu en dernier : le plan, la date, et si les données sont inventées."""
        texte = self.repere
        if self.demonstration:
            texte = f"Donnée de démonstration · {texte}"
        self.texte([texte], haut=6.95, hauteur=0.35, taille=12, couleur=ENCRE_2)

    def texte(
        self, lignes: Sequence[str], *, haut: float, hauteur: float = 0.5, taille: int = 18,
        couleur: str = ENCRE,
    ) -> None:  # fmt: skip
        from pptx.util import Inches

        boite = self.diapositive.shapes.add_textbox(
            Inches(MARGE), Inches(haut), Inches(LARGEUR - 2 * MARGE), Inches(hauteur)
        )
        self._ecrire(boite, lignes, taille=taille, couleur=couleur)

    def tableau(
        self, entetes: Sequence[str], lignes: Sequence[Sequence[str]], *,
        largeurs: Sequence[float], description: str, haut: float = 1.75, taille: int = 14,
        nombres: int = 0,
    ) -> None:  # fmt: skip
        """Un tableau natif à ligne d'en-tête. `largeurs` : parts de la largeur utile."""
        from pptx.enum.text import PP_ALIGN
        from pptx.util import Inches

        utile = LARGEUR - 2 * MARGE
        cadre = self.diapositive.shapes.add_table(
            len(lignes) + 1, len(entetes), Inches(MARGE), Inches(haut), Inches(utile),
            Inches(0.4 * (len(lignes) + 1)),
        )  # fmt: skip
        decrire(cadre, "Tableau", description)
        tableau = cadre.table
        tableau.first_row, tableau.horz_banding = True, False
        tableau._tbl.tblPr.find(
            "{http://schemas.openxmlformats.org/drawingml/2006/main}tableStyleId"
        ).text = _SANS_STYLE
        for colonne, part in enumerate(largeurs):
            tableau.columns[colonne].width = Inches(utile * part / sum(largeurs))
        for rang, valeurs in enumerate([entetes, *lignes]):
            for colonne, valeur in enumerate(valeurs):
                cellule = tableau.cell(rang, colonne)
                cellule.margin_top = cellule.margin_bottom = Inches(0.05)
                cellule.margin_left = cellule.margin_right = Inches(0.06)
                self._ecrire(
                    cellule, [valeur], taille=taille, gras=rang == 0,
                    couleur=ENCRE_2 if rang == 0 else ENCRE,
                )  # fmt: skip
                if colonne >= len(entetes) - nombres:
                    cellule.text_frame.paragraphs[0].alignment = PP_ALIGN.RIGHT
                _filet_du_bas(cellule, ENCRE if rang == 0 else FILET)

    def barres(
        self, categories: Sequence[str], series: Sequence[Serie], *, description: str,
        haut: float = 1.6, hauteur: float = 5.3, empilees: bool = True, format_nombre: str = "0;;;",
        taille: int = 12,
    ) -> None:  # fmt: skip
        """Un graphique en barres natif, ses valeurs écrites. La première catégorie est en haut."""
        from pptx.chart.data import CategoryChartData
        from pptx.dml.color import RGBColor
        from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_LEGEND_POSITION
        from pptx.util import Inches, Pt

        donnees = CategoryChartData(number_format=format_nombre)
        donnees.categories = [texte_sur(c) for c in categories]
        for serie in series:
            donnees.add_series(serie.nom, serie.valeurs)
        genre = XL_CHART_TYPE.BAR_STACKED if empilees else XL_CHART_TYPE.BAR_CLUSTERED
        cadre = self.diapositive.shapes.add_chart(
            genre,
            Inches(MARGE),
            Inches(haut),
            Inches(LARGEUR - 2 * MARGE),
            Inches(hauteur),
            donnees,
        )
        decrire(cadre, "Graphique", description)
        graphique = cadre.chart
        graphique.has_title = False
        graphique.font.size, graphique.font.name = Pt(taille), POLICE
        graphique.font.color.rgb = RGBColor.from_string(ENCRE)
        graphique.has_legend = len(series) > 1
        if graphique.has_legend:
            graphique.legend.position = XL_LEGEND_POSITION.TOP
            graphique.legend.include_in_layout = False
        graphique.value_axis.visible = False
        graphique.value_axis.has_major_gridlines = False
        graphique.value_axis.minimum_scale = 0
        graphique.category_axis.reverse_order = True
        graphique.category_axis.format.line.color.rgb = RGBColor.from_string(ENCRE_2)
        trace = graphique.plots[0]
        trace.gap_width = 45
        if empilees:
            trace.overlap = 100
        for serie, rendue in zip(series, trace.series, strict=True):
            rendue.format.fill.solid()
            rendue.format.fill.fore_color.rgb = RGBColor.from_string(serie.couleur)
            if serie.contour:
                rendue.format.line.color.rgb = RGBColor.from_string(serie.contour)
            etiquettes = rendue.data_labels
            etiquettes.show_value = True
            etiquettes.number_format, etiquettes.number_format_is_linked = format_nombre, False
            etiquettes.font.size, etiquettes.font.bold = Pt(taille), True
            etiquettes.font.color.rgb = RGBColor.from_string(serie.etiquette)
            if not empilees:
                etiquettes.position = XL_LABEL_POSITION.OUTSIDE_END

    def _ecrire(
        self, porteur: Any, lignes: Sequence[str], *, taille: int, gras: bool = False,
        couleur: str = ENCRE,
    ) -> None:  # fmt: skip
        from pptx.dml.color import RGBColor
        from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
        from pptx.util import Pt

        cadre = porteur.text_frame
        cadre.word_wrap = True
        cadre.vertical_anchor = MSO_ANCHOR.TOP
        for rang, ligne in enumerate(lignes):
            paragraphe = cadre.paragraphs[0] if rang == 0 else cadre.add_paragraph()
            paragraphe.alignment = PP_ALIGN.LEFT
            trait = paragraphe.add_run()
            trait.text = texte_sur(ligne)
            trait.font.size, trait.font.bold, trait.font.name = Pt(taille), gras, POLICE
            trait.font.color.rgb = RGBColor.from_string(couleur)
            trait._r.get_or_add_rPr().set("lang", "fr-FR")

    def _notes(self, notes: str) -> None:
        if notes:
            self.diapositive.notes_slide.notes_text_frame.text = texte_sur(notes)

    def octets(self) -> bytes:
        sortie = io.BytesIO()
        self.presentation.save(sortie)
        return sortie.getvalue()


def _placer(forme: Any, gauche: float, haut: float, largeur: float, hauteur: float) -> None:
    from pptx.util import Inches

    forme.left, forme.top = Inches(gauche), Inches(haut)
    forme.width, forme.height = Inches(largeur), Inches(hauteur)


def decrire(cadre: Any, nom: str, description: str) -> None:
    """Le texte de remplacement d'un tableau ou d'un graphique."""
    proprietes = cadre._element.nvGraphicFramePr.cNvPr
    proprietes.set("name", nom)
    proprietes.set("descr", texte_sur(description))


def _filet_du_bas(cellule: Any, couleur: str) -> None:
    from pptx.oxml import parse_xml

    cellule._tc.get_or_add_tcPr().append(
        parse_xml(
            '<a:lnB xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" w="9525">'
            f'<a:solidFill><a:srgbClr val="{couleur}"/></a:solidFill></a:lnB>'
        )
    )
