"""Les fiches d'une personne : celles qu'elle tient."""

from django.db.models import Q, QuerySet

from .models import FicheAction


def mes_fiches(compte, collectivite, droits) -> QuerySet:
    """Les fiches que cette personne tient : elle les pilote, ou y contribue.

    Un partenaire pilote répond des fiches de son organisation.
    """
    miennes = Q(pilote_personne__compte=compte) | Q(contributeurs__compte=compte)
    if organisations := droits.organisations_au_moins("pilote"):
        miennes |= Q(pilote_organisation__in=organisations)
    return FicheAction.objects.actives().filter(
        pk__in=FicheAction.objects.visibles_par(compte, collectivite).filter(miennes).values("pk")
    )
