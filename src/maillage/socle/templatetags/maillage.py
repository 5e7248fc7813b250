"""La bibliothèque de gabarits ``maillage`` : nombres, dates, météo, tuiles, jauges, tendances.

Les étiquettes rendent des chaînes toutes prêtes : une page du plan en appelle des centaines.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from django import template
from django.http import QueryDict
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe

from maillage.socle import icones, mise_en_mots
from maillage.socle.francais import INSECABLE

register = template.Library()

_MARQUES = {
    "actualiser": '<use href="#i-marque-actualiser"/>',
    "retard": '<use href="#i-marque-retard"/>',
    "bloque": '<use href="#i-marque-bloque"/>',
}


_AUCUN = mark_safe('<span aria-hidden="true">·</span><span class="hors-ecran">aucun</span>')


# --- Filtres -------------------------------------------------------------------------------
@register.filter
def nombre_fr(valeur: object, decimales: int | None = None) -> str:
    """``{{ 1234.5|nombre_fr }}`` : « 1 234,5 »."""
    return mise_en_mots.nombre_en_mots(valeur, decimales)


@register.filter
def montant(valeur: object) -> str:
    """``{{ 38000|montant }}`` : « 38 000 € » ; à partir du million, « 1,2 M€ »."""
    return mise_en_mots.montant_en_mots(valeur)


@register.filter
def pourcent(valeur: object, decimales: int = 0) -> str:
    """``{{ 57|pourcent }}`` : « 57 % ». La valeur est déjà en points de pourcentage."""
    return mise_en_mots.pourcentage_en_mots(valeur, decimales)


@register.filter
def proportion(valeur: object, decimales: int = 0) -> str:
    """``{{ 0.57|proportion }}`` : « 57 % ». La valeur est une part, de 0 à 1."""
    nombre = mise_en_mots.decimal(valeur)
    return mise_en_mots.pourcentage_en_mots(None if nombre is None else nombre * 100, decimales)


@register.filter
def date_fr(valeur: date | datetime | None, forme: str = "longue") -> str:
    """``{{ d|date_fr }}`` ; formes : longue, courte, mois, jour, heure."""
    return mise_en_mots.date_en_mots(valeur, forme)


@register.filter
def depuis(valeur: date | datetime | None) -> str:
    """« il y a 6 jours », « dans 3 jours ». À montrer avec la date : voir ``moment``."""
    return mise_en_mots.duree_en_mots(valeur)


@register.filter
def instant(valeur: datetime | None) -> str:
    """« aujourd’hui à 15 h 40 », « hier à 9 h 05 », « le 3 octobre 2026 à 14 h 05 »."""
    return mise_en_mots.instant_en_mots(valeur)


@register.filter
def pluriel(nombre: object, formes: str) -> str:
    """``{{ 6|pluriel:"fiche" }}`` : « 6 fiches » ; ``{{ n|pluriel:"travail,travaux" }}``."""
    return mise_en_mots.accorder(nombre, formes)


@register.filter
def mots_changes(avant: str, apres: str) -> SafeString:
    """Compare deux textes mot à mot : ``{{ avant|mots_changes:apres }}``."""
    return mise_en_mots.mots_marques(avant, apres)


# --- Étiquettes ----------------------------------------------------------------------------
@register.simple_tag
def moment(valeur: date | datetime | None, forme: str = "longue") -> SafeString:
    """La date et sa distance : « 3 octobre 2026 (il y a 6 jours) », dans un ``<time>``."""
    if not valeur:
        return mark_safe(f'<span class="discret">{mise_en_mots.ABSENT}</span>')  # noqa: S308
    return format_html(
        '<time datetime="{}">{}</time> <span class="discret">({})</span>',
        mise_en_mots.jour(valeur).isoformat(),
        mise_en_mots.date_en_mots(valeur, forme),
        mise_en_mots.duree_en_mots(valeur),
    )


@register.simple_tag
def meteo(code: str | None, mot: bool = True) -> SafeString:
    """La forme et son mot. ``mot=False`` : le mot reste lu, mais ne s'affiche pas."""
    return (icones.METEOS_AVEC_MOT if mot else icones.METEOS_SEULES)[code or ""]


@register.simple_tag
def icone(nom: str) -> SafeString:
    """Un symbole muet de ``composants/symboles.html`` : ``{% icone "alerte" %}``."""
    return icones.icone(nom)


@register.simple_tag
def fraicheur(etat: str) -> SafeString:
    """À jour, à actualiser ou en retard : ``{% fraicheur "actualiser" %}``."""
    forme = icones.FRAICHEURS[etat]
    return format_html(
        '<span class="fraicheur {}">{} {}</span>',
        forme.code,
        icones.icone(forme.symbole),
        forme.mot,
    )


@register.simple_tag
def tuile(
    url: str,
    code: str,
    titre: str,
    meteo: str | None = None,
    fraicheur: str = "jour",
    bloque: bool = False,
) -> SafeString:
    """Une fiche, une tuile : météo en forme, coins marqués si à actualiser, en retard, bloquée."""
    forme = icones.forme_meteo(meteo)
    marques, dits = "", forme.mot
    if fraicheur != "jour":
        marques += _MARQUES[fraicheur]
        dits += f", {icones.FRAICHEURS[fraicheur].mot.lower()}"
    if bloque:
        marques += _MARQUES["bloque"]
        dits += ", bloquée"
    return mark_safe(  # noqa: S308 : url, code et titre sont échappés
        f'<a class="tuile" href="{escape(url)}"><svg viewBox="0 0 24 24" aria-hidden="true">'
        f'<use href="#i-{forme.symbole}"/>{marques}</svg><span class="bulle">'
        f"<b>{escape(code)}</b> {escape(titre)}{INSECABLE}: {dits}</span></a>"
    )


@register.simple_tag
def jauge(taux: object, appuis: int | None = None, total: int | None = None) -> SafeString:
    """Un taux (en %) et ce sur quoi il s'appuie : « 57 % · 7 indicateurs sur 10 ».

    Sans taux, la jauge est vide et le dit. Sans ``total``, seul le pourcentage est écrit.
    """
    nombre = mise_en_mots.decimal(taux)
    fond = '<rect class="jauge-fond" width="100" height="8"/>'
    if nombre is None:
        fait, texte = "", "non calculé"
        fond = '<rect class="jauge-vide" width="100" height="8"/>'
    else:
        largeur = round(max(0.0, min(100.0, float(nombre))), 1)
        fait = f'<rect class="jauge-fait" width="{largeur:g}" height="8"/>'
        texte = mise_en_mots.pourcentage_en_mots(nombre)
    if total is not None:
        texte += f" · {mise_en_mots.accorder(appuis or 0, 'indicateur')} sur{INSECABLE}{total}"
    return mark_safe(  # noqa: S308 : rien ne vient d'une saisie
        '<svg class="jauge" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        f"{fond}{fait}</svg><small>{texte}</small>"
    )


@register.inclusion_tag("composants/tendance.html")
def tendance(
    points: Sequence[object], cible: object = None, unite: str = "", texte: str = ""
) -> dict[str, object]:
    """Une petite courbe et ses mots. ``points`` : du plus ancien au plus récent ; None : trou."""
    valeurs = [mise_en_mots.decimal(p) for p in points]
    connues = [(i, float(v)) for i, v in enumerate(valeurs) if v is not None]
    visee = mise_en_mots.decimal(cible)
    if len(connues) < 2:
        return {"trace": "", "texte": texte or "Pas assez de mesures pour une courbe."}
    tous = [v for _, v in connues] + ([float(visee)] if visee is not None else [])
    bas, haut = min(tous), max(tous)
    etendue = (haut - bas) or 1.0
    largeur = max(len(valeurs) - 1, 1)

    def place(rang: int, valeur: float) -> tuple[float, float]:
        return round(rang * 120 / largeur, 1), round(26 - (valeur - bas) * 22 / etendue, 1)

    morceaux, dernier = [], None
    for rang, valeur in connues:
        x, y = place(rang, valeur)
        morceaux.append(f"{'L' if dernier == rang - 1 else 'M'}{x:g} {y:g}")
        dernier = rang
    fin_x, fin_y = place(*connues[-1])
    unite_dite = f"{INSECABLE}{unite}" if unite else ""
    premier, ultime = (mise_en_mots.nombre_en_mots(v) for v in (connues[0][1], connues[-1][1]))
    return {
        "trace": "".join(morceaux),
        "fin_x": f"{fin_x:g}",
        "fin_y": f"{fin_y:g}",
        "cible_y": f"{place(0, float(visee))[1]:g}" if visee is not None else "",
        "texte": texte or f"de {premier} à {ultime}{unite_dite}",
    }


@register.simple_tag
def corps_tableau(
    colonnes: Sequence[Mapping[str, object]], lignes: Iterable[Sequence[object]]
) -> SafeString:
    """Le ``<tbody>`` de ``composants/tableau.html`` : la première cellule nomme la ligne.

    Sur un téléphone, chaque cellule redit le libellé de sa colonne (``data-label``).
    """
    entetes = []
    for colonne in colonnes:
        classes = [str(c) for c in (colonne.get("classe"),) if c]
        classes += [c for c in ("nombre", "secondaire") if colonne.get(c)]
        classe = f' class="{escape(" ".join(classes))}"' if classes else ""
        entetes.append(f'<td role="cell"{classe} data-label="{escape(str(colonne["libelle"]))}">')
    rendu = ['<tbody role="rowgroup">']
    for ligne in lignes:
        rendu.append('<tr role="row">')
        for rang, cellule in enumerate(ligne):
            texte = cellule if isinstance(cellule, str) else "" if cellule is None else str(cellule)
            contenu = conditional_escape(texte)
            if rang == 0:
                rendu.append(f'<th scope="row" role="rowheader">{contenu}</th>')
            else:
                rendu.append(f"{entetes[rang]}{contenu}</td>")
        rendu.append("</tr>")
    rendu.append("</tbody>")
    return mark_safe("".join(rendu))  # noqa: S308 : chaque cellule est échappée


@register.simple_tag
def rond(nombre: int, maximum: int, sans_reponse: bool = False) -> SafeString:
    """Un cercle dont l'aire dit le nombre (matrice des besoins) ; anneau si sans réponse."""
    if not nombre:
        return _AUCUN
    rayon = round(9 + 18 * (min(nombre, maximum) / (maximum or 1)) ** 0.5, 1)
    anneau = f'<circle cx="30" cy="30" r="{rayon + 3:g}"/>' if sans_reponse else ""
    dit = f"{nombre}, sans réponse" if sans_reponse else str(nombre)
    return mark_safe(  # noqa: S308 : des nombres seulement
        f'<svg class="rond" viewBox="0 0 60 60" role="img" aria-label="{dit}">'
        f'<circle cx="30" cy="30" r="{rayon:g}"/>{anneau}<text x="30" y="30">{nombre}</text></svg>'
    )


@register.simple_tag(takes_context=True)
def adresse_avec(context: template.Context, **changements: object) -> str:
    """L'adresse de la page avec d'autres paramètres ; une valeur vide retire le paramètre."""
    requete = context.get("request")
    parametres = requete.GET.copy() if requete is not None else QueryDict(mutable=True)
    for nom, valeur in changements.items():
        if valeur in (None, ""):
            parametres.pop(nom, None)
        else:
            parametres[nom] = str(valeur)
    return f"?{parametres.urlencode()}"
