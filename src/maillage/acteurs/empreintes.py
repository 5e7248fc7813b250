"""L'empreinte de ce qu'une page a montré, pour voir si l'objet a changé avant l'enregistrement."""

import hashlib
import json


def valeurs_de(objet, champs) -> dict:
    """Les valeurs d'un objet, comme JSON sait les écrire ; une relation vaut son numéro."""
    return {champ: objet._meta.get_field(champ).value_from_object(objet) for champ in champs}


def empreinte_des_valeurs(valeurs: dict) -> str:
    """Seize caractères, les mêmes pour les mêmes valeurs."""
    return hashlib.sha256(json.dumps(valeurs, sort_keys=True).encode()).hexdigest()[:16]


def empreinte_de(objet, champs) -> str:
    return empreinte_des_valeurs(valeurs_de(objet, champs))
