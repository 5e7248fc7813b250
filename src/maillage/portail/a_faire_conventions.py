"""Ce que les conventions demandent : des obligations à remplir, des préavis qui tombent."""

import datetime

from django.urls import reverse

from maillage.plan.conventions import a_renouveler, dues
from maillage.plan.models import Convention, ObligationConvention
from maillage.socle.mise_en_mots import date_en_mots

from .taches import Tache, depuis


def taches_des_conventions(compte, collectivite, droits, jour: datetime.date) -> list[Tache]:
    """Pour qui tient les conventions : toutes. Pour les autres : celles qui leur sont confiées.

    Deux requêtes au plus.
    """
    slug = collectivite.slug
    conventions = Convention.objects.visibles_par(compte, collectivite)
    tient = droits.au_moins("referent_axe")
    organisations = droits.organisations_au_moins("contributeur")
    if not tient and not organisations and not compte.personne_id:
        return []
    trouvees = [
        _obligation(slug, obligation, jour)
        for obligation in dues(conventions, jour)
        if tient
        or (obligation.personne_id and obligation.personne_id == compte.personne_id)
        or obligation.organisation_id in organisations
    ]
    if tient:
        trouvees += [_preavis(slug, c, jour) for c in a_renouveler(conventions, jour)]
    return trouvees


def _obligation(slug: str, obligation: ObligationConvention, jour: datetime.date) -> Tache:
    du = obligation.echeance or jour
    return Tache(
        rang=du,
        echeance=depuis(du, jour) if du <= jour else date_en_mots(du, "jour"),
        urgence="retard" if du < jour else "",
        titre=f"{obligation.convention.reference or 'Convention'} · {obligation.libelle}",
        detail=f"Au titre de : {obligation.convention.objet}",
        bouton="Dire que c’est fait",
        url=reverse("plan:obligation_rendre", args=[slug, obligation.convention_id, obligation.pk]),
    )


def _preavis(slug: str, convention: Convention, jour: datetime.date) -> Tache:
    avant = convention.date_de_preavis or jour
    fin = convention.date_fin or jour
    return Tache(
        rang=avant,
        echeance=depuis(avant, jour) if avant <= jour else date_en_mots(avant, "jour"),
        urgence="retard" if avant < jour else "bientot",
        titre=f"{convention.objet} : renouveler ou laisser finir ?",
        detail=f"Finit le {date_en_mots(fin)}. {convention.get_reconduction_display()}.",
        bouton="Voir la convention",
        url=reverse("plan:convention", args=[slug, convention.pk]),
    )
