"""Les rappels, dans l'espace : ce qui part, ce qui est parti, quand se taire, ma propre pause."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from maillage.acteurs.acces import acces_role
from maillage.acteurs.models import Compte
from maillage.calcul.rappels import prevoir
from maillage.socle.taches import file_d_attente

from .formulaires.rappels import FormulairePause, FormulairePeriode, FormulaireReglages
from .models import Envoi, FicheAction, PauseRappels, PeriodeCalme
from .rappels import lecture, services
from .rappels.envois import preparer_un_essai

PAR_PAGE = 50
PREVUS_MONTRES = 40
_reserve = acces_role("administrateur", partenaires=False)
_lire_ou_envoyer = require_http_methods(["GET", "HEAD", "POST"])
_ONGLETS = {
    "": ("Tous", None),
    "partis": ("Partis", [Envoi.Etat.PARTI]),
    "attente": ("En attente", [Envoi.Etat.PREPARE, Envoi.Etat.EN_COURS]),
    "echecs": ("Pas partis, ou sans certitude", [Envoi.Etat.ECHEC, Envoi.Etat.INCERTAIN]),
}


@_reserve
@require_safe
def rappels(request, collectivite):
    """À venir, partis, pas partis. Une douzaine de requêtes, quel que soit le nombre d'envois."""
    ici, jour = request.collectivite, timezone.localdate()
    choisi = request.GET.get("etat", "")
    choisi = choisi if choisi in _ONGLETS else ""
    envois = (
        Envoi.objects.filter(collectivite=ici)
        .select_related("compte")
        .annotate(
            fiches=Count("lignes"),
            reponses=Count("lignes", filter=Q(lignes__repondu_le__isnull=False)),
        )
        .order_by("-jour", "-pk")
    )
    comptes = dict(
        Envoi.objects.filter(collectivite=ici)
        .order_by()
        .values_list("etat")
        .annotate(nombre=Count("pk"))
    )
    etats = _ONGLETS[choisi][1]
    page = Paginator(envois.filter(etat__in=etats) if etats else envois, PAR_PAGE).get_page(
        request.GET.get("page")
    )
    reglages = lecture.reglages(ici)
    return render(
        request,
        "plan/rappels/rappels.html",
        {
            "reglages": reglages,
            "file": file_d_attente(),
            "a_venir": _a_venir(ici, jour, reglages) if reglages.actifs else [],
            "horizon": lecture.HORIZON_JOURS,
            "page": page,
            "choisi": choisi,
            "onglets": [
                {
                    "libelle": f"{libelle} ({sum(comptes.get(e, 0) for e in (voulus or comptes))})",
                    "url": f"?etat={cle}" if cle else request.path,
                    "actif": cle == choisi,
                }
                for cle, (libelle, voulus) in _ONGLETS.items()
            ],
            "pauses": PauseRappels.objects.en_vigueur()
            .filter(compte__attributions__collectivite=ici)
            .distinct()
            .count(),
        },
    )


def _a_venir(collectivite, jour, reglages) -> list[dict]:
    """Ce qui partira si personne ne répond d'ici là."""
    prevus = prevoir(
        jour,
        lecture.attentes(collectivite, jour),
        lecture.passe(collectivite, jour),
        jours=lecture.HORIZON_JOURS,
        en_pause=lecture.en_pause(jour),
        **reglages.pour_la_regle(),
    )[:PREVUS_MONTRES]
    comptes = Compte.objects.in_bulk({compte for _, compte, _ in prevus})
    codes = dict(
        FicheAction.objects.filter(
            pk__in={ligne.fiche for _, _, lignes in prevus for ligne in lignes}
        ).values_list("pk", "code")
    )
    return [
        {
            "jour": date,
            "compte": comptes[compte],
            "nombre": len(lignes),
            "codes": ", ".join(codes[ligne.fiche] for ligne in lignes[:6]),
            "suite": max(0, len(lignes) - 6),
        }
        for date, compte, lignes in prevus
        if compte in comptes
    ]


@_reserve
@_lire_ou_envoyer
def rappels_reglages(request, collectivite):
    """Allumer, éteindre, dire les jours et les périodes où rien ne part."""
    ici = request.collectivite
    actuels = lecture.reglages(ici)
    reglages = FormulaireReglages(
        initial={"actifs": actuels.actifs, "fins_de_semaine": actuels.fins_de_semaine}
    )
    periode = FormulairePeriode()
    if request.method == "POST":
        if request.POST.get("sorte") == "periode":
            periode = FormulairePeriode(request.POST)
            if periode.is_valid():
                services.ajouter_une_periode(
                    collectivite=ici, par=request.user, **periode.cleaned_data
                )
                messages.success(request, "Période ajoutée : aucun rappel ne partira ces jours-là.")
                return redirect("plan:rappels_reglages", ici.slug)
        else:
            reglages = FormulaireReglages(request.POST)
            if reglages.is_valid():
                services.regler(collectivite=ici, par=request.user, **reglages.cleaned_data)
                messages.success(request, "Réglages enregistrés.")
                return redirect("plan:rappels_reglages", ici.slug)
    return render(
        request,
        "plan/rappels/reglages.html",
        {
            "chemin": [{"libelle": "Les rappels", "url": reverse("plan:rappels", args=[ici.slug])}],
            "reglages": reglages,
            "formulaire": periode,
            "periodes": ici.periodes_calmes.filter(fin__gte=timezone.localdate()),
        },
        status=422 if periode.errors else 200,
    )


@_reserve
@require_POST
def periode_retirer(request, collectivite, pk):
    """Les rappels repartiront ces jours-là."""
    periode = get_object_or_404(PeriodeCalme, pk=pk, collectivite=request.collectivite)
    services.retirer_une_periode(periode=periode, par=request.user)
    messages.success(request, f"Période retirée : {periode.libelle}.")
    return redirect("plan:rappels_reglages", collectivite)


@_reserve
@require_POST
def rappels_essai(request, collectivite):
    """S'écrire à soi-même, par le chemin des vrais rappels."""
    preparer_un_essai(collectivite=request.collectivite, par=request.user)
    messages.success(
        request,
        f"Un essai part vers {request.user.courriel}. Son état paraît ci-dessous dans la minute.",
    )
    return redirect("plan:rappels", collectivite)


@acces_role("lecteur")
@_lire_ou_envoyer
def mes_rappels(request, collectivite):
    """Ma pause : la mettre, l'ôter."""
    formulaire = FormulairePause()
    if request.method == "POST":
        if "reprendre" in request.POST:
            services.reprendre(compte=request.user, collectivite=request.collectivite)
            messages.success(request, "Vos rappels reprennent.")
            return redirect("plan:mes_rappels", collectivite)
        formulaire = FormulairePause(request.POST)
        if formulaire.is_valid():
            services.mettre_en_pause(
                compte=request.user,
                collectivite=request.collectivite,
                jusqu_au=formulaire.jusqu_au,
            )
            messages.success(request, "C’est noté : vous ne recevrez plus de rappels.")
            return redirect("plan:mes_rappels", collectivite)
    return render(
        request,
        "plan/rappels/mes_rappels.html",
        {
            "formulaire": formulaire,
            "pause": PauseRappels.objects.en_vigueur().filter(compte=request.user).first(),
        },
        status=422 if formulaire.errors else 200,
    )
