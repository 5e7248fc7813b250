"""Poser l'année inventée sur les fiches réelles du Loir-et-Cher, par les services du plan."""

import datetime
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils import timezone

from maillage.acteurs.models import Compte, Organisation, Personne
from maillage.plan.etat import Etat
from maillage.plan.models import FicheAction, IndicateurFiche, Schema
from maillage.plan.services import enregistrer_lot
from maillage.plan.suivi import Saisie
from maillage.plan.suivi_lot import PointAAjouter, ajouter_points_en_lot, donner_valeurs_en_lot

from . import mesures
from .annee import Fiche, Profil, Recit, hasard, raconter, tirer_les_profils
from .mesures import Valeurs
from .phrases import Conteur, Phrases, lire_les_phrases

DEPARTEMENT = "Département de Loir-et-Cher"
CAF = "Caisse d’allocations familiales de Loir-et-Cher"
CPAM = "Caisse primaire d’assurance maladie de Loir-et-Cher"
FRANCE_TRAVAIL = "France Travail Centre-Val de Loire"
SUFFIXE = " (démonstration)"
FONCTION_DU_PILOTE = "Responsable du service parentalité" + SUFFIXE
NOTE = {
    "Démonstration": "Le pilote, les partenaires, le début et tout le suivi de cette fiche "
    "sont inventés."
}
# Ce que la démonstration montre à coup sûr.
IMPOSES: Mapping[str, Profil] = {
    "V2.A1.02": Profil("soleil", fraicheur="en_retard"),
    "V2.A1.03": Profil(
        "couvert",
        fraicheur="a_actualiser",
        arbitrage=True,
        meteos=("soleil", "soleil", "couvert", "couvert", "soleil", "soleil", "couvert"),
        motif="le sud attend toujours une salle",
        taux=46,
        jours_de_retard=6,
    ),
    "V2.A1.07": Profil(
        "nuage",
        meteos=("soleil", "soleil", "couvert", "soleil", "couvert", "couvert", "nuage"),
        motif="intervenante en arrêt",
    ),
    "V2.A1.15": Profil("soleil"),
}
DU_PILOTE = {
    "V2.A1.01", "V2.A1.02", "V2.A1.03", "V2.A1.05", "V2.A1.07", "V2.A1.15", "V1.CD.07",
}  # fmt: skip
PILOTEES_AILLEURS = {
    "V2.A1.04": CAF, "V2.A3.07": CAF, "V2.A5.02": CPAM, "V2.A6.07": CPAM,
    "V2.A3.14": FRANCE_TRAVAIL, "V2.A3.17": FRANCE_TRAVAIL,
}  # fmt: skip
INDICATEURS_SUR = 108  # fiches avec indicateurs et budget, vitrine comprise ; les autres attendent


@dataclass
class _Invention:
    """Tout ce qui a été tiré pour une fiche."""

    etat: Etat
    recit: Recit
    fonction: str
    valeurs: Valeurs = field(default_factory=dict)


def inventer_le_suivi(*, schema: Schema, pilote: Compte, graine: int, jour: datetime.date) -> None:
    """Pilotes, partenaires, budgets, indicateurs, jalons, risques, points d'étape et valeurs.

    À appeler dans la transaction du chargement.
    """
    phrases = lire_les_phrases()
    fiches = list(FicheAction.objects.filter(schema=schema).order_by("code"))
    inventions = _tirer(fiches, phrases, graine, jour)
    _creer_les_personnes(schema, {i.fonction: i.etat for i in inventions.values()})
    enregistrer_lot(
        schema=schema,
        etats=[invention.etat for invention in inventions.values()],
        par=None,
        origine="commande",
        motif="suivi inventé pour la démonstration",
    )
    fiches = list(FicheAction.objects.filter(schema=schema).select_related("schema"))
    ajouter_points_en_lot(
        schema=schema,
        points=[
            PointAAjouter(
                fiche=fiche,
                saisie=saisie,
                auteur=pilote if fiche.code in DU_PILOTE else None,
                fonction=inventions[fiche.code].fonction,
                cree_le=_a_l_heure_du_bureau(saisie.date, graine, fiche.code),
                jeton=uuid.uuid5(uuid.NAMESPACE_OID, f"{graine}:{fiche.code}:{saisie.date}"),
            )
            for fiche in fiches
            for saisie in inventions[fiche.code].recit.points
        ],
        par=None,
        origine="commande",
        est_demonstration=True,
    )
    donner_valeurs_en_lot(
        schema=schema,
        valeurs=[
            (lien, date, valeur)
            for lien in IndicateurFiche.objects.filter(fiche__schema=schema)
            .select_related("indicateur", "fiche")
            .order_by("pk")
            for date, valeur in inventions[lien.fiche.code].valeurs.get(lien.indicateur.libelle, ())
        ],
        par=None,
        origine="commande",
        est_demonstration=True,
    )


def _tirer(
    fiches: list[FicheAction], phrases: Phrases, graine: int, jour: datetime.date
) -> dict[str, _Invention]:
    reelles = [Fiche(f.code, f.titre, f.phare) for f in fiches]
    profils = tirer_les_profils(reelles, graine, dict(IMPOSES))
    suivies = sorted(c for c, p in profils.items() if p.meteo and c != phrases.vitrine["code"])
    chiffrees = set(hasard(graine, "chiffres").sample(suivies, INDICATEURS_SUR - 1))
    inventions = {}
    for fiche in reelles:
        inventions[fiche.code] = _inventer(
            fiche, profils[fiche.code], fiche.code in chiffrees, phrases, graine, jour
        )
    return inventions


def _inventer(
    fiche: Fiche, profil: Profil, chiffree: bool, phrases: Phrases, graine: int, jour: datetime.date
) -> _Invention:
    tirage = hasard(graine, "fiche", fiche.code)
    axe = phrases.axe(fiche.code)
    ailleurs = PILOTEES_AILLEURS.get(fiche.code)
    voisins = [p for p in axe["partenaires"] if p != ailleurs]
    partenaires = tirage.sample(voisins, min(len(voisins), tirage.choice((1, 1, 2))))
    avec = phrases.articles[partenaires[0]]
    recit = raconter(fiche, profil, graine=graine, jour=jour, phrases=phrases, avec=avec)
    fonction = tirage.choice(axe["fonctions"]) + SUFFIXE
    if fiche.code in DU_PILOTE:
        fonction = FONCTION_DU_PILOTE
    elif ailleurs:
        fonction = f"Correspondante du schéma, {phrases.articles[ailleurs]}{SUFFIXE}"
    elif fonction == FONCTION_DU_PILOTE:
        fonction = axe["fonctions"][-1] + SUFFIXE
    genre = phrases.genre(fiche.code, fiche.titre)
    nom_du_genre = next(nom for nom, g in phrases.genres.items() if g is genre)
    etat: Etat = {
        "code": fiche.code,
        "pilote_organisation": ailleurs or DEPARTEMENT,
        "pilote_fonction": fonction,
        "partenaires": partenaires,
        "notes": NOTE,
    }
    invention = _Invention(etat, recit, fonction)
    if not profil.meteo:
        # Lancée cet automne : son premier point n'est pas encore dû.
        debut = jour - datetime.timedelta(days=tirage.randint(5, 70))
        etat["date_debut"] = debut.isoformat()
        return invention
    etat["jalons"] = mesures.jalons(genre, recit, tirage, jour)
    if fiche.code == phrases.vitrine["code"]:
        _mettre_en_vitrine(invention, phrases.vitrine)
    elif chiffree:
        etat["indicateurs"], invention.valeurs = mesures.indicateurs(genre, recit, tirage, jour)
        financeurs = [DEPARTEMENT, *(p for p in partenaires if _finance(p))]
        etat["budgets"] = mesures.budget(nom_du_genre, financeurs, recit, tirage, jour)
        if tirage.random() < 0.6:
            etat["risques"] = mesures.risques(
                genre, Conteur(tirage, phrases, avec), tirage, etat["pilote_organisation"]
            )
    return invention


def _finance(partenaire: str) -> bool:
    """Les associations d'élus et l'observatoire ne financent pas d'actions."""
    return not partenaire.startswith(("Association", "Observatoire"))


def _mettre_en_vitrine(invention: _Invention, vitrine: dict) -> None:
    """La fiche que l'on montre d'abord : son dernier point et ses chiffres sont écrits."""
    recit, etat = invention.recit, invention.etat
    dernier = recit.points[-1]
    recit.points[-1] = Saisie(
        date=dernier.date,
        meteo=dernier.meteo,
        motif_meteo=dernier.motif_meteo,
        taux=dernier.taux,
        faits_marquants=vitrine["faits_marquants"],
        difficultes=vitrine["difficultes"],
        besoin_arbitrage=vitrine["besoin_arbitrage"],
        prochaines_etapes=vitrine["prochaines_etapes"],
    )
    etat["partenaires"] = [CAF, "MSA Berry-Touraine"]
    etat["indicateurs"] = []
    for libelle, unite, niveau, sens, depart, cible, serie in vitrine["indicateurs"]:
        etat["indicateurs"].append(
            mesures.ligne_indicateur(libelle, unite, niveau, sens, depart, cible)
        )
        dates = [point.date for point in recit.points][-len(serie) :] if serie else []
        invention.valeurs[libelle] = [
            (date, Decimal(valeur))
            for date, valeur in zip(dates, serie[-len(dates) :] if dates else [], strict=True)
        ]
    montant = vitrine["budget"]
    etat["budgets"] = [
        mesures.ligne_budget(2025, DEPARTEMENT, "fonctionnement", 26000, 24500, 23800),
        mesures.ligne_budget(
            montant["annee"], DEPARTEMENT, "fonctionnement", montant["prevu"] - 12000,
            montant["engage"] - 12000, montant["realise"] - 9000,
        ),
        mesures.ligne_budget(montant["annee"], CAF, "fonctionnement", 12000, 12000, 9000),
        mesures.ligne_budget(2027, DEPARTEMENT, "fonctionnement", 30000, None, None),
        mesures.ligne_budget(2027, CAF, "fonctionnement", 12000, None, None),
    ]  # fmt: skip
    etat["risques"] = [
        {
            "libelle": "Les pères viennent peu aux groupes",
            "gravite": 2,
            "probabilite": 3,
            "parade": "Un groupe le samedi matin, animé par un père",
            "proprietaire": DEPARTEMENT,
            "partage_avec": "CAF",
            "demonstration": True,
        }
    ]


def _creer_les_personnes(schema: Schema, fonctions: dict[str, dict]) -> None:
    """Les pilotes inventés, marqués comme tels : une fonction, jamais un nom."""
    connues = set(
        Personne.objects.filter(collectivite=schema.collectivite).values_list("fonction", flat=True)
    )
    organisations = {o.nom: o for o in Organisation.objects.de(schema.collectivite)}
    Personne.objects.bulk_create(
        [
            Personne(
                collectivite=schema.collectivite,
                organisation=organisations.get(etat["pilote_organisation"]),
                fonction=fonction,
                est_demonstration=True,
            )
            for fonction, etat in sorted(fonctions.items())
            if fonction not in connues
        ]
    )


def _a_l_heure_du_bureau(jour: datetime.date, graine: int, code: str) -> datetime.datetime:
    tirage = hasard(graine, "heure", code, jour.isoformat())
    heure = datetime.time(tirage.randint(8, 17), tirage.randint(0, 59))
    return timezone.make_aware(datetime.datetime.combine(jour, heure))
