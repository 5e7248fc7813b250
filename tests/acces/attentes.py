"""Le vocabulaire de la matrice : ce qu'une adresse répond à chaque personne, en chaque lieu."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from maillage.acteurs.models import RANGS

# Chaque personne a son rôle « ici ». Aucune n'est connue « ailleurs », sauf la dernière citée.
PERSONNES = (
    "anonyme",
    "lecteur",
    "contributeur",
    "pilote",
    "referent_axe",
    "administrateur",
    "partenaire_lecteur",
    "partenaire_contributeur",
    "partenaire_pilote",
    "sans_role",
    "desactive",
    "administrateur_ailleurs",
)
SANS_SESSION = ("anonyme", "desactive")
PARTENAIRES = ("partenaire_lecteur", "partenaire_contributeur", "partenaire_pilote")

# ici : la collectivité de la personne ; ailleurs : une autre ; croise : l'adresse est celle d'ici,
# mais l'objet qu'elle nomme appartient à l'autre collectivité.
LIEUX = ("ici", "ailleurs", "croise")

CONNEXION, REFUS, ABSENT = 302, 403, 404


@dataclass(frozen=True)
class Attente:
    """Une ligne de la matrice. Les constructeurs ci-dessous suffisent à l'écrire."""

    genre: str
    role: str = ""
    partenaires: bool = True
    statut: int = 200
    methode: str = "get"
    donnees: Mapping[str, str] = field(default_factory=dict)
    objets: Mapping[str, str] = field(default_factory=dict)
    sauf: Mapping[str, int] = field(default_factory=dict)
    croise: int = ABSENT

    def attendu(self, personne: str, lieu: str) -> int:
        if self.genre != "public" and personne in SANS_SESSION:
            return self.sauf.get(personne, CONNEXION)
        if not self._admise(personne, lieu):
            return REFUS
        if lieu == "croise":
            return self.croise
        if lieu == "ici" or self.genre != "role":
            return self.sauf.get(personne, self.statut)
        return self.statut

    def _admise(self, personne: str, lieu: str) -> bool:
        if self.genre != "role":
            return True
        if lieu == "ailleurs":
            return personne == "administrateur_ailleurs"
        if personne in PARTENAIRES:
            rang = RANGS[personne.removeprefix("partenaire_")]
            return self.partenaires and rang >= RANGS[self.role]
        return personne in RANGS and RANGS[personne] >= RANGS[self.role]


def _attente(genre: str, options: dict, **fixes) -> Attente:
    propres = {n: options.pop(n) for n in list(options) if n in Attente.__dataclass_fields__}
    return Attente(genre, objets=options, **fixes, **propres)


def public(**options) -> Attente:
    """Tout le monde, avec ou sans compte."""
    return _attente("public", options)


def connecte(**options) -> Attente:
    """Tout compte ouvert ; les autres vont à la page de connexion."""
    return _attente("connecte", options)


def role(minimum: str, **options) -> Attente:
    """Ce rôle ou un rôle plus large, dans la collectivité de l'adresse."""
    return _attente("role", options, role=minimum)


PUBLIC = public()
CONNECTE = connecte()
