"""Le catalogue des composants : de quoi montrer chacun dans chaque état.

Tout ce qui est écrit ici est inventé pour l'essai ; la page le dit.
"""

from datetime import date, datetime, timedelta

from django import forms
from django.core.paginator import Page, Paginator
from django.utils import timezone
from django.utils.safestring import SafeString

from maillage.socle import icones

METEOS = [
    ("soleil", "Soleil : tout avance comme prévu"),
    ("couvert", "Couvert : un point à surveiller"),
    ("nuage", "Nuage : du retard, une difficulté"),
    ("orage", "Orage : bloquée, une décision est attendue"),
]


class FormulaireEssai(forms.Form):
    """Un formulaire qui réunit toutes les sortes de champs."""

    titre = forms.CharField(label="Titre", help_text="Une phrase, sans sigle.")
    description = forms.CharField(label="Description", widget=forms.Textarea, required=False)
    meteo = forms.ChoiceField(
        label="Météo", choices=METEOS, widget=forms.RadioSelect, help_text="Votre avis de pilote."
    )
    etapes = forms.MultipleChoiceField(
        label="Étapes de la vie",
        choices=[("naitre", "Naître"), ("grandir", "Grandir"), ("vivre", "Vivre")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    territoire = forms.ChoiceField(
        label="Territoire", choices=[("", "Choisir"), ("nord", "Nord"), ("sud", "Sud")]
    )
    debut = forms.DateField(
        label="Date de début", widget=forms.DateInput(attrs={"type": "date"}), required=False
    )
    budget = forms.DecimalField(
        label="Budget prévu, en euros",
        widget=forms.TextInput(
            attrs={"inputmode": "decimal"}
        ),  # un champ « number » perd la saisie
        required=False,
    )
    publique = forms.BooleanField(
        label="Visible sur le site public", required=False, help_text="Après relecture."
    )
    code = forms.CharField(label="Code", disabled=True, required=False, initial="V2.A1.03")


class MeteoEssai(forms.Form):
    """Le seul choix d'une météo."""

    meteo = forms.ChoiceField(
        label="Quelle météo aujourd’hui ?",
        choices=[(code, forme.mot) for code, forme in icones.METEOS.items() if code],
        widget=forms.RadioSelect,
    )


class FiltresEssai(forms.Form):
    """Les filtres d'une liste, portés par l'adresse."""

    q = forms.CharField(label="Mots", required=False)
    meteo = forms.ChoiceField(
        label="Météo", choices=[("", "Toutes"), ("orage", "Orage")], required=False
    )
    territoire = forms.ChoiceField(
        label="Territoire", choices=[("", "Tous"), ("nord", "Nord")], required=False
    )


def _page() -> Page:
    return Paginator(range(161), 25).page(3)


def _fiches(n: int) -> list[dict[str, object]]:
    codes = ["soleil", "couvert", "soleil", "nuage", "soleil", "", "orage"]
    fraicheurs = ["jour", "jour", "actualiser", "jour", "jour", "retard"]
    return [
        {
            "url": "#fiche",
            "code": f"V2.A1.{rang:02d}",
            "titre": "Développer la pair-aidance entre parents",
            "meteo": codes[rang % 7],
            "fraicheur": fraicheurs[rang % 6],
            "bloque": rang % 7 == 6,
        }
        for rang in range(1, n + 1)
    ]


def _fil() -> list[dict[str, object]]:
    return [
        {
            "quoi": "Parole",
            "quand": "septembre 2023",
            "titre": "On ne sait pas vers qui se tourner quand ça craque.",
            "citation": True,
            "detail": "Consultation des habitants",
        },
        {"quoi": "Besoin", "titre": "Rompre l’isolement des parents", "url": "#besoin"},
        {"quoi": "Décision", "quand": "17 octobre 2024", "titre": "Adoptée par l’assemblée"},
        {"quoi": "Action V2.A1.03", "titre": "Cette fiche", "ici": True},
        {"quoi": "Évaluation", "quand": "été 2027", "titre": "À venir", "avenir": True},
    ]


def _montee() -> list[dict[str, object]]:
    return [
        {
            "rang": 4,
            "instance": "Comité exécutif",
            "role": "décide",
            "passages": ["Vote des 14, consensus recherché"],
            "quand": "décembre",
            "avenir": True,
        },
        {
            "rang": 3,
            "instance": "Conférence départementale",
            "role": "assemblée, puis bureau : valide",
            "passages": [
                "Assemblée : favorable, deux ajustements acceptés.",
                "Bureau : étude de faisabilité en cours.",
            ],
            "quand": "ici depuis le 7 nov.",
            "ici": True,
        },
        {
            "rang": 2,
            "instance": "Commission transversale",
            "role": "avis",
            "passages": ["Favorable avec réserve : articuler avec les lignes régionales"],
            "quand": "12 juin",
        },
        {
            "rang": 1,
            "instance": "Conférence territoriale nord",
            "role": "propose",
            "passages": ["Favorable, à l’unanimité"],
            "quand": "28 mars",
        },
    ]


def _tableau() -> dict[str, object]:
    return {
        "legende": "Fiches de l’axe Enfance-Famille, la plus ancienne d’abord",
        "colonnes": [
            {"libelle": "Fiche", "url_tri": "?tri=code", "tri": "ascending"},
            {"libelle": "Météo", "url_tri": "?tri=meteo"},
            {"libelle": "Pilote", "secondaire": True},
            {"libelle": "Budget", "nombre": True},
        ],
        "lignes": [
            ["V2.A1.03 · Pair-aidance", icones.METEOS_AVEC_MOT["couvert"], "Enfance", "38 000 €"],
            ["V2.A1.04 · Relais familles", icones.METEOS_AVEC_MOT["orage"], "PMI", "–"],
        ],
    }


def _choses_a_faire() -> list[dict[str, object]]:
    return [
        {
            "echeance": "Depuis 6 jours",
            "urgence": "retard",
            "titre": "V2.A1.03 · Point d’étape de juillet à septembre",
            "detail": "Dernière fois : couvert, 46 %",
            "bouton": "Faire le point",
            "url": "#point",
            "principal": True,
        },
        {
            "echeance": "Avant le 30 nov.",
            "urgence": "bientot",
            "titre": "Consultation écrite : proposition n° 31",
            "detail": "Votre voix n’est pas encore donnée",
            "bouton": "Donner ma voix",
            "url": "#voix",
        },
        {
            "echeance": "5 décembre",
            "titre": "V2.A1.15 · Jalon « convention signée »",
            "bouton": "Confirmer",
            "url": "#jalon",
        },
    ]


def contexte_catalogue(maintenant: datetime | None = None) -> dict[str, object]:
    """Le contexte de ``socle/composants_catalogue.html`` : chaque composant, chaque état."""
    maintenant = maintenant or timezone.now()
    aujourd_hui: date = maintenant.date()
    avec_erreurs = FormulaireEssai({"titre": "", "budget": "beaucoup"}, auto_id="faux_%s")
    avec_erreurs.is_valid()
    return {
        "meteos": list(icones.METEOS),
        "comptes": [
            {"code": "soleil", "nombre": 75, "url": "?meteo=soleil"},
            {"code": "couvert", "nombre": 36},
            {"code": "nuage", "nombre": 24},
            {"code": "orage", "nombre": 9},
            {"code": "", "nombre": 17},
        ],
        "axe": {"nom": "Enfance-Famille", "url": "#axe", "fiches": _fiches(24)},
        "axe_court": {"nom": "Un axe d’une seule fiche", "fiches": _fiches(1)},
        "il_y_a_peu": aujourd_hui - timedelta(days=6),
        "bientot": aujourd_hui + timedelta(days=3),
        "instant": maintenant - timedelta(minutes=12),
        "formulaire": FormulaireEssai(auto_id="essai_%s"),
        "formulaire_faux": avec_erreurs,
        "choix_normal": MeteoEssai({"meteo": "couvert"}, auto_id="choix_%s"),
        "choix_faux": MeteoEssai({}, auto_id="choix_faux_%s"),
        "filtres": FiltresEssai({"meteo": "orage"}, auto_id="filtre_%s"),
        "actifs": [{"libelle": "Météo : orage", "url": "?"}],
        "colonnes": [
            {"cle": "meteo", "libelle": "Météo", "visible": True},
            {"cle": "pilote", "libelle": "Pilote", "visible": False},
        ],
        "page_de_liste": _page(),
        "tableau": _tableau(),
        "points": [2, 3, None, 6, 7, 11],
        "fil": _fil(),
        "frise": [
            {"nom": "Naître", "url": "#naitre", "detail": "Périnatalité", "nombre": "14 actions"},
            {"nom": "Grandir", "url": "#grandir", "detail": "Enfance", "ici": True},
            {"nom": "Vivre", "url": "#vivre", "detail": "Âge adulte, insertion"},
            {"nom": "Vieillir", "url": "#vieillir", "detail": "Autonomie"},
            {"nom": "Être accompagné jusqu’au bout", "url": "#fin", "detail": "Fin de vie"},
        ],
        "montee": _montee(),
        "taches": _choses_a_faire(),
        "avant": "Ouvrir 4 groupes de parents à Blois et à Vendôme.",
        "apres": "Ouvrir 6 groupes de parents à Blois, Vendôme et Romorantin.",
        "conflit": [
            {
                "nom": "objectif",
                "libelle": "Objectif",
                "leur": "Ouvrir 4 groupes de parents à Blois.",
                "mien": "Ouvrir 6 groupes de parents à Blois et Vendôme.",
                "choix": "mien",
            },
            {"nom": "pilote", "libelle": "Pilote", "leur": "", "mien": "Service enfance"},
        ],
        "onglets": [
            {"libelle": "La fiche", "url": "#la-fiche", "actif": True},
            {"libelle": "Suivi", "url": "#suivi", "compte": 3},
            {"libelle": "Historique", "url": "#historique"},
        ],
        "arbre": [
            {
                "libelle": "Volet 2, sectoriel",
                "detail": "134 fiches",
                "ouvert": True,
                "enfants": [
                    {
                        "libelle": "Enfance-Famille",
                        "detail": "16 fiches",
                        "enfants": [{"libelle": "V2.A1.03 · Pair-aidance", "url": "#fiche"}],
                    },
                    {"libelle": "Santé", "detail": "25 fiches", "url": "#sante"},
                ],
            }
        ],
        "historique": [
            {
                "quand": maintenant - timedelta(days=2),
                "qui": "la pilote",
                "quoi": "Fiche modifiée",
                "url": "#version",
                "changements": [{"libelle": "Cible", "avant": "4 groupes", "apres": "6 groupes"}],
            },
            {
                "quand": maintenant - timedelta(days=400),
                "qui": "l’import du plan",
                "quoi": "Fiche créée",
            },
        ],
        "paires": [
            {"mot": "Pilote", "valeur": "Direction enfance-famille"},
            {"mot": "Budget 2026", "valeurs": ["38 000 € prévus", "21 400 € réalisés"]},
            {"mot": "Partenaires", "valeur": ""},
        ],
        "plis": [
            {"titre": "Qui décide ?", "contenu": "L’assemblée départementale.", "ouvert": True},
            {"titre": "Qui suit ?", "contenu": "Le pilote de chaque fiche."},
        ],
        "chemin": [{"libelle": "Le plan", "url": "#plan"}, {"libelle": "Enfance-Famille"}],
        "pas": [
            {"libelle": "Choisir le fichier", "fait": True},
            {"libelle": "Relire", "ici": True},
            {"libelle": "Enregistrer"},
        ],
        "action_vide": {"libelle": "Voir toutes les fiches", "url": "?"},
        "consequences": ["La fiche quitte le site public.", "Les abonnés sont prévenus."],
        "texte_securise": SafeString("Le texte <b>mis en forme</b> d’un message."),
    }
