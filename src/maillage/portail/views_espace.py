"""L'espace de travail : à faire, et où en est le plan."""

import datetime
from urllib.parse import urlencode

from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from maillage.acteurs.acces import acces_role
from maillage.acteurs.visites import visite_precedente
from maillage.plan import tableau_de_bord as bord
from maillage.plan.filtres import PAR_CLE, Filtres
from maillage.plan.lecture import Cadre, lire
from maillage.plan.models import FicheAction, Schema
from maillage.plan.synthese import Compte, synthese

from . import a_faire as attente

JAMAIS_VENU_JOURS = 30


@acces_role("lecteur")
@require_safe
def a_faire(request, collectivite):
    """Ce qui attend cette personne, fait sur place ; puis ce qui a changé depuis sa visite."""
    taches = attente.taches(request.user, request.collectivite, request.droits)
    depuis = visite_precedente(request)
    premiere_fois = depuis is None
    if depuis is None:
        depuis = timezone.now() - datetime.timedelta(days=JAMAIS_VENU_JOURS)
    return render(
        request,
        "portail/a_faire.html",
        {
            "taches": taches[: attente.MONTRES],
            "nombre": len(taches),
            "depuis": depuis,
            "premiere_fois": premiere_fois,
            "jours": JAMAIS_VENU_JOURS,
            "changements": attente.changements_depuis(request.user, request.collectivite, depuis),
            "tient_des_fiches": request.droits.au_moins("contributeur")
            or request.droits.partenaire_au_moins("contributeur"),
        },
    )


@acces_role("lecteur")
@require_safe
def tableau_de_bord(request, collectivite):
    """Où en est le plan : répartition, fraîcheur, taux et appuis, budget, ce qui demande à agir."""
    cadre = Cadre(request.collectivite, Schema.objects.de(request.collectivite))
    schema = cadre.schema(request.GET.get("schema"))
    if schema is None:
        return render(request, "portail/tableau_de_bord.html", {"schema": None})
    filtres = Filtres(request.GET, cadre)
    visibles = FicheAction.objects.visibles_par(request.user, request.collectivite)
    retenues = filtres.appliquer(visibles.actives().filter(schema=schema))
    fiches = lire(retenues.order_by("division__chemin", "code"))
    vue = synthese(schema, cadre.divisions, fiches)
    jour = timezone.localdate()
    date = bord.date_demandee(request.GET.get("au", ""), jour)
    axe = PAR_CLE["axe"]
    return render(
        request,
        "portail/tableau_de_bord.html",
        {
            "schema": schema,
            "schemas": cadre.schemas,
            "vue": vue,
            "compte": Compte.de(fiches),
            "alors": bord.situation_au(retenues, schema, cadre, date),
            "date": date,
            "jour": jour,
            "changements": f"{reverse('plan:espace_changements', args=[collectivite])}?"
            + urlencode({"schema": schema.slug, "du": date, "au": jour}),
            "budget": bord.budget_de_l_annee(fiches, jour.year),
            "regarder": bord.a_regarder(fiches),
            "filtres": filtres,
            "actifs": filtres.actifs(),
            "effacer": filtres.effacer(),
            "axes": [
                (code, libelle, code in filtres.valeurs.get("axe", ()))
                for code, libelle in axe.choix(cadre)
                if code in {d.code for d in cadre.divisions if d.schema_id == schema.pk}
            ],
            "adresse": cadre.adresses("plan:espace_fiches"),
        },
    )
