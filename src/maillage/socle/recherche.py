"""Ramener les mots à leur racine, pour chercher sans accent, ni pluriel, ni conjugaison.

Le même traitement sert à l'indexation et à la question : « aidant » et « aidants », « étape » et
« etape » donnent la même racine. Racines de l'algorithme Snowball français.
"""

import re
import threading
import unicodedata
from functools import lru_cache

import snowballstemmer

# Un raciniseur garde le mot en cours dans ses attributs : deux fils d'exécution qui partagent le
# même se corrompent l'un l'autre. Chaque fil a donc le sien.
_local = threading.local()
_MOT = re.compile(r"[a-z0-9]+")
# Trop fréquents pour aider ; leur absence allège l'index.
_MOTS_VIDES = frozenset(
    "a au aux avec ce ces cet cette d dans de des du elle en es est et il ils j l la le les leur "
    "leurs lui m ma mais me mes n ne nos notre nous on ont ou par pas pour qu que qui s sa se ses "
    "son sont sur t te un une vos votre vous y".split()
)


def sans_accent(texte: str) -> str:
    """Minuscules, sans accent, ligatures ouvertes (œ → oe)."""
    texte = texte.replace("œ", "oe").replace("Œ", "oe").replace("æ", "ae").replace("Æ", "ae")
    decompose = unicodedata.normalize("NFKD", texte.casefold())
    return "".join(c for c in decompose if not unicodedata.combining(c))


@lru_cache(maxsize=50_000)
def racine(mot: str) -> str:
    raciniseur = getattr(_local, "raciniseur", None)
    if raciniseur is None:
        raciniseur = _local.raciniseur = snowballstemmer.stemmer("french")
    return raciniseur.stemWord(mot)


def mots(texte: str) -> list[str]:
    """Les mots utiles d'un texte, sans accent."""
    return [mot for mot in _MOT.findall(sans_accent(texte)) if mot not in _MOTS_VIDES]


def racines(*textes: str) -> str:
    """Texte d'index : les racines, dans l'ordre, séparées d'une espace."""
    return " ".join(racine(mot) for texte in textes if texte for mot in mots(texte))


def requete_fts5(question: str) -> str:
    """Question pour FTS5 : toutes les racines, la dernière aussi comme début de mot."""
    cles = [racine(mot) for mot in mots(question)][:12]
    if not cles:
        return ""
    return " ".join(f'"{cle}"' for cle in cles[:-1]) + f' "{cles[-1]}"*'


def requete_tsquery(question: str) -> str:
    """La même question pour PostgreSQL."""
    cles = [racine(mot) for mot in mots(question)][:12]
    if not cles:
        return ""
    return " & ".join([*cles[:-1], f"{cles[-1]}:*"])
