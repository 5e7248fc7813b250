"""Lire une page rendue : son texte, son titre, et ce qu'enverrait son formulaire tel quel."""

import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlsplit

ESPACES = re.compile(r"\s+")


class _Lecteur(HTMLParser):
    def __init__(self):
        super().__init__()
        self.formulaires: list[list[tuple[str, str]]] = []
        self.titres: list[str] = []
        self._balise = ""
        self._select: str | None = None
        self._choix: list[tuple[str, bool]] = []
        self._texte: str | None = None

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if tag == "form":
            self.formulaires.append([])
        if tag in {"h1", "title"}:
            self._balise = tag
            self.titres.append("")
        if not self.formulaires:
            return
        champs, nom = self.formulaires[-1], a.get("name")
        if tag == "input" and nom and a.get("type") not in {"submit", "button"}:
            if a.get("type") not in {"checkbox", "radio"} or "checked" in a:
                defaut = "on" if a.get("type") == "checkbox" else ""
                champs.append((nom, a.get("value", defaut) or ""))
        elif tag == "select":
            self._select, self._choix = nom, []
        elif tag == "option" and self._select:
            self._choix.append((a.get("value", ""), "selected" in a))
        elif tag == "textarea":
            self._texte = ""
            self._nom_texte = nom

    def handle_endtag(self, tag):
        if tag in {"h1", "title"}:
            self._balise = ""
        if tag == "select" and self._select and self._choix:
            choisi = next((v for v, oui in self._choix if oui), self._choix[0][0])
            self.formulaires[-1].append((self._select, choisi))
            self._select = None
        if tag == "textarea" and self._texte is not None:
            self.formulaires[-1].append((self._nom_texte, self._texte.removeprefix("\n")))
            self._texte = None

    def handle_data(self, data):
        if self._texte is not None:
            self._texte += data
        if self._balise:
            self.titres[-1] += data


def texte(reponse) -> str:
    """Tout ce que la page dit, sans balises ni espaces répétées."""
    brut = re.sub(r"<(script|style)\b.*?</\1>", " ", reponse.content.decode(), flags=re.S)
    return ESPACES.sub(" ", unescape(re.sub(r"<[^>]+>", "", brut))).strip()


def formulaire(reponse, portant: str) -> dict[str, list[str]]:
    """Ce qu'enverrait le formulaire qui porte ce champ, si l'on ne touchait à rien."""
    lecteur = _Lecteur()
    lecteur.feed(reponse.content.decode())
    for champs in lecteur.formulaires:
        if any(nom == portant for nom, _ in champs):
            envoi: dict[str, list[str]] = {}
            for nom, valeur in champs:
                if nom != "csrfmiddlewaretoken":
                    envoi.setdefault(nom, []).append(valeur)
            return envoi
    raise AssertionError(f"aucun formulaire ne porte « {portant} »")


def titres(reponse) -> list[str]:
    """Le titre du document, puis les titres de premier niveau."""
    lecteur = _Lecteur()
    lecteur.feed(reponse.content.decode())
    return [ESPACES.sub(" ", t).strip() for t in lecteur.titres]


def chemin(reponse) -> str:
    """L'adresse d'une redirection, sans son fragment."""
    morceaux = urlsplit(reponse.headers["Location"])
    return f"{morceaux.path}?{morceaux.query}" if morceaux.query else morceaux.path
