"""La bibliothèque de gabarits ``plan`` : ce qui se répète des centaines de fois dans une page."""

from collections.abc import Callable, Iterable

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from maillage.plan.lecture import FicheLue
from maillage.plan.synthese import Compte
from maillage.socle.icones import METEOS, METEOS_SEULES
from maillage.socle.mise_en_mots import accorder, pourcentage_en_mots
from maillage.socle.templatetags.maillage import tuile

register = template.Library()

_DITES = {"a_actualiser": ", à actualiser", "en_retard": ", en retard"}


@register.simple_tag
def tuiles(fiches: Iterable[FicheLue], adresse: Callable[[FicheLue], str]) -> SafeString:
    """Une tuile par fiche."""
    return mark_safe(  # noqa: S308 : chaque tuile est échappée
        "".join(
            tuile(adresse(f), f.code, f.titre, f.meteo, f.marque, bool(f.bloquee_par))
            for f in fiches
        )
    )


@register.simple_tag
def liste_des_fiches(fiches: Iterable[FicheLue], adresse: Callable[[FicheLue], str]) -> SafeString:
    """Les mêmes, en liste de liens : code, titre, météo, et ce qui est à signaler."""
    lignes = []
    for f in fiches:
        dits = _DITES.get(f.fraicheur, "") + (", bloquée" if f.bloquee_par else "")
        lignes.append(
            f'<li>{METEOS_SEULES[f.meteo]} <span class="discret">{escape(f.code)}</span> '
            f'<a href="{escape(adresse(f))}">{escape(f.titre)}</a>'
            + (f'<span class="discret">{dits}</span>' if dits else "")
            + "</li>"
        )
    return mark_safe("".join(lignes))  # noqa: S308 : adresse, code et titre sont échappés


@register.simple_tag
def resultats_de_fiches(trouvees: Iterable, adresse: Callable[[FicheLue], str]) -> SafeString:
    """Des fiches trouvées : titre aux mots surlignés, météo, extrait."""
    lignes = []
    for t in trouvees:
        f = t.fiche
        extrait = f'<br><span class="discret">{t.extrait}</span>' if t.extrait else ""
        lignes.append(
            f'<li>{METEOS_SEULES[f.meteo]} <span class="discret">{escape(f.code)}</span> '
            f'<a href="{escape(adresse(f))}">{t.titre}</a>{extrait}</li>'
        )
    return mark_safe("".join(lignes))  # noqa: S308 : titre et extrait sont déjà échappés


@register.simple_tag
def meteos_en_bref(compte: Compte) -> SafeString:
    """« ● 12  ◐ 3 » : les météos présentes et leur nombre, le mot lu à voix haute."""
    return mark_safe(  # noqa: S308 : des nombres seulement
        " ".join(
            f'<span class="nowrap">{METEOS_SEULES[code]} {compte.meteos[code]}</span>'
            for code in METEOS
            if compte.meteos[code]
        )
    )


@register.filter
def chemin_en_mots(taux) -> str:
    """« 57 % du chemin fait, sur 7 actions sur 10 » ; sans taux, dit pourquoi."""
    if not taux.total:
        return ""
    if taux.valeur is None:
        return "chemin fait non calculé : aucun indicateur calculable"
    return (
        f"{pourcentage_en_mots(taux.valeur)} du chemin fait, "
        f"calculé sur {accorder(taux.calculables, 'action')} sur {taux.total}"
    )
