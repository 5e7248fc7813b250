"""Les risques partagés : la matrice gravité × probabilité, puis la liste, axe par axe."""

from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from maillage.acteurs.acces import acces_role

from .filtres import PAR_CLE, Filtres
from .lecture import Cadre
from .models import FicheAction, Risque, Schema

ECHELLE = (1, 2, 3, 4)
MOTS = {1: "faible", 2: "modérée", 3: "importante", 4: "forte"}
SANS_RESPONSABLE = "aucun"


def niveau(gravite: int, probabilite: int) -> str:
    """« fort » dès 9 sur 16, « moyen » dès 4, sinon « faible »."""
    criticite = gravite * probabilite
    return "fort" if criticite >= 9 else "moyen" if criticite >= 4 else "faible"


@acces_role("lecteur")
@require_safe
def risques(request, collectivite):
    """Les risques des fiches que ce compte voit. Six requêtes, quel que soit leur nombre."""
    cadre = Cadre(request.collectivite, Schema.objects.de(request.collectivite))
    schema = cadre.schema(request.GET.get("schema"))
    if schema is None:
        return render(request, "plan/argent/risques.html", {"schema": None})
    filtres = Filtres(request.GET, cadre)
    parametres = request.GET.copy()
    parametres.pop("schema", None)
    parametres.pop("tri", None)
    visibles = FicheAction.objects.visibles_par(request.user, request.collectivite).actives()
    fiches = Filtres(parametres, cadre).appliquer(visibles.filter(schema=schema))
    tous = list(
        Risque.objects.filter(fiche__in=fiches.order_by().values("pk"))
        .select_related("fiche", "proprietaire")
        .order_by("-gravite", "-probabilite", "fiche__code", "libelle")
    )
    responsables = {
        r.proprietaire.nom_normalise: r.proprietaire.nom for r in tous if r.proprietaire
    }
    choisi = request.GET.get("responsable", "")
    if choisi == SANS_RESPONSABLE:
        tous = [r for r in tous if r.proprietaire is None]
    elif choisi:
        tous = [r for r in tous if r.proprietaire and r.proprietaire.nom_normalise == choisi]
    case = tuple(_de_l_echelle(request.GET.get(cle, "")) for cle in ("gravite", "probabilite"))
    montres = [r for r in tous if case[0] in (None, r.gravite) and case[1] in (None, r.probabilite)]
    axe = PAR_CLE["axe"]
    divisions = [d for d in cadre.divisions if d.schema_id == schema.pk]
    codes = {d.code for d in divisions}
    suite = "" if schema == cadre.schemas[0] else f"?schema={schema.slug}"
    base = reverse("plan:espace_fiches", args=[collectivite])
    return render(
        request,
        "plan/argent/risques.html",
        {
            "schema": schema,
            "schemas": cadre.schemas,
            "total": len(tous),
            "montres": len(montres),
            "constat": _constat(tous),
            "matrice": [
                {
                    "gravite": g,
                    "mot": MOTS[g],
                    "cases": [_case(tous, g, p, filtres, case) for p in ECHELLE],
                }
                for g in reversed(ECHELLE)
            ],
            "probabilites": [(p, MOTS[p]) for p in ECHELLE],
            "case": case if any(case) else None,
            "toutes_les_cases": filtres.adresse(gravite="", probabilite=""),
            "groupes": [
                {"division": d, "risques": dedans}
                for d in divisions
                if (
                    dedans := [
                        {
                            "risque": r,
                            "niveau": niveau(r.gravite, r.probabilite),
                            "url": f"{base}{r.fiche.code}/{suite}",
                        }
                        for r in montres
                        if r.fiche.division_id == d.pk
                    ]
                )
            ],
            "axes": [
                (code, libelle, code in filtres.valeurs.get("axe", ()))
                for code, libelle in axe.choix(cadre)
                if code in codes
            ],
            "responsables": [
                (valeur, nom, valeur == choisi)
                for valeur, nom in sorted(responsables.items(), key=lambda paire: paire[1])
            ]
            + [(SANS_RESPONSABLE, "Sans responsable", choisi == SANS_RESPONSABLE)],
            "filtre": bool(filtres) or bool(choisi) or any(case),
            "demonstration": any(r.est_demonstration for r in montres),
        },
    )


def _de_l_echelle(texte: str) -> int | None:
    return int(texte) if texte in {"1", "2", "3", "4"} else None


def _case(risques, gravite: int, probabilite: int, filtres: Filtres, choisie) -> dict:
    nombre = sum(r.gravite == gravite and r.probabilite == probabilite for r in risques)
    return {
        "nombre": nombre,
        "niveau": niveau(gravite, probabilite),
        "probabilite": probabilite,
        "choisie": choisie == (gravite, probabilite),
        "url": filtres.adresse(gravite=str(gravite), probabilite=str(probabilite)),
    }


def _constat(risques: list[Risque]) -> str:
    forts = [r for r in risques if niveau(r.gravite, r.probabilite) == "fort"]
    if not risques:
        return "Aucun risque n’est dit."
    if not forts:
        return "Aucun risque n’est à la fois grave et probable."
    sans = sum(r.proprietaire is None for r in forts)
    mot = "risque fort" if len(forts) == 1 else "risques forts"
    dit = f"{len(forts)} {mot}"
    return (
        f"{dit}, dont {sans} sans responsable." if sans else f"{dit}, chacun avec un responsable."
    )
