"""La recherche du portail : actions, communes, territoires, étapes de la vie.

Les mots se comparent par leur racine, comme dans l'index du plan : « aidant » trouve « aidants »,
« etape » trouve « étape ». Le dernier mot vaut aussi comme début de mot.
"""

import re
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from maillage.plan.lecture import Cadre, FicheLue, fiches_publiques, lire
from maillage.plan.models import EtapeParcours, FicheAction
from maillage.socle.recherche import mots, racine
from maillage.territoires.models import Commune, Defi, TerritoireAction

FICHES_MONTREES = 40
COMMUNES_MONTREES = 12
_MOT = re.compile(r"\w+")
_TEXTES = ("constat", "objectifs", "description", "modalites")


@dataclass(frozen=True, slots=True)
class FicheTrouvee:
    fiche: FicheLue
    titre: SafeString
    extrait: SafeString


@dataclass(frozen=True, slots=True)
class Resultats:
    """Ce qu'une question a trouvé. `nombre_de_fiches` compte aussi celles qu'on ne montre pas."""

    question: str
    fiches: list[FicheTrouvee]
    nombre_de_fiches: int
    communes: list[Commune]
    territoires: list[TerritoireAction]
    etapes: list[EtapeParcours]

    @property
    def total(self) -> int:
        return self.nombre_de_fiches + len(self.communes) + len(self.territoires) + len(self.etapes)


class Question:
    """Une question, réduite aux racines de ses mots utiles."""

    def __init__(self, texte: str):
        self.texte = " ".join(texte.split())[:200]
        self.mots = mots(self.texte)[:12]
        self.cles = [racine(mot) for mot in self.mots]

    def __bool__(self) -> bool:
        return bool(self.cles)

    def repond(self, mot: str) -> bool:
        """Ce mot, tel qu'écrit dans un texte, répond-il à la question ?"""
        utiles = mots(mot)
        if not utiles:
            return False
        cle = racine(utiles[0])
        return cle in self.cles or cle.startswith(self.cles[-1])

    def trouvee_dans(self, texte: str) -> bool:
        """Tous les mots de la question sont-ils dans ce texte ?"""
        presents = [racine(mot) for mot in mots(texte)]
        return all(
            any(p == cle or (cle == self.cles[-1] and p.startswith(cle)) for p in presents)
            for cle in self.cles
        )

    def rang(self, titre: str) -> int:
        """Le mot tel qu'écrit dans le titre d'abord, puis sa racine, puis le corps de la fiche."""
        presents = mots(titre)
        if all(any(p.startswith(m) for p in presents) for m in self.mots):
            return 0
        return 1 if self.trouvee_dans(titre) else 2

    def surligner(self, texte: str) -> SafeString:
        """Le texte échappé, les mots trouvés dans `<mark>`."""
        rendu: list[str] = []
        fin = 0
        for trouve in _MOT.finditer(texte):
            if self.repond(trouve.group()):
                rendu.append(escape(texte[fin : trouve.start()]))
                rendu.append(f"<mark>{escape(trouve.group())}</mark>")
                fin = trouve.end()
        rendu.append(escape(texte[fin:]))
        return mark_safe("".join(rendu))  # noqa: S308 : chaque morceau est échappé

    def extrait(self, textes: tuple[str, ...], autour: int = 90) -> SafeString:
        """Un passage du premier texte qui répond, mots surlignés ; vide si aucun."""
        for texte in textes:
            propre = " ".join(texte.split())
            for trouve in _MOT.finditer(propre):
                if self.repond(trouve.group()):
                    debut = max(0, trouve.start() - autour)
                    bout = propre[debut : trouve.end() + autour]
                    if debut:
                        bout = "… " + bout.partition(" ")[2]
                    if trouve.end() + autour < len(propre):
                        bout = bout.rpartition(" ")[0] + " …"
                    return self.surligner(bout)
        return SafeString("")


def chercher(cadre: Cadre, texte: str) -> Resultats:
    """Cherche partout. Une question sans mot utile ne trouve rien."""
    question = Question(texte)
    if not question:
        return Resultats(question.texte, [], 0, [], [], [])
    trouvees = lire(fiches_publiques(cadre).chercher(question.texte))
    rangees = sorted(trouvees, key=lambda f: question.rang(f"{f.code} {f.titre}"))
    montrees = rangees[:FICHES_MONTREES]
    textes = {
        ligne[0]: ligne[1:]
        for ligne in FicheAction.objects.filter(pk__in=[f.pk for f in montrees]).values_list(
            "pk", *_TEXTES
        )
    }
    communes = (
        Commune.objects.du_departement(cadre.collectivite.departement_id)
        .rechercher(question.texte)
        .select_related("epci")[:COMMUNES_MONTREES]
    )
    defis: dict[int, str] = {}
    for pk, nom in Defi.objects.filter(territoire__in=cadre.territoires).values_list(
        "territoire_id", "nom"
    ):
        defis[pk] = f"{defis.get(pk, '')} {nom}"
    return Resultats(
        question=question.texte,
        fiches=[
            FicheTrouvee(f, question.surligner(f.titre), question.extrait(textes.get(f.pk, ())))
            for f in montrees
        ],
        nombre_de_fiches=len(trouvees),
        communes=list(communes),
        territoires=[
            t for t in cadre.territoires if question.trouvee_dans(f"{t.nom} {defis.get(t.pk, '')}")
        ],
        etapes=[e for e in cadre.etapes if question.trouvee_dans(f"{e.nom} {e.nom_simple}")],
    )
