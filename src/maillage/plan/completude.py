"""Ce qui manque à une fiche pour être suivie et comprise. Onze critères, de poids égal."""

from collections.abc import Callable

from .etat import Etat

CRITERES: tuple[tuple[str, str, Callable[[Etat], bool]], ...] = (
    ("constat", "le constat", lambda e: bool(e["constat"])),
    ("objectifs", "les objectifs", lambda e: bool(e["objectifs"])),
    ("description", "la description ou les modalités",
     lambda e: bool(e["description"] or e["modalites"])),
    ("publics", "les publics", lambda e: bool(e["publics"])),
    ("etapes", "les étapes du parcours de vie", lambda e: bool(e["etapes"])),
    ("territoires", "les territoires", lambda e: bool(e["territoires"])),
    ("pilote", "une organisation et une personne pilotes",
     lambda e: bool(e["pilote_organisation"] and (e["pilote_personne"] or e["pilote_fonction"]))),
    ("partenaires", "les partenaires", lambda e: bool(e["partenaires"] or e["copilotes"])),
    ("jalons", "au moins un jalon daté", lambda e: any(j["date_prevue"] for j in e["jalons"])),
    ("budgets", "un budget avec son financeur",
     lambda e: any(b["prevu"] is not None for b in e["budgets"])),
    ("indicateurs", "un indicateur avec point de départ et cible",
     lambda e: any(i["initiale"] is not None and i["cible"] is not None for i in e["indicateurs"])),
)  # fmt: skip


def manques(etat: Etat) -> list[tuple[str, str]]:
    """Les critères non remplis : (clé, ce qui manque en clair)."""
    return [(cle, libelle) for cle, libelle, rempli in CRITERES if not rempli(etat)]


def completude(etat: Etat) -> int:
    """Part des critères remplis, de 0 à 100, arrondie à l'entier inférieur."""
    return 100 * (len(CRITERES) - len(manques(etat))) // len(CRITERES)
