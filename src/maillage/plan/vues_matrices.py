"""Les matrices du plan, et le détail d'un taux."""

from urllib.parse import urlencode

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from maillage.acteurs.acces import acces_role
from maillage.acteurs.pages import page_publique

from .espace import contexte_fiche, fiche_demandee
from .explication import expliquer_un_noeud, expliquer_une_fiche, trouver_le_noeud
from .filtres import Filtres
from .lecture import Cadre, cadre_public, fiches_publiques, lire
from .lecture_fiche import FicheArchivee, ancetres, cachets_de_la_fiche, trouver_fiche_publique
from .matrices import DIMENSIONS, matrice
from .models import FicheAction, Schema
from .synthese import synthese
from .vues_publiques import cachets_des_plans


@page_publique(cachets_des_plans)
@require_safe
def matrices(request, collectivite, dimension):
    """Les actions publiées par territoire, étape de la vie ou public."""
    cadre = cadre_public(request)
    return _matrice(request, cadre, fiches_publiques(cadre), dimension, "plan:actions",
                    "base.html", "plan:matrices")  # fmt: skip


@acces_role("lecteur")
@require_safe
def espace_matrices(request, collectivite, dimension):
    """Les mêmes, sur tout ce que ce compte voit."""
    cadre = Cadre(request.collectivite, Schema.objects.de(request.collectivite))
    fiches = FicheAction.objects.visibles_par(request.user, request.collectivite).actives()
    return _matrice(request, cadre, fiches, dimension, "plan:espace_fiches",
                    "plan/espace/_base.html", "plan:espace_matrices")  # fmt: skip


def _matrice(request, cadre: Cadre, fiches, cle: str, racine: str, gabarit: str, ici: str):
    dimension = DIMENSIONS.get(cle)
    if dimension is None:
        raise Http404("Cette matrice n’existe pas.")
    schema = cadre.schema(request.GET.get("schema"))
    filtres = Filtres(request.GET, cadre)
    slug = request.collectivite.slug
    contexte = {
        "gabarit": gabarit,
        "chemin": [],
        "dimension": dimension,
        "schema": schema,
        "schemas": cadre.schemas,
        "autres": [
            {"libelle": d.colonnes, "url": reverse(ici, args=[slug, d.cle]) + _suite(request),
             "actif": d.cle == cle}
            for d in DIMENSIONS.values()
            if d.cle != "territoires" or cadre.territoires
        ],
        "actifs": filtres.actifs(),
        "effacer": filtres.effacer(),
        "matrice": None,
    }  # fmt: skip
    if schema is not None:
        lues = lire(filtres.appliquer(fiches.filter(schema=schema)).order_by(
            "division__chemin", "code"))  # fmt: skip
        voulue = filtres.valeurs.get("axe", [""])[0]
        siennes = [d for d in cadre.divisions if d.schema_id == schema.pk]
        partie = next((d for d in siennes if d.code == voulue), None)
        garde = {c: v for c, v in filtres.valeurs.items()
                 if c not in {"schema", "axe", dimension.filtre}}  # fmt: skip
        table = reverse(racine, args=[slug])
        contexte |= {
            "matrice": matrice(
                dimension, cadre, schema, lues, table=table, partie=partie, garde=garde
            ),
            "partie": partie,
            "remonter": filtres.adresse(axe=""),
            "vers_partie": filtres.adresse(axe="").rstrip("?") + _liaison(filtres),
            "adresse": cadre.adresses(racine),
            "demonstration": any(f.suivi_demonstration for f in lues),
        }
    return render(request, "plan/matrice.html", contexte)


def _liaison(filtres: Filtres) -> str:
    return "?" if filtres.adresse(axe="") == "?" else "&"


def _suite(request) -> str:
    garde = {cle: request.GET.getlist(cle) for cle in ("schema", "axe") if request.GET.get(cle)}
    return f"?{urlencode(garde, doseq=True)}" if garde else ""


# --- Comment ce taux est calculé --------------------------------------------------------------


@page_publique(cachets_des_plans)
@require_safe
def calcul_du_plan(request, collectivite):
    """Le taux du plan, ou d'une de ses parties (`axe`), refait terme à terme."""
    cadre = cadre_public(request)
    schema = cadre.schema(request.GET.get("schema"))
    contexte = {"gabarit": "base.html", "chemin": [], "schema": schema, "schemas": cadre.schemas}
    if schema is None:
        return render(request, "plan/calcul_plan.html", {**contexte, "explication": None})
    vue = synthese(schema, cadre.divisions, lire(fiches_publiques(cadre, schema)))
    code = request.GET.get("axe", "")
    noeud = trouver_le_noeud(vue, code) if code else None
    if code and noeud is None:
        raise Http404("Cette partie du plan n’existe pas.")
    parties = f"?{urlencode({'schema': schema.slug})}&axe="
    suite = "" if schema == cadre.schemas[0] else f"?schema={schema.slug}"

    def vers(fiche) -> str:
        return reverse("plan:calcul_fiche", args=[collectivite, fiche.code]) + suite

    porteurs = [
        d for d in cadre.divisions
        if noeud and d.schema_id == schema.pk and d != noeud.division
        and noeud.division.chemin.startswith(d.chemin)
    ]  # fmt: skip
    return render(
        request,
        "plan/calcul_plan.html",
        {
            **contexte,
            "noeud": noeud,
            "porteurs": porteurs,
            "parties": parties,
            "explication": expliquer_un_noeud(vue, noeud, vers, parties),
            "demonstration": vue.compte.demonstration,
        },
    )


def _fiche_publiee(request, code: str):
    if not hasattr(request, "_fiche_calcul"):
        try:
            request._fiche_calcul = trouver_fiche_publique(
                cadre_public(request), code, request.GET.get("schema", "")
            )
        except FicheArchivee as archivee:
            raise Http404("Cette action ne fait plus partie du plan.") from archivee
    return request._fiche_calcul


@page_publique(lambda request, code, **_: cachets_de_la_fiche(_fiche_publiee(request, code)))
@require_safe
def calcul_fiche(request, collectivite, code):
    """Le taux d'une action, indicateur par indicateur."""
    fiche = _fiche_publiee(request, code)
    suite = "" if fiche.schema == cadre_public(request).schemas[0] else fiche.schema.slug
    chemin = [{"libelle": d.nom, "url": f"{reverse('plan:calcul_plan', args=[collectivite])}"
               f"?{urlencode({'schema': fiche.schema.slug, 'axe': d.code})}"}
              for d in ancetres(fiche)]  # fmt: skip
    vers = reverse("plan:fiche", args=[collectivite, code]) + (f"?schema={suite}" if suite else "")
    return render(
        request,
        "plan/calcul_fiche.html",
        {
            "gabarit": "base.html", "chemin": chemin, "fiche": fiche, "vers_fiche": vers,
            "explication": expliquer_une_fiche(fiche), "modifier": "",
        },
    )  # fmt: skip


@acces_role("lecteur")
@require_safe
def espace_calcul(request, collectivite, code):
    """Le même pour une fiche de l'espace de travail ; qui la tient y change les poids."""
    fiche = fiche_demandee(request, code)
    contexte = contexte_fiche(request, fiche, "calcul", explication=expliquer_une_fiche(fiche))
    peut = request.user.has_perm("plan.modifier_fiche", fiche)
    return render(
        request,
        "plan/calcul_fiche.html",
        {
            **contexte,
            "gabarit": "plan/espace/_base.html",
            "vers_fiche": contexte["vers"]["espace_fiche"],
            "modifier": contexte["vers"]["fiche_modifier"] + "#indicateurs" if peut else "",
        },
    )
