"""Comment une application déclare les données personnelles qu'elle garde.

Chaque application qui en garde a un module `personnelles.py` avec deux tuples :

- `DONNEES` : des `DonneePersonnelle`, une par champ ;
- `SANS_PERSONNE` : les champs dont le nom le laisserait croire (« nom » d'une organisation), mais
  qui ne désignent personne, sous la forme « Modele.champ ».

Un test refuse un champ au nom évocateur, ou un lien vers un compte ou une personne, qui ne serait
ni dans l'un, ni dans l'autre.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps


@dataclass(frozen=True, slots=True)
class DonneePersonnelle:
    """Une donnée : où elle est, pourquoi on la garde, de quel droit, combien de temps."""

    modele: str  # « acteurs.Compte »
    champ: str
    finalite: str
    base_legale: str  # article 6 du RGPD
    conservation: str


MISSION = "Mission d’intérêt public (RGPD, article 6, 1, e)"
OBLIGATION = "Obligation légale de sécurité (RGPD, articles 6, 1, c et 32)"


def _modules() -> Iterator[tuple[str, object]]:
    for application in apps.get_app_configs():
        nom = f"{application.name}.personnelles"
        if application.name.startswith("maillage.") and application.label != "socle":
            if find_spec(nom) is not None:
                yield application.label, import_module(nom)


def donnees_declarees() -> list[DonneePersonnelle]:
    """Toutes les données déclarées par les applications de la maison."""
    return [donnee for _, module in _modules() for donnee in getattr(module, "DONNEES", ())]


def champs_sans_personne() -> set[str]:
    """« application.Modele.champ » déclarés comme ne désignant personne."""
    return {
        f"{label}.{champ}"
        for label, module in _modules()
        for champ in getattr(module, "SANS_PERSONNE", ())
    }
