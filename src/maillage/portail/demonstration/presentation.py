"""Ce que la commande `demonstration` dit à la fin : ce qui est là, où entrer, quoi regarder."""

import json

from maillage.acteurs.models import Collectivite, Compte
from maillage.plan.models import FicheAction, PointEtape

from .chargement import Demonstration


def presenter(fait: Demonstration, *, adresse: str, secondes: float, en_json: bool = False) -> str:
    """Le texte affiché, ou le même en JSON. Quatre requêtes."""
    collectivites = list(Collectivite.objects.actives().order_by("nom"))
    fiches = {
        c.pk: FicheAction.objects.filter(schema__collectivite=c).count() for c in collectivites
    }
    points = PointEtape.objects.count()
    if en_json:
        return json.dumps(
            {
                "chargee": fait.chargee,
                "graine": fait.graine,
                "jour": fait.jour.isoformat(),
                "fiches": {c.slug: fiches[c.pk] for c in collectivites},
                "points": points,
                "secondes": round(secondes, 2),
            },
            ensure_ascii=False,
        )
    if fait.chargee:
        entete = f"Démonstration chargée en {secondes:.1f} s (graine {fait.graine})."
    else:
        jour = f"{fait.jour:%d/%m/%Y}"
        entete = f"Démonstration déjà en place (graine {fait.graine}, fraîche au {jour})."
    lignes = [entete, ""]
    lignes += [
        f"  {c.nom_court:<14} {fiches[c.pk]:>4} actions   {adresse}/{c.slug}/"
        for c in collectivites
    ]
    comptes = Compte.objects.filter(est_demonstration=True, is_active=True).count()
    lignes += [
        "",
        "À regarder :",
        f"  le plan en une page      {adresse}/loir-et-cher/plan/",
        f"  une action, son suivi    {adresse}/loir-et-cher/actions/V2.A1.03/",
        f"  entrer d’un clic         {adresse}/compte/connexion/ ({comptes} comptes)",
        f"  ce qui attend le pilote  {adresse}/loir-et-cher/espace/",
        "",
        f"Les deux plans sont réels. Les {points} points d’étape, les budgets, les indicateurs et "
        "les pilotes\nsont inventés, et chaque écran le dit : « donnée de démonstration ».",
    ]
    return "\n".join(lignes)
