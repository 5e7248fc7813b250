"""Faire le point, en retirer un, donner la valeur d'un indicateur."""

from decimal import Decimal

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from maillage.acteurs.acces import acces_role
from maillage.indicateurs.models import ValeurIndicateur
from maillage.indicateurs.services import ValeurRefusee

from .ecriture import taux_du_lien
from .espace import (
    adresse,
    adresse_publique,
    contexte_fiche,
    fiche_demandee,
    saisie_reprise,
)
from .formulaires.point import FormulaireMotif, FormulairePoint
from .formulaires.valeur import FormulaireValeur
from .suivi import PointRefuse, ajouter_point, donner_la_valeur, point_en_vigueur, retirer_point


@acces_role("contributeur")
@require_http_methods(["GET", "HEAD", "POST"])
def point(request, collectivite, code):
    """Le formulaire de deux minutes. Un envoi répété n'ajoute qu'un point."""
    reprise = saisie_reprise(request)
    fiche = fiche_demandee(
        request, code, "plan.faire_le_point", schema=reprise.get("schema", "") if reprise else ""
    )
    options = {
        "fiche": fiche,
        "precedent": point_en_vigueur(fiche),
        "indicateurs": list(fiche.indicateurs.select_related("indicateur")),
    }
    statut = 200
    if request.method == "POST":
        formulaire = FormulairePoint(request.POST, **options)
        if formulaire.is_valid() and _publier(request, fiche, formulaire):
            return redirect(adresse("espace_fiche", fiche))
        statut = 422
    elif reprise is not None:
        formulaire = FormulairePoint(reprise, **options)
    else:
        formulaire = FormulairePoint(**options)
    return render(
        request,
        "plan/espace/point.html",
        contexte_fiche(
            request,
            fiche,
            "point",
            formulaire=formulaire,
            precedent=options["precedent"],
            reprise=reprise is not None,
            risques=list(fiche.risques.select_related("proprietaire")),
            publique=adresse_publique(fiche),
        ),
        status=statut,
    )


def _publier(request, fiche, formulaire) -> bool:
    try:
        ajouter_point(
            fiche=fiche,
            saisie=formulaire.saisie,
            par=request.user,
            jeton=formulaire.cleaned_data.get("jeton"),
            valeurs=formulaire.valeurs,
            risques_revus=formulaire.cleaned_data["risques_revus"],
        )
    except PointRefuse as refus:
        formulaire.refuser(refus)
        return False
    except ValeurRefusee as refus:
        formulaire.add_error(None, str(refus))
        return False
    if publique := adresse_publique(fiche):
        messages.success(
            request,
            format_html(
                'Publié. Chacun peut le voir ici : <a href="{}">la page publique de la fiche</a>.',
                publique,
            ),
        )
    else:
        messages.success(request, "Enregistré. Cette fiche n’est pas publique : l’équipe le voit.")
    return True


@acces_role("pilote")
@require_http_methods(["GET", "HEAD", "POST"])
def point_retirer(request, collectivite, code, pk):
    """Retire un point donné par erreur ; il reste dans l'histoire, barré, avec sa raison."""
    fiche = fiche_demandee(request, code, "plan.retirer_point")
    retire = fiche.points.select_related("auteur").filter(pk=pk).first()
    if retire is None:
        raise Http404("Ce point d’étape n’est pas dans cette fiche.")
    if retire.retire_le is not None:
        messages.info(request, "Ce point est déjà retiré.")
        return redirect(adresse("historique", fiche))
    formulaire = FormulaireMotif(
        request.POST if request.method == "POST" else saisie_reprise(request),
        initial={"schema": fiche.schema.slug},
    )
    if request.method == "POST" and formulaire.is_valid():
        try:
            retirer_point(point=retire, motif=formulaire.cleaned_data["motif"], par=request.user)
        except PointRefuse as refus:
            formulaire.add_error("motif", refus.champs["motif"])
        else:
            messages.success(
                request, "Point retiré. Il reste dans l’historique, barré, avec sa raison."
            )
            return redirect(adresse("historique", fiche))
    return render(
        request,
        "plan/espace/point_retirer.html",
        contexte_fiche(request, fiche, "point", point=retire, formulaire=formulaire),
        status=422 if request.method == "POST" else 200,
    )


@acces_role("lecteur")
@require_http_methods(["GET", "HEAD", "POST"])
def valeurs(request, collectivite, code):
    """Les valeurs de chaque indicateur dans le temps ; qui fait le point peut en donner."""
    permission = "plan.faire_le_point" if request.method == "POST" else ""
    fiche = fiche_demandee(request, code, permission)
    liens = list(fiche.indicateurs.select_related("indicateur__collectivite"))
    peut = request.user.has_perm("plan.faire_le_point", fiche) and fiche.archivee_le is None
    formulaire = None
    statut = 200
    if request.method == "POST":
        formulaire = FormulaireValeur(request.POST, liens=liens)
        if fiche.archivee_le is not None:
            formulaire.add_error(None, "Cette fiche est archivée : elle ne reçoit plus de valeur.")
        if formulaire.is_valid() and _donner(request, formulaire):
            return redirect(adresse("valeurs", fiche))
        statut = 422
    elif peut and liens:
        reprise = saisie_reprise(request)
        formulaire = (
            FormulaireValeur(reprise, liens=liens)
            if reprise is not None
            else FormulaireValeur(liens=liens, initial=_a_corriger(request, fiche, liens))
        )
    series: dict[int, list] = {lien.indicateur_id: [] for lien in liens}
    for valeur in ValeurIndicateur.objects.filter(indicateur__in=series).order_by("-date"):
        series[valeur.indicateur_id].append(valeur)
    return render(
        request,
        "plan/espace/valeurs.html",
        contexte_fiche(
            request,
            fiche,
            "valeurs",
            formulaire=formulaire,
            peut=peut,
            mesures=[_mesure(fiche, lien, series[lien.indicateur_id]) for lien in liens],
        ),
        status=statut,
    )


def _a_corriger(request, fiche, liens) -> dict:
    """« Corriger » rouvre une valeur : on la retrouve dans le formulaire."""
    depart = {"schema": fiche.schema.slug}
    numero = request.GET.get("corriger", "")
    if not numero.isdecimal() or len(numero) > 15:
        return depart
    par_indicateur = {lien.indicateur_id: lien for lien in liens}
    valeur = ValeurIndicateur.objects.filter(pk=numero, indicateur__in=par_indicateur).first()
    if valeur is None:
        return depart
    return depart | FormulaireValeur.initial_de(par_indicateur[valeur.indicateur_id], valeur)


def _donner(request, formulaire) -> bool:
    donnees = formulaire.cleaned_data
    try:
        donner_la_valeur(
            lien=formulaire.lien,
            date=donnees["date"],
            valeur=Decimal(donnees["valeur"]) if donnees["valeur"] is not None else None,
            par=request.user,
            statut=donnees["statut"],
            commentaire=donnees["commentaire"],
        )
    except ValeurRefusee as refus:
        formulaire.add_error("valeur", str(refus))
        return False
    messages.success(
        request, "Valeur enregistrée. L’ancienne, s’il y en avait une, est au journal."
    )
    return True


def _mesure(fiche, lien, serie) -> dict:
    return {
        "lien": lien,
        "mesure": lien.indicateur,
        "taux": taux_du_lien(lien),
        "trace": [valeur for _, valeur in lien.indicateur.trace],
        "pourquoi": _pourquoi_pas_de_taux(lien),
        "valeurs": [
            {"valeur": v, "corriger": adresse("valeurs", fiche, corriger=v.pk) + "#donner"}
            for v in serie
        ],
    }


def _pourquoi_pas_de_taux(lien) -> str:
    """Ce qui empêche de calculer le chemin fait ; "" quand il se calcule."""
    absents = [
        nom
        for nom, valeur in (
            ("le point de départ", lien.initiale),
            ("une valeur", lien.indicateur.derniere_valeur),
            ("la cible", lien.cible),
        )
        if valeur is None
    ]
    if absents:
        return "Chemin non calculé. Il manque : " + ", ".join(absents) + "."
    if lien.initiale == lien.cible:
        return "Chemin non calculé : la cible est égale au point de départ."
    if taux_du_lien(lien) is None:
        return "Chemin non calculé : la cible va à l’opposé du sens déclaré."
    return ""
