"""L'accent d'une collectivité : contraste vérifié, puis décliné en clair et en sombre.

Contraste : WCAG 2.1, luminance relative (https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio),
sans unité, de 1 à 21. Le texte demande 4,5.
"""

import colorsys
import re

FONDS_CLAIRS = ("#fbf9f4", "#ffffff", "#f3efe6")
FONDS_SOMBRES = ("#14181d", "#1a2027", "#222a32")
SEUIL_TEXTE = 4.5
CONTRASTE_CALME = 6.2  # un accent pâle sur fond sombre, plutôt qu'un néon
_HEXA = re.compile(r"#[0-9a-fA-F]{6}")


class AccentRefuse(ValueError):
    """La couleur proposée n'est pas une couleur, ou se lit mal sur le papier."""


def _composantes(couleur: str) -> tuple[float, float, float]:
    if not _HEXA.fullmatch(couleur):
        raise AccentRefuse(f"« {couleur} » n’est pas une couleur. Écrivez-la ainsi : #0d5460.")
    rouge, vert, bleu = (int(couleur[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return rouge, vert, bleu


def _hexa(composantes: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(c * 255):02x}" for c in composantes)


def _luminance(couleur: str) -> float:
    lineaires = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _composantes(couleur)
    )
    return sum(poids * c for poids, c in zip((0.2126, 0.7152, 0.0722), lineaires, strict=True))


def contraste(une: str, autre: str) -> float:
    """Rapport de contraste entre deux couleurs « #rrggbb », de 1 à 21."""
    haute, basse = sorted((_luminance(une), _luminance(autre)), reverse=True)
    return (haute + 0.05) / (basse + 0.05)


def contraste_minimal(couleur: str, fonds: tuple[str, ...]) -> float:
    """Le plus faible contraste d'une couleur sur une liste de fonds."""
    return min(contraste(couleur, fond) for fond in fonds)


def melange(couleur: str, fond: str, part: float) -> str:
    """Mélange ``part`` (de 0 à 1) de ``couleur`` dans ``fond``."""
    paires = zip(_composantes(couleur), _composantes(fond), strict=True)
    rouge, vert, bleu = (a * part + b * (1 - part) for a, b in paires)
    return _hexa((rouge, vert, bleu))


def verifier_accent(accent: str) -> str:
    """Rend l'accent en minuscules, ou lève ``AccentRefuse`` s'il se lit mal sur le papier."""
    accent = accent.strip().lower()
    fonds = (*FONDS_CLAIRS, melange(accent, "#ffffff", 0.12))
    mesure = contraste_minimal(accent, fonds)
    if mesure < SEUIL_TEXTE:
        dit = f"{mesure:.1f}".replace(".", ",")
        raise AccentRefuse(
            f"La couleur {accent} se lit mal sur le papier : contraste {dit}, il faut 4,5. "
            "Choisissez une couleur plus foncée."
        )
    return accent


def accent_sombre(accent: str) -> str:
    """Éclaircit l'accent, à teinte égale, jusqu'à ce qu'il se lise sur fond sombre."""
    teinte, clarte, saturation = colorsys.rgb_to_hls(*_composantes(accent))
    saturation = min(saturation, 0.45)
    while clarte < 1:
        clair = _hexa(colorsys.hls_to_rgb(teinte, clarte, saturation))
        if (
            contraste_minimal(clair, (*FONDS_SOMBRES, melange(clair, "#14181d", 0.18)))
            >= CONTRASTE_CALME
        ):
            return clair
        clarte += 0.02
    return "#ffffff"


def feuille_accent(accent: str) -> str:
    """Compose la petite feuille de style d'une collectivité (``/<collectivite>/jetons.css``)."""
    accent = verifier_accent(accent)
    sombre = accent_sombre(accent)
    jetons = {
        "--accent-clair": accent,
        "--accent-fond-clair": melange(accent, "#ffffff", 0.12),
        "--accent-sombre": sombre,
        "--accent-fond-sombre": melange(sombre, "#14181d", 0.18),
    }
    return ":root{" + ";".join(f"{nom}:{valeur}" for nom, valeur in jetons.items()) + "}\n"
