"""La bibliothèque de gabarits ``temps`` : ce qui se répète entre deux dates."""

from collections.abc import Callable, Mapping
from html import escape

from django import template
from django.utils.safestring import SafeString, mark_safe

from maillage.plan.calendrier import Frise, JalonLu
from maillage.plan.changements import FicheChangee
from maillage.plan.lecture import FicheLue
from maillage.plan.matrices import Matrice
from maillage.plan.presentation import ChangementLisible
from maillage.socle.icones import ICONES_METEO, METEOS, METEOS_AVEC_MOT
from maillage.socle.mise_en_mots import date_en_mots, mots_marques, pourcentage_en_mots

register = template.Library()

_VIDE = '<span class="discret">vide</span>'
_FLECHE = ' <span aria-hidden="true">→</span> '


def _barre(texte: str) -> str:
    if not texte:
        return _VIDE
    return (
        f'<del><span class="hors-ecran">[avant : </span>{escape(texte)}'
        '<span class="hors-ecran">]</span></del>'
    )


def _souligne(texte: str) -> str:
    if not texte:
        return _VIDE
    return (
        f'<ins><span class="hors-ecran">[après : </span>{escape(texte)}'
        '<span class="hors-ecran">]</span></ins>'
    )


def _liste(champ: ChangementLisible) -> str:
    lignes = [f"<li><ins>{escape(t)}</ins> <small>ajouté</small></li>" for t in champ.ajoutes]
    lignes += [f"<li><del>{escape(t)}</del> <small>retiré</small></li>" for t in champ.retires]
    for modifiee in champ.modifies:
        colonnes = ", ".join(
            f"{escape(nom.lower())} {_barre(avant)}{_FLECHE}{_souligne(apres)}"
            for nom, avant, apres in modifiee.colonnes
        )
        lignes.append(f"<li>{escape(modifiee.nom)} : {colonnes}</li>")
    return f'<ul class="puces">{"".join(lignes)}</ul>'


def champ_change(champ: ChangementLisible) -> str:
    """Un champ : son nom, puis ce qu'il disait et ce qu'il dit."""
    nom = f"<dt>{escape(champ.libelle)}</dt>"
    if champ.sorte == "listes":
        return f"{nom}<dd>{_liste(champ)}</dd>"
    if champ.sorte == "mots":
        return f'{nom}<dd class="texte">{mots_marques(champ.avant, champ.apres)}</dd>'
    return f"{nom}<dd>{_barre(champ.avant)}{_FLECHE}{_souligne(champ.apres)}</dd>"


@register.simple_tag
def passage_de_meteo(fiche: FicheChangee) -> SafeString:
    """« Soleil → Orage » ; une seule météo quand elle n'a pas bougé."""
    if fiche.sorte in {"ajoutee", "remise"} or fiche.avant.meteo == fiche.apres.meteo:
        return METEOS_AVEC_MOT[fiche.apres.meteo]
    avant, apres = METEOS_AVEC_MOT[fiche.avant.meteo], METEOS_AVEC_MOT[fiche.apres.meteo]
    return mark_safe(f'{avant}{_FLECHE}<span class="hors-ecran">devient</span> {apres}')  # noqa: S308


@register.simple_tag
def detail_de_la_fiche(
    fiche: FicheChangee, textes: Mapping[int, tuple[str, str, str]]
) -> SafeString:
    """Champs, mesures et points d'étape d'une fiche, en une liste de mots."""
    rendu = [champ_change(champ) for champ in fiche.champs] + _suivi(fiche, textes)
    return mark_safe(f'<dl class="change">{"".join(rendu)}</dl>')  # noqa: S308 : tout est échappé


@register.simple_tag
def suivi_de_la_fiche(
    fiche: FicheChangee, textes: Mapping[int, tuple[str, str, str]]
) -> SafeString:
    """Ses mesures et ses points d'étape seulement."""
    return mark_safe(f'<dl class="change">{"".join(_suivi(fiche, textes))}</dl>')  # noqa: S308


@register.simple_tag
def champ_seul(champ: ChangementLisible) -> SafeString:
    """Un champ, en `<dt>` et `<dd>`."""
    return mark_safe(champ_change(champ))  # noqa: S308 : tout est échappé


def _suivi(fiche: FicheChangee, textes: Mapping[int, tuple[str, str, str]]) -> list[str]:
    rendu = []
    for mesure in fiche.mesures:
        chemin = ""
        if mesure.taux_apres is not None:
            avant = "non calculé" if mesure.taux_avant is None else _taux(mesure.taux_avant)
            chemin = f" <small>chemin fait : {avant}{_FLECHE}{_taux(mesure.taux_apres)}</small>"
        rendu.append(
            f"<dt>{escape(mesure.libelle)}</dt><dd>{_barre(mesure.avant)}{_FLECHE}"
            f"{_souligne(mesure.apres)}{chemin}</dd>"
        )
    for point in fiche.points:
        motif, faits, _ = textes.get(point.pk, ("", "", ""))
        dits = " ".join(escape(t) for t in (motif, faits) if t)
        rendu.append(
            f"<dt>Point du {date_en_mots(point.date)}</dt>"
            f"<dd>{METEOS_AVEC_MOT[point.meteo]} {dits}</dd>"
        )
    if fiche.motif:
        rendu.append(f"<dt>Pourquoi</dt><dd>{escape(fiche.motif)}</dd>")
    return rendu


def _taux(taux: float) -> str:
    return pourcentage_en_mots(taux)


@register.filter
def ecart_en_points(ecart: float | None) -> str:
    """« + 4 points », « − 2 points », « stable »."""
    if ecart is None:
        return "non comparable"
    arrondi = round(ecart)
    if arrondi == 0:
        return "stable"
    signe = "+" if arrondi > 0 else "−"
    return f"{signe}\u00a0{abs(arrondi)}\u00a0point{'s' if abs(arrondi) > 1 else ''}"


# --- Le calendrier ----------------------------------------------------------------------------

_FORMES = {"realise": "jalon-fait", "retard": "jalon-retard", "prevu": "jalon-prevu"}
_TRACES = {
    "realise": '<circle r="6"/><path d="M-3 0l2 2.5 4-5"/>',
    "retard": '<path d="M0-7L7 6H-7Z"/><path d="M0-2.5V2M0 3.6V4"/>',
    "prevu": '<rect x="-5" y="-5" width="10" height="10" transform="rotate(45)"/>',
}


@register.simple_tag
def forme_de_jalon(etat: str) -> SafeString:
    """La forme seule, muette : rond coché, triangle, losange. Le mot est à côté."""
    return mark_safe(  # noqa: S308 : rien ne vient d'une saisie
        f'<svg class="jalon {_FORMES[etat]}" viewBox="-9 -9 18 18" aria-hidden="true">'
        f"{_TRACES[etat]}</svg>"
    )


@register.simple_tag
def lien_de_fiche(fiche: FicheLue, adresse: Callable[[FicheLue], str]) -> SafeString:
    """Le titre d'une fiche, qui mène à elle."""
    return mark_safe(f'<a href="{escape(adresse(fiche))}">{escape(fiche.titre)}</a>')  # noqa: S308


@register.simple_tag
def ligne_de_jalon(
    jalon: JalonLu, etat: str, mot: str, adresse: Callable[[FicheLue | JalonLu], str]
) -> SafeString:
    """Un jalon dans la liste d'un mois : le jour, la forme et le mot, l'action."""
    date = jalon.date
    assert date is not None  # un jalon sans date ne se range dans aucun mois
    quand = f'<time datetime="{date.isoformat()}">{date_en_mots(date, "jour")}</time>'
    demo = ' <span class="etiquette demo">démonstration</span>' if jalon.demonstration else ""
    lien = f'<a href="{escape(adresse(jalon))}">{escape(jalon.titre_fiche)}</a>'
    return mark_safe(  # noqa: S308 : titres et adresse sont échappés
        f'<li><span class="quand">{quand}</span><div><p>{forme_de_jalon(etat)} <b>{mot}</b> : '
        f'{escape(jalon.titre)}{demo}</p><p class="discret">{escape(jalon.code)} {lien}</p></div>'
        "</li>"
    )


@register.simple_tag
def frise_de_fiche(frise: Frise) -> SafeString:
    """La ligne d'une fiche dans le Gantt : durée, jalons, jour. Muette : voir les mots."""
    morceaux = [f'<line class="an" x1="{x:g}%" x2="{x:g}%" y2="100%"/>' for x in frise.annees]
    if frise.duree:
        debut, largeur = frise.duree
        morceaux.append(
            f'<rect class="duree" x="{debut:g}%" y="9" width="{largeur:g}%" height="6" rx="2"/>'
        )
    if frise.aujourdhui is not None:
        morceaux.append(
            f'<line class="jour" x1="{frise.aujourdhui:g}%" x2="{frise.aujourdhui:g}%" y2="100%"/>'
        )
    for x, etat in frise.jalons:
        morceaux.append(
            f'<svg x="{x:g}%" y="12" overflow="visible" class="jalon {_FORMES[etat]}">'
            f"{_TRACES[etat]}</svg>"
        )
    return mark_safe(  # noqa: S308 : des nombres seulement
        f'<svg class="frise-fiche" width="100%" height="24" aria-hidden="true">'
        f"{''.join(morceaux)}</svg>"
    )


@register.simple_tag
def pastilles_de_meteo(meteos: Mapping[str, int]) -> SafeString:
    """« ● 12  ◐ 3 » : les météos présentes, leur nombre, leur mot lu à voix haute."""
    return mark_safe(  # noqa: S308 : des nombres seulement
        " ".join(
            f'<span class="nowrap"><span class="meteo">{ICONES_METEO[code]}'
            f'<span class="hors-ecran">{METEOS[code].mot} : </span></span>{meteos[code]}</span>'
            for code in METEOS
            if meteos.get(code)
        )
    )


@register.simple_tag
def nom_de_colonne(matrice: Matrice, rang: int) -> str:
    """Le nom de la colonne de ce rang : ce que redit une cellule sur un téléphone."""
    return matrice.colonnes[rang].nom
