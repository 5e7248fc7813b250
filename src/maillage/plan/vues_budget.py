"""Ce que coûte le plan : la page publique, celle de l'espace de travail, leurs classeurs."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from maillage.acteurs.acces import acces_role
from maillage.acteurs.pages import page_publique
from maillage.socle.mise_en_mots import date_en_mots

from .filtres import PAR_CLE, Filtres
from .grille_budget import SECTIONS
from .lecture import Cadre, cadre_public, fiches_publiques, lire
from .models import FicheAction, Schema
from .soutenabilite import Lecture, classeur, lire_le_budget, raconter_le_scenario, tableaux
from .vues_publiques import cachets_des_plans

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DU_BUDGET = ("annee", "financeur", "section", "retrait", "retrait_annee")


@page_publique(cachets_des_plans)
@require_safe
def budget(request, collectivite):
    """Ce que coûte le plan, lu par tous."""
    return _page(request, _public(request), "plan/argent/budget.html", "plan:actions")


@page_publique(cachets_des_plans)
@require_safe
def budget_xlsx(request, collectivite):
    return _classeur(request, _public(request))


@acces_role("lecteur")
@require_safe
def espace_budget(request, collectivite):
    """Le même, pour les fiches que ce compte voit, brouillons compris."""
    return _page(request, _travail(request), "plan/argent/espace_budget.html", "plan:espace_fiches")


@never_cache
@acces_role("lecteur")
@require_safe
def espace_budget_xlsx(request, collectivite):
    return _classeur(request, _travail(request))


def _public(request):
    cadre = cadre_public(request)
    schema = cadre.schema(request.GET.get("schema"))
    return cadre, schema, fiches_publiques(cadre, schema) if schema else None


def _travail(request):
    cadre = Cadre(request.collectivite, Schema.objects.de(request.collectivite))
    schema = cadre.schema(request.GET.get("schema"))
    visibles = FicheAction.objects.visibles_par(request.user, request.collectivite).actives()
    return cadre, schema, visibles.filter(schema=schema) if schema else None


def _lire(request, depart) -> tuple[Filtres, Lecture]:
    cadre, schema, fiches = depart
    parametres = request.GET.copy()
    parametres.pop("schema", None)
    parametres.pop("tri", None)
    filtres = Filtres(parametres, cadre)
    retenues = filtres.appliquer(fiches)
    lues = lire(retenues.order_by("division__chemin", "code"))
    divisions = [d for d in cadre.divisions if d.schema_id == schema.pk]
    return Filtres(request.GET, cadre), lire_le_budget(lues, retenues, divisions, request.GET)


def _classeur(request, depart):
    schema = depart[1]
    if schema is None:
        return render(request, "404.html", status=404)
    _, lecture = _lire(request, depart)
    jour = timezone.localdate()
    titres = [schema.nom, f"Budget au {date_en_mots(jour)}, en euros."]
    if lecture.demonstration:
        titres.append("Donnée de démonstration.")
    nom = f"budget-{schema.slug}-{jour.isoformat()}.xlsx"
    return HttpResponse(
        classeur(lecture, jour.year, nom, titres=tuple(titres)),
        content_type=_XLSX,
        headers={"Content-Disposition": f'attachment; filename="{nom}"'},
    )


def _page(request, depart, gabarit: str, racine: str):
    cadre, schema, _ = depart
    if schema is None:
        return render(request, gabarit, {"schema": None})
    filtres, lecture = _lire(request, depart)
    jour = timezone.localdate()
    axe = PAR_CLE["axe"]
    codes = {d.code for d in cadre.divisions if d.schema_id == schema.pk}
    lus = tableaux(lecture, jour.year)
    travail = racine == "plan:espace_fiches"
    exporter = reverse(
        "plan:espace_budget_xlsx" if travail else "plan:budget_xlsx",
        args=[request.collectivite.slug],
    )
    return render(
        request,
        gabarit,
        {
            "schema": schema,
            "schemas": cadre.schemas,
            "tableaux": lus,
            "total": lus[0].total,
            "sans": lecture.sans_financement(),
            "nombre": len(lecture.fiches),
            "scenario": raconter_le_scenario(lecture),
            "demonstration": lecture.demonstration,
            "adresse": cadre.adresses(racine),
            "jour": jour,
            "exporter": exporter + _suite(request),
            "axes": [
                (code, libelle, code in filtres.valeurs.get("axe", ()))
                for code, libelle in axe.choix(cadre)
                if code in codes
            ],
            "annees": [(a, a in lecture.annees_choisies) for a in lecture.annees],
            "annees_de_retrait": [(a, a in lecture.annees_de_retrait) for a in lecture.annees],
            "financeurs": _choix(lecture, lecture.financeurs_choisis),
            "retraits": _choix(lecture, lecture.retraits),
            "sections": [(v, nom, v == lecture.section) for v, nom in SECTIONS.items()],
            "filtre": any(request.GET.get(cle) for cle in (*_DU_BUDGET, *PAR_CLE)),
            "gardes_du_filtre": _gardes(request, ("retrait", "retrait_annee")),
            "gardes_du_scenario": _gardes(
                request, ("schema", *PAR_CLE, "annee", "financeur", "section", "q")
            ),
            "sans_scenario": filtres.adresse(retrait="", retrait_annee=""),
            "division": lecture.divisions,
            "page_travail": travail,
        },
    )


def _choix(lecture: Lecture, choisis: list[int]) -> list[tuple[str, str, bool]]:
    return sorted(
        (
            (compare, lecture.financeurs[pk], pk in choisis)
            for compare, pk in lecture.comparables.items()
        ),
        key=lambda choix: choix[1].casefold(),
    )


def _gardes(request, cles) -> list[dict[str, Any]]:
    """Les paramètres qu'un formulaire doit renvoyer pour ne pas les perdre."""
    return [
        {"nom": cle, "valeur": valeur}
        for cle in dict.fromkeys(cles)
        for valeur in request.GET.getlist(cle)
        if valeur
    ]


def _suite(request) -> str:
    texte = request.GET.urlencode()
    return f"?{texte}" if texte else ""
