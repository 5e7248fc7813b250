"""Écrire puis lire rend les mêmes valeurs, dans les trois formats."""

import datetime as dt
import io
import zipfile
from decimal import Decimal

import odf.opendocument
import odf.table
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odf import teletype

from maillage.socle.classeurs import ClasseurRefuse, Colonne, FeuilleEcrite, ecrire, lire
from maillage.socle.classeurs.texte_xml import echapper, retablir
from maillage.socle.francais import lire_booleen, lire_date, lire_nombre, lire_pourcentage

FORMATS = ("xlsx", "ods", "csv")
COLONNES = [
    Colonne("Code"),
    Colonne("Texte", largeur=40),
    Colonne("Nombre", "nombre"),
    Colonne("Montant", "montant"),
    Colonne("Date", "date"),
    Colonne("Taux", "pourcentage"),
    Colonne("Phare", "booleen"),
]
TEXTES = st.text(st.characters(exclude_categories=["Cs"])) | st.text(
    "=+-@'\t\r\n ;,\"_x000D_|\x00\x0b\ufffe😀é<&>", max_size=30
)
LIGNES = st.tuples(
    TEXTES,
    TEXTES,
    st.none() | st.decimals(-(10**8), 10**8, places=6),
    st.none() | st.integers(-(10**14), 10**14).map(lambda n: Decimal(n) / 100),
    st.none() | st.dates(dt.date(1900, 1, 1), dt.date(2150, 12, 31)),
    st.none() | st.integers(0, 10**6).map(lambda n: Decimal(n) / 100),
    st.none() | st.booleans(),
)


def relire(octets, nom="essai"):
    """Lignes typées sous l'en-tête, comme l'import les lit."""
    feuille = lire(octets, nom).feuilles[0]
    entete = feuille.lignes[0].numero
    lues = []
    for ligne in feuille.lignes[1:]:
        code, texte, nombre, montant, date, taux, phare = (ligne.cellule(n) for n in range(1, 8))
        lue = lire_date(date.valeur)
        lues.append(
            (
                ligne.numero - entete,
                code.valeur or "",
                texte.valeur or "",
                lire_nombre(nombre.valeur),
                lire_nombre(montant.valeur),
                lue.date if lue else None,
                lire_pourcentage(taux.valeur, format_pourcentage=taux.format_pourcentage),
                lire_booleen(phare.valeur),
            )
        )
    return lues


def dit_quelque_chose(ligne):
    return any(v is not None and (not isinstance(v, str) or v.strip()) for v in ligne)


@pytest.mark.parametrize("format", FORMATS)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(lignes=st.lists(LIGNES, max_size=6))
def test_ecrire_puis_lire_rend_les_memes_valeurs(format, lignes):
    octets = ecrire([FeuilleEcrite("Plan", COLONNES, lignes)], format)
    attendues = [(n, *v) for n, v in enumerate(lignes, start=1) if dit_quelque_chose(v)]
    assert relire(octets, f"essai.{format}") == attendues


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "texte",
    ["=1+1", "+33 2", "@SOMME(A1)", "-5", "'=1", "007", "#REF!", " a  b ", "a\r\nb"],
)
def test_texte_dangereux_relu_a_l_identique(format, texte):
    octets = ecrire([FeuilleEcrite("Plan", [Colonne("A")], [[texte]])], format)
    assert lire(octets).feuilles[0].ligne(2).cellule(1).valeur == texte


def test_texte_en_egal_n_est_jamais_une_formule_xlsx():
    octets = ecrire([FeuilleEcrite("Plan", [Colonne("A")], [["=1+1"]])], "xlsx")
    page = openpyxl.load_workbook(io.BytesIO(octets))["Plan"]
    assert page["A2"].data_type == "s"
    assert page["A2"].quotePrefix
    assert page.freeze_panes == "A2"


def test_texte_en_egal_porte_une_apostrophe_en_csv():
    octets = ecrire([FeuilleEcrite("Plan", [Colonne("A")], [["=1+1"]])], "csv")
    assert octets == b"\xef\xbb\xbf" + b'"A"\r\n"\'=1+1"\r\n'


def test_ods_lu_par_odfpy():
    feuille = FeuilleEcrite("Plan", COLONNES, [["007", "a  b\nc"]], ["Titre"])
    octets = ecrire([feuille], "ods")
    document = odf.opendocument.load(io.BytesIO(octets))
    (table,) = document.spreadsheet.getElementsByType(odf.table.Table)
    cellules = table.getElementsByType(odf.table.TableRow)[2].childNodes
    assert table.getAttribute("name") == "Plan"
    assert teletype.extractText(cellules[0]) == "007"
    assert [teletype.extractText(p) for p in cellules[1].childNodes] == ["a  b", "c"]


def test_ods_commence_par_son_type_sans_compression():
    octets = ecrire([FeuilleEcrite("Plan", [Colonne("A")])], "ods")
    premiere = zipfile.ZipFile(io.BytesIO(octets)).infolist()[0]
    assert (premiere.filename, premiere.compress_type) == ("mimetype", zipfile.ZIP_STORED)


@pytest.mark.parametrize("format", ["xlsx", "ods"])
def test_types_natifs_dans_le_tableur(format):
    ligne = ["a", "b", Decimal("1.5"), Decimal("2.50"), dt.date(2024, 10, 17), 45, True]
    octets = ecrire([FeuilleEcrite("Plan", COLONNES, [ligne])], format)
    lue = lire(octets).feuilles[0].ligne(2)
    assert lue.valeurs() == [
        "a", "b", Decimal("1.5"), Decimal("2.5"), dt.date(2024, 10, 17), Decimal("0.45"), True,
    ]  # fmt: skip
    assert lue.cellule(6).texte == "45\u00a0%"


@pytest.mark.parametrize("format", ["xlsx", "ods"])
def test_horodatage_garde_minuit_et_les_secondes(format):
    instants = [dt.datetime(2024, 10, 17), dt.datetime(2024, 10, 17, 23, 59, 59)]
    feuille = FeuilleEcrite("Plan", [Colonne("Le", "horodatage")], [[i] for i in instants])
    lues = lire(ecrire([feuille], format)).feuilles[0].lignes[1:]
    assert [ligne.cellule(1).valeur for ligne in lues] == instants


@pytest.mark.parametrize("format", ["xlsx", "ods"])
def test_plusieurs_feuilles_et_titres(format):
    feuilles = [FeuilleEcrite("Un", [Colonne("A")], [["x"]], ["Titre"]), FeuilleEcrite("Deux", [])]
    lu = lire(ecrire(feuilles, format))
    assert [f.nom for f in lu.feuilles] == ["Un", "Deux"]
    assert [ligne.valeurs() for ligne in lu.feuille("Un")] == [["Titre"], ["A"], ["x"]]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("valeur", "genre", "raison"),
    [
        ("a" * 32_768, "texte", "32\u202f767"),
        ("\ud83d", "texte", "moitié de caractère"),
        (Decimal("1234567890123.456"), "nombre", "trop de chiffres"),
        (Decimal("NaN"), "nombre", "trop de chiffres"),
        (dt.datetime(2024, 1, 1, tzinfo=dt.UTC), "horodatage", "locale"),
    ],
)
def test_valeur_qu_on_abimerait_refusee_avec_sa_cellule(format, valeur, genre, raison):
    feuille = FeuilleEcrite("Plan", [Colonne("A", genre)], [[None], [valeur]])
    with pytest.raises(ClasseurRefuse) as refus:
        ecrire([feuille], format)
    (probleme,) = refus.value.problemes
    assert probleme.reference == "A3"
    assert raison in probleme.message


@given(st.text(st.characters(exclude_categories=["Cs"])) | st.text("_x0D5F\x00\r"))
def test_echappement_exact(texte):
    assert retablir(echapper(texte)) == texte
