"""Ce que `maillage check` et `maillage diagnostic` disent des comptes."""

from django.conf import settings
from django.core.checks import Error, Tags, register
from django.db import OperationalError, ProgrammingError

_VALEURS = ("conseille", "obligatoire")


@register(Tags.security)
def second_facteur_connu(app_configs, **_):
    """`MAILLAGE_SECOND_FACTEUR` mal écrit ne doit pas passer pour « conseillé »."""
    if settings.SECOND_FACTEUR in _VALEURS:
        return []
    return [
        Error(
            f"MAILLAGE_SECOND_FACTEUR vaut « {settings.SECOND_FACTEUR} ».",
            hint="Écrire « conseille » ou « obligatoire ».",
            id="acteurs.E002",
        )
    ]


@register(Tags.security, deploy=True)
def aucun_compte_de_demonstration(app_configs, **_):
    """En production, un compte de démonstration ouvert est une faute, même s'il n'entre pas."""
    if settings.EST_DEMONSTRATION:
        return []
    from .models import Compte

    try:
        ouverts = Compte.objects.filter(est_demonstration=True, is_active=True).count()
    except (OperationalError, ProgrammingError):  # base pas encore créée
        return []
    if not ouverts:
        return []
    return [
        Error(
            f"{ouverts} compte(s) de démonstration dans une base de production.",
            hint="Les fermer : maillage fermer-comptes-demonstration",
            id="acteurs.E001",
        )
    ]
