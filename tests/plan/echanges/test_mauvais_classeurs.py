"""Un mauvais classeur : un message clair qui nomme la cellule, et rien n'est écrit.

Chaque cas passe deux fois : par le service, et par l'écran.
"""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.html import escape
from openpyxl import Workbook

from maillage.journal.models import Ligne
from maillage.plan.echanges.bilan import ImportRefuse
from maillage.plan.echanges.import_plan import importer
from maillage.plan.etat import etat_vide
from maillage.plan.models import Division, FicheAction
from maillage.plan.services import creer_fiche

pytestmark = pytest.mark.django_db
ENTETE = ["Code", "Titre", "Axe", "Début", "Territoires", "Financeur", "Montant 2025"]


def _classeur(*lignes, fusions=(), entete=ENTETE) -> bytes:
    classeur = Workbook()
    page = classeur.active
    page.title = "Fiches"
    for ligne in (entete, *lignes):
        page.append(ligne)
    for fusion in fusions:
        page.merge_cells(fusion)
    sortie = io.BytesIO()
    classeur.save(sortie)
    return sortie.getvalue()


def _refaire(octets: bytes, nom: str, ancien: str, nouveau: str) -> bytes:
    """Change un morceau d'une partie d'un .xlsx, comme un tableur le ferait."""
    sortie = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(octets)) as source, zipfile.ZipFile(sortie, "w") as cible:
        for partie in source.namelist():
            contenu = source.read(partie)
            if partie == nom:
                assert ancien.encode() in contenu
                contenu = contenu.replace(ancien.encode(), nouveau.encode())
            cible.writestr(partie, contenu)
    return sortie.getvalue()


def _formule() -> bytes:
    return _classeur(["A1.01", "Aider", "A1", None, None, "CAF", "=1+1"])


def _fusion_cachee() -> bytes:
    octets = _classeur(["A1.01", "Un", "A1"], ["A1.02", "Deux", "A1"])
    return _refaire(
        octets,
        "xl/worksheets/sheet1.xml",
        "</sheetData>",
        '</sheetData><mergeCells count="1"><mergeCell ref="B2:B3"/></mergeCells>',
    )


def _bombe() -> bytes:
    sortie = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(_classeur(["A1.01", "Aider", "A1"]))) as source:
        with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as cible:
            for partie in source.namelist():
                cible.writestr(partie, source.read(partie))
            cible.writestr("xl/media/trop.xml", b"0" * 300_000_000)
    return sortie.getvalue()


def _cent_mille_lignes() -> bytes:
    lignes = "\n".join(f"A1.{rang};Action;A1" for rang in range(100_000))
    return f"Code;Titre;Axe\n{lignes}\n".encode()


CAS = {
    "pas un classeur": (lambda: b"%PDF-1.7 rien a voir", "plan.xlsx", ["plan.xlsx"]),
    "fichier vide de sens": (lambda: b"\x00\x01\x02\x03" * 50, "plan.xlsx", ["plan.xlsx"]),
    "protégé": (
        lambda: bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le") * 40,
        "plan.xlsx",
        ["mot de passe"],
    ),
    "bombe": (_bombe, "plan.xlsx", ["plan.xlsx"]),
    "cent mille lignes": (_cent_mille_lignes, "plan.csv", ["50\u202f000 lignes"]),
    "formule sans valeur": (_formule, "plan.xlsx", ["G2", "formule"]),
    "fusion qui cache": (_fusion_cachee, "plan.xlsx", ["B3", "fusion", "Deux"]),
    "date impossible": (
        lambda: _classeur(["A1.01", "Aider", "A1", "31/02/2025"]),
        "plan.xlsx",
        ["D2", "31/02/2025", "28 jours"],
    ),
    "codes en double": (
        lambda: _classeur(["A1.01", "Un", "A1"], ["A1.01", "Deux", "A1"]),
        "plan.xlsx",
        ["A3", "A1.01", "ligne 2"],
    ),
    "territoire inconnu": (
        lambda: _classeur(["A1.01", "Aider", "A1", None, "Ailleurs"]),
        "plan.xlsx",
        ["E2", "Ailleurs", "Nord, Sud"],
    ),
    "budget négatif": (
        lambda: _classeur(["A1.01", "Aider", "A1", None, None, "CAF", -5]),
        "plan.xlsx",
        ["G2", "négatif"],
    ),
    "deux en-têtes": (
        lambda: _classeur(["A1.01", "Un", "A1"], ENTETE, ["A1.02", "Deux", "A1"]),
        "plan.xlsx",
        ["lignes 1", "et 3"],
    ),
    "deux colonnes pareilles": (
        lambda: _classeur(["A1.01", "Un", "Autre"], entete=["Code", "Titre", "Intitulé"]),
        "plan.xlsx",
        ["C1", "B", "C"],
    ),
    "titre manquant": (
        lambda: _classeur(["A1.01", None, "A1"]),
        "plan.xlsx",
        ["B2", "titre manque"],
    ),
    "place inconnue": (
        lambda: _classeur(["Z9.01", "Aider"], entete=["Code", "Titre"]),
        "plan.xlsx",
        ["ligne 2", "place dans le plan"],
    ),
    "météo inconnue": (
        lambda: _classeur(["A1.01", "Aider", "bof"], entete=["Code", "Titre", "Météo"]),
        "plan.xlsx",
        ["C2", "bof", "Soleil"],
    ),
    "taux impossible": (
        lambda: _classeur(["A1.01", "Aider", "140 %"], entete=["Code", "Titre", "Taux"]),
        "plan.xlsx",
        ["C2", "140"],
    ),
    "point à venir": (
        lambda: _classeur(
            ["A1.01", "Aider", "vert", "01/01/2090"],
            entete=["Code", "Titre", "Météo", "Date du point"],
        ),
        "plan.xlsx",
        ["D2", "avenir"],
    ),
    "csv mal fermé": (
        lambda: 'Code;Titre;Axe\nA1.01;"jamais refermé;A1\n'.encode(),
        "plan.csv",
        ["guillemet"],
    ),
    "aucune fiche": (lambda: _classeur(), "plan.xlsx", ["aucune fiche"]),
}


@pytest.fixture
def plan(schema):
    """Le plan compte déjà une fiche, pour voir qu'elle ne bouge pas."""
    creer_fiche(
        schema=schema, etat=etat_vide(code="A1.99", titre="Témoin", division="A1"), par=None
    )
    return schema


def _comptes():
    return FicheAction.objects.count(), Division.objects.count(), Ligne.objects.count()


@pytest.mark.parametrize("cas", CAS)
def test_le_service_nomme_la_cellule_et_n_ecrit_rien(plan, cas):
    fabriquer, nom, attendus = CAS[cas]
    avant = _comptes()
    with pytest.raises(ImportRefuse) as refus:
        importer(source=fabriquer(), nom=nom, schema=plan, par=None)
    message = f"{refus.value.bilan.fichier} {refus.value}"
    assert [mot for mot in attendus if mot not in message] == [], message
    assert _comptes() == avant


@pytest.mark.parametrize("cas", CAS)
def test_l_ecran_nomme_la_cellule_et_n_ecrit_rien(plan, client, administrateur, cas):
    fabriquer, nom, attendus = CAS[cas]
    avant = _comptes()
    page = client.post(
        reverse("plan:echanges", args=[plan.collectivite.slug]),
        {"schema": plan.slug, "fichier": SimpleUploadedFile(nom, fabriquer())},
        follow=True,
    )
    texte = page.content.decode()
    attendus = [mot.removeprefix("ligne ") for mot in attendus if mot != nom]
    assert [mot for mot in attendus if escape(mot) not in texte] == []
    assert "Rien n’est enregistré" in texte
    assert "Enregistrer ces changements" not in texte
    assert _comptes() == avant


def test_une_seule_erreur_arrete_tout_le_classeur(plan):
    octets = _classeur(["A1.01", "Bonne", "A2 - Neuve"], ["A1.02", "Mauvaise", "A1", "32/01/2025"])
    avant = _comptes()
    with pytest.raises(ImportRefuse):
        importer(source=octets, schema=plan, par=None)
    assert _comptes() == avant


def test_toutes_les_erreurs_sont_dites_d_un_coup(plan):
    octets = _classeur(
        ["A1.01", "Un", "A1", "32/01/2025"],
        ["A1.02", None, "A1"],
        ["A1.03", "Trois", "A1", None, "Mars"],
    )
    with pytest.raises(ImportRefuse) as refus:
        importer(source=octets, schema=plan, par=None)
    assert {p.reference for p in refus.value.bilan.refus} == {"D2", "B3", "E4"}
