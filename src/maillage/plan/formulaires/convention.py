"""Une convention à écrire : ce qu'elle dit, et trois listes (parties, montants, obligations)."""

from collections import Counter
from decimal import Decimal
from typing import Any

from django import forms

from maillage.acteurs.models import Personne

from ..conventions import ConventionRefusee, Saisie
from ..models import Convention, FicheAction, PartieConvention
from .champs import ChampDate, ChampEntier, ChampListe, ChampMontant, date_saisie, nombre_saisi

LIGNES_MAX = 60
_ORGANISATION = {"list": "organisations", "autocomplete": "off"}


class FormulaireConvention(forms.Form):
    """Les champs simples, et les codes des fiches servies."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    objet = forms.CharField(
        label="Objet", max_length=300, error_messages={"required": "L’objet manque."}
    )
    nature = forms.ChoiceField(label="Nature", choices=Convention.Nature)
    reference = forms.CharField(label="Référence", max_length=100, required=False)
    date_debut = ChampDate(label="Début", required=False)
    date_fin = ChampDate(label="Fin", required=False)
    reconduction = forms.ChoiceField(label="Reconduction", choices=Convention.Reconduction)
    preavis_mois = ChampEntier(
        label="Préavis, en mois",
        help_text="Le temps à respecter, avant la fin, pour dire si l’on continue.",
        required=False,
    )
    objectifs = forms.CharField(
        label="Objectifs", widget=forms.Textarea(attrs={"rows": 5}), required=False
    )
    document = forms.URLField(
        label="Lien vers le document", max_length=500, required=False, assume_scheme="https"
    )
    fiches = ChampListe(
        label="Fiches servies",
        help_text="Un code par ligne. Par exemple : V2.A1.03.",
        required=False,
    )
    est_publiee = forms.BooleanField(
        label="Publier cette convention : objet, parties, période, montants et fiches publiques",
        required=False,
    )

    def __init__(self, *args, fiches: list[FicheAction], **options):
        super().__init__(*args, **options)
        self.designations = designer(fiches)

    def clean_fiches(self) -> list[FicheAction]:
        trouvees, inconnues = [], []
        for dite in self.cleaned_data["fiches"]:
            cle = dite.split(" · ")[0].strip().casefold()
            fiche = self.designations.get(cle)
            if fiche is None:
                inconnues.append(dite)
            elif fiche not in trouvees:
                trouvees.append(fiche)
        if inconnues:
            raise forms.ValidationError(
                f"Aucune fiche visible ne porte ce code : {', '.join(inconnues[:10])}."
            )
        return trouvees


def designer(fiches: list[FicheAction]) -> dict[str, FicheAction]:
    """Ce qui désigne chaque fiche : son code ; « code (plan) » quand deux plans le portent.

    Les fiches du plan en cours viennent d'abord : leur code seul les désigne.
    """
    connues: dict[str, FicheAction] = {}
    for fiche in fiches:
        connues.setdefault(fiche.code.casefold(), fiche)
        connues[f"{fiche.code} ({fiche.schema.slug})".casefold()] = fiche
    return connues


def codes_de(fiches: list[FicheAction], toutes: list[FicheAction]) -> str:
    """Les désignations de ces fiches, une par ligne, comme on les retape."""
    nombre = Counter(f.code.casefold() for f in toutes)
    return "\n".join(
        f"{f.code} ({f.schema.slug})" if nombre[f.code.casefold()] > 1 else f.code for f in fiches
    )


class _Ligne(forms.Form):
    """Une ligne de liste ; vide, elle ne compte pas."""

    exige = ""

    @property
    def est_vide(self) -> bool:
        return not any(self[nom].data for nom in self.fields if nom not in {"role", "pk", "DELETE"})


class LignePartie(_Ligne):
    organisation = forms.CharField(
        label="Organisation", max_length=200, required=False,
        widget=forms.TextInput(attrs=_ORGANISATION),
    )  # fmt: skip
    role = forms.ChoiceField(label="Rôle", choices=PartieConvention.Role, required=False)


class LigneMontant(_Ligne):
    annee = ChampEntier(label="Année", required=False)
    financeur = forms.CharField(
        label="Financeur", max_length=200, required=False,
        widget=forms.TextInput(attrs=_ORGANISATION),
    )  # fmt: skip
    montant = ChampMontant(label="Montant, en euros", required=False)

    def clean(self):
        donnees = super().clean() or {}
        if self.est_vide:
            return donnees
        for nom, mot in (("annee", "L’année"), ("financeur", "Le financeur"),
                         ("montant", "Le montant")):  # fmt: skip
            if nom not in self.errors and donnees.get(nom) in (None, ""):
                self.add_error(nom, f"{mot} manque.")
        return donnees


class LigneObligation(_Ligne):
    pk = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)
    libelle = forms.CharField(label="Ce qui est dû", max_length=300, required=False)
    organisation = forms.CharField(
        label="Par quelle organisation", max_length=200, required=False,
        widget=forms.TextInput(attrs=_ORGANISATION),
    )  # fmt: skip
    personne = forms.ChoiceField(label="Par qui", required=False)
    echeance = ChampDate(label="Pour le", required=False)
    faite_le = ChampDate(label="Fait le", required=False)
    preuve = forms.CharField(label="Preuve", max_length=500, required=False)

    def clean(self):
        donnees = super().clean() or {}
        if not self.est_vide and not donnees.get("libelle") and "libelle" not in self.errors:
            self.add_error("libelle", "Dites ce qui est dû.")
        return donnees


_LISTES: dict[str, tuple[str, type[_Ligne]]] = {
    "parties": ("Qui s’engage", LignePartie),
    "montants": ("Combien, par année", LigneMontant),
    "obligations": ("Ce qui est dû", LigneObligation),
}


class SaisieConvention:
    """Le formulaire entier : l'ossature et ses listes, lus et montrés ensemble."""

    def __init__(self, collectivite, fiches: list[FicheAction], data=None,
                 convention: Convention | None = None):  # fmt: skip
        self.collectivite, self.convention, self.toutes = collectivite, convention, fiches
        self.personnes = {str(p.pk): p for p in Personne.objects.filter(collectivite=collectivite)}
        depart = _depart(convention, fiches) if convention and data is None else {}
        self.ossature = FormulaireConvention(
            data, fiches=fiches, initial=depart.get("simples", {"version": 0})
        )
        self.listes = {
            cle: self._liste(cle, modele, data, depart.get(cle, []))
            for cle, (_, modele) in _LISTES.items()
        }

    def _liste(self, cle, modele, data, depart) -> list[_Ligne]:
        lignes = []
        if data is not None:
            brut = data.get(f"{cle}-nombre", "")
            nombre = min(int(brut), LIGNES_MAX) if brut.isdecimal() and len(brut) < 4 else 0
            nombre += data.get("ajouter") == cle
            lignes = [modele(data, prefix=f"{cle}-{rang}") for rang in range(nombre)]
        else:
            lignes = [
                modele(initial=valeurs, prefix=f"{cle}-{rang}")
                for rang, valeurs in enumerate([*depart, {}])
            ]
        for ligne in lignes:
            if "personne" in ligne.fields:
                ligne.fields["personne"].choices = [
                    ("", "Personne en particulier"),
                    *((pk, str(p)) for pk, p in self.personnes.items()),
                ]
        return lignes

    def is_valid(self) -> bool:
        juste = [self.ossature.is_valid()]
        juste += [li.is_valid() for lignes in self.listes.values() for li in lignes]
        return all(juste)

    def saisie(self) -> Saisie:
        """Ce qui a été dit, prêt pour le service. Après `is_valid`."""
        donnees = dict(self.ossature.cleaned_data)
        fiches = donnees.pop("fiches")
        donnees.pop("version")
        dites = {
            cle: [li.cleaned_data for li in lignes if not li.est_vide]
            for cle, lignes in self.listes.items()
        }
        if self.convention:
            # Une fiche que ce compte ne voit pas reste servie : il n'a pas pu la retirer.
            visibles = {f.pk for f in self.toutes}
            fiches += [
                f for f in self.convention.fiches.select_related("schema") if f.pk not in visibles
            ]
        return Saisie(
            valeurs=donnees,
            parties=[(li["organisation"], li["role"] or "signataire") for li in dites["parties"]],
            montants=[
                (li["annee"], li["financeur"], Decimal(li["montant"])) for li in dites["montants"]
            ],
            obligations=[
                {**li, "personne": self.personnes.get(li["personne"])}
                for li in dites["obligations"]
            ],
            fiches=fiches,
        )

    def refuser(self, refus: ConventionRefusee) -> None:
        for champ, message in refus.champs.items():
            self.ossature.add_error(champ if champ in self.ossature.fields else None, message)

    @property
    def rubriques(self) -> list[dict[str, Any]]:
        return [
            {"cle": cle, "titre": titre, "lignes": self.listes[cle]}
            for cle, (titre, _) in _LISTES.items()
        ]

    @property
    def fautes(self) -> list[dict[str, str]]:
        trouvees = []
        for formulaire in (
            self.ossature, *(li for lignes in self.listes.values() for li in lignes)
        ):  # fmt: skip
            for nom, messages in formulaire.errors.items():
                for message in messages:
                    connu = nom in formulaire.fields
                    trouvees.append(
                        {
                            "ancre": formulaire[nom].id_for_label if connu else "",
                            "libelle": str(formulaire[nom].label) if connu else "",
                            "message": str(message),
                        }
                    )
        return trouvees


def _depart(convention: Convention, toutes: list[FicheAction]) -> dict[str, Any]:
    visibles = {f.pk for f in toutes}
    servies = [f for f in convention.fiches.select_related("schema") if f.pk in visibles]
    simples = (
        "version", "objet", "nature", "reference", "reconduction", "objectifs", "document",
        "est_publiee",
    )  # fmt: skip
    return {
        "simples": {
            **{nom: getattr(convention, nom) for nom in simples},
            "date_debut": date_saisie(convention.date_debut),
            "date_fin": date_saisie(convention.date_fin),
            "preavis_mois": "" if convention.preavis_mois is None else str(convention.preavis_mois),
            "fiches": codes_de(servies, toutes),
        },
        "parties": [
            {"organisation": p.organisation.nom, "role": p.role}
            for p in convention.engagements.select_related("organisation")
        ],
        "montants": [
            {
                "annee": str(m.annee),
                "financeur": m.financeur.nom,
                "montant": nombre_saisi(m.montant),
            }
            for m in convention.montants.select_related("financeur")
        ],
        "obligations": [
            {
                "pk": o.pk,
                "libelle": o.libelle,
                "organisation": o.organisation.nom if o.organisation else "",
                "personne": str(o.personne_id or ""),
                "echeance": date_saisie(o.echeance),
                "faite_le": date_saisie(o.faite_le),
                "preuve": o.preuve,
            }
            for o in convention.obligations.select_related("organisation")
        ],
    }


class FormulaireCompteRendu(forms.Form):
    """C'est fait : quand, et ce qui le montre."""

    faite_le = ChampDate(label="Fait le", error_messages={"required": "Donnez la date."})
    preuve = forms.CharField(
        label="Ce qui le montre",
        help_text="Une adresse, une référence de courrier, le nom d’un document.",
        max_length=500,
        required=False,
    )


class FormulaireArchivage(forms.Form):
    motif = forms.CharField(
        label="Pourquoi ?",
        help_text="Une phrase. Elle reste au journal.",
        max_length=300,
        error_messages={"required": "Dites pourquoi, en une phrase."},
    )
