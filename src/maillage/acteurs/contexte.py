"""Ce que chaque gabarit peut lire : la collectivité, le rôle, les menus."""

from django.conf import settings
from django.urls import reverse

from .models import Role


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
    groupes: list[dict] = [
        {
            "libelle": "Mon travail",
            "entrees": [_entree(request, "À faire", "portail:a_faire", slug, racine=True)],
        },
        {
            "libelle": "Le plan",
            "entrees": [
                _entree(request, "Où en est le plan", "portail:tableau_de_bord", slug),
                _entree(request, "Les fiches", "plan:espace_fiches", slug),
                _entree(request, "Calendrier", "plan:espace_calendrier", slug),
                _entree(request, "Ce qui a changé", "plan:espace_changements", slug),
                _entree(request, "Matrices", "plan:espace_matrices", slug, "etapes"),
                _entree(request, "Le budget", "plan:espace_budget", slug),
                _entree(request, "Les conventions", "plan:conventions", slug),
                _entree(request, "Les risques", "plan:risques", slug),
            ],
        },
    ]
    if droits.au_moins("administrateur"):
        groupes[1]["entrees"] += [
            _entree(request, "Les plans", "plan:plans", slug),
            _entree(request, "Importer, exporter", "plan:echanges", slug),
            _entree(request, "Les rappels", "plan:rappels", slug),
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


def liens(request, collectivite) -> dict[str, str]:
    """Les adresses que montrent bandeau et pied. Sans session, on ne lit ni session ni compte."""
    connecte = (
        settings.SESSION_COOKIE_NAME in request.COOKIES
        and getattr(request, "user", None) is not None
        and request.user.is_authenticated
    )
    trouves = {
        "accueil": reverse("maison:accueil"),
        "accessibilite": reverse("maison:accessibilite"),
        "connexion": "" if connecte else reverse("account_login"),
        "deconnexion": reverse("account_logout") if connecte else "",
        "compte": reverse("compte:compte") if connecte else "",
        "code": settings.ADRESSE_CODE_SOURCE,
    }
    if collectivite:
        slug = collectivite.slug
        trouves |= {
            "accueil": reverse("portail:accueil", args=[slug]),
            "public": reverse("portail:accueil", args=[slug]),
            "recherche": reverse("portail:recherche", args=[slug]),
            # L'accent est dans l'adresse : la feuille se garde un an et change avec lui.
            "jetons": f"{reverse('portail:jetons', args=[slug])}?v={collectivite.accent[1:]}",
        }
        if connecte and request.user.droits_dans(collectivite):
            trouves["espace"] = reverse("portail:a_faire", args=[slug])
    return trouves


def _a_plat(groupes: list[dict]) -> list[dict]:
    """Une liste d'entrées, chacune disant son groupe : ce qu'attend `composants/menu.html`."""
    return [
        {**entree, "groupe": groupe["libelle"]}
        for groupe in groupes
        for entree in groupe["entrees"]
    ]


def maison(request) -> dict:
    """Processeur de contexte. Aucune requête pour une page publique lue sans compte."""
    collectivite = getattr(request, "collectivite", None)
    droits = getattr(request, "droits", None)
    return {
        "collectivite": collectivite,
        "droits": droits,
        "role": Role(droits.role).label if droits else "",
        "est_demonstration": settings.EST_DEMONSTRATION,
        "adresse_code_source": settings.ADRESSE_CODE_SOURCE,
        "menu_public": menu_public(request, collectivite) if collectivite else [],
        "menu_espace": _a_plat(menu_espace(request, collectivite, droits)) if droits else [],
        "liens": liens(request, collectivite),
    }
