"""Les documents tirés du plan : la fiche en PDF et en Word, le plan entier en PDF.

Tous partent des mêmes faits (`faits`), qui sont ceux des pages.
"""

from .faits import donnees_de_la_fiche
from .fiche_docx import fiche_en_docx
from .fiche_pdf import fiche_en_pdf
from .plan_pdf import plan_en_pdf

__all__ = ["donnees_de_la_fiche", "fiche_en_docx", "fiche_en_pdf", "plan_en_pdf"]
