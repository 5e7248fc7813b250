"""Importer et exporter, dans l'espace de travail : envoyer, voir ce qui changerait, confirmer."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from maillage.acteurs.acces import acces_role
from maillage.socle.classeurs import ClasseurRefuse
from maillage.socle.classeurs.entetes import cle_intitule

from .echanges import depot as depots
from .echanges.bilan import Bilan, ImportRefuse, PlanChange
from .echanges.export_plan import FORMATS, exporter
from .echanges.import_plan import (
    charger,
    correspondances_de,
    essayer,
    importer,
    retenir_correspondances,
)
from .echanges.vocabulaire import champs_proposes
from .filtres import Filtres
from .formulaires.echanges import FormulaireExport, FormulaireImport
from .lecture import Cadre
from .models import FicheAction, Meteo, Schema
from .presentation import changement_lisible

_MONTRES = 100  # lignes montrées par liste ; au-delà, on compte le reste
_NOTE = "note"


def _schemas(request):
    return Schema.objects.filter(collectivite=request.collectivite)


def _schema(request, pk: int) -> Schema:
    schema = _schemas(request).select_related("collectivite__decoupage").filter(pk=pk).first()
    if schema is None:
        raise Http404("Ce plan n’est plus ici.")
    return schema


def _chemin(request) -> list[dict]:
    url = reverse("plan:echanges", args=[request.collectivite.slug])
    return [{"libelle": "Importer, exporter", "url": url}]


def _depot(request, jeton: str, geste=depots.retrouver) -> depots.Depot:
    try:
        return geste(request, jeton)
    except depots.DepotIntrouvable:
        raise Http404(
            "Ce classeur n’est plus gardé : il a déjà servi, ou il a plus de 24 heures. "
            "Envoyez-le de nouveau."
        ) from None


# --- Envoyer ------------------------------------------------------------------------------------


@never_cache
@acces_role("administrateur", partenaires=False)
@require_http_methods(["GET", "HEAD", "POST"])
def echanges(request, collectivite):
    """La porte : envoyer un classeur, ou prendre celui du plan."""
    schemas = _schemas(request)
    refus: list[Any] = []
    omis = 0
    formulaire = FormulaireImport(request.POST or None, request.FILES or None, schemas=schemas)
    if request.method == "POST" and formulaire.is_valid():
        fichier, schema = formulaire.cleaned_data["fichier"], formulaire.cleaned_data["schema"]
        try:
            charger(fichier, fichier.name)
        except ClasseurRefuse as faute:
            refus, omis = faute.problemes, faute.omis
        else:
            fichier.seek(0)
            depot = depots.deposer(
                request, morceaux=fichier.chunks(), nom=fichier.name, schema_id=schema.pk
            )
            return redirect("plan:import_essai", collectivite, depot.jeton)
    return render(
        request,
        "plan/echanges/accueil.html",
        {
            "formulaire": formulaire,
            "export": FormulaireExport(schemas=schemas),
            "a_un_plan": schemas.exists(),
            "refus": refus,
            "omis": omis,
        },
        status=422 if refus or formulaire.errors else 200,
    )


# --- Voir ---------------------------------------------------------------------------------------


@never_cache
@acces_role("administrateur", partenaires=False)
@require_safe
def import_essai(request, collectivite, jeton):
    """Ce que ferait l'import. Rien n'est écrit."""
    depot = _depot(request, jeton)
    schema = _schema(request, depot.schema_id)
    bilan = essayer(source=depot.fichier, schema=schema, nom=depot.nom)
    return _page_essai(request, depot, schema, bilan)


def _page_essai(request, depot: depots.Depot, schema: Schema, bilan: Bilan, *, change=False):
    return render(
        request,
        "plan/echanges/essai.html",
        {
            "chemin": [*_chemin(request), {"libelle": depot.nom}],
            "depot": depot,
            "schema": schema,
            "bilan": bilan,
            "change": change,
            "chiffres": _chiffres(bilan),
            "creees": bilan.creees[:_MONTRES],
            "creees_de_plus": max(0, len(bilan.creees) - _MONTRES),
            "modifiees": [
                {
                    "code": fiche.code,
                    "titre": fiche.titre,
                    "changements": [
                        changement_lisible(c.cle, c.avant, c.apres) for c in fiche.changements
                    ],
                }
                for fiche in bilan.modifiees[:_MONTRES]
            ],
            "modifiees_de_plus": max(0, len(bilan.modifiees) - _MONTRES),
            "refus": bilan.refus[:_MONTRES],
            "refus_de_plus": max(0, len(bilan.refus) - _MONTRES),
            "nouveaux": _nouveaux(bilan),
            "suivi": _suivi(bilan),
            "colonnes": _colonnes(bilan),
            "choix_de_champ": champs_proposes(schema.niveaux),
        },
        status=409 if change else 200,
    )


def _chiffres(bilan: Bilan) -> list[dict]:
    return [
        {"valeur": str(nombre), "libelle": libelle}
        for nombre, libelle in (
            (len(bilan.creees), "à créer"),
            (len(bilan.modifiees), "à modifier"),
            (len(bilan.inchangees), "inchangées"),
            (len(bilan.refus), "à corriger"),
        )
    ]


def _nouveaux(bilan: Bilan) -> list[dict]:
    groupes = [
        ("Divisions du plan", [f"{code} · {nom}" for code, nom in bilan.divisions_creees]),
        (
            "Divisions modifiées",
            [f"{code} : {', '.join(quoi)}" for code, quoi in bilan.divisions_modifiees],
        ),
        ("Organisations", bilan.organisations),
        ("Personnes", bilan.personnes),
        ("Publics", bilan.publics),
    ]
    return [
        {
            "titre": titre,
            "nombre": len(noms),
            "noms": noms[:_MONTRES],
            "de_plus": max(0, len(noms) - _MONTRES),
        }
        for titre, noms in groupes
        if noms
    ]


def _suivi(bilan: Bilan) -> list[dict]:
    groupes = [
        (
            "Points d’étape à ajouter",
            [f"{p.code}, {p.date} : {Meteo(p.meteo).label.lower()}" for p in bilan.points],
        ),
        (
            "Valeurs d’indicateurs",
            [
                f"{v.code}, {v.indicateur}, {v.date} : "
                + (f"{v.avant or 'absente'} devient " if v.corrigee else "")
                + (v.apres or "absente")
                for v in bilan.valeurs
            ],
        ),
    ]
    return [
        {
            "titre": titre,
            "nombre": len(noms),
            "noms": noms[:_MONTRES],
            "de_plus": max(0, len(noms) - _MONTRES),
        }
        for titre, noms in groupes
        if noms
    ]


def _colonnes(bilan: Bilan) -> dict[str, list[dict]]:
    """Les colonnes du classeur, une fois chacune : à désigner d'abord, puis reconnues."""
    vues: dict[str, dict] = {}
    for colonne in bilan.colonnes:
        vues.setdefault(
            cle_intitule(colonne.intitule),
            {
                "numero": len(vues),
                "intitule": colonne.intitule,
                "feuille": colonne.feuille,
                "champ": colonne.champ or (_NOTE if colonne.decidee else ""),
                "libelle": colonne.libelle,
                "suggestion": colonne.suggestions[0] if colonne.suggestions else "",
            },
        )
    toutes = list(vues.values())
    return {
        "inconnues": [c for c in toutes if c["champ"] in {"", _NOTE}],
        "reconnues": [c for c in toutes if c["champ"] not in {"", _NOTE}],
    }


# --- Désigner, abandonner, confirmer ------------------------------------------------------------


@never_cache
@acces_role("administrateur", partenaires=False)
@require_POST
def import_colonnes(request, collectivite, jeton):
    """Retient le sens des colonnes pour cette collectivité, puis refait l'essai."""
    depot = _depot(request, jeton)
    schema = _schema(request, depot.schema_id)
    permis = {cle for cle, _ in champs_proposes(schema.niveaux)}
    connues = correspondances_de(request.collectivite)
    reponses: dict[str, str] = {}
    for nom, intitule in request.POST.items():
        if not nom.startswith("intitule-"):
            continue
        cle = cle_intitule(intitule)[:200]
        champ = request.POST.get(f"champ-{nom.removeprefix('intitule-')}", "")
        if not cle or champ == request.POST.get(f"avant-{nom.removeprefix('intitule-')}", ""):
            continue
        if champ in permis:
            reponses[cle] = champ
        elif champ == _NOTE:
            reponses[cle] = ""
    reponses = {cle: champ for cle, champ in reponses.items() if connues.get(cle) != champ}
    retenir_correspondances(collectivite=request.collectivite, reponses=reponses, par=request.user)
    if reponses:
        messages.success(request, "Colonnes retenues. Elles serviront aussi la prochaine fois.")
    return redirect("plan:import_essai", collectivite, jeton)


@never_cache
@acces_role("administrateur", partenaires=False)
@require_POST
def import_abandonner(request, collectivite, jeton):
    """Efface le classeur envoyé. Rien n'avait été écrit."""
    depot = _depot(request, jeton)
    depots.effacer(depot.jeton)
    messages.info(request, "Import abandonné. Rien n’a été enregistré.")
    return redirect("plan:echanges", collectivite)


@never_cache
@acces_role("administrateur", partenaires=False)
@require_POST
def import_confirmer(request, collectivite, jeton):
    """Importe, si le plan est resté celui de l'essai ; sinon montre le nouvel essai."""
    depot = _depot(request, jeton)
    schema = _schema(request, depot.schema_id)
    depot = _depot(request, jeton, depots.prendre)
    try:
        bilan = importer(
            source=depot.fichier,
            nom=depot.nom,
            schema=schema,
            par=request.user,
            empreinte_attendue=request.POST.get("empreinte", ""),
        )
    except (ImportRefuse, PlanChange) as arret:
        depots.rendre(depot)
        return _page_essai(request, depot, schema, arret.bilan, change=True)
    except BaseException:
        depots.rendre(depot)
        raise
    depots.terminer(
        request,
        depot,
        {
            "creees": [f.code for f in bilan.creees],
            "modifiees": [f.code for f in bilan.modifiees],
            "inchangees": len(bilan.inchangees),
            "divisions": len(bilan.divisions_creees),
            "points": len(bilan.points),
            "valeurs": len(bilan.valeurs),
        },
    )
    return redirect("plan:import_resultat", collectivite, jeton)


@never_cache
@acces_role("administrateur", partenaires=False)
@require_safe
def import_resultat(request, collectivite, jeton):
    """Ce que l'import a fait, avec un lien vers chaque fiche."""
    try:
        fait = depots.resultat(request, jeton)
    except depots.DepotIntrouvable:
        raise Http404("Ce résultat n’est plus gardé.") from None
    resultat = fait["resultat"]
    return render(
        request,
        "plan/echanges/resultat.html",
        {
            "chemin": [*_chemin(request), {"libelle": "Import terminé"}],
            "nom": fait["nom"],
            "schema": _schema(request, fait["schema"]),
            "resultat": resultat,
            "creees": resultat["creees"][:_MONTRES],
            "modifiees": resultat["modifiees"][:_MONTRES],
            "de_plus": max(0, len(resultat["creees"]) - _MONTRES)
            + max(0, len(resultat["modifiees"]) - _MONTRES),
        },
    )


# --- Exporter -----------------------------------------------------------------------------------


@never_cache
@acces_role("lecteur")
@require_safe
def exporter_plan(request, collectivite):
    """Le plan, ou ce qu'en montre une liste filtrée, dans un classeur qui se réimporte.

    Chacun n'exporte que les fiches qu'il voit. Avec des filtres, les fiches archivées sont ôtées,
    comme à l'écran ; `archivees=oui` les remet, `archivees=non` les ôte toujours.
    """
    format = request.GET.get("format", "xlsx")
    if format not in FORMATS:
        raise Http404("Les formats d’export sont xlsx, ods et csv.")
    schemas = list(_schemas(request).select_related("collectivite"))
    demande = request.GET.get("schema", "")
    schema = next((s for s in schemas if s.slug == demande), None)
    if schema is None and (demande or not schemas):
        raise Http404("Ce plan n’est pas ici.")
    schema = schema or schemas[0]
    fiches = FicheAction.objects.visibles_par(request.user, request.collectivite).filter(
        schema=schema
    )
    parametres = request.GET.copy()
    parametres.pop("schema", None)
    filtres = Filtres(parametres, Cadre(request.collectivite, schemas))
    fiches = filtres.appliquer(fiches)
    if request.GET.get("archivees", "non" if filtres else "oui") != "oui":
        fiches = fiches.actives()
    if not filtres.tri:
        fiches = fiches.order_by("division__chemin", "code", "pk")
    try:
        octets = exporter(schema=schema, format=format, fiches=fiches)
    except ClasseurRefuse as refus:
        messages.error(request, str(refus))
        return redirect("plan:echanges", collectivite)
    nom = f"{schema.slug}-{timezone.localdate().isoformat()}.{format}"
    return HttpResponse(
        octets,
        content_type=FORMATS[format],
        headers={"Content-Disposition": f'attachment; filename="{nom}"'},
    )
