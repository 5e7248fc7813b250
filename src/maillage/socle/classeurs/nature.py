"""Reconnaître ce qu'un fichier contient vraiment, sans se fier à son extension."""

from __future__ import annotations

import re

from .archive import Archive, Refus, refus
from .limites import Limites

FORMATS = "Formats acceptés : .xlsx, .ods et .csv."
_ENREGISTRER = "L’ouvrir dans un tableur, l’enregistrer au format .xlsx ou .ods, puis recommencer."

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "un document PDF"),
    (b"\x89PNG\r\n\x1a\n", "une image PNG"),
    (b"\xff\xd8\xff", "une image JPEG"),
    (b"GIF8", "une image GIF"),
    (b"BM", "une image BMP"),
    (b"II*\x00", "une image TIFF"),
    (b"MM\x00*", "une image TIFF"),
    (b"{\\rtf", "un document RTF"),
    (b"\x1f\x8b", "une archive gzip"),
    (b"7z\xbc\xaf\x27\x1c", "une archive 7z"),
    (b"Rar!\x1a\x07", "une archive RAR"),
    (b"BZh", "une archive bzip2"),
    (b"\xfd7zXZ\x00", "une archive xz"),
    (b"MZ", "un programme"),
    (b"\x7fELF", "un programme"),
    (b"PAR1", "un fichier Parquet"),
    (b"SQLite format 3\x00", "une base SQLite"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def _utf16(nom: str) -> bytes:
    return nom.encode("utf-16-le")


def reconnaitre(octets: bytes, limites: Limites) -> tuple[str, Archive | None]:
    """Rend (« xlsx » | « ods » | « csv », archive ouverte) ; lève `Refus` pour tout le reste."""
    if not octets.strip(b"\x00 \t\r\n"):
        raise refus(f"Le fichier est vide. {FORMATS}")
    if octets.startswith(_OLE):
        raise _refus_ole(octets)
    if octets[:4] in {b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"}:
        archive = Archive(octets, limites)
        return _reconnaitre_archive(archive), archive
    for signature, nom in _SIGNATURES:
        if octets.startswith(signature) and not (len(signature) == 2 and _semble_texte(octets)):
            raise refus(f"Le fichier est {nom}, pas un tableau. {FORMATS}")
    if octets[:4] == b"RIFF" and octets[8:12] == b"WEBP":
        raise refus(f"Le fichier est une image WebP, pas un tableau. {FORMATS}")
    if octets[4:8] == b"ftyp":
        raise refus(f"Le fichier est une image ou une vidéo, pas un tableau. {FORMATS}")
    _refuser_balises(octets)
    if not _semble_texte(octets):
        raise refus(f"Le contenu du fichier n’est pas reconnu. {FORMATS}")
    return "csv", None


def _semble_texte(octets: bytes) -> bool:
    if octets[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return True
    debut = octets[:65536]
    controles = sum(debut.count(c) for c in (0, 1, 2, 3, 4, 5, 6))
    return controles * 100 <= len(debut)


def _refus_ole(octets: bytes) -> Refus:
    if _utf16("EncryptedPackage") in octets or _utf16("EncryptionInfo") in octets:
        return refus(
            "Le fichier est protégé par un mot de passe. "
            "Retirer la protection dans le tableur, puis recommencer."
        )
    if _utf16("WordDocument") in octets:
        return refus(f"Le fichier est un document Word, pas un tableau. {FORMATS}")
    if _utf16("PowerPoint Document") in octets:
        return refus(f"Le fichier est une présentation, pas un tableau. {FORMATS}")
    if _utf16("Workbook") in octets or _utf16("Book") in octets:
        return refus(f"Le fichier est au vieux format Excel (.xls). {_ENREGISTRER}")
    return refus(f"Le fichier est dans un ancien format de bureautique. {FORMATS}")


def _reconnaitre_archive(archive: Archive) -> str:
    noms = archive.noms
    if "mimetype" in noms:
        genre = archive.lire("mimetype", maximum=200).decode("ascii", "replace").strip()
        if "opendocument" in genre and "META-INF/manifest.xml" in noms:
            manifeste = archive.lire("META-INF/manifest.xml", maximum=2_000_000)
            if b"encryption-data" in manifeste:
                raise refus(
                    "Le fichier est protégé par un mot de passe. "
                    "Retirer la protection dans le tableur, puis recommencer."
                )
        if "opendocument.spreadsheet" in genre and "content.xml" in noms:
            return "ods"
        if "opendocument.text" in genre:
            raise refus(f"Le fichier est un document texte, pas un tableau. {FORMATS}")
        if "opendocument" in genre:
            raise refus(f"Le fichier n’est pas un tableau. {FORMATS}")
    if "xl/workbook.bin" in noms:
        raise refus(f"Le fichier est au format Excel binaire (.xlsb). {_ENREGISTRER}")
    if any(nom.startswith("word/") for nom in noms):
        raise refus(f"Le fichier est un document Word, pas un tableau. {FORMATS}")
    if any(nom.startswith("ppt/") for nom in noms):
        raise refus(f"Le fichier est une présentation, pas un tableau. {FORMATS}")
    if "[Content_Types].xml" in noms and "_rels/.rels" in noms:
        return "xlsx"
    if any(nom.endswith(".iwa") for nom in noms):
        raise refus(f"Le fichier vient de Numbers. L’exporter au format Excel. {FORMATS}")
    raise refus(f"Le fichier est une archive zip, pas un tableau. L’extraire d’abord. {FORMATS}")


def _refuser_balises(octets: bytes) -> None:
    """Page web, XML ou JSON enregistrés sous une extension de tableur."""
    debut = octets[:4096].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if b'progid="excel.sheet"' in debut or b"urn:schemas-microsoft-com:office:spread" in debut:
        raise refus(f"Le fichier est au format « Feuille XML 2003 ». {_ENREGISTRER}")
    if re.match(rb"<(?:!doctype html|html|head|body|table|meta|style|div)\b", debut) or (
        debut.startswith(b"<") and b"<html" in debut
    ):
        raise refus(f"Le fichier est une page web déguisée en tableau. {_ENREGISTRER}")
    if b"opendocument" in debut and debut.startswith(b"<?xml"):
        raise refus(f"Le fichier est un document OpenDocument à plat. {_ENREGISTRER}")
    if debut.startswith((b"<?xml", b"<!doctype", b"<!--")):
        raise refus(f"Le fichier est un document XML, pas un tableau. {FORMATS}")
    if re.match(rb"\{\s*\"|\[\s*[\[{\"]", debut):
        raise refus(f"Le fichier contient des données JSON, pas un tableau. {FORMATS}")
