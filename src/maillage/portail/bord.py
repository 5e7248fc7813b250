"""Ce que montre le tableau de bord : la même lecture pour l'écran et pour le diaporama."""

from typing import Any

from django.utils import timezone

from maillage.plan import tableau_de_bord as bord
from maillage.plan.filtres import PAR_CLE, Filtres
from maillage.plan.lecture import Cadre, lire
from maillage.plan.models import FicheAction, Schema
from maillage.plan.synthese import Compte, synthese


def contexte_du_bord(request) -> dict[str, Any]:
    """Les filtres de l'adresse, appliqués à ce que la personne voit. `schema` : None sans plan.

    Lève `Http404` si l'adresse nomme un plan inconnu.
    """
    cadre = Cadre(request.collectivite, Schema.objects.de(request.collectivite))
    schema = cadre.schema(request.GET.get("schema"))
    if schema is None:
        return {"schema": None}
    filtres = Filtres(request.GET, cadre)
    visibles = FicheAction.objects.visibles_par(request.user, request.collectivite)
    retenues = filtres.appliquer(visibles.actives().filter(schema=schema))
    fiches = lire(retenues.order_by("division__chemin", "code"))
    jour = timezone.localdate()
    date = bord.date_demandee(request.GET.get("au", ""), jour)
    codes = {d.code for d in cadre.divisions if d.schema_id == schema.pk}
    return {
        "schema": schema,
        "schemas": cadre.schemas,
        "fiches": fiches,
        "vue": synthese(schema, cadre.divisions, fiches),
        "compte": Compte.de(fiches),
        "alors": bord.situation_au(retenues, schema, cadre, date),
        "date": date,
        "jour": jour,
        "budget": bord.budget_de_l_annee(fiches, jour.year),
        "regarder": bord.a_regarder(fiches),
        "filtres": filtres,
        "actifs": filtres.actifs(),
        "effacer": filtres.effacer(),
        "axes": [
            (code, libelle, code in filtres.valeurs.get("axe", ()))
            for code, libelle in PAR_CLE["axe"].choix(cadre)
            if code in codes
        ],
        "adresse": cadre.adresses("plan:espace_fiches"),
    }
