"""Ce que partagent les vues de l'espace de travail : trouver la fiche, les adresses, les droits."""

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import reverse

from maillage.acteurs.reprise import reprendre_la_saisie

from .models import FicheAction, Schema

# Permission -> ce qu'on dit à qui ne l'a pas.
_REFUS = {
    "plan.faire_le_point": "Le point d’étape se fait par le pilote de la fiche ou un contributeur.",
    "plan.modifier_fiche": "Cette fiche se modifie par son pilote ou un contributeur.",
    "plan.retirer_point": "Un point d’étape se retire par qui répond de la fiche.",
    "plan.archiver_fiche": "Une fiche s’archive par un référent d’axe ou un administrateur.",
    "plan.inscrire_contributeur": "L’équipe d’une fiche se compose par qui répond de la fiche.",
    "plan.gerer_les_plans": "Les plans se tiennent par les administrateurs.",
    "plan.tenir_les_conventions": "Les conventions se tiennent par un référent d’axe ou un "
    "administrateur.",
    "plan.rendre_compte": "Seul le responsable de cette obligation peut en rendre compte.",
    "plan.creer_fiche": "Une fiche se crée par le référent de l’axe ou un administrateur.",
}
_PAGES = (
    "espace_fiche", "point", "fiche_modifier", "valeurs", "historique", "archiver", "restaurer",
    "contributeurs", "espace_fiche_pdf", "espace_fiche_docx", "espace_calcul", "fiche_budget",
)  # fmt: skip


def exiger(request, permission: str, objet) -> None:
    """Lève `PermissionDenied`, avec une phrase qui dit à qui s'adresser."""
    if not request.user.has_perm(permission, objet):
        raise PermissionDenied(_REFUS[permission])


def schema_demande(request) -> str:
    """Le plan que nomme la page : deux plans peuvent porter le même code de fiche."""
    return request.GET.get("schema") or request.POST.get("schema") or ""


def fiche_demandee(request, code: str, permission: str = "", schema: str = "") -> FicheAction:
    """La fiche de ce code, dans le plan nommé, sinon dans le plan en cours, sinon dans un autre.

    Lève `Http404` si ce compte ne la voit pas, `PermissionDenied` s'il la voit sans ce droit.
    """
    fiches = (
        FicheAction.objects.visibles_par(request.user, request.collectivite)
        .filter(code=code)
        .select_related(
            "schema__collectivite", "division", "pilote_organisation", "pilote_personne"
        )
        .order_by("-schema__est_principal", "-schema__annee_debut", "pk")
    )
    schema = schema or schema_demande(request)
    fiche = (fiches.filter(schema__slug=schema) if schema else fiches).first()
    if fiche is None:
        raise Http404("Cette fiche n’est pas ici, ou elle ne vous est pas ouverte.")
    fiche.schema.collectivite = request.collectivite
    fiche.division.schema = fiche.schema
    if permission:
        exiger(request, permission, fiche)
    return fiche


def plan_demande(request, schema: str) -> Schema:
    """Le plan de ce nom dans la collectivité. Lève `Http404`."""
    trouve = Schema.objects.filter(collectivite=request.collectivite, slug=schema).first()
    if trouve is None:
        raise Http404("Ce plan n’est pas ici.")
    trouve.collectivite = request.collectivite
    return trouve


def adresse(nom: str, fiche: FicheAction, *suite: Any, **parametres: Any) -> str:
    """L'adresse d'une page de cette fiche ; nomme le plan quand ce n'est pas le plan en cours."""
    url = reverse(f"plan:{nom}", args=[fiche.schema.collectivite.slug, fiche.code, *suite])
    if not fiche.schema.est_principal:
        parametres = {"schema": fiche.schema.slug, **parametres}
    return f"{url}?{urlencode(parametres)}" if parametres else url


def droits_sur(request, fiche: FicheAction) -> dict[str, bool]:
    """Ce que ce compte peut faire sur cette fiche, pour ne montrer que les bons boutons."""
    compte = request.user
    # Les gestes d'une fiche vont par deux : qui fait le point modifie, qui retire compose l'équipe.
    modifier = compte.has_perm("plan.modifier_fiche", fiche)
    retirer = compte.has_perm("plan.retirer_point", fiche)
    return {
        "faire_le_point": modifier and fiche.archivee_le is None,
        "modifier": modifier,
        "retirer_point": retirer,
        "inscrire": retirer,
        "archiver": compte.has_perm("plan.archiver_fiche", fiche),
    }


def contexte_fiche(request, fiche: FicheAction, page: str = "", **suite: Any) -> dict[str, Any]:
    """Le contexte commun des pages d'une fiche : adresses, onglets, fil d'Ariane."""
    vers = {nom: adresse(nom, fiche) for nom in _PAGES}
    onglets = [
        {"libelle": "La fiche", "url": vers["espace_fiche"], "actif": page == "espace_fiche"},
        {"libelle": "Budget", "url": vers["fiche_budget"], "actif": page == "fiche_budget"},
        {"libelle": "Indicateurs", "url": vers["valeurs"], "actif": page == "valeurs"},
        {"libelle": "Historique", "url": vers["historique"], "actif": page == "historique"},
        {"libelle": "Équipe", "url": vers["contributeurs"], "actif": page == "contributeurs"},
    ]
    chemin = [
        {
            "libelle": "Les fiches",
            "url": reverse("plan:espace_fiches", args=[request.collectivite.slug]),
        }
    ]
    if page != "espace_fiche":
        chemin.append({"libelle": fiche.code, "url": vers["espace_fiche"]})
    return {"fiche": fiche, "vers": vers, "onglets": onglets, "chemin": chemin, **suite}


def saisie_reprise(request):
    """Ce qui avait été tapé ici avant que la connexion n'expire ; None sinon."""
    return reprendre_la_saisie(request) if request.method == "GET" else None


def adresse_publique(fiche: FicheAction) -> str:
    """La page que lit un visiteur ; "" quand la fiche n'est pas publique."""
    return adresse("fiche", fiche) if fiche.est_publique else ""
