"""La bibliothèque de gabarits ``portail`` : les longues listes de communes."""

from collections.abc import Iterable
from html import escape

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString

from maillage.socle.mise_en_mots import nombre_en_mots
from maillage.territoires.models import Commune

register = template.Library()


@register.simple_tag
def liste_des_communes(communes: Iterable[Commune], collectivite: str) -> SafeString:
    """Un lien par commune, avec sa population. L'adresse se résout une fois, pas trois cents."""
    racine = reverse("portail:commune", args=[collectivite, "00000"]).removesuffix("00000/")
    return SafeString(
        "".join(
            f'<li><a href="{racine}{commune.pk}/">{escape(commune.nom)}</a>'
            + (
                f" <small>{nombre_en_mots(commune.population)}</small>"
                if commune.population is not None
                else ""
            )
            + "</li>"
            for commune in communes
        )
    )
