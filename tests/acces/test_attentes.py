"""Le vocabulaire de la matrice dit bien ce qu'on croit lire."""

import pytest

from .attentes import CONNECTE, PUBLIC, role


@pytest.mark.parametrize(
    ("attente", "personne", "lieu", "statut"),
    [
        (PUBLIC, "anonyme", "ailleurs", 200),
        (PUBLIC, "lecteur", "croise", 404),
        (CONNECTE, "anonyme", "ici", 302),
        (CONNECTE, "desactive", "ici", 302),
        (CONNECTE, "sans_role", "ici", 200),
        (role("pilote"), "contributeur", "ici", 403),
        (role("pilote"), "pilote", "ici", 200),
        (role("pilote"), "pilote", "ailleurs", 403),
        (role("pilote"), "pilote", "croise", 404),
        (role("pilote"), "contributeur", "croise", 403),
        (role("pilote"), "partenaire_pilote", "ici", 200),
        (role("pilote", partenaires=False), "partenaire_pilote", "ici", 403),
        (role("pilote"), "partenaire_lecteur", "ici", 403),
        (role("lecteur"), "administrateur_ailleurs", "ici", 403),
        (role("lecteur"), "administrateur_ailleurs", "ailleurs", 200),
        (role("lecteur"), "sans_role", "ici", 403),
        (role("lecteur", sauf={"lecteur": 404}), "lecteur", "ici", 404),
        (role("lecteur", statut=302), "lecteur", "ici", 302),
    ],
)
def test_une_ligne_se_lit_comme_elle_s_ecrit(attente, personne, lieu, statut):
    assert attente.attendu(personne, lieu) == statut
