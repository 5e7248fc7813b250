"""Tenir les plans : la liste, en créer un, ranger ses divisions ; composer l'équipe d'une fiche."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from maillage.acteurs.acces import acces_role
from maillage.acteurs.models import Compte

from . import cadre, equipe
from .espace import (
    adresse,
    contexte_fiche,
    exiger,
    fiche_demandee,
    plan_demande,
    saisie_reprise,
)
from .formulaires.cadre import (
    FormulaireDivision,
    FormulairePlan,
    FormulaireRepere,
)
from .models import Division, EtapeParcours, FicheAction, PublicCible, Schema


def _refuser(formulaire, refus: cadre.CadreRefuse) -> None:
    for champ, message in refus.champs.items():
        formulaire.add_error(champ if champ in formulaire.fields else None, message)


def _chemin(collectivite: str, schema: Schema | None = None) -> list[dict]:
    chemin = [{"libelle": "Les plans", "url": reverse("plan:plans", args=[collectivite])}]
    if schema:
        url = reverse("plan:structure", args=[collectivite, schema.slug])
        chemin.append({"libelle": schema.nom, "url": url})
    return chemin


@acces_role("lecteur", partenaires=False)
@require_http_methods(["GET", "HEAD", "POST"])
def plans(request, collectivite):
    """Les plans de la collectivité ; un administrateur les publie, les retire, les ordonne."""
    if request.method == "POST":
        exiger(request, "plan.gerer_les_plans", request.collectivite)
        schema = plan_demande(request, request.POST.get("schema", ""))
        geste = request.POST.get("geste")
        if geste in {"publier", "retirer"}:
            cadre.publier_schema(schema=schema, publie=geste == "publier", par=request.user)
            messages.success(
                request,
                "Plan publié : chacun peut le lire."
                if geste == "publier"
                else "Plan retiré du site public. Rien n’est effacé.",
            )
        elif geste == "principal":
            cadre.definir_principal(schema=schema, par=request.user)
            messages.success(request, f"« {schema.nom} » est maintenant montré d’abord.")
        return redirect("plan:plans", collectivite)
    return render(
        request,
        "plan/espace/plans.html",
        {
            "plans": Schema.objects.filter(collectivite=request.collectivite).annotate(
                actives=Count("fiches", filter=Q(fiches__archivee_le__isnull=True))
            ),
            "peut": request.user.has_perm("plan.gerer_les_plans", request.collectivite),
        },
    )


@acces_role("administrateur", partenaires=False)
@require_http_methods(["GET", "HEAD", "POST"])
def plan_nouveau(request, collectivite):
    """Un plan neuf : son nom, ses années, le nom de ses niveaux. Il n'est pas publié d'emblée."""
    formulaire = FormulairePlan(
        request.POST if request.method == "POST" else saisie_reprise(request)
    )
    if request.method == "POST" and formulaire.is_valid():
        try:
            schema = cadre.creer_schema(
                collectivite=request.collectivite, par=request.user, **formulaire.valeurs
            )
        except cadre.CadreRefuse as refus:
            _refuser(formulaire, refus)
        else:
            messages.success(request, "Plan créé, pas encore publié. Ajoutez ses divisions.")
            return redirect("plan:structure", collectivite, schema.slug)
    return render(
        request,
        "plan/espace/plan_modifier.html",
        {
            "formulaire": formulaire,
            "titre": "Nouveau plan",
            "bouton": "Créer le plan",
            "chemin": _chemin(collectivite),
            "annuler": reverse("plan:plans", args=[collectivite]),
        },
        status=422 if request.method == "POST" else 200,
    )


@acces_role("administrateur", partenaires=False)
@require_http_methods(["GET", "HEAD", "POST"])
def plan_modifier(request, collectivite, schema):
    plan = plan_demande(request, schema)
    donnees = request.POST if request.method == "POST" else saisie_reprise(request)
    formulaire = FormulairePlan(donnees, initial=FormulairePlan.initial_de(plan))
    if request.method == "POST" and formulaire.is_valid():
        try:
            cadre.modifier_schema(schema=plan, par=request.user, **formulaire.valeurs)
        except cadre.CadreRefuse as refus:
            _refuser(formulaire, refus)
        else:
            messages.success(request, "Plan enregistré.")
            return redirect("plan:structure", collectivite, schema)
    return render(
        request,
        "plan/espace/plan_modifier.html",
        {
            "formulaire": formulaire,
            "titre": f"Modifier le plan : {plan.nom}",
            "bouton": "Enregistrer",
            "chemin": _chemin(collectivite, plan),
            "annuler": reverse("plan:structure", args=[collectivite, schema]),
        },
        status=422 if request.method == "POST" else 200,
    )


@acces_role("administrateur", partenaires=False)
@require_http_methods(["GET", "HEAD", "POST"])
def structure(request, collectivite, schema):
    """L'arbre d'un plan : ajouter, ranger, supprimer une division vide."""
    plan = plan_demande(request, schema)
    formulaire = None
    if request.method == "POST":
        formulaire = _ecrire_la_structure(request, plan)
        if formulaire is None:
            return redirect("plan:structure", collectivite, schema)
    noeuds = _arbre(plan)
    return render(
        request,
        "plan/espace/structure.html",
        {
            "plan": plan,
            "noeuds": noeuds,
            "formulaire": formulaire
            or FormulaireDivision(
                saisie_reprise(request), schema=plan, initial={"parent": request.GET.get("sous")}
            ),
            "chemin": _chemin(collectivite),
        },
        status=422 if formulaire is not None else 200,
    )


def _ecrire_la_structure(request, plan: Schema) -> FormulaireDivision | None:
    """Rend le formulaire à corriger, ou None quand c'est fait (ou refusé par un message)."""
    geste = request.POST.get("geste", "ajouter")
    if geste == "ajouter":
        formulaire = FormulaireDivision(request.POST, schema=plan)
        if formulaire.is_valid():
            try:
                nouvelle = cadre.ajouter_division(
                    schema=plan, par=request.user, **formulaire.valeurs
                )
            except cadre.CadreRefuse as refus:
                _refuser(formulaire, refus)
            else:
                messages.success(request, f"« {nouvelle.nom} » est ajouté au plan.")
                return None
        return formulaire
    division = _division(request, plan, request.POST.get("division", ""))
    if geste in {"monter", "descendre"}:
        cadre.ranger_division(division=division, sens=geste, par=request.user)
        messages.success(request, f"« {division.nom} » est déplacé.")
    elif geste == "supprimer":
        try:
            cadre.supprimer_division(division=division, par=request.user)
        except cadre.CadreRefuse as refus:
            messages.error(request, str(refus))
        else:
            messages.success(request, f"« {division.nom} » est supprimé.")
    return None


def _division(request, plan: Schema, pk: str | int) -> Division:
    texte = str(pk)
    trouvee = (
        Division.objects.select_related("parent").filter(schema=plan, pk=texte).first()
        if texte.isdecimal() and len(texte) < 16
        else None
    )
    if trouvee is None:
        raise Http404("Cette division n’est pas dans ce plan.")
    trouvee.schema = plan
    return trouvee


def _arbre(plan: Schema) -> list[dict]:
    """Les divisions dans l'ordre, avec ce qu'on peut en faire. Deux requêtes."""
    comptes = dict(
        FicheAction.objects.filter(schema=plan)
        .values("division")
        .annotate(n=Count("pk"))
        .values_list("division", "n")
    )
    divisions = list(
        Division.objects.filter(schema=plan)
        .order_by("chemin")
        .annotate(citee=Count("fiches_en_renvoi"))
        .prefetch_related("referents__compte")
    )
    soeurs: dict[int | None, list[int]] = {}
    for division in divisions:
        soeurs.setdefault(division.parent_id, []).append(division.pk)
    return [
        {
            "division": d,
            "niveau": plan.nom_du_niveau(d.profondeur),
            "fiches": comptes.get(d.pk, 0),
            "premiere": soeurs[d.parent_id][0] == d.pk,
            "derniere": soeurs[d.parent_id][-1] == d.pk,
            "vide": not comptes.get(d.pk) and not soeurs.get(d.pk) and not d.citee,
            "plein": d.profondeur + 1 >= len(plan.niveaux),
            "referents": [r.compte for r in d.referents.all()],
        }
        for d in divisions
    ]


@acces_role("administrateur", partenaires=False)
@require_http_methods(["GET", "HEAD", "POST"])
def division(request, collectivite, schema, pk):
    """Une division : son nom, sa place, ses référents."""
    plan = plan_demande(request, schema)
    noeud = _division(request, plan, pk)
    ici = reverse("plan:division", args=[collectivite, schema, pk])
    geste = request.POST.get("geste", "") if request.method == "POST" else ""
    if geste in {"nommer", "decharger"}:
        _changer_un_referent(request, noeud, geste)
        return redirect(ici)
    donnees = request.POST if request.method == "POST" else saisie_reprise(request)
    formulaire = FormulaireDivision(
        donnees, schema=plan, division=noeud, initial=FormulaireDivision.initial_de(noeud)
    )
    if request.method == "POST" and formulaire.is_valid():
        try:
            cadre.modifier_division(division=noeud, par=request.user, **formulaire.valeurs)
        except cadre.CadreRefuse as refus:
            _refuser(formulaire, refus)
        else:
            messages.success(request, "Division enregistrée.")
            return redirect("plan:structure", collectivite, schema)
    return render(
        request,
        "plan/espace/division.html",
        {
            "plan": plan,
            "division": noeud,
            "formulaire": formulaire,
            "referents": noeud.referents.select_related("compte").order_by("compte__nom"),
            "possibles": equipe.referents_possibles(noeud),
            "chemin": _chemin(collectivite, plan),
            "annuler": reverse("plan:structure", args=[collectivite, schema]),
        },
        status=422 if request.method == "POST" else 200,
    )


def _compte(request) -> Compte:
    pk = request.POST.get("compte", "")
    compte = Compte.objects.filter(pk=pk).first() if pk.isdecimal() and len(pk) < 16 else None
    if compte is None:
        raise Http404("Ce compte n’est pas connu.")
    return compte


def _changer_un_referent(request, noeud: Division, geste: str) -> None:
    if not request.POST.get("compte"):
        messages.error(request, "Choisissez un compte dans la liste.")
        return
    compte = _compte(request)
    try:
        if geste == "nommer":
            equipe.nommer_referent(division=noeud, compte=compte, par=request.user)
            messages.success(request, f"{compte} répond maintenant de « {noeud.nom} ».")
        else:
            equipe.retirer_referent(division=noeud, compte=compte, par=request.user)
            messages.success(request, f"{compte} ne répond plus de « {noeud.nom} ».")
    except equipe.EquipeRefusee as refus:
        messages.error(request, str(refus))


@acces_role("administrateur", partenaires=False)
@require_http_methods(["GET", "HEAD", "POST"])
def reperes(request, collectivite):
    """Les étapes du parcours de vie et les publics : ce que toutes les fiches partagent."""
    formulaires = {
        "etape": FormulaireRepere(prefix="etape", avec_nom_simple=True),
        "public": FormulaireRepere(prefix="public"),
    }
    if request.method == "POST":
        sorte = "etape" if request.POST.get("sorte") == "etape" else "public"
        if request.POST.get("pk"):
            _changer_un_repere(request, sorte)
            return redirect("plan:reperes", collectivite)
        formulaire = FormulaireRepere(request.POST, prefix=sorte, avec_nom_simple=sorte == "etape")
        formulaires[sorte] = formulaire
        if formulaire.is_valid():
            ajouter = cadre.ajouter_etape if sorte == "etape" else cadre.ajouter_public
            try:
                ajouter(collectivite=request.collectivite, par=request.user, **formulaire.valeurs)
            except cadre.CadreRefuse as refus:
                _refuser(formulaire, refus)
            else:
                messages.success(request, "Ajouté.")
                return redirect("plan:reperes", collectivite)
    return render(
        request,
        "plan/espace/reperes.html",
        {
            "formulaires": formulaires,
            "etapes": EtapeParcours.objects.filter(collectivite=request.collectivite).annotate(
                nombre=Count("fiches")
            ),
            "publics": PublicCible.objects.filter(collectivite=request.collectivite).annotate(
                nombre=Count("fiches")
            ),
            "chemin": _chemin(collectivite),
        },
        status=422 if request.method == "POST" else 200,
    )


def _changer_un_repere(request, sorte: str) -> None:
    modele = EtapeParcours if sorte == "etape" else PublicCible
    pk = request.POST["pk"]
    repere = (
        modele.objects.filter(collectivite=request.collectivite, pk=pk).first()
        if pk.isdecimal() and len(pk) < 16
        else None
    )
    if repere is None:
        raise Http404("Ce repère n’est pas connu ici.")
    try:
        if request.POST.get("geste") == "supprimer":
            cadre.supprimer_repere(repere=repere, par=request.user)
            messages.success(request, f"« {repere.nom} » est supprimé.")
        else:
            cadre.renommer_repere(
                repere=repere,
                nom=request.POST.get("nom", ""),
                nom_simple=request.POST.get("nom_simple"),
                par=request.user,
            )
            messages.success(request, f"« {repere.nom} » est enregistré.")
    except cadre.CadreRefuse as refus:
        messages.error(request, str(refus))


@acces_role("lecteur")
@require_http_methods(["GET", "HEAD", "POST"])
def contributeurs(request, collectivite, code):
    """L'équipe d'une fiche : qui l'écrit avec son pilote."""
    permission = "plan.inscrire_contributeur" if request.method == "POST" else ""
    fiche = fiche_demandee(request, code, permission)
    if request.method == "POST":
        if not request.POST.get("compte"):
            messages.error(request, "Choisissez un compte dans la liste.")
            return redirect(adresse("contributeurs", fiche))
        compte = _compte(request)
        try:
            if request.POST.get("geste") == "retirer":
                equipe.retirer_contributeur(fiche=fiche, compte=compte, par=request.user)
                messages.success(request, f"{compte} ne contribue plus. Ses écrits restent.")
            else:
                equipe.inscrire_contributeur(fiche=fiche, compte=compte, par=request.user)
                messages.success(request, f"{compte} peut maintenant modifier cette fiche.")
        except equipe.EquipeRefusee as refus:
            messages.error(request, str(refus))
        return redirect(adresse("contributeurs", fiche))
    peut = request.user.has_perm("plan.inscrire_contributeur", fiche)
    referents = [
        division
        for division in Division.objects.filter(schema=fiche.schema).prefetch_related(
            "referents__compte"
        )
        if fiche.division.chemin.startswith(division.chemin)
    ]
    return render(
        request,
        "plan/espace/contributeurs.html",
        contexte_fiche(
            request, fiche, "contributeurs",
            inscrits=[
                c.compte
                for c in fiche.contributeurs.select_related("compte").order_by("compte__nom")
            ],
            possibles=list(equipe.contributeurs_possibles(fiche)) if peut else [],
            peut=peut,
            referents=[(d, r.compte) for d in referents for r in d.referents.all()],
        ),
    )  # fmt: skip
