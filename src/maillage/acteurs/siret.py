"""Contrôle d'un SIRET par sa clé (14 chiffres, formule de Luhn ; exception de La Poste)."""

from django.core.exceptions import ValidationError

SIREN_LA_POSTE = "356000000"


def cle_de_luhn_juste(chiffres: str) -> bool:
    somme = 0
    for rang, chiffre in enumerate(reversed(chiffres)):
        valeur = int(chiffre) * (2 if rang % 2 else 1)
        somme += valeur - 9 if valeur > 9 else valeur
    return somme % 10 == 0


def siret_juste(siret: str) -> bool:
    """Vrai si la clé du SIRET et celle de son SIREN (neuf premiers chiffres) sont justes.

    Les établissements de La Poste n'ont pas tous une clé de Luhn : à défaut, la somme de leurs
    chiffres est un multiple de 5. Source : règles de validation de l'Insee (paquet `validinsee`).
    """
    if len(siret) != 14 or not siret.isascii() or not siret.isdigit():
        return False
    if cle_de_luhn_juste(siret):
        return cle_de_luhn_juste(siret[:9])
    return siret.startswith(SIREN_LA_POSTE) and sum(map(int, siret)) % 5 == 0


def valider_siret(siret: str) -> None:
    """Lève `ValidationError` avec une phrase qui dit quoi corriger."""
    if len(siret) != 14 or not siret.isascii() or not siret.isdigit():
        raise ValidationError("Un SIRET a 14 chiffres, sans espace ni lettre.", code="forme")
    if not siret_juste(siret):
        raise ValidationError(
            "Ce SIRET n’existe pas : sa clé de contrôle est fausse. "
            "Vérifiez les chiffres sur un courrier ou sur l’annuaire des entreprises.",
            code="cle",
        )
