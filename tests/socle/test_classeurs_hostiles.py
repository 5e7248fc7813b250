"""Fichiers faux, piégés ou abîmés : un refus clair, jamais un plantage."""

import io
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maillage.socle.classeurs import (
    ClasseurRefuse,
    Colonne,
    FeuilleEcrite,
    Limites,
    ecrire,
    lire,
)

MODELE = {
    f: ecrire([FeuilleEcrite("Plan", [Colonne("A"), Colonne("B")], [["x", "y"]])], f)
    for f in ("xlsx", "ods")
}
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600
FEUILLE = "xl/worksheets/sheet1.xml"
_NS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def remplacer(octets, chemin, contenu):
    """Le même fichier, une partie changée."""
    sortie = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(octets)) as avant:
        with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as apres:
            for info in avant.infolist():
                if info.filename != chemin:
                    apres.writestr(info.filename, avant.read(info.filename))
            if contenu is not None:
                apres.writestr(chemin, contenu)
    return sortie.getvalue()


def xlsx_brut(lignes, fin="", debut=""):
    """Classeur dont la feuille contient exactement ce XML."""
    xml = f'<worksheet xmlns="{_NS}">{debut}<sheetData>{lignes}</sheetData>{fin}</worksheet>'
    return remplacer(MODELE["xlsx"], FEUILLE, xml)


def refus_de(octets, nom="plan.xlsx", **options):
    with pytest.raises(ClasseurRefuse) as refus:
        lire(octets, nom, **options)
    assert "Rien n’a été enregistré." in str(refus.value)
    return refus.value.problemes


@pytest.mark.parametrize(
    ("octets", "mot"),
    [
        (b"", "vide"),
        (b" \r\n", "vide"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n....", "image PNG"),
        (b"\xff\xd8\xff\xe0....", "image JPEG"),
        (b"{\\rtf1 ...}", "RTF"),
        (b"<!DOCTYPE html><html><table>", "page web"),
        (b"\xef\xbb\xbf  <table><tr>", "page web"),
        ("<html><table>".encode("utf-16"), "page web"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>', "XML 2003"),
        (b'{"a": 1}', "JSON"),
        (OLE + "Workbook".encode("utf-16-le"), ".xls"),
        (OLE + "WordDocument".encode("utf-16-le"), "Word"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "mot de passe"),
        (bytes(range(8)) * 100, "reconnu"),
        (b"PK\x03\x04abime", "abîmé"),
        (MODELE["xlsx"][:-200], "abîmé"),
        (remplacer(MODELE["xlsx"], FEUILLE, None), "abîmé"),
        (remplacer(MODELE["xlsx"], FEUILLE, "<worksheet><sheetData>"), "abîmé"),
        (remplacer(MODELE["xlsx"], FEUILLE, "<a>" * 500 + "</a>" * 500), "abîmé"),
        (remplacer(MODELE["xlsx"], "xl/workbook.bin", b""), ".xlsb"),
        (remplacer(MODELE["xlsx"], "word/document.xml", b""), "Word"),
        (remplacer(MODELE["ods"], "mimetype", "application/vnd.oasis.opendocument.text"), "texte"),
    ],
)
def test_contenu_refuse_quelle_que_soit_l_extension(octets, mot):
    (probleme,) = refus_de(octets)
    assert mot in probleme.message


def test_ods_protege_par_mot_de_passe():
    octets = remplacer(MODELE["ods"], "META-INF/manifest.xml", "<manifest:encryption-data/>")
    assert "mot de passe" in refus_de(octets)[0].message


@pytest.mark.parametrize(("format", "chemin"), [("xlsx", FEUILLE), ("ods", "content.xml")])
@pytest.mark.parametrize(
    "dtd",
    [
        '<!ENTITY x SYSTEM "file:///etc/passwd">',
        '<!ENTITY a "aaaaaaaa"><!ENTITY x "&a;&a;&a;&a;&a;&a;">',
        '<!ENTITY % p SYSTEM "http://127.0.0.1/x.dtd"> %p;',
    ],
)
def test_entites_refusees(format, chemin, dtd):
    piege = f'<?xml version="1.0"?><!DOCTYPE r [{dtd}]><r>&x;</r>'
    assert "interdites" in refus_de(remplacer(MODELE[format], chemin, piege))[0].message


@pytest.mark.parametrize(("format", "chemin"), [("xlsx", FEUILLE), ("ods", "content.xml")])
def test_bombe_zip_refusee_avant_decompression(format, chemin):
    bombe = remplacer(MODELE[format], chemin, b" " * 40_000_000)
    assert len(bombe) < 100_000
    assert "démesuré" in refus_de(bombe)[0].message


def test_taille_decomprimee_bornee_pendant_la_lecture():
    limites = Limites(decompresse=5_000)
    assert "démesuré" in refus_de(MODELE["xlsx"], limites=limites)[0].message


def test_archive_de_milliers_de_parties_refusee():
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w") as archive:
        for n in range(2_100):
            archive.writestr(f"{n}", b"")
    assert "2100 parties" in refus_de(sortie.getvalue())[0].message


def test_fichier_trop_lourd():
    assert "20 Mo" in refus_de(b"a" * (20 * 1024 * 1024 + 1))[0].message


@pytest.mark.parametrize("format", ["xlsx", "ods", "csv"])
def test_cent_mille_lignes_refusees(format):
    lignes = 100_000
    if format == "csv":
        octets = b"a;b\r\n" * lignes
    elif format == "xlsx":
        octets = xlsx_brut("<row><c><v>1</v></c></row>" * lignes)
    else:
        xml = zipfile.ZipFile(io.BytesIO(MODELE["ods"])).read("content.xml").decode()
        repetee = f'<table:table-row table:number-rows-repeated="{lignes}">'
        xml = xml.replace("<table:table-row>", repetee)
        octets = remplacer(MODELE["ods"], "content.xml", xml)
    assert "plus de 20\u202f000 lignes remplies" in refus_de(octets)[0].message


def test_deux_cent_mille_lignes_vides_mises_en_forme_sont_ignorees():
    vides = '<row><c s="1"/></row>' * 200_000
    octets = xlsx_brut(f"<row><c><v>1</v></c></row>{vides}<row><c><v>2</v></c></row>")
    assert [ligne.numero for ligne in lire(octets).feuilles[0]] == [1, 200_002]


def test_trop_de_colonnes_nomme_la_premiere():
    octets = xlsx_brut('<row r="4"><c r="GS4"><v>1</v></c><c r="GT4"><v>1</v></c></row>')
    (probleme,) = refus_de(octets)
    assert (probleme.reference, probleme.ligne) == ("GS4", 4)
    assert "200 colonnes" in probleme.message


def test_formule_sans_resultat_nomme_chaque_cellule():
    classeur = openpyxl.Workbook()
    classeur.active["B2"], classeur.active["C7"] = "=1+1", "=A1"
    sortie = io.BytesIO()
    classeur.save(sortie)
    problemes = refus_de(sortie.getvalue())
    assert [p.reference for p in problemes] == ["B2", "C7"]
    assert "pas de résultat enregistré" in problemes[0].message


def test_formule_avec_resultat_vide_est_une_cellule_vide():
    octets = xlsx_brut('<row><c t="str"><f>""</f><v></v></c><c><f>1+1</f><v>2</v></c></row>')
    assert lire(octets).feuilles[0].lignes[0].valeurs() == [None, 2]


@pytest.mark.parametrize("code", ["#REF!", "#N/A", "#DIV/0!"])
def test_erreur_de_calcul_nommee(code):
    (probleme,) = refus_de(xlsx_brut(f'<row r="3"><c r="D3" t="e"><f>x</f><v>{code}</v></c></row>'))
    assert probleme.reference == "D3"
    assert code in probleme.message


def test_fusion_qui_cache_une_valeur():
    octets = xlsx_brut(
        '<row r="4"><c r="B4"><v>1</v></c></row><row r="6"><c r="B6"><v>2</v></c></row>',
        '<mergeCells><mergeCell ref="B4:B9"/></mergeCells>',
    )
    (probleme,) = refus_de(octets)
    assert probleme.message.startswith("la fusion B4:B9 cache la valeur «\u00a02\u00a0» en B6")
    assert probleme.reference == "B6"


def test_fusion_etendue_aux_lignes_remplies():
    octets = xlsx_brut(
        '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>7</v></c></row>'
        '<row r="2"><c r="A2"><v>1</v></c><c r="B2"><v>8</v></c></row>',
        '<mergeCells><mergeCell ref="A1:A1048576"/></mergeCells>',
    )
    feuille = lire(octets).feuilles[0]
    assert [ligne.valeurs() for ligne in feuille] == [[1, 7], [1, 8]]
    assert feuille.ligne(2).cellule(1).propagee
    assert feuille.ligne(2).cellule(1).fusion == "A1:A1048576"
    assert not feuille.ligne(1).cellule(1).propagee


def test_fusion_ods_qui_cache_une_valeur():
    xml = zipfile.ZipFile(io.BytesIO(MODELE["ods"])).read("content.xml").decode()
    xml = xml.replace(
        '<table:table-cell table:style-name="Centete"',
        '<table:table-cell table:number-rows-spanned="2" table:style-name="Centete"',
        1,
    )
    (probleme,) = refus_de(remplacer(MODELE["ods"], "content.xml", xml))
    assert "la fusion A1:A2 cache la valeur «\u00a0x\u00a0» en A2" in probleme.message


def test_fusions_superposees_ne_pesent_pas():
    rangee = "".join(
        f'<row r="{n}"><c r="A{n}"/><c r="GR{n}"><v>1</v></c></row>' for n in range(1, 3000)
    )
    fusions = "".join(f'<mergeCell ref="A{n}:GQ20000"/>' for n in range(1, 2000))
    octets = xlsx_brut(rangee, f"<mergeCells>{fusions}</mergeCells>")
    assert "trop de cellules fusionnées" in refus_de(octets)[0].message


def test_problemes_d_une_feuille_inutile_ne_bloquent_pas():
    classeur = lire(xlsx_brut('<row><c t="e"><v>#REF!</v></c></row>'), exiger=False)
    classeur.exiger_sans_probleme(["Une autre"])
    with pytest.raises(ClasseurRefuse):
        classeur.exiger_sans_probleme(["Plan"])


def test_masques_dits():
    octets = xlsx_brut(
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="2" hidden="1"><c r="B2"><v>1</v></c></row>',
        debut='<cols><col min="2" max="3" hidden="1"/></cols>',
    )
    avertissements = lire(octets, "plan.xlsx").avertissements
    assert "1 ligne masquée lue (2)" in avertissements[0]
    assert "1 colonne masquée lue (B)" in avertissements[1]


def test_macros_ignorees_et_dites():
    chemin = "xl/_rels/workbook.xml.rels"
    rels = zipfile.ZipFile(io.BytesIO(MODELE["xlsx"])).read(chemin).decode()
    macro = (
        '<Relationship Id="m" Type="http://x/vbaProject" Target="vbaProject.bin"/></Relationships>'
    )
    octets = remplacer(MODELE["xlsx"], chemin, rels.replace("</Relationships>", macro))
    assert lire(octets, "plan.xlsm").avertissements == ["Les macros du fichier ont été ignorées."]


@pytest.mark.parametrize("serie", ["-3", "99999999", "nan"])
def test_date_hors_du_calendrier(serie):
    octets = ecrire([FeuilleEcrite("P", [Colonne("D", "date")], [["17/10/2024"]])], "xlsx")
    classeur = openpyxl.load_workbook(io.BytesIO(octets))
    classeur["P"]["A2"].number_format, classeur["P"]["A2"].value = "dd/mm/yyyy", 45000
    sortie = io.BytesIO()
    classeur.save(sortie)
    xml = zipfile.ZipFile(sortie).read(FEUILLE).decode().replace(">45000<", f">{serie}<")
    assert refus_de(remplacer(sortie.getvalue(), FEUILLE, xml))[0].reference == "A2"


# --- csv ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("encodage", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separateur", [";", ",", "\t"])
def test_csv_encodage_et_separateur(encodage, separateur):
    texte = f"Titre\r\nCode{separateur}Été\r\n1{separateur}à\r\n2{separateur}œuvre\r\n"
    lignes = lire(texte.encode(encodage), "p.csv").feuilles[0].lignes
    assert [ligne.valeurs() for ligne in lignes] == [
        ["Titre"],
        ["Code", "Été"],
        ["1", "à"],
        ["2", "œuvre"],
    ]


def test_csv_virgules_dans_le_texte():
    octets = b"Titre;Noms\nA, b, c;CAF, MSA\nD, e, f;ARS, CPAM\n"
    assert lire(octets).feuilles[0].ligne(2).valeurs() == ["A, b, c", "CAF, MSA"]


def test_csv_indication_d_excel():
    lu = lire(b"sep=,\r\na;b,c\r\n").feuilles[0]
    assert (lu.lignes[0].numero, lu.lignes[0].valeurs()) == (2, ["a;b", "c"])


def test_csv_guillemet_jamais_referme():
    (probleme,) = refus_de(b'a;b\r\nc;"d\r\ne;f\r\n', "p.csv")
    assert "jamais refermé" in probleme.message
    assert probleme.ligne == 2


def test_csv_nomme_xlsx_est_lu_et_dit():
    assert "contient du csv" in lire(b"a;b\r\n1;2\r\n", "plan.xlsx").avertissements[0]


@settings(deadline=None, max_examples=80)
@given(st.binary(max_size=300))
def test_octets_quelconques_lus_ou_refuses(octets):
    try:
        lire(octets)
    except ClasseurRefuse as refus:
        assert refus.problemes


@settings(deadline=None, max_examples=80)
@given(st.sampled_from(["xlsx", "ods"]), st.data())
def test_fichier_abime_lu_ou_refuse(format, data):
    octets = bytearray(MODELE[format])
    for _ in range(data.draw(st.integers(1, 8))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    try:
        lire(bytes(octets))
    except ClasseurRefuse as refus:
        assert refus.problemes
