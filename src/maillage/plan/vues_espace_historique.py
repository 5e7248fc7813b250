"""L'histoire d'une fiche : ce qui a changé, quand, par qui ; comparer ; revenir en arrière."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from maillage.acteurs.acces import acces_role

from .espace import adresse, contexte_fiche, droits_sur, exiger, fiche_demandee
from .etat import etat_de
from .historique import chronologie, comparer, instant_demande, version_ou_rien
from .presentation import changements_lisibles, etat_lisible, origine_en_mots
from .services import ConflitEcriture, revenir_a_la_version
from .validation import EtatInvalide

PAR_PAGE = 40


@acces_role("lecteur")
@require_safe
def historique(request, collectivite, code):
    """Versions et points d'étape, du plus récent au plus ancien ; deux versions se comparent."""
    fiche = fiche_demandee(request, code)
    evenements = chronologie(fiche, PAR_PAGE + 1, instant_demande(request.GET.get("avant", "")))
    suite = ""
    if len(evenements) > PAR_PAGE:
        evenements = evenements[:PAR_PAGE]
        suite = adresse("historique", fiche, avant=evenements[-1].quand.isoformat())
    versions = list(
        fiche.versions.select_related("auteur").only("numero", "date", "auteur__nom")[:200]
    )
    de, a = (version_ou_rien(fiche, request.GET.get(nom)) for nom in ("de", "a"))
    if de and a and de.numero > a.numero:
        de, a = a, de
    return render(
        request,
        "plan/espace/historique.html",
        contexte_fiche(
            request, fiche, "historique",
            evenements=evenements, suite=suite, versions=versions, de=de, a=a,
            choix_de=de.numero if de else fiche.version - 1,
            choix_a=a.numero if a else fiche.version,
            comparaison=comparer(de.etat, a.etat) if de and a else None,
            peut=droits_sur(request, fiche),
        ),
    )  # fmt: skip


@acces_role("lecteur")
@require_http_methods(["GET", "HEAD", "POST"])
def version(request, collectivite, code, numero):
    """Une version : ce qu'elle a changé, ce que disait la fiche, et comment y revenir."""
    fiche = fiche_demandee(request, code)
    voulue = version_ou_rien(fiche, numero)
    if voulue is None:
        raise Http404("Cette version n’est pas dans l’historique de la fiche.")
    ecart = comparer(etat_de(fiche), voulue.etat)
    change_l_archivage = any(c.cle == "archivee" for c in ecart)
    refus = ""
    if request.method == "POST":
        exiger(request, "plan.modifier_fiche", fiche)
        if change_l_archivage:
            exiger(request, "plan.archiver_fiche", fiche)
        if request.POST.get("version") != str(fiche.version):
            refus = (
                "La fiche a changé pendant que vous lisiez. Rien n’a été enregistré : "
                "relisez ce qui changerait maintenant."
            )
        else:
            try:
                revenir_a_la_version(fiche=fiche, numero=voulue.numero, par=request.user)
            except (EtatInvalide, ConflitEcriture) as erreur:
                refus = f"Le plan a trop changé depuis. {erreur}"
            else:
                messages.success(
                    request, f"La fiche dit de nouveau ce qu’elle disait à la version {numero}."
                )
                return redirect(adresse("espace_fiche", fiche))
    droits = droits_sur(request, fiche)
    return render(
        request,
        "plan/espace/version.html",
        contexte_fiche(
            request, fiche, "version",
            version=voulue,
            origine=origine_en_mots(voulue.origine),
            changements=changements_lisibles(voulue.changements),
            champs=etat_lisible(voulue.etat),
            ecart=ecart,
            refus=refus,
            peut_revenir=droits["modifier"] and (droits["archiver"] or not change_l_archivage),
            revenir="revenir" in request.GET or request.method == "POST",
            adresse_revenir=adresse("version", fiche, voulue.numero, revenir=1) + "#revenir",
        ),
        status=409 if refus else 200,
    )  # fmt: skip
