"""La fiche à modifier : un formulaire bâti sur les champs de l'état, et des lignes à volonté."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict

from maillage.socle.francais import joindre_liste

from ..etat import PAR_CLE, Champ, Etat
from ..models import Confidentialite
from ..referentiel import Referentiel
from ..validation import CHOIX, Erreur
from .champs import (
    ChampEntier,
    ChampJourDeLEtat,
    ChampListe,
    ChampMontant,
    ChampNombre,
    date_saisie,
    nombre_saisi,
)

LIGNES_MAX = 200  # par rubrique : au-delà, c'est un envoi fabriqué


class Section:
    """Une partie du formulaire : des champs, et parfois des lignes."""

    def __init__(self, ancre: str, titre: str, champs: tuple[str, ...] = (), lignes: str = ""):
        self.ancre, self.titre, self.champs, self.lignes = ancre, titre, champs, lignes


SECTIONS = (
    Section("identite", "Identité", (
        "code", "division", "titre", "edition", "date_debut", "date_fin", "periodicite_mois",
        "confidentialite", "phare", "prioritaire",
    )),
    Section("pourquoi", "Pourquoi", ("constat", "objectifs")),
    Section("comment", "Comment", ("description", "modalites")),
    Section("pour-qui", "Pour qui et où", ("publics", "etapes", "territoires", "renvois")),
    Section("qui", "Qui", (
        "pilote_organisation", "pilote_personne", "pilote_fonction", "copilotes", "partenaires",
    )),
    Section("moyens", "Moyens et budget", ("etp", "moyens", "poids"), "budgets"),
    Section("jalons", "Jalons", (), "jalons"),
    Section("risques", "Risques", (), "risques"),
    Section("textes", "Textes et documents", (), "textes"),
    Section("indicateurs", "Indicateurs", (), "indicateurs"),
)  # fmt: skip
CLES_SIMPLES = tuple(cle for section in SECTIONS for cle in section.champs)
CLES_LIGNES = tuple(section.lignes for section in SECTIONS if section.lignes)
CLES = (*CLES_SIMPLES, *CLES_LIGNES)

# Où compléter ce qui manque : clé de `completude.CRITERES` -> ancre dans la page.
ANCRES_DES_MANQUES = {
    "constat": "id_constat",
    "objectifs": "id_objectifs",
    "description": "id_description",
    "publics": "id_publics",
    "etapes": "pour-qui",
    "territoires": "pour-qui",
    "pilote": "id_pilote_organisation",
    "partenaires": "id_partenaires",
    "jalons": "jalons",
    "budgets": "moyens",
    "indicateurs": "indicateurs",
}

_AIDES = {
    "publics": "Un par ligne.",
    "copilotes": "Un nom d’organisation par ligne.",
    "partenaires": "Un nom d’organisation par ligne.",
    "edition": "Par exemple : 2024-2025.",
    "periodicite_mois": "Vide : celle du plan.",
    "pilote_organisation": "Un nom nouveau crée l’organisation.",
    "pilote_personne": "Facultatif : la fonction suffit.",
    "etp": "Par exemple : 1,5.",
    "poids": "1 pour une action ordinaire.",
    "renvois": "Les autres parties du plan que cette action sert aussi.",
}
_OBLIGATOIRES = {"code", "titre", "division"}
_ENTIERS_A_CHOIX = {"gravite", "probabilite"}
_ECHELLE = [("", "Choisir"), ("1", "1, faible"), ("2", "2"), ("3", "3"), ("4", "4, forte")]
_DEFAUTS = {"section": "fonctionnement", "niveau": "realisation"}
_LIGNES_LONGUES = {"indicateurs", "risques"}
_COURTS = {"code", "edition", "date_debut", "date_fin", "periodicite_mois", "etp", "poids"}
_LONGS_DANS_UNE_LIGNE = {"methode", "parade"}


def _choix(cle: str) -> list[tuple[str, str]]:
    options = list(CHOIX[cle].items())
    return options if cle in {*_DEFAUTS, "confidentialite"} else [("", "Non précisé"), *options]


def _champ_de(cle: str, libelle: str, sorte: str, *, en_ligne: bool = False) -> forms.Field:
    options: dict[str, Any] = {
        "label": libelle,
        "required": False,
        "help_text": "" if en_ligne else _AIDES.get(cle, ""),
    }
    if cle in _ENTIERS_A_CHOIX:
        return forms.ChoiceField(choices=_ECHELLE, **options)
    if sorte == "oui_non":
        return forms.BooleanField(**options)
    if sorte == "choix":
        return forms.ChoiceField(choices=_choix(cle), initial=_DEFAUTS.get(cle), **options)
    if sorte == "liste":
        return ChampListe(**options)
    if sorte == "date":
        return ChampJourDeLEtat(**options)
    if sorte == "entier":
        return ChampEntier(**options)
    if sorte == "decimal":
        montant = cle in {"prevu", "engage", "realise"}
        if montant:
            options["label"] = f"{libelle}, en euros"
        return ChampMontant(**options) if montant else ChampNombre(**options)
    if sorte == "long" or cle in _LONGS_DANS_UNE_LIGNE:
        lignes = 2 if en_ligne else 5
        return forms.CharField(widget=forms.Textarea(attrs={"rows": lignes}), **options)
    return forms.CharField(**options)


def _montrer(sorte: str, valeur: Any) -> Any:
    """Une valeur de l'état, telle qu'on la retape."""
    if sorte == "date":
        return date_saisie(valeur)
    if sorte == "decimal":
        return nombre_saisi(valeur)
    if sorte == "liste":
        return "\n".join(joindre_liste([nom]) for nom in valeur or [])
    return "" if valeur is None else valeur


class FormulaireLigne(forms.Form):
    """Une ligne de budget, un jalon… Les colonnes viennent de l'état."""

    def __init__(self, *args, champ: Champ, **options):
        super().__init__(*args, **options)
        self.champ = champ
        for cle, libelle, sorte in champ.colonnes:
            if cle == "demonstration":
                self.fields[cle] = forms.BooleanField(required=False, widget=forms.HiddenInput)
            else:
                self.fields[cle] = _champ_de(cle, libelle, sorte, en_ligne=True)
        self.fields["retirer"] = forms.BooleanField(label="Retirer cette ligne", required=False)

    @property
    def visibles(self):
        return [self[cle] for cle in self.fields if cle not in {"demonstration", "retirer"}]

    @property
    def est_vide(self) -> bool:
        """Rien n'a été dit : ni texte, ni choix autre que celui proposé."""
        return all(
            self[cle].data in (None, "", False, _DEFAUTS.get(cle))
            for cle in self.fields
            if cle not in {"demonstration", "retirer"}
        )

    @property
    def nom(self) -> str:
        """Ce qui nomme la ligne dans sa légende : « 2026, CAF »."""
        cles = [cle for cle in self.champ.identite if cle not in _DEFAUTS]
        return ", ".join(str(self[cle].value()) for cle in cles if self[cle].value())

    @property
    def est_demonstration(self) -> bool:
        return "demonstration" in self.fields and str(self["demonstration"].value()) in {
            "True",
            "on",
        }


class Lignes:
    """Les lignes d'une rubrique, et une vide de plus pour en ajouter."""

    def __init__(
        self, champ: Champ, *, data=None, lignes: list[dict] | None = None, vides: int = 1
    ):
        self.champ, self.cle = champ, champ.cle
        self.nom_du_nombre = f"{champ.cle}-nombre"
        self.formulaires: list[FormulaireLigne] = []
        if data is not None:
            brut = data.get(self.nom_du_nombre, "")
            nombre = min(int(brut), LIGNES_MAX) if brut.isdecimal() and len(brut) < 6 else 0
            for rang in range(nombre):
                self._ajouter(rang, data=data)
            if data.get("ajouter") == champ.cle:
                self._ajouter(nombre, data=data)
        else:
            for ligne in lignes or []:
                self._ajouter(len(self.formulaires), initial={
                    cle: _montrer(sorte, ligne.get(cle)) for cle, _, sorte in champ.colonnes
                })  # fmt: skip
            for _ in range(vides):
                self._ajouter(len(self.formulaires))

    def _ajouter(self, rang: int, **options) -> None:
        self.formulaires.append(
            FormulaireLigne(champ=self.champ, prefix=f"{self.cle}-{rang}", **options)
        )

    def __iter__(self):
        return iter(self.formulaires)

    def __len__(self):
        return len(self.formulaires)

    @property
    def dites(self) -> list[FormulaireLigne]:
        """Les lignes à garder, dans l'ordre : ni vides, ni retirées."""
        return [f for f in self.formulaires if not f.est_vide and not f["retirer"].data]

    @property
    def erreurs(self) -> list[FormulaireLigne]:
        return [f for f in self.dites if f.errors]

    def etat(self) -> list[dict]:
        """Les lignes dites, en valeurs de l'état ; une valeur illisible reste son texte."""
        return [
            {cle: f.cleaned_data.get(cle) for cle, _, _ in self.champ.colonnes} for f in self.dites
        ]


class FormulaireFiche(forms.Form):
    """Les champs simples d'une fiche, plus ses lignes (`lignes["budgets"]`…)."""

    schema = forms.CharField(widget=forms.HiddenInput, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    motif = forms.CharField(
        label="Pourquoi ce changement",
        help_text="Une phrase pour l’historique.",
        max_length=300,
        required=False,
    )

    def __init__(
        self,
        data=None,
        *,
        referentiel: Referentiel,
        etat: Mapping[str, Any] | None = None,
        divisions: Iterable | None = None,
        version: int = 0,
    ):
        etat = etat or {}
        initial: dict[str, Any] = {"version": version, "schema": referentiel.schema.slug}
        for cle in CLES_SIMPLES:
            champ = PAR_CLE[cle]
            a_cocher = cle in {"etapes", "territoires", "renvois"}
            initial[cle] = etat.get(cle) if a_cocher else _montrer(champ.sorte, etat.get(cle))
        super().__init__(data, initial=initial)
        self.referentiel = referentiel
        for cle in CLES_SIMPLES:
            champ = PAR_CLE[cle]
            self.fields[cle] = self._champ(champ, divisions)
            self.fields[cle].taille = "moyen" if cle in _COURTS else ""  # type: ignore[attr-defined]
        self.lignes = {
            cle: Lignes(
                PAR_CLE[cle],
                data=data,
                lignes=etat.get(cle),
                # Une ligne longue ne se propose vide que s'il n'y en a pas : la page reste courte.
                vides=0 if cle in _LIGNES_LONGUES and etat.get(cle) else 1,
            )
            for cle in CLES_LIGNES
        }

    def _champ(self, champ: Champ, divisions) -> forms.Field:
        cle = champ.cle
        options: dict[str, Any] = {"label": champ.libelle, "required": False}
        if cle == "division":
            return forms.ChoiceField(
                choices=choix_de_divisions(
                    self.referentiel.divisions.values() if divisions is None else divisions
                ),
                **{**options, "required": True},
            )
        if cle in {"etapes", "territoires", "renvois"}:
            noms = {
                "etapes": [(e.nom, e.nom) for e in _uniques(self.referentiel.etapes)],
                "territoires": [(t.nom, t.nom) for t in _uniques(self.referentiel.territoires)],
                "renvois": choix_de_divisions(self.referentiel.divisions.values()),
            }[cle]
            # Ce qui a disparu du cadre reste proposé : décocher est un choix, pas un oubli.
            connus = {nom for nom, _ in noms}
            noms += [(n, n) for n in self.initial.get(cle) or [] if n not in connus]
            return forms.MultipleChoiceField(
                choices=noms,
                widget=forms.CheckboxSelectMultiple,
                help_text=_AIDES.get(cle, ""),
                **options,
            )
        if cle == "confidentialite":
            return forms.ChoiceField(choices=Confidentialite, **options)
        rendu = _champ_de(cle, champ.libelle, champ.sorte)
        rendu.required = cle in _OBLIGATOIRES
        if cle == "pilote_organisation":
            rendu.widget.attrs["list"] = "organisations"
        if rendu.required:
            rendu.error_messages["required"] = f"« {champ.libelle} » manque."
        return rendu

    # --- Lire ------------------------------------------------------------------------------

    def is_valid(self) -> bool:
        """Vrai quand tout se lit ; les règles du plan, elles, sont jugées par le service."""
        propre = super().is_valid()
        return all([propre, *(not lignes.erreurs for lignes in self.lignes.values())])

    @property
    def organisations(self) -> list[str]:
        """Les noms connus, pour la saisie assistée."""
        return sorted(
            {organisation.nom for organisation in self.referentiel.organisations.values()}
        )

    def etat(self) -> Etat:
        """L'état demandé : les seuls champs que ce formulaire montre. Après `is_valid`."""
        return {
            **{cle: self.cleaned_data.get(cle) for cle in CLES_SIMPLES},
            **{cle: lignes.etat() for cle, lignes in self.lignes.items()},
        }

    def refuser(self, erreurs: Iterable[Erreur]) -> None:
        """Porte les refus du service au champ, ou à la ligne et à la colonne, qui les a causés."""
        for erreur in erreurs:
            lignes = self.lignes.get(erreur.cle)
            if lignes is not None and erreur.rang is not None:
                ligne = lignes.dites[erreur.rang]
                ligne.add_error(erreur.colonne or None, erreur.message)
            else:
                self.add_error(erreur.cle if erreur.cle in self.fields else None, erreur.message)

    # --- Montrer ---------------------------------------------------------------------------

    def comme_un_envoi(self, motif: str = "") -> QueryDict:
        """Ce que le navigateur enverrait de ce formulaire tel quel."""
        envoi = QueryDict(mutable=True)
        for champ in self:
            _verser(envoi, champ)
        envoi["motif"] = motif
        for lignes in self.lignes.values():
            envoi[lignes.nom_du_nombre] = str(len(lignes))
            for ligne in lignes:
                for champ in ligne:
                    _verser(envoi, champ)
        return envoi

    @property
    def sections(self) -> list[dict[str, Any]]:
        return [
            {
                "ancre": section.ancre,
                "titre": section.titre,
                "champs": [self[cle] for cle in section.champs],
                "lignes": self.lignes.get(section.lignes),
            }
            for section in SECTIONS
        ]

    @property
    def fautes(self) -> list[dict[str, str]]:
        """Tout ce qui est à corriger, dans l'ordre de la page : ancre, nom, message."""
        trouvees = [
            {"ancre": "", "libelle": "", "message": str(message)}
            for message in self.non_field_errors()
        ]
        for section in SECTIONS:
            trouvees += [_faute(self[cle]) for cle in section.champs if self[cle].errors]
            lignes = self.lignes.get(section.lignes)
            for rang, ligne in enumerate(lignes or (), start=1):
                if lignes is None or ligne not in lignes.dites:
                    continue
                debut = f"{lignes.champ.libelle}, ligne {rang}"
                trouvees += [
                    {"ancre": section.ancre, "libelle": debut, "message": str(message)}
                    for message in ligne.non_field_errors()
                ]
                trouvees += [
                    _faute(champ, f"{debut}, {champ.label.lower()}")
                    for champ in ligne
                    if champ.errors
                ]
        return trouvees


def _verser(envoi: QueryDict, champ) -> None:
    valeur = champ.value()
    if isinstance(valeur, list):
        envoi.setlist(champ.html_name, valeur)
    elif valeur is True:
        envoi[champ.html_name] = "on"
    elif valeur not in (None, False):
        envoi[champ.html_name] = str(valeur)


def _faute(champ, libelle: str = "") -> dict[str, str]:
    ancre = f"{champ.auto_id}_error" if champ.use_fieldset else champ.id_for_label
    return {"ancre": ancre, "libelle": libelle or champ.label, "message": champ.errors[0]}


def _uniques(objets: Mapping[str, Any]) -> list:
    return sorted({o.pk: o for o in objets.values()}.values(), key=lambda o: (o.ordre, o.nom))


def choix_de_divisions(divisions: Iterable) -> list[tuple[str, str]]:
    """(code, « V2.A1 · Enfance ») dans l'ordre du plan, en retrait selon le niveau."""
    rangees = sorted({d.pk: d for d in divisions}.values(), key=lambda d: d.chemin)
    return [(d.code, f"{'   ' * d.profondeur}{d.code} · {d.nom}") for d in rangees]
