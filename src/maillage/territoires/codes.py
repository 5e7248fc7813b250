"""Codes officiels du découpage : écriture et contrôle, sans base de données.

Source : Code officiel géographique de l'Insee. Les chiffres du département ne se lisent pas
toujours seuls : la Corse porte une lettre (2A, 2B), l'outre-mer trois caractères (971 à 989).
"""

import re
import unicodedata

# 20 n'existe plus depuis 1976 (2A et 2B). 979 n'est pas attribué, 981 à 983 et 985 non plus.
MOTIF_DEPARTEMENT = re.compile(r"(?:0[1-9]|1\d|2[1-9AB]|[3-8]\d|9[0-5]|97[1-8]|98[46-9])", re.ASCII)
MOTIF_COMMUNE = re.compile(
    r"(?:(?:0[1-9]|1\d|2[1-9AB]|[3-8]\d|9[0-5])\d{3}|(?:97[1-8]|98[46-9])\d{2})",
    re.ASCII,
)


class CodeInvalide(ValueError):
    """Le code n'a pas la forme officielle ; le message dit laquelle est attendue."""


def code_departement(texte: str) -> str:
    """Code du département écrit comme l'Insee : « 1 » devient « 01 », « 2a » devient « 2A ».

    Lève CodeInvalide quand le code ne peut pas exister.
    """
    code = str(texte).strip().upper()
    if len(code) == 1 and code.isdigit():
        code = f"0{code}"
    if not MOTIF_DEPARTEMENT.fullmatch(code):
        raise CodeInvalide(
            f"« {texte} » n’est pas un code de département. "
            "Écrivez deux chiffres (41), 2A ou 2B pour la Corse, trois chiffres outre-mer (974)."
        )
    return code


def code_insee(texte: str) -> str:
    """Code Insee d'une commune, sur cinq caractères (« 41018 », « 2A004 », « 97411 »).

    Un tableur perd souvent le zéro de tête : « 1004 » redevient « 01004 ».
    Lève CodeInvalide quand le code ne peut pas exister. Un code postal a parfois la même
    forme : seul le découpage chargé dit si la commune existe.
    """
    code = str(texte).strip().upper()
    if len(code) == 4 and code.isdigit():
        code = f"0{code}"
    if not MOTIF_COMMUNE.fullmatch(code):
        raise CodeInvalide(
            f"« {texte} » n’est pas un code Insee de commune. "
            "Il compte cinq caractères et commence par le code du département (41018, 2A004)."
        )
    return code


def departement_de(code: str) -> str:
    """Code du département que porte un code Insee : trois caractères outre-mer, deux ailleurs."""
    code = code_insee(code)
    return code[:3] if code.startswith(("97", "98")) else code[:2]


def normaliser_nom(texte: str) -> str:
    """Nom prêt à comparer : minuscules, sans accent ni ponctuation, « st » écrit « saint ».

    « St-Aignan » et « Saint-Aignan » donnent tous deux « saint aignan ».
    """
    texte = texte.replace("œ", "oe").replace("Œ", "oe").replace("æ", "ae").replace("Æ", "ae")
    decompose = unicodedata.normalize("NFKD", texte)
    lettres = "".join(c for c in decompose if not unicodedata.combining(c)).casefold()
    mots = re.sub(r"[^a-z0-9]+", " ", lettres).split()
    return " ".join({"st": "saint", "ste": "sainte"}.get(mot, mot) for mot in mots)
