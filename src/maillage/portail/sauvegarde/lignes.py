"""Une ligne de table en texte, et retour, sans rien perdre ; l'empreinte d'une table."""

import base64
import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import models

_MODULO = 2**256


@dataclass
class Empreinte:
    """Compte et empreinte d'une table, indifférents à l'ordre des lignes.

    Les deux bases ne rangent pas les textes dans le même ordre : on additionne donc les SHA-256 des
    lignes, modulo 2^256.
    """

    lignes: int = 0
    somme: int = 0

    def ajouter(self, texte: str) -> None:
        self.lignes += 1
        self.somme += int.from_bytes(hashlib.sha256(texte.encode()).digest(), "big")
        self.somme %= _MODULO

    def en_dict(self) -> dict[str, Any]:
        return {"lignes": self.lignes, "empreinte": f"{self.somme:064x}"}


def colonnes(modele: type[models.Model]) -> list[models.Field]:
    """Les colonnes écrites d'une table, dans un ordre stable."""
    champs = [c for c in modele._meta.local_concrete_fields if not c.generated]
    return sorted(champs, key=lambda champ: champ.column or "")


def encoder(champ: models.Field, valeur: Any) -> Any:
    """La valeur Python d'un champ sous une forme que JSON garde exacte."""
    if valeur is None or isinstance(valeur, bool | int | float):
        return valeur
    if isinstance(champ, models.JSONField):
        return valeur
    if isinstance(valeur, str):
        return str(valeur)
    if isinstance(valeur, bytes | memoryview):
        return base64.b64encode(bytes(valeur)).decode("ascii")
    if hasattr(valeur, "isoformat"):
        return valeur.isoformat()
    return str(valeur)  # Decimal, UUID, timedelta


def decoder(champ: models.Field, valeur: Any) -> Any:
    """L'inverse d'`encoder`."""
    if valeur is None or isinstance(champ, models.JSONField):
        return valeur
    if isinstance(champ, models.BinaryField):
        return base64.b64decode(valeur)
    return champ.to_python(valeur)


def textes(modele: type[models.Model], alias: str) -> Iterator[str]:
    """Chaque ligne d'une table, en JSON, relue dans cette base."""
    champs = colonnes(modele)
    requete = (
        modele._base_manager.using(alias)
        .order_by("pk")
        .values_list(*(champ.attname for champ in champs))
    )
    for ligne in requete.iterator(chunk_size=2000):
        valeurs = [encoder(c, v) for c, v in zip(champs, ligne, strict=True)]
        yield json.dumps(valeurs, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def empreinte_en_base(modele: type[models.Model], alias: str) -> Empreinte:
    empreinte = Empreinte()
    for texte in textes(modele, alias):
        empreinte.ajouter(texte)
    return empreinte


def ecrire_table(fichier: Path, noms: list[str], lignes: Iterable[str]) -> Empreinte:
    """Écrit une table : ses colonnes, puis une ligne par ligne. Rend son empreinte."""
    empreinte = Empreinte()
    with gzip.open(fichier, "wt", encoding="utf-8", compresslevel=4) as flux:
        flux.write(json.dumps(noms) + "\n")
        for texte in lignes:
            flux.write(texte + "\n")
            empreinte.ajouter(texte)
    return empreinte


def lire_table(fichier: Path) -> Iterator[str]:
    """Les colonnes (premier texte), puis chaque ligne."""
    with gzip.open(fichier, "rt", encoding="utf-8") as flux:
        for ligne in flux:
            yield ligne.rstrip("\n")


def empreinte_de_fichier(fichier: Path) -> str:
    with fichier.open("rb") as flux:
        return hashlib.file_digest(flux, "sha256").hexdigest()
