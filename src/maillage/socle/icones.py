"""Les formes de la météo et de la fraîcheur : un code, un symbole, un mot.

Les tracés vivent dans ``templates/composants/symboles.html``, inclus une fois par page.
Ici, on ne fait que les appeler : chaque appel est une chaîne toute prête, car une page
du plan en montre plusieurs centaines.
"""

from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe


@dataclass(frozen=True)
class Forme:
    """Un code stocké, le symbole qui le dessine et le mot qui le dit."""

    code: str
    symbole: str
    mot: str


SANS_POINT = Forme(code="", symbole="sans", mot="Pas encore de point")

METEOS: dict[str, Forme] = {
    forme.code: forme
    for forme in (
        Forme("soleil", "soleil", "Soleil"),
        Forme("couvert", "couvert", "Couvert"),
        Forme("nuage", "nuage", "Nuage"),
        Forme("orage", "orage", "Orage"),
        SANS_POINT,
    )
}

FRAICHEURS: dict[str, Forme] = {
    "jour": Forme("jour", "ajour", "À jour"),
    "actualiser": Forme("actualiser", "actualiser", "À actualiser"),
    "retard": Forme("retard", "retard", "En retard"),
}


def icone(symbole: str) -> SafeString:
    """Dessine un symbole muet : le mot qui l'accompagne porte le sens."""
    return mark_safe(  # noqa: S308 : le nom vient du code, jamais d'une saisie
        f'<svg class="i" viewBox="0 0 24 24" aria-hidden="true"><use href="#i-{symbole}"/></svg>'
    )


def forme_meteo(code: str | None) -> Forme:
    """Rend la forme d'une météo ; sans point d'étape, la forme « sans ».

    Lève ``KeyError`` pour un code inconnu : une météo inventée ne doit pas s'afficher.
    """
    return METEOS[code or ""]


ICONES_METEO: dict[str, SafeString] = {code: icone(f.symbole) for code, f in METEOS.items()}
METEOS_AVEC_MOT: dict[str, SafeString] = {
    code: mark_safe(f'<span class="meteo">{ICONES_METEO[code]} {f.mot}</span>')  # noqa: S308
    for code, f in METEOS.items()
}
METEOS_SEULES: dict[str, SafeString] = {
    code: mark_safe(  # noqa: S308
        f'{ICONES_METEO[code]}<span class="hors-ecran">{f.mot}</span>'
    )
    for code, f in METEOS.items()
}
