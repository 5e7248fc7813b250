"""Le tableau de bord en diaporama, pour un comité : huit diapositives, les chiffres de l'écran.

Tout vient de `bord.contexte_du_bord` : aucun chiffre n'est recalculé ici. Trois requêtes de plus
disent ce qui est demandé, jusqu'à quand une fiche est bloquée, et ce qui arrive.
"""

import datetime
from collections.abc import Sequence
from typing import Any

from django.db.models import F

from maillage.plan.lecture import FicheLue
from maillage.plan.models import FicheAction, Jalon, PointEtape
from maillage.plan.synthese import Noeud, Synthese
from maillage.socle.documents.diapositives import Diaporama, Serie
from maillage.socle.mise_en_mots import (
    accorder,
    date_en_mots,
    montant_en_mots,
    pourcentage_en_mots,
)

PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_CALCULABLES = "indicateur calculable,indicateurs calculables"
LIGNES = 8  # au-delà, une diapositive ne se lit plus du fond de la salle
JOURS_A_VENIR = 60
# Couleur de la barre, couleur du nombre écrit dedans, contour.
_TEINTES = {
    "soleil": ("F2B705", "1B2430", ""),
    "couvert": ("9FB3C2", "1B2430", ""),
    "nuage": ("4F6A84", "FFFFFF", ""),
    "orage": ("7A2348", "FFFFFF", ""),
    "": ("FFFFFF", "1B2430", "8B8371"),
}


def diaporama_du_bord(contexte: dict[str, Any]) -> bytes:
    """Compose le diaporama d'un contexte de tableau de bord (`schema` présent)."""
    schema, jour = contexte["schema"], contexte["jour"]
    quand = date_en_mots(jour)
    filtre = " ; ".join(f["libelle"] for f in contexte["actifs"])
    titre = f"Où en est le plan au {quand}"
    diapos = Diaporama(
        titre=f"{titre}, {schema.nom}",
        auteur=schema.collectivite.nom,
        sujet=schema.nom,
        accent=schema.collectivite.accent,
        repere=f"{schema.collectivite.nom_court} · {schema.nom} · au {quand}"
        + (f" · {filtre}" if filtre else ""),
        date=datetime.datetime.combine(jour, datetime.time()),
    )
    lignes = [schema.nom, schema.collectivite.nom]
    if filtre:
        lignes.append(f"Fiches retenues : {filtre}")
    if contexte["compte"].demonstration or contexte["budget"].demonstration:
        lignes.append("Donnée de démonstration : suivi, montants et noms sont inventés.")
    diapos.couverture(titre, lignes, notes=_source(contexte))
    for composer in (_chiffres, _meteos, _blocages, _arbitrages, _retards, _budget, _echeances):
        composer(diapos, contexte)
        diapos.fin_de_page()
    return diapos.octets()


def _source(contexte: dict, suite: str = "") -> str:
    schema = contexte["schema"]
    dits = [
        suite,
        f"Source : tableau de bord de {schema.nom}, lu le {date_en_mots(contexte['jour'])}.",
        f"Comparé au {date_en_mots(contexte['date'])}.",
        f"Texte du plan : {schema.source}" if schema.source else "",
        "Chemin fait : 100 × (valeur − départ) ÷ (cible − départ), moyenne pondérée des fiches "
        "calculables.",
    ]
    return "\n".join(dit for dit in dits if dit)


def _chiffres(diapos: Diaporama, c: dict) -> None:
    compte, alors, budget, taux = c["compte"], c["alors"], c["budget"], c["vue"].taux
    orages = len(c["regarder"]["orages"])
    avant = f"au {date_en_mots(c['date'], 'jour')}"
    fiches = accorder(compte.avec_point, "fiche")
    titre = (
        f"{fiches} sur {compte.total} {'ont' if compte.avec_point > 1 else 'a'} un point d’étape"
    )
    titre += f", {orages} en orage" if orages else ", aucune en orage"
    diapos.page(titre, notes=_source(c), demonstration=compte.demonstration or budget.demonstration)
    lignes = [
        ["Fiches avec un point d’étape", str(compte.avec_point),
         f"sur {compte.total} ; {alors.avec_point} {avant}"],
        ["Chemin fait", pourcentage_en_mots(taux.valeur) if taux.valeur is not None
         else "non calculé",
         f"sur {accorder(taux.calculables, 'fiche')} sur {taux.total}, "
         f"{accorder(compte.indicateurs_calculables, _CALCULABLES)}"
         f" sur {compte.indicateurs_total}"],
        ["Fiches à jour", str(compte.a_jour),
         f"{compte.a_actualiser} à actualiser, {compte.en_retard} en retard"],
        ["En orage", str(orages),
         f"{alors.meteos['orage']} {avant}"],
        ["Bloquées", str(compte.bloquees),
         accorder(compte.arbitrages, "arbitrage demandé,arbitrages demandés")],
        [f"Engagé en {budget.annee}", montant_en_mots(budget.engage) if budget.fiches
         else "non renseigné",
         f"sur {montant_en_mots(budget.prevu)} prévus, {montant_en_mots(budget.realise)} réalisés, "
         f"dans {accorder(budget.fiches, 'fiche')}"],
    ]  # fmt: skip
    diapos.tableau(
        ("Ce que l’on regarde", "Valeur", "Sur quoi elle repose"), lignes,
        largeurs=(4, 2.4, 7), taille=18,
        description="Les chiffres du tableau de bord et ce sur quoi chacun repose",
    )  # fmt: skip


def barres_du_plan(vue: Synthese) -> list[Noeud]:
    """Les parties du plan que le graphique montre : celles du plan en une page, vides ôtées."""
    return [
        rangee.noeud
        for racine in vue.racines
        for rangee in racine.rangees()
        if rangee.noeud.compte.total
    ]


def _meteos(diapos: Diaporama, c: dict) -> None:
    noeuds = barres_du_plan(c["vue"])
    orageux = [n for n in noeuds if n.compte.meteos["orage"]]
    orages = c["compte"].meteos["orage"]
    if not noeuds:
        titre = "Aucune fiche à montrer"
    elif not orageux:
        titre = "Aucune partie du plan n’a de fiche en orage"
    elif len(orageux) == 1:
        titre = f"{accorder(orages, 'fiche')} en orage, dans {orageux[0].division.nom}"
    else:
        titre = (f"{accorder(orages, 'fiche')} en orage, dans {len(orageux)} parties du plan "
                 f"sur {len(noeuds)}")  # fmt: skip
    dites = [f"{n.division.nom} : {_repartition(n.compte.repartition())}" for n in noeuds]
    diapos.page(titre, notes=_source(c, "\n".join(dites)), demonstration=c["compte"].demonstration)
    if not noeuds:
        return
    series = [
        Serie(m["mot"], [n.compte.meteos[m["code"]] for n in noeuds], *_TEINTES[m["code"]])
        for m in c["compte"].repartition()
    ]
    diapos.barres(
        [_court(f"{n.division.nom} ({n.compte.total})", 58) for n in noeuds],
        series,
        description="Nombre de fiches par météo et par partie du plan. " + " ; ".join(dites) + ".",
        taille=14 if len(noeuds) <= 10 else 12,
    )


def _repartition(lignes: list[dict]) -> str:
    return ", ".join(f"{m['nombre']} {m['mot'].lower()}" for m in lignes if m["nombre"])


def _liste(
    diapos: Diaporama, c: dict, titre: str, vide: str, entetes: Sequence[str],
    lignes: list[list[str]], largeurs: Sequence[float],
) -> None:  # fmt: skip
    """Une diapositive de liste : les premières lignes, et combien d'autres à l'écran."""
    diapos.page(
        titre if lignes else vide, notes=_source(c), demonstration=c["compte"].demonstration
    )
    if not lignes:
        diapos.texte(["Rien à signaler à cette date, dans les fiches retenues."], haut=1.9)
        return
    diapos.tableau(
        entetes, lignes[:LIGNES], largeurs=largeurs, description=f"{titre}. {', '.join(entetes)}."
    )
    if len(lignes) > LIGNES:
        reste = accorder(len(lignes) - LIGNES, "autre")
        diapos.texte([f"Et {reste}, à lire sur le tableau de bord."], haut=6.5, taille=14)


def _blocages(diapos: Diaporama, c: dict) -> None:
    fiches: list[FicheLue] = c["regarder"]["bloquees"]
    bornes = dict(
        FicheAction.objects.filter(pk__in=[f.pk for f in fiches]).values_list(
            "pk", "bloquee_jusqu_au"
        )
    )
    _liste(
        diapos, c,
        f"{accorder(len(fiches), 'fiche bloquée,fiches bloquées')} sur {c['compte'].total}",
        "Aucune fiche n’est bloquée", ("Code", "Action", "Bloquée par", "Jusqu’au"),
        [[f.code, _court(f.titre), _court(f.bloquee_par, 90),
          date_en_mots(bornes.get(f.pk), "courte")] for f in fiches],
        (1.5, 5, 5, 1.9),
    )  # fmt: skip


def _arbitrages(diapos: Diaporama, c: dict) -> None:
    fiches: list[FicheLue] = c["regarder"]["arbitrages"]
    besoins = dict(
        PointEtape.objects.valables()
        .filter(fiche__in=[f.pk for f in fiches], date=F("fiche__dernier_point_le"))
        .order_by("pk")
        .values_list("fiche_id", "besoin_arbitrage")
    )
    _liste(
        diapos, c,
        f"{accorder(len(fiches), 'arbitrage est demandé,arbitrages sont demandés')} au comité",
        "Aucun arbitrage n’est demandé", ("Code", "Action", "Ce qui est demandé"),
        [[f.code, _court(f.titre), _court(besoins.get(f.pk, ""), 130)] for f in fiches],
        (1.5, 5, 7),
    )  # fmt: skip


def _retards(diapos: Diaporama, c: dict) -> None:
    fiches: list[FicheLue] = c["regarder"]["retards"]
    depuis = f", la plus ancienne depuis le {date_en_mots(fiches[0].prochaine_echeance)}" if (
        fiches) else ""  # fmt: skip
    _liste(
        diapos, c, f"{accorder(len(fiches), 'fiche')} en retard{depuis}",
        "Aucune fiche n’est en retard", ("Code", "Action", "Pilote", "Attendue le"),
        [[f.code, _court(f.titre), _court(f.pilote or "pas encore désigné", 50),
          date_en_mots(f.prochaine_echeance, "courte")] for f in fiches],
        (1.5, 5.5, 4, 1.9),
    )  # fmt: skip


def _budget(diapos: Diaporama, c: dict) -> None:
    budget = c["budget"]
    if not budget.fiches:
        diapos.page(f"Le budget {budget.annee} n’est pas renseigné", notes=_source(c))
        diapos.texte(["Aucune fiche retenue ne dit de montant cette année."], haut=1.9)
        return
    diapos.page(
        f"{montant_en_mots(budget.engage)} engagés en {budget.annee} "
        f"sur {montant_en_mots(budget.prevu)} prévus",
        notes=_source(c), demonstration=budget.demonstration,
    )  # fmt: skip
    montants = [("Prévu", budget.prevu), ("Engagé", budget.engage), ("Réalisé", budget.realise)]
    diapos.barres(
        [nom for nom, _ in montants],
        [Serie(f"Montant {budget.annee}, en euros", [float(m) for _, m in montants], "4F6A84",
               "1B2430")],
        description=f"Budget {budget.annee} : "
        + ", ".join(f"{nom.lower()} {montant_en_mots(m)}" for nom, m in montants),
        hauteur=2.7, empilees=False, format_nombre='#,##0" €"', taille=16,
    )  # fmt: skip
    diapos.tableau(
        ("Budget", "Montant", "Part du prévu"),
        [[nom, montant_en_mots(m),
          pourcentage_en_mots(100 * m / budget.prevu) if budget.prevu else "–"]
         for nom, m in montants],
        largeurs=(4, 4, 4), haut=4.45, taille=16, nombres=2,
        description="Les trois montants de l’année et leur part du prévu",
    )  # fmt: skip
    diapos.texte([f"Sur {accorder(budget.fiches, 'fiche')} qui disent un montant, parmi "
                  f"{c['compte'].total}."], haut=6.35, taille=14)  # fmt: skip


def _echeances(diapos: Diaporama, c: dict) -> None:
    jour = c["jour"]
    fin = jour + datetime.timedelta(days=JOURS_A_VENIR)
    fiches = {f.pk: f for f in c["fiches"]}
    jalons = Jalon.objects.filter(
        fiche__in=list(fiches), date_realisee=None, date_prevue__range=(jour, fin)
    ).order_by("date_prevue", "fiche__code")
    lignes = [
        [date_en_mots(quand, "courte"), fiches[pk].code, _court(titre), _court(fiches[pk].titre)]
        for pk, titre, quand in jalons.values_list("fiche_id", "titre", "date_prevue")
    ]
    nombre = accorder(len(lignes), "jalon est attendu,jalons sont attendus")
    _liste(
        diapos, c, f"{nombre} d’ici le {date_en_mots(fin)}",
        f"Aucun jalon n’est attendu d’ici le {date_en_mots(fin)}",
        ("Date", "Code", "Jalon", "Action"), lignes, (1.8, 1.5, 4.5, 5.5),
    )  # fmt: skip


def _court(texte: str, longueur: int = 78) -> str:
    """Coupé au mot, pour tenir sur une ligne ou deux."""
    texte = " ".join(texte.split())
    return texte if len(texte) <= longueur else texte[:longueur].rsplit(" ", 1)[0] + "…"
