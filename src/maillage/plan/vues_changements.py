"""« Ce qui a changé » entre deux dates : pour le plan, une partie, une fiche."""

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from maillage.acteurs.acces import acces_role
from maillage.acteurs.pages import page_publique
from maillage.acteurs.visites import visite_precedente
from maillage.socle.mise_en_mots import date_en_mots

from .changements import (
    FicheChangee,
    bilan,
    periode_demandee,
    periodes_toutes_faites,
    textes_des_points,
)
from .filtres import Filtres, champs_de_filtre
from .lecture import Cadre, cadre_public
from .models import FicheAction, Schema
from .passe import fiches_avec_archives, lire_le_passe
from .vues_publiques import cachets_des_plans

PAR_PAGE = 50  # une année entière s’ouvre alors sur un téléphone
_FILTRES = ("schema", "axe", "territoire", "etape", "public", "pilote", "phare")


@page_publique(cachets_des_plans)
@require_safe
def changements(request, collectivite):
    """Ce qui a changé dans ce qui est publié."""
    cadre = cadre_public(request)
    contexte = _contexte(request, cadre, fiches_avec_archives(cadre), "plan:actions", public=True)
    return render(request, "plan/changements.html", {**contexte, "gabarit": "base.html"})


@acces_role("lecteur")
@require_safe
def espace_changements(request, collectivite):
    """La même, sur tout ce que ce compte voit, et depuis sa dernière visite."""
    cadre = Cadre(request.collectivite, Schema.objects.de(request.collectivite))
    fiches = FicheAction.objects.filter(
        pk__in=FicheAction.objects.visibles_par(request.user, request.collectivite)
        .order_by()
        .values("pk")
    )
    contexte = _contexte(
        request, cadre, fiches, "plan:espace_fiches", public=False,
        visite=visite_precedente(request),
    )  # fmt: skip
    contexte["gabarit"] = "plan/espace/_base.html"
    return render(request, "plan/changements.html", contexte)


def _contexte(
    request, cadre: Cadre, fiches, racine: str, *, public: bool, visite=None
) -> dict[str, Any]:
    jour = timezone.localdate()
    periode = periode_demandee(request.GET, jour)
    filtres = Filtres(request.GET, cadre)
    schema = cadre.schema(request.GET.get("schema"))
    contexte: dict[str, Any] = {
        "periode": periode,
        "jour": jour,
        "schema": schema,
        "schemas": cadre.schemas,
        "filtres": filtres,
        "champs": champs_de_filtre(filtres, _FILTRES),
        "actifs": filtres.actifs(),
        "effacer": filtres.effacer(),
        "chemin": [],
        "raccourcis": [
            {
                "libelle": nom,
                "url": filtres.adresse(du=choix.du.isoformat(), au=choix.au.isoformat()),
                "actif": (choix.du, choix.au) == (periode.du, periode.au),
            }
            for nom, choix in periodes_toutes_faites(jour, visite)
        ],
        "gardes": [
            {"nom": cle, "valeur": valeur}
            for cle, valeurs in request.GET.lists()
            if cle in {"fiche"}
            for valeur in valeurs
        ],
    }
    if schema is None:
        return contexte
    retenues = filtres.appliquer(fiches.filter(schema=schema)).order_by("division__chemin", "code")
    if code := request.GET.get("fiche", ""):
        retenues = retenues.filter(code=code)
    passe = lire_le_passe(retenues, cadre, [periode.du, periode.au], public=public)
    fait = bilan(schema, cadre, passe, periode, public=public)
    passage = request.GET.get("passage", "")
    trouvees = _montrees(fait.changees, passage, fait.comparables)
    page = Paginator(trouvees, PAR_PAGE).get_page(request.GET.get("page"))
    montrees = list(page.object_list)
    return contexte | {
        "bilan": fait,
        "code": code,
        "seule": fait.fiches[0] if code and len(fait.fiches) == 1 else None,
        "lignes_de_taux": fait.lignes_de_taux(),
        "matrice": [
            {**rangee, "cases": [{**case, "url": _vers_le_passage(filtres, case)}
                                 for case in rangee["cases"]]}
            for rangee in fait.matrice()
        ],
        "montrees": montrees,
        "page": page,
        "passage": passage,
        "sans_passage": filtres.adresse(passage=""),
        "textes": textes_des_points(montrees),
        "adresse": cadre.adresses(racine),
        "titre_avant": f"Au {date_en_mots(periode.du)}",
        "titre_apres": f"Au {date_en_mots(periode.au)}",
        "vers_fiche": f"?{urlencode({'schema': schema.slug})}&{periode.parametres}&fiche=",
        "demonstration": any(f.apres.suivi_demonstration for f in fait.fiches),
    }  # fmt: skip


def _montrees(
    changees: list[FicheChangee], passage: str, comparables: list[FicheChangee]
) -> list[FicheChangee]:
    """Les fiches qui ont changé ; ou celles d'une case de la matrice, inchangées comprises."""
    if not passage:
        return changees
    return [f for f in comparables if f.passage == passage]


def _vers_le_passage(filtres: Filtres, case: dict) -> str:
    return f"{filtres.adresse(passage=case['passage'])}#fiches"
