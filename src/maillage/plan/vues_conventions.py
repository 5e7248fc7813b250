"""Le registre des conventions : la liste, une page, l'écriture, l'archivage, les comptes rendus."""

from django.contrib import messages
from django.db.models import Count, Prefetch, Q
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from maillage.acteurs.acces import acces_role
from maillage.acteurs.models import Organisation
from maillage.acteurs.pages import page_publique

from .conventions import (
    ConventionChangee,
    ConventionRefusee,
    archiver_convention,
    creer_convention,
    engagements_et_realise,
    modifier_convention,
    rendre_compte,
    restaurer_convention,
)
from .espace import exiger, saisie_reprise
from .formulaires.champs import date_saisie
from .formulaires.convention import (
    FormulaireArchivage,
    FormulaireCompteRendu,
    SaisieConvention,
)
from .models import Convention, FicheAction, MontantConvention, PartieConvention

ETATS = {
    "en_cours": "En cours",
    "a_renouveler": "À renouveler",
    "a_venir": "À venir",
    "terminee": "Terminée",
    "archivee": "Archivée",
}


def _fiches_visibles(request) -> list[FicheAction]:
    return list(
        FicheAction.objects.visibles_par(request.user, request.collectivite)
        .select_related("schema")
        .order_by("-schema__est_principal", "-schema__annee_debut", "code")
    )


def _registre(conventions):
    """Ce qu'une liste montre : parties, montants. Trois requêtes quel que soit leur nombre."""
    return conventions.prefetch_related(
        Prefetch(
            "engagements", PartieConvention.objects.select_related("organisation").order_by("pk")
        ),
        Prefetch("montants", MontantConvention.objects.order_by("annee")),
    )


def _montrer(convention: Convention, jour) -> dict:
    etat = convention.etat_au(jour)
    return {
        "convention": convention,
        "etat": etat,
        "etat_en_mots": ETATS[etat],
        "parties": list(convention.engagements.all()),
        "total": sum((m.montant for m in convention.montants.all()), start=0)
        if convention.montants.all()
        else None,
    }


@acces_role("lecteur")
@require_safe
def conventions(request, collectivite):
    """Le registre, avec ses filtres dans l'adresse. Les archivées ne se montrent que demandées."""
    jour = timezone.localdate()
    visibles = Convention.objects.visibles_par(request.user, request.collectivite)
    choisis = {cle: request.GET.get(cle, "") for cle in ("etat", "nature", "organisation", "q")}
    retenues = visibles if choisis["etat"] == "archivee" else visibles.actives()
    if choisis["nature"]:
        retenues = retenues.filter(nature=choisis["nature"])
    if choisis["organisation"]:
        retenues = retenues.filter(
            pk__in=PartieConvention.objects.filter(
                organisation__nom_normalise=choisis["organisation"]
            ).values("convention_id")
        )
    if choisis["q"]:
        retenues = retenues.filter(
            Q(objet__icontains=choisis["q"]) | Q(reference__icontains=choisis["q"])
        )
    retenues = retenues.annotate(
        dues=Count("obligations", filter=Q(obligations__faite_le__isnull=True))
    ).order_by("date_fin", "objet", "pk")
    lues = [_montrer(c, jour) for c in _registre(retenues)]
    if choisis["etat"]:
        lues = [lue for lue in lues if lue["etat"] == choisis["etat"]]
    return render(
        request,
        "plan/argent/conventions.html",
        {
            "lues": lues,
            "choisis": choisis,
            "filtre": any(choisis.values()),
            "etats": [(v, nom, v == choisis["etat"]) for v, nom in ETATS.items()],
            "natures": [(v, nom, v == choisis["nature"]) for v, nom in Convention.Nature.choices],
            "organisations": [
                (o.nom_normalise, o.nom, o.nom_normalise == choisis["organisation"])
                for o in Organisation.objects.filter(
                    pk__in=PartieConvention.objects.filter(convention__in=visibles).values(
                        "organisation_id"
                    )
                )
            ],
            "demonstration": any(lue["convention"].est_demonstration for lue in lues),
            "peut": request.user.has_perm("plan.tenir_les_conventions", request.collectivite),
        },
    )


@page_publique(lambda request, **_: [f"conventions:{request.collectivite.pk}"])
@require_safe
def conventions_publiques(request, collectivite):
    """Les conventions publiées : objet, parties, période, montants, fiches publiques."""
    jour = timezone.localdate()
    publiees = Convention.objects.publiees().filter(collectivite=request.collectivite)
    lues = [
        {**_montrer(c, jour), "fiches": list(c.fiches_publiques)}
        for c in _registre(publiees).prefetch_related(
            Prefetch(
                "fiches",
                FicheAction.objects.publiees()
                .select_related("schema__collectivite")
                .order_by("code"),
                to_attr="fiches_publiques",
            )
        )
    ]
    return render(
        request,
        "plan/argent/conventions_publiques.html",
        {
            "lues": lues,
            "demonstration": any(lue["convention"].est_demonstration for lue in lues),
        },
    )


def _demandee(request, pk: int, *, ecrire: bool = False) -> Convention:
    trouvee = (
        Convention.objects.visibles_par(request.user, request.collectivite).filter(pk=pk).first()
    )
    if trouvee is None:
        raise Http404("Cette convention n’est pas ici, ou elle ne vous est pas ouverte.")
    trouvee.collectivite = request.collectivite
    if ecrire:
        exiger(request, "plan.tenir_les_conventions", request.collectivite)
    return trouvee


def _chemin(request, convention: Convention | None = None) -> list[dict]:
    slug = request.collectivite.slug
    chemin = [{"libelle": "Les conventions", "url": reverse("plan:conventions", args=[slug])}]
    if convention:
        chemin.append(
            {
                "libelle": convention.reference or convention.objet[:60],
                "url": reverse("plan:convention", args=[slug, convention.pk]),
            }
        )
    return chemin


@acces_role("lecteur")
@require_safe
def convention(request, collectivite, pk):
    """Une convention : qui, quand, combien, ce qui est dû, et ce que chacun a fait."""
    lue = _demandee(request, pk)
    jour = timezone.localdate()
    visibles = (
        FicheAction.objects.visibles_par(request.user, request.collectivite).order_by().values("pk")
    )
    fiches = list(
        lue.fiches.filter(pk__in=visibles).select_related("schema").order_by("schema", "code")
    )
    obligations = []
    for o in lue.obligations.select_related("organisation", "personne"):
        o.convention = lue
        obligations.append(
            {
                "obligation": o,
                "retard": o.faite_le is None and o.echeance is not None and o.echeance < jour,
                "peut": lue.archivee_le is None and request.user.has_perm("plan.rendre_compte", o),
            }
        )
    engagements = engagements_et_realise(lue, [f.pk for f in fiches])
    return render(
        request,
        "plan/argent/convention.html",
        {
            **_montrer(lue, jour),
            "chemin": _chemin(request),
            "fiches": [
                {"fiche": f, "suite": "" if f.schema.est_principal else f"?schema={f.schema.slug}"}
                for f in fiches
            ],
            "cachees": lue.fiches.count() - len(fiches),
            "obligations": obligations,
            "engagements": engagements,
            "peut": request.user.has_perm("plan.tenir_les_conventions", request.collectivite),
        },
    )


@acces_role("referent_axe", partenaires=False)
@require_http_methods(["GET", "HEAD", "POST"])
def nouvelle(request, collectivite):
    exiger(request, "plan.tenir_les_conventions", request.collectivite)
    return _ecrire(request, None)


@acces_role("referent_axe", partenaires=False)
@require_http_methods(["GET", "HEAD", "POST"])
def modifier(request, collectivite, pk):
    return _ecrire(request, _demandee(request, pk, ecrire=True))


def _ecrire(request, convention: Convention | None):
    fiches = _fiches_visibles(request)
    data = request.POST if request.method == "POST" else saisie_reprise(request)
    saisie = SaisieConvention(request.collectivite, fiches, data, convention)
    statut, changee = 200, None
    if request.method == "POST" and not request.POST.get("ajouter"):
        statut = 422
        if saisie.is_valid():
            try:
                ecrite = _enregistrer(request, convention, saisie)
            except ConventionRefusee as refus:
                saisie.refuser(refus)
            except ConventionChangee as conflit:
                statut, changee = 409, conflit.convention
            else:
                messages.success(request, "Convention enregistrée.")
                return redirect("plan:convention", request.collectivite.slug, ecrite.pk)
    version = (changee.version if changee else saisie.ossature["version"].value()) or (
        convention.version if convention else 0
    )
    return render(
        request,
        "plan/argent/convention_modifier.html",
        {
            "saisie": saisie,
            "convention": convention,
            "version": version,
            "changee": changee,
            "fautes": saisie.fautes if request.method == "POST" and statut == 422 else [],
            "titre": "Modifier la convention" if convention else "Nouvelle convention",
            "chemin": _chemin(request, convention),
            "annuler": _chemin(request, convention)[-1]["url"],
            "organisations": Organisation.objects.de(request.collectivite).values_list(
                "nom", flat=True
            ),
        },
        status=statut,
    )


def _enregistrer(request, convention, saisie) -> Convention:
    if convention is None:
        return creer_convention(
            collectivite=request.collectivite, saisie=saisie.saisie(), par=request.user
        )
    return modifier_convention(
        convention=convention,
        saisie=saisie.saisie(),
        par=request.user,
        version_attendue=saisie.ossature.cleaned_data.get("version") or 0,
    )


@acces_role("referent_axe", partenaires=False)
@require_http_methods(["GET", "HEAD", "POST"])
def archiver(request, collectivite, pk):
    lue = _demandee(request, pk, ecrire=True)
    formulaire = FormulaireArchivage(request.POST if request.method == "POST" else None)
    if request.method == "POST" and formulaire.is_valid():
        archiver_convention(
            convention=lue, motif=formulaire.cleaned_data["motif"], par=request.user
        )
        messages.success(request, "Convention archivée. Rien n’est effacé, tout peut revenir.")
        return redirect("plan:convention", collectivite, pk)
    return render(
        request,
        "plan/argent/geste.html",
        {
            "formulaire": formulaire,
            "titre": f"Archiver « {lue.objet} »",
            "bouton": "Archiver",
            "chemin": _chemin(request, lue),
            "annuler": reverse("plan:convention", args=[collectivite, pk]),
        },
        status=422 if request.method == "POST" else 200,
    )


@acces_role("referent_axe", partenaires=False)
@require_http_methods(["POST"])
def restaurer(request, collectivite, pk):
    restaurer_convention(convention=_demandee(request, pk, ecrire=True), par=request.user)
    messages.success(request, "Convention remise au registre.")
    return redirect("plan:convention", collectivite, pk)


@acces_role("lecteur")
@require_http_methods(["GET", "HEAD", "POST"])
def obligation(request, collectivite, pk, numero):
    """« C'est fait » : la date, et ce qui le montre."""
    lue = _demandee(request, pk)
    due = lue.obligations.select_related("organisation", "personne").filter(pk=numero).first()
    if due is None:
        raise Http404("Cette obligation n’est pas dans cette convention.")
    due.convention = lue
    exiger(request, "plan.rendre_compte", due)
    formulaire = FormulaireCompteRendu(
        request.POST if request.method == "POST" else None,
        initial={
            "faite_le": date_saisie(due.faite_le or timezone.localdate()),
            "preuve": due.preuve,
        },
    )
    if request.method == "POST" and formulaire.is_valid():
        try:
            rendre_compte(obligation=due, par=request.user, **formulaire.cleaned_data)
        except ConventionRefusee as refus:
            for champ, message in refus.champs.items():
                formulaire.add_error(champ or None, message)
        else:
            messages.success(request, "C’est noté.")
            return redirect("plan:convention", collectivite, pk)
    return render(
        request,
        "plan/argent/geste.html",
        {
            "formulaire": formulaire,
            "titre": f"C’est fait : {due.libelle}",
            "bouton": "Enregistrer",
            "chemin": _chemin(request, lue),
            "annuler": reverse("plan:convention", args=[collectivite, pk]),
        },
        status=422 if request.method == "POST" else 200,
    )
