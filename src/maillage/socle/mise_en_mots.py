"""Mettre en mots : nombres, montants, dates et durées à la française.

Espaces : U+202F (fine insécable) entre les milliers, U+00A0 (insécable) devant une unité.
"""

import difflib
import re
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from maillage.socle.francais import INSECABLE, MOIS, montant_fr, nombre_fr

ABSENT = "–"

MOIS_COURTS = "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.".split()


def decimal(valeur: object) -> Decimal | None:
    """Convertit un nombre reçu d'une base ou d'un calcul ; ``None`` si ce n'en est pas un."""
    if valeur is None or valeur == "" or isinstance(valeur, bool):
        return None
    try:
        nombre = Decimal(str(valeur))
    except InvalidOperation:
        return None
    return nombre if nombre.is_finite() else None


def nombre_en_mots(valeur: object, decimales: int | None = None) -> str:
    """« 1 234,5 ». Sans ``decimales``, deux chiffres après la virgule au plus, zéros ôtés."""
    nombre = decimal(valeur)
    if nombre is None:
        return ABSENT
    if decimales is None:
        nombre = nombre.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return nombre_fr(nombre, decimales=decimales)


def montant_en_mots(valeur: object) -> str:
    """Un montant en euros : « 38 000 € », « 1,2 M€ » à partir du million."""
    nombre = decimal(valeur)
    if nombre is None:
        return ABSENT
    if abs(nombre) >= 1_000_000:
        return f"{nombre_en_mots(nombre / 1_000_000, 1).removesuffix(',0')}{INSECABLE}M€"
    return montant_fr(nombre)


def pourcentage_en_mots(valeur: object, decimales: int = 0) -> str:
    """Une valeur déjà en points de pourcentage : 57 donne « 57 % »."""
    if decimal(valeur) is None:
        return ABSENT
    return f"{nombre_en_mots(valeur, decimales)}{INSECABLE}%"


def jour(valeur: date | datetime) -> date:
    """Le jour, à l'heure de Paris, d'une date ou d'un instant."""
    if isinstance(valeur, datetime):
        return timezone.localtime(valeur).date() if timezone.is_aware(valeur) else valeur.date()
    return valeur


def date_en_mots(valeur: date | datetime | None, forme: str = "longue") -> str:
    """« 3 octobre 2026 » ; ``courte`` : « 3 oct. 2026 » ; ``mois`` : « octobre 2026 » ;
    ``jour`` : « 3 octobre » ; ``heure`` : « 3 octobre 2026 à 14 h 05 »."""
    if not valeur:
        return ABSENT
    quand = jour(valeur)
    quantieme = "1er" if quand.day == 1 else str(quand.day)
    mois = (MOIS_COURTS if forme == "courte" else MOIS)[quand.month - 1]
    if forme == "mois":
        return f"{mois}{INSECABLE}{quand.year}"
    texte = f"{quantieme}{INSECABLE}{mois}"
    if forme == "jour":
        return texte
    texte += f"{INSECABLE}{quand.year}"
    if forme == "heure" and isinstance(valeur, datetime):
        instant = timezone.localtime(valeur) if timezone.is_aware(valeur) else valeur
        texte += f" à {instant.hour}{INSECABLE}h{INSECABLE}{instant.minute:02d}"
    return texte


def duree_en_mots(valeur: date | datetime | None, aujourd_hui: date | None = None) -> str:
    """La distance à aujourd'hui : « il y a 6 jours », « demain », « dans 3 mois »."""
    if not valeur:
        return ABSENT
    jours = (jour(valeur) - (aujourd_hui or timezone.localdate())).days
    proches = {0: "aujourd’hui", 1: "demain", -1: "hier"}
    if jours in proches:
        return proches[jours]
    n = abs(jours)
    if n < 45:
        combien = f"{n}{INSECABLE}jours"
    elif n < 700:
        combien = f"{round(n / 30.44)}{INSECABLE}mois"
    else:
        combien = f"{round(n / 365.25)}{INSECABLE}ans"
    return f"dans {combien}" if jours > 0 else f"il y a {combien}"


def instant_en_mots(valeur: datetime | None, aujourd_hui: date | None = None) -> str:
    """Un instant récent : « aujourd’hui à 15 h 40 », « hier à 9 h 05 », sinon la date entière.

    Ne dépend que du jour, jamais de la minute : une page gardée en mémoire reste juste.
    """
    if not valeur:
        return ABSENT
    entiere = date_en_mots(valeur, "heure")
    ecart = ((aujourd_hui or timezone.localdate()) - jour(valeur)).days
    proche = {0: "aujourd’hui", 1: "hier"}.get(ecart)
    return f"{proche} à {entiere.partition(' à ')[2]}" if proche else f"le {entiere}"


def accorder(nombre: object, formes: str) -> str:
    """« 6 fiches », « 1 fiche », « 0 fiche » (le français accorde à partir de deux).

    ``formes`` : « singulier,pluriel », ou le seul singulier quand le pluriel prend un « s ».
    """
    singulier, _, pluriel = formes.partition(",")
    valeur = decimal(nombre) or Decimal(0)
    mot = (pluriel or f"{singulier}s") if abs(valeur) >= 2 else singulier
    return f"{nombre_en_mots(valeur)}{INSECABLE}{mot}"


_MORCEAUX = re.compile(r"\s+|\w+|[^\w\s]+")


def mots_marques(avant: str, apres: str) -> SafeString:
    """Compare deux textes mot à mot ; le retiré et l'ajouté sont marqués, dits, échappés.

    Coût quadratique en nombre de mots au pire : au-delà de 4 000 mots, on montre les deux
    textes entiers.
    """
    a, b = _MORCEAUX.findall(avant or ""), _MORCEAUX.findall(apres or "")
    if len(a) + len(b) > 8000:
        return mark_safe(_retire(avant) + " " + _ajoute(apres))  # noqa: S308 : échappés plus bas
    rendu = []
    for retire, ajoute, garde in _regrouper(a, b):
        if retire:
            rendu.append(_retire(retire))
        if ajoute:
            rendu.append(_ajoute(ajoute))
        rendu.append(escape(garde))
    return mark_safe("".join(rendu))  # noqa: S308 : chaque morceau est échappé


def _regrouper(a: list[str], b: list[str]) -> list[tuple[str, str, str]]:
    """Suite de (retiré, ajouté, gardé) ; une espace seule entre deux changements les réunit."""
    suite: list[tuple[str, str, str]] = []
    retire = ajoute = ""
    for sorte, i1, i2, j1, j2 in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        avant, apres = "".join(a[i1:i2]), "".join(b[j1:j2])
        if sorte == "equal" and not (avant.isspace() and (retire or ajoute) and i2 < len(a)):
            suite.append((retire, ajoute, avant))
            retire = ajoute = ""
        else:
            retire, ajoute = retire + avant, ajoute + apres
    suite.append((retire, ajoute, ""))
    return suite


def _retire(texte: str) -> str:
    return f'<del><span class="hors-ecran">[retiré : </span>{escape(texte)}<span class="hors-ecran">]</span></del>'  # noqa: E501


def _ajoute(texte: str) -> str:
    return f'<ins><span class="hors-ecran">[ajouté : </span>{escape(texte)}<span class="hors-ecran">]</span></ins>'  # noqa: E501
