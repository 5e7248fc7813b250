"""Chaque adresse, chaque personne, chaque collectivité : la réponse est celle de la matrice."""

from operator import attrgetter

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from maillage.acteurs.acces import acces_de
from maillage.acteurs.authentification import MOTEUR

from .adresses import toutes_les_adresses
from .attentes import LIEUX, PERSONNES
from .matrice import MATRICE, PAR_DEFAUT
from .monde import Monde

ADRESSES = {adresse.nom: adresse for adresse in toutes_les_adresses()}


def test_chaque_adresse_a_un_nom():
    assert [a.vue for a in toutes_les_adresses() if not a.nom] == []


def test_chaque_adresse_a_sa_ligne():
    assert sorted(ADRESSES.keys() - MATRICE.keys()) == []


def test_aucune_ligne_ne_parle_d_une_adresse_disparue():
    assert sorted(MATRICE.keys() - ADRESSES.keys()) == []


def test_le_parcours_des_adresses_voit_allauth_et_l_espace():
    assert {"account_login", "mfa_index", "acteurs:comptes", "maison:accueil"} <= ADRESSES.keys()


def test_chaque_vue_declare_son_acces():
    assert [nom for nom, adresse in ADRESSES.items() if acces_de(adresse.vue) is None] == []


def _parametres(adresse, attente, objets) -> dict:
    chemins = {**PAR_DEFAUT, **attente.objets}
    inconnus = adresse.parametres - chemins.keys()
    assert not inconnus, f"dire dans la matrice d’où vient {inconnus}"
    return {nom: attrgetter(chemins[nom])(objets) for nom in adresse.parametres}


def _lieux(adresse) -> tuple[str, ...]:
    if "collectivite" not in adresse.parametres:
        return LIEUX[:1]
    return LIEUX if len(adresse.parametres) > 1 else LIEUX[:2]


def _reponse(monde, personne, attente, url) -> int:
    """La réponse à une personne ; ce qu'elle écrit est aussitôt défait."""
    with transaction.atomic():
        client = Client()
        if personne != "anonyme":
            client.force_login(monde.comptes[personne], backend=MOTEUR)
        envoyer = getattr(client, attente.methode)
        statut = envoyer(url, attente.donnees).status_code
        transaction.set_rollback(True)
    return statut


@pytest.mark.django_db
@pytest.mark.parametrize("nom", sorted(MATRICE.keys() & ADRESSES.keys()))
def test_chaque_personne_recoit_la_reponse_attendue(nom):
    adresse, attente, monde = ADRESSES[nom], MATRICE[nom], Monde()
    ecarts = []
    for lieu in _lieux(adresse):
        url = reverse(nom, kwargs=_parametres(adresse, attente, monde.objets(lieu)))
        for personne in PERSONNES:
            recu, attendu = _reponse(monde, personne, attente, url), attente.attendu(personne, lieu)
            if recu != attendu:
                ecarts.append(f"{personne}, {lieu} : attendu {attendu}, reçu {recu}")
    assert ecarts == []
