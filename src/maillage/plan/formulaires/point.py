"""Le point d'étape : deux minutes sur un téléphone, moins quand rien n'a changé."""

import uuid
from decimal import Decimal

from django import forms
from django.utils import timezone

from maillage.socle.mise_en_mots import INSECABLE, date_en_mots, nombre_en_mots

from ..models import FicheAction, IndicateurFiche, Meteo, PointEtape
from ..models.suivi import Atteinte, Avancement, Suite
from ..suivi import PointRefuse, Saisie
from .champs import ChampDate, ChampEntier, ChampNombre, date_saisie

_RUBRIQUES = (
    "difficultes", "besoin_arbitrage", "prochaines_etapes", "bloquee_par", "bloquee_jusqu_au",
    "avancement", "atteinte", "suite", "date",
)  # fmt: skip
# Ce qui reste vrai d'un point à l'autre tant qu'on ne dit pas le contraire.
_REPRIS = ("meteo", "taux", "avancement", "atteinte", "suite", "bloquee_par", "besoin_arbitrage")


def _texte(lignes: int, **attributs):
    return forms.Textarea(attrs={"rows": lignes, **attributs})


class FormulairePoint(forms.Form):
    """Ce qu'un pilote dit. Prérempli du dernier point : on ne retape que ce qui a changé."""

    jeton = forms.UUIDField(widget=forms.HiddenInput, required=False)
    schema = forms.CharField(widget=forms.HiddenInput, required=False)
    meteo = forms.ChoiceField(
        label="Comment va l’action ?",
        widget=forms.RadioSelect,
        choices=[(m.value, m.label) for m in Meteo],
        error_messages={"required": "Choisissez une météo."},
    )
    motif_meteo = forms.CharField(
        label="Pourquoi la météo s’assombrit",
        help_text="Une phrase. Demandée seulement si la météo est moins bonne qu’avant.",
        max_length=500,
        required=False,
    )
    taux = ChampEntier(
        label="Avancement, en %",
        help_text="Votre estimation, de 0 à 100.",
        required=False,
    )
    faits_marquants = forms.CharField(
        label="Ce qui s’est passé",
        help_text="Deux ou trois phrases simples : tout le monde peut les lire.",
        widget=_texte(4),
        max_length=5000,
        required=False,
    )
    difficultes = forms.CharField(
        label="Difficultés", widget=_texte(2), max_length=5000, required=False
    )
    besoin_arbitrage = forms.CharField(
        label="Décision attendue",
        help_text="Qui doit trancher, et sur quoi ? Videz ce champ quand c’est tranché.",
        widget=_texte(2),
        max_length=2000,
        required=False,
    )
    prochaines_etapes = forms.CharField(
        label="Prochaines étapes", widget=_texte(2), max_length=5000, required=False
    )
    bloquee_par = forms.CharField(
        label="L’action est bloquée par",
        help_text="Videz ce champ quand elle ne l’est plus.",
        max_length=300,
        required=False,
    )
    bloquee_jusqu_au = ChampDate(label="Bloquée jusqu’au", required=False)
    avancement = forms.ChoiceField(label="Réalisation de l’action", choices=Avancement)
    atteinte = forms.ChoiceField(label="Objectifs de l’action", choices=Atteinte)
    suite = forms.ChoiceField(label="Suite donnée", choices=Suite)
    date = ChampDate(label="Date du point", error_messages={"required": "Donnez la date du point."})
    risques_revus = forms.BooleanField(
        label="J’ai relu les risques de la fiche : ils n’ont pas changé", required=False
    )

    def __init__(
        self,
        *args,
        fiche: FicheAction,
        precedent: PointEtape | None,
        indicateurs: list[IndicateurFiche],
        **options,
    ):
        initial = {
            "jeton": uuid.uuid4(),
            "schema": fiche.schema.slug,
            "date": date_saisie(timezone.localdate()),
            "avancement": Avancement.EN_COURS,
            "atteinte": Atteinte.NON_EVALUEE,
            "suite": Suite.A_DECIDER,
        }
        if precedent:
            initial |= {champ: getattr(precedent, champ) for champ in _REPRIS}
            initial["bloquee_jusqu_au"] = date_saisie(precedent.bloquee_jusqu_au)
            initial["taux"] = "" if precedent.taux is None else str(precedent.taux)
        options["initial"] = {**initial, **options.get("initial", {})}
        super().__init__(*args, **options)
        self.precedent = precedent
        self.liens = {f"valeur_{lien.pk}": lien for lien in indicateurs}
        for nom, lien in self.liens.items():
            self.fields[nom] = ChampNombre(
                label=_nom_mesure(lien), help_text=_rappel_mesure(lien), required=False
            )

    # --- Lire ------------------------------------------------------------------------------

    @property
    def saisie(self) -> Saisie:
        """Ce qui a été dit, prêt pour le service. À lire après `is_valid`."""
        donnees = self.cleaned_data
        return Saisie(**{champ: donnees[champ] for champ in Saisie.__slots__ if champ in donnees})

    @property
    def valeurs(self) -> dict[IndicateurFiche, Decimal]:
        return {
            lien: Decimal(self.cleaned_data[nom])
            for nom, lien in self.liens.items()
            if self.cleaned_data.get(nom) is not None
        }

    def refuser(self, refus: PointRefuse) -> None:
        if "motif_meteo" in refus.champs:
            self.fields["motif_meteo"].required = True  # on ne dit plus « facultatif »
        for champ, message in refus.champs.items():
            self.add_error(champ if champ in self.fields else None, message)

    # --- Montrer ---------------------------------------------------------------------------

    @property
    def gravite_precedente(self) -> int:
        """De 0 (soleil) à 3 (orage) ; 3 sans point précédent : rien ne peut s'assombrir."""
        return Meteo(self.precedent.meteo).gravite if self.precedent else 3

    @property
    def choix_meteo(self):
        """(bouton radio, météo) : la forme, le mot et l'explication de chaque choix."""
        return [(choix, Meteo(choix.data["value"])) for choix in self["meteo"]]

    @property
    def mesures(self):
        return [self[nom] for nom in self.liens]

    @property
    def rubriques(self):
        return [self[nom] for nom in _RUBRIQUES]

    @property
    def plus_ouvert(self) -> bool:
        """Le reste se montre d'emblée quand il dit quelque chose, ou quand il est à corriger."""
        if self.is_bound:
            return any(self[nom].errors or self[nom].data for nom in _RUBRIQUES[:5]) or any(
                self[nom].errors for nom in _RUBRIQUES[5:]
            )
        dernier = self.precedent
        return bool(dernier and (dernier.bloquee_par or dernier.besoin_arbitrage))

    @property
    def mesures_ouvertes(self) -> bool:
        return self.is_bound and any(self[nom].errors or self[nom].data for nom in self.liens)


def _nom_mesure(lien: IndicateurFiche) -> str:
    unite = lien.indicateur.unite
    return f"{lien.indicateur.libelle} ({unite})" if unite else lien.indicateur.libelle


def _rappel_mesure(lien: IndicateurFiche) -> str:
    mesure = lien.indicateur
    if mesure.derniere_valeur is None:
        derniere = "Pas encore de valeur."
    else:
        derniere = (
            f"Dernière valeur{INSECABLE}: {nombre_en_mots(mesure.derniere_valeur)}, "
            f"le {date_en_mots(mesure.derniere_date)}."
        )
    if lien.cible is None:
        return derniere
    return f"{derniere} Cible{INSECABLE}: {nombre_en_mots(lien.cible)}."


class FormulaireMotif(forms.Form):
    """Une raison, obligatoire : pour archiver une fiche, pour retirer un point."""

    schema = forms.CharField(widget=forms.HiddenInput, required=False)
    motif = forms.CharField(
        label="Pourquoi ?",
        help_text="Une phrase. Elle reste dans l’historique.",
        max_length=300,
        error_messages={"required": "Dites pourquoi, en une phrase."},
    )
