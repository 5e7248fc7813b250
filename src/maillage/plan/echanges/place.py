"""La place d'une fiche : retrouver une division par son code ou son nom, ou dire de la créer."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from maillage.socle.francais import normaliser

from ..models import Division, FicheAction, Schema
from ..models.schema import PROFONDEUR_MAX

_CODE_ET_NOM = re.compile(
    r"([^\W\d_]{0,3}\d{1,3}(?:[.\-]?[^\W\d_]{0,3}\d{1,3})*)\s*(?:[-–—:.·|]\s*|\s+)(?=\S)(.+)", re.S
)
_CODE_SEUL = re.compile(r"[^\W\d_]{0,3}\d{1,3}(?:[.\-]?[^\W\d_]{0,3}\d{1,3})*")
_ROMAINS = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9,
            "x": 10, "xi": 11, "xii": 12}  # fmt: skip
_INTERDITS = str.maketrans("", "", "/\\?#%")


class PlaceRefusee(ValueError):
    """Cette place ne se trouve ni ne se crée ; le message dit quoi écrire."""


@dataclass(slots=True)
class Noeud:
    """Une division connue ou à créer."""

    code: str
    nom: str
    parent: "Noeud | None" = None
    ordre: int = 1
    ambition: str = ""
    presentation: str = ""
    poids: Decimal = Decimal(1)
    division: Division | None = None
    lieu: tuple[str, int] = ("", 0)  # feuille et ligne qui la demandent
    enfants: list["Noeud"] = field(default_factory=list)

    @property
    def profondeur(self) -> int:
        return self.parent.profondeur + 1 if self.parent else 0

    @property
    def est_neuf(self) -> bool:
        return self.division is None


class Cadre:
    """Les divisions et les fiches d'un schéma, pour placer les lignes d'un classeur."""

    def __init__(self, schema: Schema):
        self.schema = schema
        self.par_code: dict[str, Noeud] = {}
        self.racines: list[Noeud] = []
        self.neufs: list[Noeud] = []
        self.noms_differents: dict[str, str] = {}
        par_pk: dict[int, Noeud] = {}
        for division in Division.objects.filter(schema=schema).order_by("chemin", "pk"):
            division.schema = schema
            parent = par_pk.get(division.parent_id) if division.parent_id else None
            noeud = Noeud(
                division.code, division.nom, parent, division.ordre, division.ambition,
                division.presentation, division.poids, division,
            )  # fmt: skip
            par_pk[division.pk] = noeud
            self._inscrire(noeud)
        self.codes: dict[str, str] = {}  # code replié -> code en base
        self.codes_exacts: set[str] = set()
        self.titres: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._rangs: dict[str, int] = defaultdict(int)
        for code, titre, place in FicheAction.objects.filter(schema=schema).values_list(
            "code", "titre", "division__code"
        ):
            self.codes_exacts.add(code)
            self.codes.setdefault(code.casefold(), code)
            self.titres[place, normaliser(titre)].append(code)

    def _inscrire(self, noeud: Noeud) -> None:
        self.par_code[normaliser(noeud.code)] = noeud
        (noeud.parent.enfants if noeud.parent else self.racines).append(noeud)

    def soeurs(self, parent: Noeud | None) -> list[Noeud]:
        return parent.enfants if parent else self.racines

    # --- Retrouver ou créer ---------------------------------------------------------------

    def creer(
        self, *, code: str, nom: str, parent: Noeud | None, lieu: tuple[str, int], **valeurs
    ) -> Noeud:
        """Inscrit une division à créer. Lève `PlaceRefusee`."""
        code = " ".join(code.translate(_INTERDITS).split())
        nom = " ".join(nom.split())
        if not code or not nom:
            raise PlaceRefusee("Le code ou le nom de cette division manque.")
        if len(code) > 40:
            raise PlaceRefusee(f"Le code « {code[:40]}… » compte plus de 40 caractères.")
        if len(nom) > 300:
            raise PlaceRefusee(f"Le nom « {nom[:40]}… » compte plus de 300 caractères.")
        if normaliser(code) in self.par_code:
            autre = self.par_code[normaliser(code)]
            raise PlaceRefusee(f"Le code {code} est déjà celui de « {autre.nom} ».")
        limite = min(len(self.schema.niveaux), PROFONDEUR_MAX)
        if parent and parent.profondeur + 1 >= limite:
            raise PlaceRefusee(
                f"Le plan n’a que {limite} niveaux : « {nom[:60]} » est trop profond."
            )
        ordre = 1 + max((n.ordre for n in self.soeurs(parent)), default=0)
        valeurs.setdefault("ordre", ordre)
        noeud = Noeud(code=code, nom=nom, parent=parent, lieu=lieu, **valeurs)
        self._inscrire(noeud)
        self.neufs.append(noeud)
        return noeud

    def division(self, texte: str) -> Noeud | None:
        """La division de ce code, ou dont le code ouvre le texte (« V2.A1 - Enfance »)."""
        texte = " ".join(texte.split())
        noeud = self.par_code.get(normaliser(texte))
        if noeud is None and (lu := _CODE_ET_NOM.fullmatch(texte)):
            noeud = self.par_code.get(normaliser(lu[1]))
        return noeud

    def par_prefixe(self, code_de_fiche: str) -> Noeud | None:
        """« V2.A1 » pour « V2.A1.03 » : la division la plus longue dont ce code descend."""
        reste = code_de_fiche
        while (
            reste := re.split(r"[.\-_ /]+[^.\-_ /]*$", reste)[0]
            if re.search(r"[.\-_ /]", reste)
            else ""
        ):
            if noeud := self.par_code.get(normaliser(reste)):
                return noeud
        return None

    def niveau(
        self, rang: int, parent: Noeud | None, texte: str, code: str, nom: str,
        lieu: tuple[str, int],
    ) -> Noeud:  # fmt: skip
        """La division qu'une ligne nomme à ce niveau, sous `parent` ; créée si elle manque.

        `texte` vient d'une colonne qui dit tout (« Axe 1 - Enfance »), `code` et `nom` de colonnes
        à part. Lève `PlaceRefusee`.
        """
        texte, code, nom = (" ".join(t.split()) for t in (texte, code, nom))
        if texte and (code or nom):
            # « axe » à côté de « nom axe » porte le code ; à côté de « code axe », le nom.
            code, nom = (texte, nom) if nom and not code else (code, nom or texte)
        elif texte:
            code, nom = self.lire_niveau(rang, texte)
        if code:
            for essai in self._codes_possibles(rang, parent, code):
                noeud = self.par_code.get(normaliser(essai))
                if noeud and noeud.parent is parent:
                    if nom and normaliser(nom) != normaliser(noeud.nom):
                        if noeud.est_neuf and noeud.nom == noeud.code:
                            noeud.nom = nom
                        else:
                            self.noms_differents.setdefault(noeud.code, nom)
                    return noeud
        for noeud in self.soeurs(parent):
            if nom and not code and normaliser(noeud.nom) == normaliser(nom):
                return noeud
        if not code:
            code = self._code_neuf(rang, parent)
        elif code.isdigit() or code.casefold() in _ROMAINS:
            code = self._codes_possibles(rang, parent, code)[-1]
        return self.creer(code=code, nom=nom or code, parent=parent, lieu=lieu)

    def lire_niveau(self, rang: int, texte: str) -> tuple[str, str]:
        """(code, nom) de « V2.A1 - Enfance », « Axe 2 : Enfance », « 2. Enfance », « Enfance »."""
        texte = " ".join(texte.split())
        if normaliser(texte) in self.par_code:
            return texte, ""
        if rang < len(self.schema.niveaux):
            mot = re.escape(self.schema.niveaux[rang])
            lu = re.fullmatch(
                rf"{mot}\s*(?:n\s*[°o]\s*)?(\d{{1,3}}|[ivx]+)\b\s*[-–—:.·|]?\s*(.*)", texte, re.I
            )
            if lu:
                return str(_ROMAINS.get(lu[1].casefold(), lu[1])), lu[2]
        if _CODE_SEUL.fullmatch(texte):
            return texte, ""
        if (lu := _CODE_ET_NOM.fullmatch(texte)) and not re.fullmatch(r"(19|20)\d\d", lu[1]):
            return lu[1], lu[2]
        return "", texte

    def _codes_possibles(self, rang: int, parent: Noeud | None, code: str) -> list[str]:
        """Un numéro seul peut s'écrire « 1 », « A1 » ou « V2.A1 » ; le dernier sert à créer."""
        numero = _ROMAINS.get(code.casefold(), code)
        if not str(numero).isdigit():
            essais = [code]
            if parent and not normaliser(code).startswith(normaliser(parent.code)):
                essais.append(f"{parent.code}.{code}")
            return essais
        numero = int(numero)
        initiale = self.initiale(rang)
        debut = f"{parent.code}." if parent else ""
        return [code, f"{initiale}{numero}", f"{debut}{initiale}{numero}"]

    def initiale(self, rang: int) -> str:
        """Lettre d'un niveau dans les codes : « V » pour volet, « A » pour axe."""
        nom = normaliser(self.schema.nom_du_niveau(rang))
        return (nom[:1] or "N").upper()

    def _code_neuf(self, rang: int, parent: Noeud | None) -> str:
        debut = f"{parent.code}." if parent else ""
        initiale = self.initiale(rang)
        numero = 1 + len(self.soeurs(parent))
        while normaliser(code := f"{debut}{initiale}{numero}") in self.par_code:
            numero += 1
        return code

    # --- Codes de fiches --------------------------------------------------------------------

    def code_de_fiche(self, division: Noeud, titre: str, pris: set[str]) -> str:
        """Le code d'une fiche qui n'en a pas : celui de la fiche de même titre dans la division,
        sinon le premier rang libre (« V2.A1.03 »)."""
        for deja in sorted(self.titres.get((division.code, normaliser(titre)), ())):
            if deja not in pris:
                return deja
        if division.code not in self._rangs:
            motif = re.compile(re.escape(division.code) + r"[.\-_ ](\d{1,4})")
            self._rangs[division.code] = max(
                (int(m[1]) for c in self.codes_exacts | pris if (m := motif.fullmatch(c))),
                default=0,
            )
        self._rangs[division.code] += 1
        code = f"{division.code}.{self._rangs[division.code]:02d}"
        while code in pris or code in self.codes_exacts:
            self._rangs[division.code] += 1
            code = f"{division.code}.{self._rangs[division.code]:02d}"
        return code

    # --- Places incomplètes -----------------------------------------------------------------

    def parent_probable(self, rang: int, code: str) -> Noeud | None:
        """Le parent d'une division de ce niveau quand le classeur ne le dit pas.

        Lève `PlaceRefusee` quand plusieurs parents sont possibles.
        """
        if rang == 0:
            return None
        if code and (noeud := self.par_prefixe(code)) and noeud.profondeur == rang - 1:
            return noeud
        possibles = [n for n in self.par_code.values() if n.profondeur == rang - 1]
        if len(possibles) == 1:
            return possibles[0]
        niveau = self.schema.nom_du_niveau(rang - 1)
        raise PlaceRefusee(
            f"Il manque le {niveau} : ajouter une colonne « {niveau} », ou écrire le code complet."
        )

    def par_numero(self, rang: int, code: str) -> Noeud | None:
        """La seule division de ce niveau qui porte ce code, ou ce numéro en fin de code."""
        trouvees = []
        for noeud in self.par_code.values():
            fin = re.split(r"[.\-_ /]", noeud.code)[-1]
            if noeud.profondeur == rang and (
                normaliser(noeud.code) == normaliser(code)
                or normaliser(fin) in {normaliser(code), normaliser(self.initiale(rang) + code)}
            ):
                trouvees.append(noeud)
        return trouvees[0] if len(trouvees) == 1 else None

    def par_nom(self, rang: int, nom: str) -> Noeud | None:
        """La seule division de ce niveau qui porte ce nom."""
        trouvees = [
            n
            for n in self.par_code.values()
            if n.profondeur == rang and normaliser(n.nom) == normaliser(nom)
        ]
        return trouvees[0] if len(trouvees) == 1 else None

    def de_texte(self, texte: str, lieu: tuple[str, int], *, creer: bool) -> Noeud | None:
        """La division que nomme un titre, un intercalaire ou une feuille (« Axe 2 - Enfance »)."""
        texte = " ".join(texte.split())
        if noeud := self.division(texte):
            return noeud
        for rang, niveau in enumerate(self.schema.niveaux):
            if noeud := self.par_nom(rang, texte):
                return noeud
            if not re.match(rf"{re.escape(niveau)}\b", texte, re.I):
                continue
            code, nom = self.lire_niveau(rang, texte)
            if not code:
                continue
            if noeud := self.par_numero(rang, code) or (self.par_nom(rang, nom) if nom else None):
                return noeud
            if creer:
                parent = self.parent_probable(rang, code)
                return self.niveau(rang, parent, "", code, nom, lieu)
        return None

    def renvoi(self, texte: str) -> str:
        """Le code de la division citée : « V2.A5 », « axe 5 volet 2 » ; sinon le texte."""
        if noeud := self.division(texte):
            return noeud.code
        noeud = None
        for rang, niveau in enumerate(self.schema.niveaux):
            if lu := re.search(rf"\b{re.escape(niveau)}\s*(?:n\s*[°o]\s*)?(\w+)", texte, re.I):
                code = str(_ROMAINS.get(lu[1].casefold(), lu[1]))
                essais = self._codes_possibles(rang, noeud, code)
                trouve = next(
                    (
                        n
                        for n in self.soeurs(noeud)
                        if normaliser(n.code) in {normaliser(e) for e in essais}
                    ),
                    None,
                ) or self.par_numero(rang, code)
                if trouve is None:
                    return texte
                noeud = trouve
        if noeud is None:
            rangs = range(len(self.schema.niveaux))
            noeud = next((n for r in rangs if (n := self.par_nom(r, texte))), None)
        return noeud.code if noeud else texte
