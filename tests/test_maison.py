"""La maison tient debout : migrations complètes, étages tenus."""

import pytest
from django.apps import apps
from django.core.management import call_command

# Du haut vers le bas ; une application ne connaît que celles qui sont en dessous.
ETAGES = ["portail", "plan", "indicateurs", "acteurs", "territoires", "journal", "socle"]


@pytest.mark.django_db
def test_aucune_migration_ne_manque():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def _relations_de_la_maison():
    for modele in apps.get_models():
        if modele._meta.app_label not in ETAGES:
            continue
        for champ in modele._meta.get_fields():
            if champ.is_relation and champ.concrete and champ.related_model is not None:
                cible = champ.related_model._meta.app_label
                if cible in ETAGES:
                    yield modele, champ.name, cible


def test_aucune_relation_ne_monte():
    fautes = [
        f"{modele._meta.label}.{champ} -> {cible}"
        for modele, champ, cible in _relations_de_la_maison()
        if ETAGES.index(cible) < ETAGES.index(modele._meta.app_label)
    ]
    assert fautes == []


def test_le_controle_des_relations_regarde_bien_quelque_chose():
    assert len(list(_relations_de_la_maison())) > 20


def test_toutes_les_applications_de_la_maison_ont_un_etage():
    maison = {a.label for a in apps.get_app_configs() if a.name.startswith("maillage.")}
    assert maison == set(ETAGES)
