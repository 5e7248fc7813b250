"""Écrire au journal et tamponner les cachets. Toujours dans la transaction de l'appelant."""

from collections.abc import Iterable

from django.db import connection, transaction
from django.db.models import F

from .models import Cachet, Ligne


def consigner(
    *,
    verbe: str,
    objet,
    par=None,
    collectivite=None,
    changements: dict | None = None,
    origine: str = Ligne.Origine.ECRAN,
    cachets: Iterable[str] = (),
) -> Ligne:
    """Écrit une ligne de journal et augmente les cachets donnés.

    `objet` : un objet enregistré. `par` : un compte, ou None (le système).
    `changements` : valeurs que JSON sait écrire ; jamais un mot de passe, jamais un secret.
    Lève `TransactionManagementError` hors transaction : l'écriture et sa trace vont ensemble.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "consigner() s’appelle dans la transaction de l’écriture qu’elle raconte."
        )
    ligne = Ligne.objects.create(
        collectivite_id=getattr(collectivite, "pk", None),
        auteur_id=getattr(par, "pk", None),
        verbe=verbe,
        objet_type=objet._meta.label_lower,
        objet_id=str(objet.pk),
        objet_libelle=str(objet)[:300],
        changements=changements or {},
        origine=origine,
    )
    tamponner(cachets)
    return ligne


def tamponner(cles: Iterable[str]) -> None:
    """Augmente le numéro de chaque cachet ; le crée s'il manque.

    Les clés sont prises dans l'ordre pour que deux écritures ne s'attendent jamais en croix.
    """
    cles = sorted(set(cles))
    if not cles:
        return
    Cachet.objects.bulk_create([Cachet(cle=cle, version=0) for cle in cles], ignore_conflicts=True)
    if connection.features.has_select_for_update:
        list(Cachet.objects.select_for_update().filter(cle__in=cles).order_by("cle"))
    Cachet.objects.filter(cle__in=cles).update(version=F("version") + 1)


def versions(cles: Iterable[str]) -> str:
    """Empreinte des versions courantes, une seule requête. Un cachet jamais tamponné vaut 0."""
    cles = sorted(set(cles))
    connues = dict(Cachet.objects.filter(cle__in=cles).values_list("cle", "version"))
    return "|".join(f"{cle}={connues.get(cle, 0)}" for cle in cles)
