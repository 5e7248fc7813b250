"""L'espace de travail : la liste des fiches, la fiche telle qu'on y travaille."""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from maillage.acteurs.acces import acces_role
from maillage.socle.mise_en_mots import date_en_mots

from .completude import manques
from .ecriture import taux_du_lien
from .espace import adresse, adresse_publique, contexte_fiche, droits_sur, fiche_demandee
from .etat import PAR_CLE, etat_de
from .formulaires.fiche import ANCRES_DES_MANQUES
from .historique import chronologie
from .lecture import MARQUES_FRAICHEUR
from .liste import BADGES, COLONNES, ListeDeTravail
from .models import FicheAction
from .presentation import ligne_en_mots
from .suivi import point_en_vigueur

PAR_PAGE = 60


@acces_role("lecteur")
@require_safe
def espace_fiches(request, collectivite):
    """La liste de travail. Le nombre de requêtes ne dépend pas du nombre de fiches."""
    liste = ListeDeTravail(request.GET, request.collectivite, request.user)
    page = Paginator(liste.fiches(), PAR_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "plan/espace/fiches.html",
        {
            "liste": liste,
            "champs": liste.champs(),
            "actifs": liste.actifs(),
            "choix_colonnes": [
                {"cle": c.cle, "libelle": c.libelle, "visible": c in liste.colonnes}
                for c in COLONNES
            ],
            "colonnes": liste.entetes(),
            "lignes": [liste.ligne(fiche) for fiche in page.object_list],
            "page": page,
            "exporter": _adresse_export(request, liste),
            "peut_creer": request.droits.au_moins("referent_axe"),
            "raccourcis": liste.raccourcis(request.path),
        },
    )


def _adresse_export(request, liste: ListeDeTravail) -> str:
    """L'export de ce qui est vu. "" pour « les miennes » et les archives, qui n'ont pas le leur."""
    if liste.propres:
        return ""
    parametres = request.GET.copy()
    for nom in ("colonne", "page"):
        parametres.pop(nom, None)
    parametres["archivees"] = "non"
    return f"{reverse('plan:exporter', args=[request.collectivite.slug])}?{parametres.urlencode()}"


@acces_role("lecteur")
@require_safe
def espace_fiche(request, collectivite, code):
    fiche = fiche_demandee(request, code)
    etat = etat_de(fiche)
    vers_modifier = adresse("fiche_modifier", fiche)
    point = point_en_vigueur(fiche)
    liens = list(fiche.indicateurs.select_related("indicateur"))
    fraiche = fiche.fraicheur()
    droits = droits_sur(request, fiche)
    return render(
        request,
        "plan/espace/fiche.html",
        contexte_fiche(
            request,
            fiche,
            "espace_fiche",
            etat=etat,
            point=point,
            peut=droits,
            fraicheur=MARQUES_FRAICHEUR[fraiche] if fraiche != "sans_suivi" else "",
            manques=[
                {"libelle": libelle, "url": f"{vers_modifier}#{ANCRES_DES_MANQUES[cle]}"}
                for cle, libelle in manques(etat)
            ],
            evenements=chronologie(fiche, 6),
            indicateurs=[
                {
                    "lien": lien,
                    "mesure": lien.indicateur,
                    "taux": taux_du_lien(lien),
                    "trace": [valeur for _, valeur in lien.indicateur.trace],
                }
                for lien in liens
            ],
            textes=[
                {"titre": PAR_CLE[cle].libelle, "contenu": etat[cle]}
                for cle in ("constat", "objectifs", "description", "modalites", "moyens")
                if etat[cle]
            ],
            budgets=list(fiche.budgets.select_related("financeur")),
            jalons=list(fiche.jalons.all()),
            risques=[
                (ligne_en_mots(PAR_CLE["risques"], r), r["demonstration"]) for r in etat["risques"]
            ],
            references=etat["textes"],
            reperes=_reperes(fiche, etat),
            contributeurs=[
                c.compte
                for c in fiche.contributeurs.select_related("compte").order_by("compte__nom")
            ],
            publique=adresse_publique(fiche),
            badge=BADGES.get(fiche.confidentialite, ""),
        ),
    )


def _reperes(fiche: FicheAction, etat: dict) -> list[dict]:
    pilote = [v for v in (etat["pilote_organisation"], etat["pilote_personne"],
                          etat["pilote_fonction"]) if v]  # fmt: skip
    periode = " – ".join(
        date_en_mots(jour, "courte") for jour in (fiche.date_debut, fiche.date_fin) if jour
    )
    mois = fiche.periodicite_mois or fiche.schema.periodicite_mois
    paires = [
        ("Pilote", pilote),
        ("Copilotes", etat["copilotes"]),
        ("Partenaires", etat["partenaires"]),
        ("Pour qui", etat["publics"]),
        ("Étapes", etat["etapes"]),
        ("Où", etat["territoires"]),
        ("Dans le plan", [f"{fiche.division.code} · {fiche.division.nom}", *etat["renvois"]]),
        ("Période", [periode] if periode else []),
        ("Rythme", [f"un point tous les {mois} mois" if mois > 1 else "un point tous les mois"]),
    ]
    facultatifs = {"Copilotes", "Période"}
    return [
        {"mot": mot, "valeur": "", "valeurs": valeurs}
        for mot, valeurs in paires
        if valeurs or mot not in facultatifs
    ]
