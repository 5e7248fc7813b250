"""Créer, modifier, archiver, remettre une fiche ; régler un conflit entre deux personnes."""

import json
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from maillage.acteurs.acces import acces_role

from .cadre import code_suivant
from .espace import (
    adresse,
    adresse_publique,
    contexte_fiche,
    exiger,
    fiche_demandee,
    saisie_reprise,
    schema_demande,
)
from .etat import PAR_CLE, etat_de, etat_vide
from .formulaires.fiche import CLES, FormulaireFiche, choix_de_divisions
from .formulaires.point import FormulaireMotif
from .models import Division, Schema
from .permissions import divisions_suivies
from .presentation import texte_de
from .referentiel import Referentiel
from .services import (
    ConflitEcriture,
    archiver_fiche,
    creer_fiche,
    enregistrer_fiche,
    restaurer_fiche,
)
from .validation import EtatInvalide


@acces_role("contributeur")
@require_http_methods(["GET", "HEAD", "POST"])
def fiche_modifier(request, collectivite, code):
    """Toute la fiche, par parties. Ce qui est tapé survit à une erreur, un conflit, une session."""
    reprise = saisie_reprise(request)
    fiche = fiche_demandee(
        request, code, "plan.modifier_fiche", schema=reprise.get("schema", "") if reprise else ""
    )
    if request.method == "POST" and "saisie" in request.POST:
        return _regler_le_conflit(request, fiche)
    referentiel = Referentiel(fiche.schema)
    if request.method == "POST":
        formulaire = FormulaireFiche(request.POST, referentiel=referentiel)
        if request.POST.get("ajouter"):
            return _page_modifier(request, fiche, formulaire)
        if formulaire.is_valid():
            return _enregistrer(
                request, fiche, formulaire, formulaire.etat(),
                formulaire.cleaned_data.get("version") or fiche.version,
                formulaire.cleaned_data["motif"],
            )  # fmt: skip
        return _page_modifier(request, fiche, formulaire, status=422)
    if reprise is not None:
        formulaire = FormulaireFiche(reprise, referentiel=referentiel)
    else:
        formulaire = FormulaireFiche(
            referentiel=referentiel, etat=etat_de(fiche), version=fiche.version
        )
    return _page_modifier(request, fiche, formulaire, reprise=reprise is not None)


def _page_modifier(request, fiche, formulaire, status=200, reprise=False):
    return render(
        request,
        "plan/espace/fiche_modifier.html",
        contexte_fiche(
            request, fiche, "modifier",
            formulaire=formulaire, titre=f"Modifier {fiche.code}", reprise=reprise,
            annuler=adresse("espace_fiche", fiche), bouton="Enregistrer",
            brouillon=f"fiche-{fiche.pk}-{formulaire['version'].value()}",
        ),
        status=status,
    )  # fmt: skip


def _enregistrer(request, fiche, formulaire, etat, version, motif):
    avant = fiche.version
    try:
        enregistree = enregistrer_fiche(
            fiche=fiche, etat=etat, par=request.user, version_attendue=version, motif=motif
        )
    except EtatInvalide as refus:
        formulaire.refuser(refus.erreurs)
        return _page_modifier(request, fiche, formulaire, status=422)
    except ConflitEcriture as conflit:
        return _page_conflit(request, fiche, conflit, etat, motif)
    enregistree.schema.collectivite = request.collectivite
    if enregistree.version == avant and version == avant:
        messages.info(request, "Rien n’a changé : rien n’a été enregistré.")
    elif version != avant:
        messages.success(
            request,
            "Enregistré. Quelqu’un d’autre avait modifié la fiche : ses changements sont gardés.",
        )
    else:
        messages.success(request, "Enregistré. L’ancienne version reste dans l’historique.")
    return redirect(adresse("espace_fiche", enregistree))


# --- Conflit ------------------------------------------------------------------------------------


def _page_conflit(request, fiche, conflit, saisie, motif):
    """Champ par champ : ce qu'il disait, ce qu'ils ont écrit, ce que j'ai écrit."""
    champs = [
        {
            "nom": champ.cle,
            "libelle": champ.libelle,
            "base": texte_de(PAR_CLE[champ.cle], champ.base),
            "leur": texte_de(PAR_CLE[champ.cle], champ.actuel),
            "mien": texte_de(PAR_CLE[champ.cle], champ.demande),
        }
        for champ in conflit.champs
    ]
    return render(
        request,
        "plan/espace/conflit.html",
        contexte_fiche(
            request, fiche, "modifier",
            champs=champs, autre=str(conflit.auteur or "le système"), quand=conflit.date,
            version=conflit.version, saisie=json.dumps(saisie), motif=motif,
            annuler=adresse("espace_fiche", fiche), action=adresse("fiche_modifier", fiche),
        ),
        status=409,
    )  # fmt: skip


def _regler_le_conflit(request, fiche):
    """Applique les choix : pour chaque champ disputé, garder le leur ou mettre le mien."""
    saisie = _saisie_gardee(request.POST["saisie"])
    version = request.POST.get("version", "")
    if saisie is None or not version.isdecimal() or len(version) > 9:
        messages.error(request, "Ces choix sont illisibles. Rien n’a été enregistré.")
        return redirect(adresse("fiche_modifier", fiche))
    for cle in list(saisie):
        if request.POST.get(f"choix_{cle}") == "leur":
            del saisie[cle]
    motif = request.POST.get("motif", "")[:300]
    formulaire = FormulaireFiche(
        _donnees(fiche, saisie, int(version), motif), referentiel=Referentiel(fiche.schema)
    )
    formulaire.is_valid()
    return _enregistrer(request, fiche, formulaire, saisie, int(version), motif)


def _saisie_gardee(texte: str) -> dict | None:
    try:
        saisie = json.loads(texte)
    except ValueError:
        return None
    if not isinstance(saisie, dict) or not set(saisie) <= set(CLES):
        return None
    for cle, valeur in saisie.items():
        sorte = PAR_CLE[cle].sorte
        if sorte == "lignes":
            juste = isinstance(valeur, list) and all(isinstance(li, dict) for li in valeur)
        elif sorte == "liste":
            juste = isinstance(valeur, list) and all(isinstance(nom, str) for nom in valeur)
        else:
            juste = valeur is None or isinstance(valeur, str | int | bool)
        if not juste:
            return None
    return saisie


def _donnees(fiche, saisie: dict, version: int, motif: str):
    """La saisie d'un conflit, redevenue un envoi de formulaire : une erreur y retrouve sa place."""
    depart = FormulaireFiche(
        referentiel=Referentiel(fiche.schema),
        etat={**etat_de(fiche), **saisie},
        version=version,
    )
    return depart.comme_un_envoi(motif)


# --- Créer ----------------------------------------------------------------------------------------


@acces_role("referent_axe", partenaires=False)
@require_http_methods(["GET", "HEAD", "POST"])
def fiche_nouvelle(request, collectivite):
    """D'abord la place dans le plan, puis la fiche, avec le code suivant déjà proposé."""
    reprise = saisie_reprise(request)
    nom = (reprise.get("schema", "") if reprise else "") or schema_demande(request)
    schemas = Schema.objects.filter(collectivite=request.collectivite)
    schema = (schemas.filter(slug=nom).first() if nom else None) or schemas.first()
    contexte: dict[str, Any] = {
        "chemin": [
            {"libelle": "Les fiches", "url": reverse("plan:espace_fiches", args=[collectivite])}
        ],
        "annuler": reverse("plan:espace_fiches", args=[collectivite]),
    }
    if schema is None:
        return render(request, "plan/espace/sans_plan.html", contexte)
    schema.collectivite = request.collectivite
    permises = _divisions_permises(request, schema)
    if not permises:
        raise PermissionDenied("Aucune division ne vous est confiée dans ce plan.")
    contexte |= {"schema": schema, "schemas": list(schemas)}
    referentiel = Referentiel(schema)
    if request.method == "POST":
        formulaire = FormulaireFiche(request.POST, referentiel=referentiel, divisions=permises)
        if request.POST.get("ajouter"):
            return _page_nouvelle(request, formulaire, contexte)
        if formulaire.is_valid() and (fiche := _creer(request, schema, formulaire, permises)):
            return redirect(adresse("espace_fiche", fiche))
        return _page_nouvelle(request, formulaire, contexte, status=422)
    if reprise is not None:
        formulaire = FormulaireFiche(reprise, referentiel=referentiel, divisions=permises)
        return _page_nouvelle(request, formulaire, contexte)
    division = next((d for d in permises if d.code == request.GET.get("division")), None)
    if division is None:
        return render(
            request,
            "plan/espace/fiche_place.html",
            {**contexte, "divisions": choix_de_divisions(permises)},
        )
    etat = etat_vide(division=division.code, code=code_suivant(division))
    return _page_nouvelle(
        request,
        FormulaireFiche(referentiel=referentiel, etat=etat, divisions=permises),
        contexte,
    )


def _divisions_permises(request, schema) -> list[Division]:
    divisions = list(Division.objects.filter(schema=schema).order_by("chemin"))
    for division in divisions:
        division.schema = schema
    if not request.droits.au_moins("administrateur"):
        divisions_suivies(request.user)
    return [d for d in divisions if request.user.has_perm("plan.creer_fiche", d)]


def _creer(request, schema, formulaire, permises):
    try:
        division = next(d for d in permises if d.code == formulaire.cleaned_data["division"])
        exiger(request, "plan.creer_fiche", division)
        fiche = creer_fiche(schema=schema, etat=etat_vide(**formulaire.etat()), par=request.user)
    except EtatInvalide as refus:
        formulaire.refuser(refus.erreurs)
        return None
    messages.success(request, f"La fiche {fiche.code} est créée. Inscrivez maintenant son équipe.")
    return fiche


def _page_nouvelle(request, formulaire, contexte, status=200):
    return render(
        request,
        "plan/espace/fiche_modifier.html",
        {
            **contexte,
            "formulaire": formulaire,
            "titre": "Nouvelle fiche",
            "bouton": "Créer la fiche",
            "brouillon": f"fiche-nouvelle-{contexte['schema'].pk}",
            "reprise": False,
            "fiche": None,
        },
        status=status,
    )


# --- Archiver, remettre ---------------------------------------------------------------------------


@acces_role("referent_axe", partenaires=False)
@require_http_methods(["GET", "HEAD", "POST"])
def archiver(request, collectivite, code):
    fiche = fiche_demandee(request, code, "plan.archiver_fiche")
    if fiche.archivee_le is not None:
        messages.info(request, "Cette fiche est déjà archivée.")
        return redirect(adresse("espace_fiche", fiche))
    formulaire = FormulaireMotif(
        request.POST if request.method == "POST" else saisie_reprise(request),
        initial={"schema": fiche.schema.slug},
    )
    if request.method == "POST" and formulaire.is_valid():
        try:
            archiver_fiche(fiche=fiche, motif=formulaire.cleaned_data["motif"], par=request.user)
        except (EtatInvalide, ConflitEcriture) as refus:
            formulaire.add_error(None, str(refus))
        else:
            messages.success(request, "Fiche archivée. Rien n’est effacé, tout peut revenir.")
            return redirect(adresse("espace_fiche", fiche))
    return render(
        request,
        "plan/espace/archiver.html",
        contexte_fiche(
            request, fiche, "archiver", formulaire=formulaire, publique=adresse_publique(fiche)
        ),
        status=422 if request.method == "POST" else 200,
    )


@acces_role("referent_axe", partenaires=False)
@require_http_methods(["GET", "HEAD", "POST"])
def restaurer(request, collectivite, code):
    fiche = fiche_demandee(request, code, "plan.archiver_fiche")
    if fiche.archivee_le is None:
        messages.info(request, "Cette fiche est déjà dans le plan.")
        return redirect(adresse("espace_fiche", fiche))
    refus = ""
    if request.method == "POST":
        try:
            restaurer_fiche(fiche=fiche, par=request.user)
        except (EtatInvalide, ConflitEcriture) as erreur:
            refus = str(erreur)
        else:
            messages.success(request, "Fiche remise dans le plan, telle qu’elle était.")
            return redirect(adresse("espace_fiche", fiche))
    return render(
        request,
        "plan/espace/restaurer.html",
        contexte_fiche(request, fiche, "restaurer", refus=refus),
        status=422 if refus else 200,
    )
