"""Chaque donnée personnelle est déclarée : pourquoi, de quel droit, combien de temps."""

import pytest
from django.apps import apps
from django.db import models

from maillage.acteurs.models import Compte, Personne
from maillage.socle.personnelles import champs_sans_personne, donnees_declarees

EVOCATEURS = (
    "nom",
    "prenom",
    "courriel",
    "telephone",
    "adresse_postale",
    "naissance",
    "fonction",
    "auteur",
    "signe",
)


def _modeles_de_la_maison():
    return [m for m in apps.get_models() if m.__module__.startswith("maillage.")]


def _parait_personnel(champ) -> bool:
    if champ.is_relation:
        return champ.related_model in {Compte, Personne}
    if isinstance(champ, models.EmailField):
        return True
    return any(mot in champ.name.split("_") for mot in EVOCATEURS)


def _champs_qui_paraissent_personnels() -> set[str]:
    return {
        f"{modele._meta.app_label}.{modele.__name__}.{champ.name}"
        for modele in _modeles_de_la_maison()
        for champ in (*modele._meta.fields, *modele._meta.local_many_to_many)
        if _parait_personnel(champ)
    }


def _declares() -> set[str]:
    return {f"{d.modele}.{champ}" for d in donnees_declarees() for champ in d.champ.split(", ")}


def test_chaque_champ_qui_parait_personnel_est_declare():
    assert sorted(_champs_qui_paraissent_personnels() - _declares() - champs_sans_personne()) == []


def test_le_controle_voit_les_champs_des_comptes():
    assert {
        "acteurs.Compte.courriel",
        "acteurs.Personne.nom",
        "plan.PointEtape.auteur",
    } <= _champs_qui_paraissent_personnels()


@pytest.mark.parametrize("champ", sorted(_declares() | champs_sans_personne()))
def test_chaque_champ_declare_existe(champ):
    application, modele, nom = champ.split(".")
    assert apps.get_model(application, modele)._meta.get_field(nom)


def test_aucun_champ_n_est_a_la_fois_personnel_et_sans_personne():
    assert _declares() & champs_sans_personne() == set()


@pytest.mark.parametrize("donnee", donnees_declarees(), ids=lambda d: f"{d.modele}.{d.champ}")
def test_chaque_declaration_dit_pourquoi_et_combien_de_temps(donnee):
    assert all([donnee.finalite, donnee.base_legale, donnee.conservation])
