"""Répondre à un rappel, ou le mettre en pause, par un lien signé et sans se connecter.

Le lien est la seule autorité : ni session, ni témoin. Une page piégée ne peut donc rien envoyer au
nom d'un visiteur, et le contrôle anti-rejeu des formulaires n'a rien à protéger ; il serait même
impossible ici, car « no-referrer » fait taire l'origine que le navigateur annonce.
"""

import functools
from collections.abc import Callable

from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from maillage.acteurs.acces import acces_public
from maillage.acteurs.debit import debit
from maillage.indicateurs.services import ValeurRefusee

from .espace import adresse, adresse_publique
from .formulaires.point import FormulairePoint
from .formulaires.rappels import FormulairePause
from .models import PauseRappels
from .rappels.liens import LienExpire, LienInconnu, LienRefuse, compte_de_la_pause, ligne_du_jeton
from .rappels.services import mettre_en_pause, repondre, reprendre
from .suivi import PointRefuse, point_en_vigueur

_STATUTS: dict[type[LienRefuse], int] = {LienInconnu: 404, LienExpire: 410}


def discrete(vue: Callable) -> Callable:
    """Une page que rien ne garde, n'indexe, ni ne trahit : son adresse est un secret."""

    @functools.wraps(vue)
    def servie(request, *args, **kwargs):
        try:
            reponse = vue(request, *args, **kwargs)
        except LienRefuse as refus:
            reponse = render(
                request,
                "plan/rappels/lien_ferme.html",
                {
                    "expire": isinstance(refus, LienExpire),
                    "inconnu": isinstance(refus, LienInconnu),
                },
                status=_STATUTS.get(type(refus), 403),
            )
        reponse["Referrer-Policy"] = "no-referrer"
        reponse["X-Robots-Tag"] = "noindex, nofollow"
        return reponse

    return servie


@acces_public
@csrf_exempt
@never_cache
@discrete
@debit("lien", nombre=60, secondes=300)
@require_http_methods(["GET", "HEAD", "POST"])
def lien_point(request, collectivite, jeton):
    """Dire où en est une fiche. Lire la page ne change rien ; l'envoyer publie un seul point."""
    ligne = ligne_du_jeton(jeton, request.collectivite)
    fiche = ligne.fiche
    precedent = point_en_vigueur(fiche)
    if ligne.repondu_le or fiche.prochaine_echeance != ligne.echeance:
        return render(
            request,
            "plan/rappels/repondu.html",
            {
                "fiche": fiche,
                "point": ligne.point or precedent,
                "par_ce_lien": ligne.repondu_le is not None,
                "publique": adresse_publique(fiche),
                "espace": adresse("espace_fiche", fiche),
            },
        )
    options = {
        "fiche": fiche,
        "precedent": precedent,
        "indicateurs": list(fiche.indicateurs.select_related("indicateur")),
    }
    statut = 200
    if request.method == "POST":
        formulaire = FormulairePoint(request.POST, **options)
        if formulaire.is_valid() and _publier(ligne, formulaire):
            return redirect("plan:lien_point", collectivite, jeton)
        statut = 422
    else:
        formulaire = FormulairePoint(**options)
    return render(
        request,
        "plan/rappels/lien_point.html",
        {
            "fiche": fiche,
            "ligne": ligne,
            "formulaire": formulaire,
            "precedent": precedent,
            "publique": adresse_publique(fiche),
            "signe": ligne.envoi.compte,
        },
        status=statut,
    )


def _publier(ligne, formulaire) -> bool:
    try:
        repondre(ligne=ligne, saisie=formulaire.saisie, valeurs=formulaire.valeurs)
    except PointRefuse as refus:
        formulaire.refuser(refus)
        return False
    except ValeurRefusee as refus:
        formulaire.add_error(None, str(refus))
        return False
    return True


@acces_public
@csrf_exempt
@never_cache
@discrete
@debit("pause", nombre=60, secondes=300)
@require_http_methods(["GET", "HEAD", "POST"])
def pause_rappels(request, collectivite, jeton):
    """Ne plus recevoir de rappels, ou les reprendre. Un logiciel de courriel peut l'envoyer seul
    (RFC 8058) : les rappels s'arrêtent alors jusqu'à nouvel ordre."""
    compte = compte_de_la_pause(jeton, request.collectivite)
    formulaire = FormulairePause()
    if request.method == "POST":
        if request.POST.get("List-Unsubscribe") == "One-Click":
            mettre_en_pause(
                compte=compte, collectivite=request.collectivite, jusqu_au=None, origine="lien"
            )
            return redirect("plan:pause_rappels", collectivite, jeton)
        if "reprendre" in request.POST:
            reprendre(compte=compte, collectivite=request.collectivite, origine="lien")
            return redirect("plan:pause_rappels", collectivite, jeton)
        formulaire = FormulairePause(request.POST)
        if formulaire.is_valid():
            mettre_en_pause(
                compte=compte,
                collectivite=request.collectivite,
                jusqu_au=formulaire.jusqu_au,
                origine="lien",
            )
            return redirect("plan:pause_rappels", collectivite, jeton)
    return render(
        request,
        "plan/rappels/pause.html",
        {
            "formulaire": formulaire,
            "pause": PauseRappels.objects.en_vigueur().filter(compte=compte).first(),
        },
        status=422 if formulaire.errors else 200,
    )
