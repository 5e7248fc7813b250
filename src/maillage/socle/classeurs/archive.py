"""Ouvrir sans risque une archive de tableur : tailles bornées, XML sans entité ni DTD."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable

# DTD et entités refusées plus bas, profondeur bornée.
from xml.parsers import expat  # nosec B407

from .limites import Limites
from .modele import Probleme

BLOC = 1 << 16

Attributs = dict[str, str]


class Refus(Exception):
    """Arrêt immédiat de la lecture ; devient `ClasseurRefuse` dans `lire`."""

    def __init__(self, *problemes: Probleme) -> None:
        super().__init__(*problemes)
        self.problemes = problemes


def refus(message: str, *, feuille: str | None = None, ligne: int | None = None) -> Refus:
    return Refus(Probleme(message, feuille=feuille, ligne=ligne))


_ABIME = (
    "Le fichier est abîmé ou incomplet. "
    "L’ouvrir dans un tableur, l’enregistrer de nouveau, puis recommencer."
)
_PIEGE = (
    "Le fichier décompressé serait démesuré. "
    "Copier les données dans un classeur neuf, puis recommencer."
)


class Archive:
    """Archive zip dont le sommaire a été vérifié, et dont la lecture reste comptée."""

    def __init__(self, octets: bytes, limites: Limites) -> None:
        self.limites = limites
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(octets))
        except (zipfile.BadZipFile, ValueError, EOFError, OSError, NotImplementedError) as erreur:
            raise refus(_ABIME) from erreur
        infos = self._zip.infolist()
        if len(infos) > limites.entrees:
            raise refus(f"Le fichier contient {len(infos)} parties. {_PIEGE}")
        total = sum(info.file_size for info in infos)
        suspecte = any(
            info.file_size > limites.entree_suspecte
            and info.file_size > limites.taux * max(info.compress_size, 1)
            for info in infos
        )
        if total > limites.decompresse or suspecte:
            raise refus(_PIEGE)
        if any(info.flag_bits & 0x1 for info in infos):
            raise refus(
                "Le fichier est protégé par un mot de passe. "
                "Retirer la protection dans le tableur, puis recommencer."
            )
        self._restant = limites.decompresse
        self.noms = {info.filename for info in infos}

    def lire(self, nom: str, *, maximum: int | None = None) -> bytes:
        """Toute une entrée, pour les petites parties ; refuse au-delà de `maximum` octets."""
        morceaux: list[bytes] = []
        self.parcourir(nom, morceaux.append, maximum=maximum or 20 * 1024 * 1024)
        return b"".join(morceaux)

    def parcourir(
        self, nom: str, recevoir: Callable[[bytes], object], *, maximum: int | None = None
    ) -> None:
        """Donne l'entrée bloc par bloc ; compte les octets vraiment décompressés."""
        lus = 0
        try:
            with self._zip.open(nom) as flux:
                while bloc := flux.read(BLOC):
                    lus += len(bloc)
                    self._restant -= len(bloc)
                    if self._restant < 0 or (maximum is not None and lus > maximum):
                        raise refus(_PIEGE)
                    recevoir(bloc)
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, OSError) as erreur:
            raise refus(_ABIME) from erreur
        except (NotImplementedError, RuntimeError, ValueError, MemoryError) as erreur:
            raise refus(_ABIME) from erreur

    def analyser(
        self,
        nom: str,
        *,
        debut: Callable[[str, Attributs], None],
        fin: Callable[[str], None] | None = None,
        texte: Callable[[str], None] | None = None,
        suite: Callable[[], bool] | None = None,
    ) -> None:
        """Analyse XML en flux ; les noms arrivent en « espace|local ».

        Toute DTD est refusée : aucun tableur n'en écrit, et c'est par là que passent les entités
        externes et les bombes d'entités. `suite` rend faux pour s'arrêter avant la fin.
        """
        analyseur = expat.ParserCreate(namespace_separator="|")
        analyseur.buffer_text = True
        analyseur.buffer_size = BLOC
        profondeur_max = self.limites.profondeur
        profondeur = 0

        def a_debut(nom_balise: str, attributs: Attributs) -> None:
            nonlocal profondeur
            profondeur += 1
            if profondeur > profondeur_max:
                raise refus(_ABIME)
            debut(nom_balise, attributs)

        def a_fin(nom_balise: str) -> None:
            nonlocal profondeur
            profondeur -= 1
            if fin is not None:
                fin(nom_balise)

        def a_dtd(*_: object) -> int:
            raise refus(
                "Le fichier contient des définitions XML interdites. "
                "L’enregistrer de nouveau depuis un tableur, puis recommencer."
            )

        analyseur.StartElementHandler = a_debut
        analyseur.EndElementHandler = a_fin
        analyseur.StartDoctypeDeclHandler = a_dtd
        analyseur.EntityDeclHandler = a_dtd
        analyseur.ExternalEntityRefHandler = a_dtd
        if texte is not None:
            analyseur.CharacterDataHandler = texte

        class _Fini(Exception):
            pass

        def recevoir(bloc: bytes) -> None:
            analyseur.Parse(bloc, False)
            if suite is not None and not suite():
                raise _Fini

        try:
            self.parcourir(nom, recevoir)
            analyseur.Parse(b"", True)
        except _Fini:
            return
        except expat.ExpatError as erreur:
            raise refus(_ABIME) from erreur
