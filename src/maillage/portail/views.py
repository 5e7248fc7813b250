"""Les pages publiques du portail d'une collectivité."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from maillage.acteurs.acces import acces_public
from maillage.acteurs.pages import page_publique
from maillage.plan.lecture import cadre_en_cours, cadre_public, fiches_publiques, lire
from maillage.plan.models import Schema
from maillage.plan.synthese import Compte, Synthese, synthese
from maillage.socle.couleurs import AccentRefuse, feuille_accent
from maillage.socle.mise_en_mots import INSECABLE, accorder, nombre_en_mots, pourcentage_en_mots
from maillage.territoires.models import Commune, Defi
from maillage.territoires.services import territoires_de

from . import lecture
from .chercher import chercher


def _cachets(request, **_) -> list[str]:
    return cadre_en_cours(request).cachets


def _cachets_du_lieu(request, **_) -> list[str]:
    """Les plans, le découpage en territoires, les communes du département."""
    collectivite = request.collectivite
    cles = [*cadre_en_cours(request).cachets, f"departement:{collectivite.departement_id}"]
    if collectivite.decoupage_id:
        cles.append(f"decoupage:{collectivite.decoupage_id}")
    return cles


def _adresse_etape(collectivite: str):
    return lambda etape: reverse("portail:parcours", args=[collectivite, etape.slug])


@page_publique(_cachets)
@require_safe
def accueil(request, collectivite):
    """L'accueil d'une collectivité : ce que fait son plan, et ce qui vient de changer."""
    cadre = cadre_en_cours(request)
    schema = cadre.schema(None)
    vue = (
        synthese(schema, cadre.divisions, lire(fiches_publiques(cadre, schema))) if schema else None
    )
    return render(
        request,
        "portail/accueil.html",
        {
            "schema": schema,
            "schemas": cadre_public(request).schemas,
            "vue": vue,
            "adresse": cadre.adresses(),
            "frise": lecture.frise(cadre, _adresse_etape(collectivite)),
            "recents": lecture.changements_recents(cadre),
            "chiffres": _chiffres(vue) if vue else [],
        },
    )


def _chiffres(vue: Synthese) -> list[dict[str, str]]:
    """Les compteurs de l'accueil, chacun avec ce sur quoi il repose."""
    compte, taux = vue.compte, vue.taux
    bloquees = accorder(compte.bloquees, "action bloquée,actions bloquées")
    nombre, _, libelle = bloquees.partition(INSECABLE)
    trouves = [
        {
            "valeur": nombre_en_mots(compte.avec_point),
            "libelle": "actions avec un point d’étape",
            "appui": f"sur {nombre_en_mots(compte.total)}",
        },
        {
            "valeur": nombre_en_mots(compte.a_jour),
            "libelle": "actions à jour",
            "appui": f"{nombre_en_mots(compte.a_actualiser)} à actualiser, "
            f"{nombre_en_mots(compte.en_retard)} en retard",
        },
        {"valeur": nombre, "libelle": libelle, "appui": "selon leur pilote"},
    ]
    if taux.valeur is not None:
        appui = f"calculé sur {accorder(taux.calculables, 'action')} sur {taux.total}"
        chemin = {"valeur": pourcentage_en_mots(taux.valeur), "libelle": "du chemin fait"}
        trouves.insert(1, {**chemin, "appui": appui})
    return trouves


@page_publique(_cachets_du_lieu)
@require_safe
def territoires(request, collectivite):
    """Près de chez moi : les territoires d'action, et toutes les communes du département."""
    cadre = cadre_en_cours(request)
    defis: dict[int, list[Defi]] = {}
    for defi in Defi.objects.filter(territoire__in=cadre.territoires):
        defis.setdefault(defi.territoire_id, []).append(defi)
    communes = Commune.objects.du_departement(request.collectivite.departement_id)
    groupes = lecture.communes_par_epci(communes)
    comptes = lecture.nombre_de_communes(
        cadre.territoires, (c for groupe in groupes for c in groupe.communes)
    )
    return render(
        request,
        "portail/territoires.html",
        {
            "territoires": [
                {
                    "territoire": t,
                    "defis": defis.get(t.pk, []),
                    "communes": comptes[t.pk],
                }
                for t in cadre.territoires
            ],
            "groupes": groupes,
            "nombre_communes": sum(len(g.communes) for g in groupes),
        },
    )


@page_publique(_cachets_du_lieu)
@require_safe
def territoire(request, collectivite, slug):
    """Un territoire d'action : ses communes, ses défis, ce qu'on y fait."""
    cadre = cadre_en_cours(request)
    trouve = next((t for t in cadre.territoires if t.slug == slug), None)
    if trouve is None:
        raise Http404("Ce territoire n’existe pas dans le découpage en vigueur.")
    groupes = lecture.communes_par_epci(trouve.communes())
    fiches = lecture.fiches_du_territoire(cadre, trouve)
    partout = lecture.fiches_de_tout_le_departement(cadre)
    return render(
        request,
        "portail/territoire.html",
        {
            "territoire": trouve,
            "groupes": groupes,
            "nombre_communes": sum(len(g.communes) for g in groupes),
            "population": sum(g.population for g in groupes),
            "millesime": max((c.millesime for g in groupes for c in g.communes), default=None),
            "defis": list(trouve.defis.all()),
            "fiches": lecture.fiches_par_division(cadre, fiches),
            "compte": Compte.de(fiches),
            "partout": lecture.fiches_par_division(cadre, partout),
            "compte_partout": Compte.de(partout),
            "adresse": cadre.adresses(),
        },
    )


@page_publique(_cachets_du_lieu)
@require_safe
def commune(request, collectivite, code_insee):
    """Une commune du département : son territoire, et les actions qui la concernent."""
    cadre = cadre_en_cours(request)
    trouvee = (
        Commune.objects.filter(pk=code_insee, departement=request.collectivite.departement_id)
        .select_related("epci", "remplacee_par")
        .first()
    )
    if trouvee is None:
        raise Http404("Cette commune n’est pas dans le département.")
    if not trouvee.est_actuelle and (actuelle := trouvee.commune_actuelle()) is not None:
        return redirect("portail:commune", collectivite, actuelle.pk)
    lieu = None
    if request.collectivite.decoupage_id:
        lieu = territoires_de(trouvee, decoupage=request.collectivite.decoupage).first()
    fiches = lecture.fiches_du_territoire(cadre, lieu) if lieu else []
    partout = lecture.fiches_de_tout_le_departement(cadre)
    return render(
        request,
        "portail/commune.html",
        {
            "commune": trouvee,
            "territoire": lieu,
            "fiches": lecture.fiches_par_division(cadre, fiches),
            "compte": Compte.de(fiches),
            "partout": lecture.fiches_par_division(cadre, partout),
            "compte_partout": Compte.de(partout),
            "adresse": cadre.adresses(),
        },
    )


@page_publique(_cachets)
@require_safe
def parcours_liste(request, collectivite):
    """Les étapes de la vie."""
    cadre = cadre_en_cours(request)
    return render(
        request,
        "portail/parcours_liste.html",
        {"frise": lecture.frise(cadre, _adresse_etape(collectivite)), "schema": cadre.schema(None)},
    )


@page_publique(_cachets)
@require_safe
def parcours(request, collectivite, slug):
    """Une étape de la vie : les actions qui l'accompagnent."""
    cadre = cadre_en_cours(request)
    etape = next((e for e in cadre.etapes if e.slug == slug), None)
    if etape is None:
        raise Http404("Cette étape de la vie n’existe pas ici.")
    fiches = lire(fiches_publiques(cadre).filter(etapes=etape))
    return render(
        request,
        "portail/parcours.html",
        {
            "etape": etape,
            "frise": lecture.frise(cadre, _adresse_etape(collectivite), etape),
            "fiches": lecture.fiches_par_division(cadre, fiches),
            "compte": Compte.de(fiches),
            "adresse": cadre.adresses(),
        },
    )


def _nombre_de_plans(request) -> int:
    return Schema.objects.de(request.collectivite).publies().count()


def _cachets_de_la_recherche(request, **autres) -> list[str]:
    cles = _cachets_du_lieu(request, **autres)
    return [*cles, *cadre_public(request).cachets] if request.GET.get("plans") == "tous" else cles


@page_publique(_cachets_de_la_recherche)
@require_safe
def recherche(request, collectivite):
    """Chercher une action, une commune, un territoire, une étape de la vie.

    `?plans=tous` cherche aussi dans les plans terminés.
    """
    tous = request.GET.get("plans") == "tous"
    cadre = cadre_public(request) if tous else cadre_en_cours(request)
    resultats = chercher(cadre, request.GET.get("q", ""))
    return render(
        request,
        "portail/recherche.html",
        {
            "resultats": resultats,
            "adresse": cadre.adresses(),
            "etapes": cadre.etapes,
            "plans_termines": not tous and len(cadre.schemas) < _nombre_de_plans(request),
        },
    )


@acces_public
@require_safe
def jetons(request, collectivite):
    """La feuille de l'accent. Son adresse porte la couleur : elle se garde un an sans risque."""
    accent = request.collectivite.accent
    try:
        feuille = feuille_accent(accent)
    except AccentRefuse:
        feuille = ""  # une couleur illisible ne s'applique pas : celle de la maison reste
    reponse = HttpResponse(feuille, content_type="text/css; charset=utf-8")
    a_jour = request.GET.get("v") == accent.removeprefix("#")
    reponse["Cache-Control"] = (
        "public, max-age=31536000, immutable" if a_jour else "public, max-age=300"
    )
    return reponse
