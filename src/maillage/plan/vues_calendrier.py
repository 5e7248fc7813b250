"""Le calendrier du plan, les agendas, et le jalon que l'on confirme d'un clic."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from maillage.acteurs.acces import acces_public, acces_role
from maillage.acteurs.pages import page_publique

from . import agenda as ics
from . import calendrier as temps
from .espace import adresse, contexte_fiche, fiche_demandee
from .etat import etat_de
from .filtres import Filtres, champs_de_filtre
from .formulaires.jalon import REALISE, REPOUSSE, FormulaireJalon
from .lecture import Cadre, cadre_public, fiches_publiques, lire
from .lecture_fiche import FicheArchivee, trouver_fiche_publique
from .miennes import mes_fiches
from .models import AbonnementAgenda, FicheAction, Schema
from .services import ConflitEcriture, enregistrer_fiche
from .validation import EtatInvalide
from .vues_publiques import cachets_des_plans

_FILTRES = ("schema", "axe", "territoire", "etape", "public", "pilote", "meteo", "phare")
_VUES = {"": "Par mois", "frise": "Frise"}


# --- Le calendrier ----------------------------------------------------------------------------


@page_publique(cachets_des_plans)
@require_safe
def calendrier(request, collectivite):
    """Les jalons publiés : par mois, ou en frise."""
    cadre = cadre_public(request)
    return render(
        request,
        "plan/calendrier.html",
        _contexte(request, cadre, fiches_publiques(cadre), "plan:actions", "base.html"),
    )


@acces_role("lecteur")
@require_safe
def espace_calendrier(request, collectivite):
    """Le même, avec les fiches réservées à l'espace de travail ; `moi=oui` : les miennes."""
    cadre = Cadre(request.collectivite, Schema.objects.de(request.collectivite))
    fiches = FicheAction.objects.visibles_par(request.user, request.collectivite).actives()
    if request.GET.get("moi") == "oui":
        fiches = mes_fiches(request.user, request.collectivite, request.droits)
    contexte = _contexte(request, cadre, fiches, "plan:espace_fiches", "plan/espace/_base.html")
    contexte["chemin"] = []
    contexte["mon_agenda"] = reverse("plan:mon_agenda", args=[collectivite])
    return render(request, "plan/calendrier.html", contexte)


def _contexte(request, cadre: Cadre, fiches, racine: str, gabarit: str) -> dict[str, Any]:
    jour = timezone.localdate()
    filtres = Filtres(request.GET, cadre)
    retenues = filtres.appliquer(fiches)
    jalons = temps.lire_les_jalons(retenues)
    vue = request.GET.get("vue", "")
    vue = vue if vue in _VUES else ""
    annees = temps.annees(jalons)
    annee = _annee_demandee(request, annees, "" if vue else str(jour.year))
    contexte: dict[str, Any] = {
        "gabarit": gabarit,
        "chemin": [],
        "filtres": filtres,
        "champs": champs_de_filtre(filtres, _FILTRES),
        "caches": [
            {"nom": cle, "valeur": request.GET[cle]}
            for cle in ("vue", "annee", "moi")
            if request.GET.get(cle)
        ],
        "actifs": filtres.actifs(),
        "effacer": filtres.effacer(),
        "schemas": cadre.schemas,
        "vues": [
            {"libelle": nom, "url": filtres.adresse(vue=cle, annee=""), "actif": cle == vue}
            for cle, nom in _VUES.items()
        ],
        "vue": vue,
        "annee": annee,
        "annees": [
            {"libelle": f"{an}", "nombre": nombre, "url": filtres.adresse(annee=str(an)),
             "actif": an == annee}
            for an, nombre in annees
        ],
        "toutes": filtres.adresse(annee="") if vue else "",
        "total": len(jalons),
        "sans_date": sum(1 for j in jalons if j.date is None),
        "demonstration": any(j.demonstration for j in jalons),
        "adresse": cadre.adresses(racine),
        "ics": _adresse_ics(request, filtres),
        "jour": jour,
        "mon_agenda": "",
    }  # fmt: skip
    if vue:
        return contexte | _frise(request, cadre, retenues, jalons, annee, jour)
    montres = [j for j in jalons if j.date and j.date.year == annee]
    return contexte | {
        "mois": temps.par_mois(montres, jour),
        "retards": [j for j in jalons if j.etat(jour) == "retard"],
        "mot_retard": temps.MOTS["retard"],
        "nombre": len(montres),
    }


def _frise(request, cadre: Cadre, retenues, jalons, annee, jour) -> dict[str, Any]:
    schema = cadre.schema(request.GET.get("schema"))
    if schema is None:
        return {"groupes": [], "fenetre": None, "schema": None}
    siennes = retenues.filter(schema=schema).order_by("division__chemin", "code")
    fiches = lire(siennes, jour)
    periodes = {pk: (debut, fin) for pk, debut, fin in
                siennes.values_list("pk", "date_debut", "date_fin")}  # fmt: skip
    fenetre = temps.fenetre(schema, [j for j in jalons if j.schema_id == schema.pk], annee)
    groupes = temps.frises(fiches, periodes, jalons, cadre.divisions, fenetre, jour)
    return {"groupes": groupes, "fenetre": fenetre, "schema": schema}


def _annee_demandee(request, annees, defaut: str) -> int | None:
    """L'année de l'adresse ; sinon `defaut`, s'il y a des jalons, sinon la plus proche."""
    texte = request.GET.get("annee", "") or defaut
    if not (texte.isdecimal() and len(texte) == 4 and 1900 <= int(texte) <= 2200):
        return None if not defaut else timezone.localdate().year
    connues = [an for an, _ in annees]
    if request.GET.get("annee") or not connues or int(texte) in connues:
        return int(texte)
    return min(connues, key=lambda an: abs(an - int(texte)))


def _adresse_ics(request, filtres: Filtres) -> str:
    """L'agenda de ce qui est filtré. L'espace de travail renvoie à l'agenda public, lui aussi."""
    suite = filtres.adresse(vue="", annee="", moi="", tri="")
    url = reverse("plan:calendrier_ics", args=[request.collectivite.slug])
    return url if suite == "?" else url + suite


# --- Les agendas ------------------------------------------------------------------------------


def _entiere(request, cadre: Cadre, racine: str = "plan:fiche"):
    slugs = {s.pk: s.slug for s in cadre.schemas}
    premier = cadre.schemas[0].pk if cadre.schemas else None

    def ecrire(schema_id: int, code: str) -> str:
        url = request.build_absolute_uri(reverse(racine, args=[request.collectivite.slug, code]))
        return url if schema_id == premier else f"{url}?schema={slugs.get(schema_id, '')}"

    return ecrire


def _reponse(octets: bytes, nom: str) -> HttpResponse:
    reponse = HttpResponse(octets, content_type="text/calendar; charset=utf-8")
    reponse["Content-Disposition"] = f'inline; filename="{nom}.ics"'
    return reponse


@page_publique(cachets_des_plans)
@require_safe
def calendrier_ics(request, collectivite):
    """L'agenda des jalons publiés ; les mêmes filtres que le calendrier (`axe`, `schema`…)."""
    cadre = cadre_public(request)
    filtres = Filtres(request.GET, cadre)
    fiches = filtres.appliquer(fiches_publiques(cadre))
    nom = f"Plan, {request.collectivite.nom_court}"
    if filtres:
        nom += " : " + ", ".join(a["libelle"] for a in filtres.actifs())
    return _reponse(ics.agenda(nom, fiches, _entiere(request, cadre)), "calendrier")


def _fiche_publiee(request, code: str) -> FicheAction:
    if not hasattr(request, "_fiche_agenda"):
        try:
            request._fiche_agenda = trouver_fiche_publique(
                cadre_public(request), code, request.GET.get("schema", "")
            )
        except FicheArchivee as archivee:
            raise Http404("Cette action ne fait plus partie du plan.") from archivee
    return request._fiche_agenda


@page_publique(lambda request, code, **_: [_fiche_publiee(request, code).cachet])
@require_safe
def fiche_ics(request, collectivite, code):
    """L'agenda d'une action."""
    fiche = _fiche_publiee(request, code)
    nom = f"{fiche.code} · {fiche.titre}"[:120]
    seule = FicheAction.objects.filter(pk=fiche.pk)
    return _reponse(ics.agenda(nom, seule, _entiere(request, cadre_public(request))), "action")


@acces_public
@require_safe
def agenda_personnel(request, collectivite, jeton):
    """Mes fiches : jalons et points d'étape dus. L'adresse signée tient lieu de connexion."""
    abonnement = ics.abonnement_du_jeton(jeton, request.collectivite)
    droits = abonnement.compte.droits_dans(request.collectivite) if abonnement else None
    if abonnement is None or not droits:
        raise Http404("Cet agenda est fermé, ou n’a jamais existé.")
    fiches = mes_fiches(abonnement.compte, request.collectivite, droits)
    cadre = Cadre(request.collectivite, Schema.objects.de(request.collectivite))
    octets = ics.agenda(
        f"Mes fiches, {request.collectivite.nom_court}", fiches,
        _entiere(request, cadre, "plan:espace_fiche"), avec_points=True,
    )  # fmt: skip
    etag = ics.empreinte(octets)
    meme = request.headers.get("If-None-Match") == etag
    reponse = HttpResponseNotModified() if meme else _reponse(octets, "mes-fiches")
    reponse["ETag"] = etag
    reponse["Cache-Control"] = "private, no-cache"
    reponse["X-Robots-Tag"] = "noindex"
    return reponse


@acces_role("lecteur")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def mon_agenda(request, collectivite):
    """Ouvrir, changer ou fermer l'adresse de son agenda personnel."""
    if request.method == "POST":
        geste = request.POST.get("geste")
        if geste == "fermer":
            ics.fermer_l_agenda(
                compte=request.user, collectivite=request.collectivite, par=request.user
            )
            messages.success(request, "L’adresse est fermée : elle ne répond plus.")
        elif geste == "ouvrir":
            ics.ouvrir_l_agenda(
                compte=request.user, collectivite=request.collectivite, par=request.user
            )
            messages.success(request, "Votre adresse est prête. L’ancienne ne répond plus.")
        return redirect("plan:mon_agenda", collectivite)
    abonnement = AbonnementAgenda.objects.filter(
        compte=request.user, collectivite=request.collectivite
    ).first()
    url = ""
    if abonnement:
        chemin = reverse("plan:agenda_personnel", args=[collectivite, ics.jeton_de(abonnement)])
        url = request.build_absolute_uri(chemin)
    fiches = mes_fiches(request.user, request.collectivite, request.droits)
    return render(
        request,
        "plan/espace/mon_agenda.html",
        {
            "chemin": [{"libelle": "Mon compte", "url": reverse("compte:compte")}],
            "abonnement": abonnement,
            "url": url,
            "fiches": fiches.count(),
        },
    )


# --- Confirmer un jalon -----------------------------------------------------------------------


@acces_role("contributeur")
@require_http_methods(["GET", "HEAD", "POST"])
def jalon(request, collectivite, code, pk):
    """« Réalisé le… » ou « repoussé au… » : un clic, écrit par le service de la fiche."""
    fiche = fiche_demandee(request, code, "plan.modifier_fiche")
    if fiche.archivee_le is not None:
        raise PermissionDenied("Cette fiche est archivée : ses jalons ne bougent plus.")
    vise = fiche.jalons.filter(pk=pk).first()
    if vise is None:
        raise Http404("Ce jalon n’est plus dans la fiche : elle a été modifiée depuis.")
    formulaires = {sens: FormulaireJalon(sens=sens, fiche=fiche) for sens in (REALISE, REPOUSSE)}
    statut = 200
    if request.method == "POST":
        sens = request.POST.get("suite", "")
        if sens not in formulaires:
            sens = REALISE
        formulaire = formulaires[sens] = FormulaireJalon(request.POST, sens=sens, fiche=fiche)
        if formulaire.is_valid() and _ecrire_le_jalon(request, fiche, vise, formulaire):
            return redirect("portail:a_faire", collectivite)
        statut = 422
    return render(
        request,
        "plan/espace/jalon.html",
        contexte_fiche(
            request, fiche, "jalon", jalon=vise, formulaires=formulaires,
            retard=bool(vise.date_prevue and vise.date_prevue < timezone.localdate()),
            formulaire=next((f for f in formulaires.values() if f.is_bound), None),
            modifier=adresse("fiche_modifier", fiche) + "#jalons",
        ),
        status=statut,
    )  # fmt: skip


def _ecrire_le_jalon(request, fiche, vise, formulaire) -> bool:
    donnees = formulaire.cleaned_data
    lignes = etat_de(fiche)["jalons"]
    rang = [j.pk for j in fiche.jalons.all()].index(vise.pk)
    champ = "date_realisee" if donnees["suite"] == REALISE else "date_prevue"
    lignes[rang] = {**lignes[rang], champ: donnees["date"].isoformat()}
    if donnees["suite"] == REPOUSSE:
        lignes[rang]["date_realisee"] = None
    try:
        enregistrer_fiche(
            fiche=fiche,
            etat={"jalons": lignes},
            par=request.user,
            version_attendue=fiche.version,
            motif="jalon confirmé" if donnees["suite"] == REALISE else "jalon repoussé",
        )
    except (ConflitEcriture, EtatInvalide) as erreur:
        formulaire.add_error(None, f"Rien n’a été enregistré. {erreur}")
        return False
    dit = "réalisé" if donnees["suite"] == REALISE else "repoussé"
    messages.success(request, f"C’est noté : « {vise.titre} » est {dit}.")
    return True
