"""Les organisations et les personnes d'une collectivité."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from maillage.socle.francais import normaliser

from . import services
from .acces import acces_role
from .forms import FormulaireOrganisation, FormulairePersonne, rendre_les_erreurs
from .models import Organisation, Personne
from .reprise import formulaire_repris

lire_ou_envoyer = require_http_methods(["GET", "HEAD", "POST"])
reserve = acces_role("administrateur", partenaires=False)


@reserve
@require_safe
def organisations(request, collectivite):
    """Les organisations d'ici ; `q` cherche dans les noms, `archivees` montre les archives."""
    q, archivees = request.GET.get("q", "").strip(), "archivees" in request.GET
    toutes = Organisation.objects.de(request.collectivite)
    liste = toutes.filter(est_archivee=archivees).annotate(
        nombre_personnes=Count("personnes", distinct=True)
    )
    if q:
        liste = liste.filter(nom_normalise__contains=normaliser(q))
    return render(
        request,
        "acteurs/organisations.html",
        {
            "organisations": liste,
            "q": q,
            "archivees": archivees,
            "nombre_archivees": toutes.filter(est_archivee=True).count(),
        },
    )


@reserve
@lire_ou_envoyer
def organisation_creer(request, collectivite):
    """Ajouter une organisation."""
    formulaire = formulaire_repris(request, FormulaireOrganisation)
    if request.method == "POST" and formulaire.is_valid():
        try:
            organisation = services.creer_organisation(
                collectivite=request.collectivite, valeurs=formulaire.valeurs(), par=request.user
            )
        except ValidationError as faute:
            rendre_les_erreurs(formulaire, faute)
        else:
            messages.success(request, f"« {organisation} » est ajoutée.")
            return redirect("acteurs:organisations", collectivite)
    return render(
        request,
        "acteurs/organisation.html",
        {"formulaire": formulaire, "organisation": None, "conflit": None},
    )


@reserve
@lire_ou_envoyer
def organisation_modifier(request, collectivite, pk):
    """Changer une organisation, sans écraser ce qu'un autre vient d'y changer."""
    organisation = get_object_or_404(Organisation.objects.de(request.collectivite), pk=pk)
    formulaire = formulaire_repris(request, FormulaireOrganisation, instance=organisation)
    conflit = None
    if request.method == "POST" and formulaire.is_valid():
        try:
            services.modifier_organisation(
                organisation=organisation,
                valeurs=formulaire.valeurs(),
                vu=formulaire.cleaned_data["vu"],
                par=request.user,
            )
        except services.ConflitDeSaisie as faute:
            conflit = _ecarts(formulaire, faute.actuel)
            formulaire.reprendre_sur(faute.actuel)
        except ValidationError as faute:
            rendre_les_erreurs(formulaire, faute)
        else:
            messages.success(request, "L’organisation est enregistrée.")
            return redirect("acteurs:organisations", collectivite)
    return render(
        request,
        "acteurs/organisation.html",
        {"formulaire": formulaire, "organisation": organisation, "conflit": conflit},
    )


@reserve
@lire_ou_envoyer
def organisation_archiver(request, collectivite, pk):
    """Retirer une organisation des listes de choix."""
    organisation = get_object_or_404(Organisation.objects.de(request.collectivite), pk=pk)
    if request.method == "POST":
        services.archiver_organisation(organisation=organisation, par=request.user)
        messages.success(request, f"« {organisation} » est archivée.")
        return redirect("acteurs:organisations", collectivite)
    return render(
        request,
        "acteurs/organisations_confirmation.html",
        {
            "titre": f"Archiver « {organisation} » ?",
            "consequences": [
                "On ne pourra plus la choisir dans une fiche.",
                "Vous pourrez la restaurer à tout moment.",
            ],
            "garde": "les fiches, les budgets et les personnes qui la citent.",
            "bouton": "Archiver",
            "danger": True,
            "annuler": reverse("acteurs:organisations", args=[collectivite]),
        },
    )


@reserve
@lire_ou_envoyer
def organisation_restaurer(request, collectivite, pk):
    """Remettre une organisation archivée dans les listes de choix."""
    organisation = get_object_or_404(Organisation.objects.de(request.collectivite), pk=pk)
    if request.method == "POST":
        services.restaurer_organisation(organisation=organisation, par=request.user)
        messages.success(request, f"« {organisation} » est restaurée.")
        return redirect("acteurs:organisations", collectivite)
    return render(
        request,
        "acteurs/organisations_confirmation.html",
        {
            "titre": f"Restaurer « {organisation} » ?",
            "consequences": ["On pourra de nouveau la choisir dans une fiche."],
            "garde": "",
            "bouton": "Restaurer",
            "danger": False,
            "annuler": reverse("acteurs:organisations", args=[collectivite]),
        },
    )


@reserve
@require_safe
def personnes(request, collectivite):
    """Les personnes nommées dans les plans d'ici."""
    liste = Personne.objects.filter(collectivite=request.collectivite).select_related(
        "organisation"
    )
    return render(request, "acteurs/personnes.html", {"personnes": liste})


@reserve
@lire_ou_envoyer
def personne_creer(request, collectivite):
    """Ajouter une personne."""
    formulaire = formulaire_repris(request, FormulairePersonne, collectivite=request.collectivite)
    if request.method == "POST" and formulaire.is_valid():
        try:
            services.creer_personne(
                collectivite=request.collectivite, valeurs=formulaire.valeurs(), par=request.user
            )
        except ValidationError as faute:
            rendre_les_erreurs(formulaire, faute)
        else:
            messages.success(request, "La personne est ajoutée.")
            return redirect("acteurs:personnes", collectivite)
    return render(
        request,
        "acteurs/personne.html",
        {"formulaire": formulaire, "personne": None, "conflit": None},
    )


@reserve
@lire_ou_envoyer
def personne_modifier(request, collectivite, pk):
    """Changer une personne."""
    personne = get_object_or_404(Personne, pk=pk, collectivite=request.collectivite)
    formulaire = formulaire_repris(
        request, FormulairePersonne, collectivite=request.collectivite, instance=personne
    )
    conflit = None
    if request.method == "POST" and formulaire.is_valid():
        try:
            services.modifier_personne(
                personne=personne,
                valeurs=formulaire.valeurs(),
                vu=formulaire.cleaned_data["vu"],
                par=request.user,
            )
        except services.ConflitDeSaisie as faute:
            conflit = _ecarts(formulaire, faute.actuel)
            formulaire.reprendre_sur(faute.actuel)
        except ValidationError as faute:
            rendre_les_erreurs(formulaire, faute)
        else:
            messages.success(request, "La personne est enregistrée.")
            return redirect("acteurs:personnes", collectivite)
    return render(
        request,
        "acteurs/personne.html",
        {"formulaire": formulaire, "personne": personne, "conflit": conflit},
    )


def _ecarts(formulaire, actuel) -> list[dict]:
    """Champ par champ, ce qui est enregistré et ce que la personne vient d'écrire."""
    ecarts = []
    for nom in formulaire.champs:
        enregistre, ecrit = getattr(actuel, nom), formulaire.cleaned_data[nom]
        if enregistre != ecrit:
            afficher = getattr(actuel, f"get_{nom}_display", None)
            ecarts.append(
                {
                    "libelle": formulaire.fields[nom].label,
                    "avant": afficher() if afficher else enregistre or "",
                    "apres": dict(formulaire.fields[nom].choices).get(ecrit, ecrit)
                    if afficher
                    else ecrit or "",
                }
            )
    return ecarts
