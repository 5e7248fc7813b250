"""Nombres, montants, pourcentages et oui/non écrits en français."""

from __future__ import annotations

import re
from collections.abc import Collection
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from .texte import (
    FINE_INSECABLE,
    INSECABLE,
    MOINS,
    ValeurIllisible,
    citer,
    est_sans_valeur,
    nettoyer_espaces,
)

_MULTIPLES = (
    (re.compile(r"(?<=\d)\s*(?:milliers?|mille)(?:\s+d['’]?\s*(?:euros?)?)?$", re.I), 1_000),
    (re.compile(r"(?<=\d)\s*millions?(?:\s+d['’]?\s*(?:euros?)?)?$", re.I), 1_000_000),
    (re.compile(r"(?<=\d)\s*milliards?(?:\s+d['’]?\s*(?:euros?)?)?$", re.I), 1_000_000_000),
    (re.compile(r"(?<=\d)\s*k$", re.I), 1_000),
    (re.compile(r"(?<=\d)\s*(?:m|mio)$", re.I), 1_000_000),
    (re.compile(r"(?<=\d)\s*(?:md|mds)$", re.I), 1_000_000_000),
)
_EUROS = re.compile(r"€|\beuros?\b|(?<![a-z])eur\b|(?<=[\dkmd])eur\b", re.I)
_NOMBRE_MAX = Decimal(10) ** 15


def lire_nombre(
    valeur: object, *, unites: Collection[str] = (), autoriser_negatif: bool = True
) -> Decimal | None:
    """Nombre décimal écrit à la française : « 12 500,5 », « 1.234,5 », « −3 ».

    `unites` : mots admis après le nombre (« ETP », « places »). « 12.500 » est refusé, car il peut
    se lire douze mille cinq cents ou douze et demi.
    """
    if est_sans_valeur(valeur) and not _est_negatif_seul(valeur):
        return None
    if isinstance(valeur, bool):
        raise ValeurIllisible("Une case oui/non n’est pas un nombre.")
    if isinstance(valeur, int | float | Decimal):
        nombre = Decimal(str(valeur))
    elif isinstance(valeur, str):
        texte = nettoyer_espaces(valeur)
        for unite in sorted(unites, key=len, reverse=True):
            if texte.casefold().endswith(unite.casefold()):
                texte = texte[: -len(unite)].rstrip()
                break
        nombre = _nombre_de_texte(texte, valeur)
    else:
        raise ValeurIllisible(f"{citer(valeur)} n’est pas un nombre.")
    if not nombre.is_finite() or abs(nombre) >= _NOMBRE_MAX:
        raise ValeurIllisible(f"{citer(valeur)} est un nombre trop grand.")
    if nombre < 0 and not autoriser_negatif:
        raise ValeurIllisible(f"{citer(valeur)} est négatif. Un nombre positif est attendu.")
    return nombre


def _est_negatif_seul(valeur: object) -> bool:
    return isinstance(valeur, str) and any(c.isdigit() for c in valeur)


def _nombre_de_texte(texte: str, saisie: object, *, decimales_max: int | None = None) -> Decimal:
    """Nombre d'un texte déjà nettoyé de son unité ; `saisie` sert au message."""
    corps = texte.replace(MOINS, "-").replace("–", "-").strip()
    negatif = False
    if trouve := re.fullmatch(r"\((.+)\)|- ?(.+)|(.+) ?-", corps):
        negatif = True
        corps = (trouve[1] or trouve[2] or trouve[3]).strip()
    corps = corps.removeprefix("+").strip()
    entier, virgule, decimales = corps, "", ""
    separateurs = [c for c in corps if c in ".,"]
    if separateurs:
        dernier = separateurs[-1]
        autre = "." if dernier == "," else ","
        if separateurs.count(dernier) == 1:
            entier, virgule, decimales = corps.rpartition(dernier)
            ambigu = len(decimales) == 3 and 1 <= len(entier) <= 3 and entier.isdecimal()
            if ambigu and entier != "0" and (dernier == "." or decimales_max == 2):
                raise ValeurIllisible(
                    f"{citer(saisie)} peut se lire de deux façons. "
                    f"Écrire {entier} {decimales} ou {entier},{decimales[:2]}."
                )
            entier = entier.replace(autre, " ")
        else:
            entier = corps.replace(dernier, " ") if autre not in corps else "?"
    entier = entier.replace("'", " ").replace("’", " ").strip()
    groupes_justes = re.fullmatch(r"\d+|\d{1,3}(?: \d{3})+", entier, re.ASCII)
    if not entier and virgule and decimales:
        entier, groupes_justes = "0", re.fullmatch(r"\d", "0")
    if not groupes_justes or (virgule and not re.fullmatch(r"\d+", decimales, re.ASCII)):
        raise ValeurIllisible(
            f"{citer(saisie)} n’est pas un nombre lisible. Écrire par exemple 12 500 ou 12,5."
        )
    if len(entier) + len(decimales) > 40:
        raise ValeurIllisible(f"{citer(saisie)} a trop de chiffres.")
    try:
        nombre = Decimal(entier.replace(" ", "") + ("." + decimales if virgule else ""))
    except InvalidOperation as erreur:  # pragma: no cover - écarté par les expressions ci-dessus
        raise ValeurIllisible(f"{citer(saisie)} n’est pas un nombre lisible.") from erreur
    return -nombre if negatif else nombre


def lire_entier(valeur: object, *, autoriser_negatif: bool = True) -> int | None:
    """Nombre entier ; « 12,0 » vaut 12, « 12,5 » est refusé."""
    nombre = lire_nombre(valeur, autoriser_negatif=autoriser_negatif)
    if nombre is None:
        return None
    if nombre != nombre.to_integral_value():
        raise ValeurIllisible(f"{citer(valeur)} n’est pas un nombre entier.")
    return int(nombre)


def lire_montant(valeur: object, *, autoriser_negatif: bool = False) -> Decimal | None:
    """Montant en euros, au centime : « 12 500 € », « 12,5 k€ », « 1,2 M€ », « (500) ».

    Un nombre venu d'un calcul du tableur est arrondi au centime, comme l'écran le montre.
    Un montant négatif est refusé, sauf `autoriser_negatif`.
    """
    if est_sans_valeur(valeur) and not _est_negatif_seul(valeur):
        return None
    multiple = 1
    if isinstance(valeur, str):
        texte = nettoyer_espaces(valeur).replace(MOINS, "-")
        parentheses = re.fullmatch(r"\((.*)\)", texte)
        texte = parentheses[1].strip() if parentheses else texte
        texte = re.sub(r"\s*\b(?:ttc|ht)\.?$", "", texte, flags=re.I)
        texte = re.sub(
            r"(?:€|\beuros?\b|(?<![a-z])eur\b|(?<=[\dkKmMdD])eur\b)", " ", texte, flags=re.I
        )
        texte = nettoyer_espaces(texte)
        for motif, facteur in _MULTIPLES:
            if motif.search(texte):
                texte, multiple = motif.sub("", texte), facteur
                break
        precision = 2 if multiple == 1 else None
        nombre = _nombre_de_texte(texte, valeur, decimales_max=precision) * multiple
        if parentheses:
            nombre = -abs(nombre)
        if abs(nombre) < _NOMBRE_MAX and nombre != nombre.quantize(Decimal("0.01")):
            raise ValeurIllisible(f"{citer(valeur)} est plus précis que le centime.")
    else:
        lu = lire_nombre(valeur)
        if lu is None:
            return None
        nombre = lu
    if abs(nombre) >= _NOMBRE_MAX / 100:
        raise ValeurIllisible(f"{citer(valeur)} est un montant trop grand. Vérifier l’unité.")
    nombre = nombre.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    if nombre < 0 and not autoriser_negatif:
        raise ValeurIllisible(
            f"Le montant {citer(valeur)} est négatif. Un montant positif est attendu."
        )
    return nombre


def lire_pourcentage(
    valeur: object,
    *,
    format_pourcentage: bool = False,
    minimum: Decimal | int | None = 0,
    maximum: Decimal | int | None = None,
) -> Decimal | None:
    """Pourcentage en points : « 45 % », « 45 », ou 0,45 dans une cellule au format %, rendent 45.

    Un nombre nu entre 0 et 1 est refusé : 0,45 peut vouloir dire 45 % ou moins d'un demi pour cent.
    """
    if est_sans_valeur(valeur) and not _est_negatif_seul(valeur):
        return None
    dit = False
    if isinstance(valeur, str):
        texte = nettoyer_espaces(valeur)
        nu = re.sub(r"\s*(?:%|％|\bpour ?cents?|\bpourcents?)$", "", texte, flags=re.I)
        dit = nu != texte
        points = _nombre_de_texte(nu, valeur)
    else:
        nombre = lire_nombre(valeur)
        if nombre is None:
            return None
        dit = format_pourcentage
        points = nombre * 100 if format_pourcentage else nombre
    if not dit and 0 < abs(points) < 1:
        raise ValeurIllisible(
            f"{citer(nombre_fr(points))} peut se lire {nombre_fr(points)} % "
            f"ou {nombre_fr(points * 100)} %. Écrire le signe %."
        )
    if minimum is not None and points < minimum:
        raise ValeurIllisible(f"{citer(valeur)} est inférieur à {nombre_fr(minimum)} %.")
    if maximum is not None and points > maximum:
        raise ValeurIllisible(f"{citer(valeur)} dépasse {nombre_fr(maximum)} %.")
    return points.normalize() + 0 if points else Decimal(0)


_VRAIS = {"oui", "o", "x", "vrai", "true", "yes", "y", "1", "ok", "✓", "✔", "☑", "☒", "✅", "🗸"}
_FAUX = {"non", "n", "faux", "false", "no", "0", "✗", "✘", "☐", "❌", "🗷"}


def lire_booleen(valeur: object) -> bool | None:
    """Oui ou non : « oui », « x », « ✓ », « vrai », 1 ; « non », « faux », « ☐ », 0."""
    if isinstance(valeur, bool):
        return valeur
    if isinstance(valeur, str):
        brut = nettoyer_espaces(valeur).strip("[]. ").casefold().replace("\ufe0f", "")
        if brut in _VRAIS:
            return True
        if brut in _FAUX:
            return False
    elif isinstance(valeur, int | float | Decimal) and valeur in (0, 1):
        return bool(valeur)
    if est_sans_valeur(valeur):
        return None
    raise ValeurIllisible(f"{citer(valeur)} n’est ni oui ni non. Écrire oui ou non.")


def nombre_fr(nombre: Decimal | int | float, *, decimales: int | None = None) -> str:
    """« 12 500,5 » : espace fine insécable par milliers, virgule ; `decimales` fixe l'arrondi."""
    valeur = Decimal(str(nombre))
    if decimales is not None:
        valeur = valeur.quantize(Decimal(1).scaleb(-decimales), rounding=ROUND_HALF_UP)
    texte = f"{abs(valeur):f}"
    entier, _, reste = texte.partition(".")
    if decimales is None:
        reste = reste.rstrip("0")
    groupe = f"{int(entier):,}".replace(",", FINE_INSECABLE)
    signe = MOINS if valeur < 0 else ""
    return f"{signe}{groupe}{',' + reste if reste else ''}"


def montant_fr(montant: Decimal | int | float) -> str:
    """« 12 500 € », avec les centimes seulement s'il y en a : « 12 500,50 € »."""
    valeur = Decimal(str(montant)).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    decimales = 0 if valeur == valeur.to_integral_value() else 2
    return f"{nombre_fr(valeur, decimales=decimales)}{INSECABLE}€"


def pourcentage_fr(points: Decimal | int | float, *, decimales: int | None = None) -> str:
    """« 45 % » ; l'unité d'entrée est le point de pourcentage (45, jamais 0,45)."""
    return f"{nombre_fr(points, decimales=decimales)}{INSECABLE}%"


def booleen_fr(valeur: bool) -> str:
    """« oui » ou « non »."""
    return "oui" if valeur else "non"
