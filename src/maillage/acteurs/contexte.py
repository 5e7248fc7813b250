"""Ce que chaque gabarit peut lire : la collectivité, le rôle, les menus."""

from django.conf import settings
from django.urls import reverse


def _entree(request, libelle: str, nom_url: str, *args, racine: bool = False) -> dict:
    url = reverse(nom_url, args=args)
    actif = request.path == url if racine else request.path.startswith(url)
    return {"libelle": libelle, "url": url, "actif": actif}


def menu_public(request, collectivite) -> list[dict]:
    """Le menu du portail d'une collectivité."""
    slug = collectivite.slug
    return [
        _entree(request, "Le plan", "plan:plan", slug),
        _entree(request, "Les actions", "plan:actions", slug),
        _entree(request, "Près de chez moi", "portail:territoires", slug),
        _entree(request, "Étapes de la vie", "portail:parcours_liste", slug),
    ]


def menu_espace(request, collectivite, droits) -> list[dict]:
    """Le menu de l'espace de travail : des groupes d'entrées, selon le rôle."""
    slug = collectivite.slug
    groupes = [
        {
            "libelle": "Mon travail",
            "entrees": [_entree(request, "À faire", "portail:a_faire", slug, racine=True)],
        },
        {
            "libelle": "Le plan",
            "entrees": [
                _entree(request, "Où en est le plan", "portail:tableau_de_bord", slug),
                _entree(request, "Les fiches", "plan:espace_fiches", slug),
            ],
        },
    ]
    if droits.au_moins("administrateur"):
        groupes[1]["entrees"] += [
            _entree(request, "Importer, exporter", "plan:echanges", slug),
        ]
        groupes.append(
            {
                "libelle": "La collectivité",
                "entrees": [
                    _entree(request, "Les comptes", "acteurs:comptes", slug),
                    _entree(request, "Les organisations", "acteurs:organisations", slug),
                ],
            }
        )
    return groupes


def maison(request) -> dict:
    """Processeur de contexte. Aucune requête pour une page publique lue sans compte."""
    collectivite = getattr(request, "collectivite", None)
    droits = getattr(request, "droits", None)
    return {
        "collectivite": collectivite,
        "droits": droits,
        "role": droits.role if droits else "",
        "est_demonstration": settings.EST_DEMONSTRATION,
        "adresse_code_source": settings.ADRESSE_CODE_SOURCE,
        "menu_public": menu_public(request, collectivite) if collectivite else [],
        "menu_espace": menu_espace(request, collectivite, droits) if droits else [],
    }
