"""La bibliothèque de gabarits ``plan`` : ce qui se répète des centaines de fois dans une page."""

from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from html import escape

from django import template
from django.utils.safestring import SafeString, mark_safe

from maillage.calcul.budget import Montants
from maillage.plan.lecture import FicheLue
from maillage.plan.synthese import Compte
from maillage.socle.francais import montant_fr
from maillage.socle.icones import ICONES_METEO, METEOS
from maillage.socle.mise_en_mots import accorder, pourcentage_en_mots
from maillage.socle.templatetags.maillage import jauge, tuile

register = template.Library()


@register.filter
def euros(valeur: Decimal | str | None) -> str:
    """Le montant exact, au centime, pour qu'un total se vérifie ; « – » s'il n'est pas dit."""
    if valeur is None or valeur == "":
        return "–"
    return (
        montant_fr(Decimal(str(valeur).replace(",", "."))) if _est_nombre(valeur) else str(valeur)
    )


def _est_nombre(valeur: Decimal | str) -> bool:
    try:
        return Decimal(str(valeur).replace(",", ".")).is_finite()
    except InvalidOperation:
        return False


# La forme dans le fil du texte, le mot lu sans être montré : pour les listes longues.
_FORMES = {
    code: f'<span class="meteo">{ICONES_METEO[code]}'
    f'<span class="hors-ecran">{forme.mot}</span></span>'
    for code, forme in METEOS.items()
}

_DITES = {"a_actualiser": ", à actualiser", "en_retard": ", en retard"}


@register.simple_tag
def tuiles(
    groupes: Iterable[tuple[str, list[FicheLue]]], adresse: Callable[[FicheLue], str]
) -> SafeString:
    """Une tuile par fiche ; un écart entre deux groupes, dont le nom est lu."""
    groupes = list(groupes)
    rendus = []
    for nom, fiches in groupes:
        titre = f'<i><span class="hors-ecran">{escape(nom)} : </span></i>'
        rendus.append(
            (titre if len(groupes) > 1 else "")
            + "".join(
                tuile(adresse(f), f.code, f.titre, f.meteo, f.marque, bool(f.bloquee_par))
                for f in fiches
            )
        )
    return mark_safe("".join(rendus))  # noqa: S308 : noms et tuiles sont échappés


@register.simple_tag
def liste_des_fiches(
    fiches: Iterable[FicheLue], adresse: Callable[[FicheLue], str], blocage: bool = False
) -> SafeString:
    """Les mêmes, en liste de liens : code, titre, météo, et ce qui est à signaler.

    `blocage` : dire aussi par quoi une fiche est bloquée.
    """
    lignes = []
    for f in fiches:
        dits = _DITES.get(f.fraicheur, "")
        if f.bloquee_par:
            dits += f", bloquée par : {escape(f.bloquee_par)}" if blocage else ", bloquée"
        lignes.append(
            f'<li>{_FORMES[f.meteo]} <span class="discret">{escape(f.code)}</span> '
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
            f'<li>{_FORMES[f.meteo]} <span class="discret">{escape(f.code)}</span> '
            f'<a href="{escape(adresse(f))}">{t.titre}</a>{extrait}</li>'
        )
    return mark_safe("".join(lignes))  # noqa: S308 : titre et extrait sont déjà échappés


@register.simple_tag
def options(choix: Iterable[tuple[str, str, bool]]) -> SafeString:
    """Les ``<option>`` d'un filtre : (valeur, libellé, choisie)."""
    return SafeString(
        "".join(
            f'<option value="{escape(valeur)}"{" selected" if choisie else ""}>'
            f"{escape(libelle)}</option>"
            for valeur, libelle, choisie in choix
        )
    )


@register.simple_tag
def meteos_en_bref(compte: Compte) -> SafeString:
    """« ● 12  ◐ 3 » : les météos présentes et leur nombre, le mot lu à voix haute."""
    return mark_safe(  # noqa: S308 : des nombres seulement
        " ".join(
            f'<span class="nowrap">{_FORMES[code]} {compte.meteos[code]}</span>'
            for code in METEOS
            if compte.meteos[code]
        )
    )


@register.simple_tag
def jauge_de_fiches(taux) -> SafeString:
    """Le taux d'une division et le nombre de fiches sur lequel il repose."""
    appui = f", {accorder(taux.calculables, 'fiche')} sur {taux.total}</small>"
    return mark_safe(str(jauge(taux.valeur)).removesuffix("</small>") + appui)  # noqa: S308


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


@register.simple_tag
def adresse_de(fiche: FicheLue, adresse: Callable[[FicheLue], str]) -> str:
    """L'adresse d'une fiche lue, écrite par `lecture.Adresses`."""
    return adresse(fiche)


@register.simple_tag
def somme_prevu(reste: Montants, part: Montants) -> str:
    """Le prévu d'avant un retrait : ce qui reste et ce qui part."""
    return euros((reste + part).prevu)
