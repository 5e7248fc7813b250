"""Les pages publiques du plan : en une page, en arbre, en table, et une fiche à la fois."""

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from maillage.acteurs.pages import page_publique

from . import colonnes as table
from . import lecture_fiche as lecture
from .filtres import FILTRES, Filtres
from .lecture import (
    FicheLue,
    cadre_des_plans,
    cadre_public,
    fiches_publiques,
    fraicheur_lue,
    lire,
)
from .lecture_fiche import FicheArchivee, trouver_fiche_publique
from .synthese import synthese

PAR_PAGE = 200


def cachets_des_plans(request, **_) -> list[str]:
    """Ce dont dépend une liste : chaque plan publié."""
    return cadre_public(request).cachets


def _synthese_demandee(request):
    """Le plan de l'adresse et sa synthèse ; (None, None) si rien n'est publié."""
    cadre = cadre_public(request)
    schema = cadre.schema(request.GET.get("schema"))
    if schema is None:
        return None, None
    cadre = cadre_des_plans(request, [schema.slug])
    return schema, synthese(schema, cadre.divisions, lire(fiches_publiques(cadre)))


@page_publique(cachets_des_plans)
@require_safe
def plan(request, collectivite):
    """Le plan en une page : une tuile par fiche, par division."""
    cadre = cadre_public(request)
    schema, vue = _synthese_demandee(request)
    return render(
        request,
        "plan/plan.html",
        {"schema": schema, "vue": vue, "schemas": cadre.schemas, "adresse": cadre.adresses()},
    )


@page_publique(cachets_des_plans)
@require_safe
def arbre(request, collectivite):
    """Le même plan en liste : toute la profondeur, avec météos et chemin fait."""
    cadre = cadre_public(request)
    schema, vue = _synthese_demandee(request)
    return render(
        request,
        "plan/arbre.html",
        {"schema": schema, "vue": vue, "schemas": cadre.schemas, "adresse": cadre.adresses()},
    )


@page_publique(cachets_des_plans)
@require_safe
def actions(request, collectivite):
    """La table des actions : filtres, tri et colonnes dans l'adresse."""
    cadre = cadre_des_plans(request, request.GET.getlist("schema"))
    filtres = Filtres(request.GET, cadre)
    page, fiches = _page(filtres.appliquer(fiches_publiques(cadre)), request.GET.get("page"))
    colonnes = table.colonnes_demandees(request.GET)
    champs = [
        {
            "cle": filtre.cle,
            "libelle": filtre.libelle,
            "tous": filtre.tous,
            "options": [
                (valeur, libelle, valeur in filtres.valeurs.get(filtre.cle, ()))
                for valeur, libelle in filtre.choix(cadre)
            ],
        }
        for filtre in FILTRES
        if filtre.cle != "arbitrage" and (filtre.cle != "schema" or len(cadre.schemas) > 1)
    ]
    visibles = {c.cle for c in colonnes}
    gardes = [
        {"nom": cle, "valeur": valeur}
        for cle in request.GET
        if cle not in {"colonne", "colonnes", "page"}
        for valeur in request.GET.getlist(cle)
        if valeur
    ]
    return render(
        request,
        "plan/actions.html",
        {
            "page": page,
            "total": page.paginator.count,
            "filtres": filtres,
            "actifs": filtres.actifs(),
            "effacer": filtres.effacer(),
            "champs": [champ for champ in champs if champ["options"]],
            "caches": [g for g in gardes if g["nom"] == "tri"] + _colonnes_gardees(request.GET),
            "choix_colonnes": [
                {"cle": c.cle, "libelle": c.libelle, "visible": c.cle in visibles}
                for c in table.COLONNES
            ],
            "gardes": gardes,
            "colonnes": table.entetes(colonnes, filtres),
            "lignes": table.lignes(fiches, colonnes, cadre),
            "demonstration": any(f.suivi_demonstration for f in fiches),
            "schemas": cadre.schemas,
        },
    )


def _page(retenues, numero: str | None) -> tuple[Page, list[FicheLue]]:
    """Une page de fiches. Quand tout tient sur la première, on ne compte pas à part."""
    paginateur = Paginator(retenues, PAR_PAGE)
    if numero in {None, "", "1"}:
        fiches = lire(retenues[: PAR_PAGE + 1])
        if len(fiches) <= PAR_PAGE:
            paginateur.count = len(fiches)
            return paginateur.get_page(1), fiches
    page = paginateur.get_page(numero)
    return page, lire(retenues[page.start_index() - 1 : page.end_index()])


def _colonnes_gardees(parametres) -> list[dict[str, str]]:
    valeurs = parametres.getlist("colonnes") + parametres.getlist("colonne")
    return [{"nom": "colonnes", "valeur": valeur} for valeur in valeurs if valeur]


def _fiche_demandee(request, code: str):
    """La fiche de cette adresse, lue une fois par requête."""
    garde = getattr(request, "_fiche_publique", None)
    if garde is None:
        garde = request._fiche_publique = trouver_fiche_publique(
            cadre_public(request), code, request.GET.get("schema", "")
        )
    return garde


def _cachets_de_la_fiche(request, code, **_) -> list[str]:
    try:
        return lecture.cachets_de_la_fiche(_fiche_demandee(request, code))
    except FicheArchivee as archivee:
        return [archivee.fiche.cachet]


@page_publique(_cachets_de_la_fiche)
@require_safe
def fiche(request, collectivite, code):
    """La page d'une action. Une fiche archivée répond 410 et dit depuis quand."""
    try:
        fiche = _fiche_demandee(request, code)
    except FicheArchivee as archivee:
        return render(
            request,
            "plan/fiche_archivee.html",
            {"fiche": archivee.fiche, "ancetres": lecture.ancetres(archivee.fiche)},
            status=410,
        )
    points = lecture.points(fiche)
    jalons = list(fiche.jalons.all())
    annees, budget = lecture.budgets(fiche)
    mesures = lecture.mesures(fiche)
    annee = timezone.localdate().year
    cadre = cadre_public(request)
    suite = "" if fiche.schema == cadre.schemas[0] else f"?schema={fiche.schema.slug}"
    return render(
        request,
        "plan/fiche.html",
        {
            "fiche": fiche,
            "schema": fiche.schema,
            "suite": suite,
            "ancetres": lecture.ancetres(fiche),
            "fraicheur": fraicheur_lue(
                fiche.prochaine_echeance, fiche.dernier_point_le, timezone.localdate()
            ),
            "point": points[0] if points else None,
            "points": points[1:],
            "mesures": mesures,
            "mesures_demonstration": any(m.demonstration for m in mesures),
            "fil": lecture.fil(fiche, points, jalons),
            "jalons": jalons,
            "budget": budget,
            "budget_annee": next((a for a in annees if a.annee == annee), None),
            "budget_demonstration": any(ligne.est_demonstration for ligne in budget),
            "liens_fiche": lecture.liens_par_nature(fiche),
            "textes": list(fiche.textes.all()),
            "changements": lecture.changements_publies(fiche),
            "adresse_pdf": _adresse_si_elle_existe("plan:fiche_pdf", collectivite, code, suite),
            "adresse_docx": _adresse_si_elle_existe("plan:fiche_docx", collectivite, code, suite),
            "adresse_espace": _adresse_de_travail(request, collectivite, code),
        },
    )


def _adresse_si_elle_existe(nom: str, collectivite: str, code: str, suite: str = "") -> str:
    try:
        return reverse(nom, args=[collectivite, code]) + suite
    except NoReverseMatch:
        return ""


def _adresse_de_travail(request, collectivite: str, code: str) -> str:
    """Pour qui a un rôle ici : la même fiche, dans l'espace de travail."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
        return ""
    if not request.user.droits_dans(request.collectivite):
        return ""
    return _adresse_si_elle_existe("plan:espace_fiche", collectivite, code)
