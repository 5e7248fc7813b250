"""Lecture des valeurs tapées en français, et écriture relue à l'identique."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maillage.socle.francais import (
    DateLue,
    ValeurIllisible,
    booleen_fr,
    date_fr,
    joindre_liste,
    lire_booleen,
    lire_date,
    lire_entier,
    lire_liste,
    lire_montant,
    lire_nombre,
    lire_pourcentage,
    montant_fr,
    nombre_fr,
    normaliser,
    periode_fr,
    pourcentage_fr,
)

DATES = st.dates(dt.date(1900, 1, 1), dt.date(2150, 12, 31))
MONTANTS = st.integers(-(10**14), 10**14).map(lambda centimes: Decimal(centimes) / 100)


@pytest.mark.parametrize(
    ("saisie", "jour", "precision"),
    [
        ("17/10/2024", (2024, 10, 17), "jour"),
        ("17-10-24", (2024, 10, 17), "jour"),
        ("17.10.2024 14h30", (2024, 10, 17), "jour"),
        ("jeudi 17 octobre 2024", (2024, 10, 17), "jour"),
        ("1er août 2024", (2024, 8, 1), "jour"),
        ("17 OCT. 24", (2024, 10, 17), "jour"),
        ("2024-10-17T10:00:00", (2024, 10, 17), "jour"),
        ("\u202f17\u00a0octobre\u00a02024 ", (2024, 10, 17), "jour"),
        (45582, (2024, 10, 17), "jour"),
        ("45582", (2024, 10, 17), "jour"),
        (dt.datetime(2024, 10, 17, 9), (2024, 10, 17), "jour"),
        ("oct. 2024", (2024, 10, 1), "mois"),
        ("10/2024", (2024, 10, 1), "mois"),
        ("2024-10", (2024, 10, 1), "mois"),
        ("fin octobre 2024", (2024, 10, 1), "mois"),
        ("T3 2025", (2025, 7, 1), "trimestre"),
        ("3T2025", (2025, 7, 1), "trimestre"),
        ("3e trimestre 2025", (2025, 7, 1), "trimestre"),
        ("fin 2025", (2025, 10, 1), "trimestre"),
        ("2nd semestre 2025", (2025, 7, 1), "semestre"),
        ("2025", (2025, 1, 1), "annee"),
        (2025, (2025, 1, 1), "annee"),
        ("courant 2025", (2025, 1, 1), "annee"),
    ],
)
def test_date_lue(saisie, jour, precision):
    assert lire_date(saisie) == DateLue(dt.date(*jour), precision)


@pytest.mark.parametrize(
    ("saisie", "raison"),
    [
        ("31/02/2025", "février 2025 compte 28 jours"),
        ("29 février 2023", "février 2023 compte 28 jours"),
        ("10/17/2024", "Le jour s’écrit avant le mois"),
        ("00/10/2024", "octobre 2024 compte 31 jours"),
        ("T5 2025", "4 trimestres"),
        ("3e semestre 2025", "2 semestres"),
        ("17/10/0024", "L’année 24 n’est pas plausible"),
        ("0000", "plausible"),
        ("bientôt", "n’est pas une date lisible"),
        ("30/02", "n’est pas une date lisible"),
        (12, "n’est pas une date"),
        (True, "n’est pas une date"),
    ],
)
def test_date_refusee_avec_sa_raison(saisie, raison):
    with pytest.raises(ValeurIllisible, match=raison):
        lire_date(saisie)


@pytest.mark.parametrize("vide", [None, "", "  ", "-", "–", "n/a", "À définir", "sans objet"])
def test_rien_dit_rend_rien(vide):
    assert lire_date(vide) is None
    assert lire_montant(vide) is None
    assert lire_pourcentage(vide) is None
    assert lire_entier(vide) is None
    assert lire_booleen(vide) is None
    assert lire_liste(vide) == []


@given(DATES, st.sampled_from(["jour", "mois", "trimestre", "semestre", "annee"]), st.booleans())
def test_periode_ecrite_puis_relue(jour, precision, longue):
    debut = {
        "jour": jour,
        "mois": jour.replace(day=1),
        "trimestre": dt.date(jour.year, (jour.month - 1) // 3 * 3 + 1, 1),
        "semestre": dt.date(jour.year, (jour.month - 1) // 6 * 6 + 1, 1),
        "annee": dt.date(jour.year, 1, 1),
    }[precision]
    lue = DateLue(debut, precision)
    assert lire_date(periode_fr(lue, longue=longue)) == lue
    assert lue.date <= jour <= lue.fin


@given(st.text(max_size=40))
def test_texte_quelconque_lu_ou_refuse_sans_plantage(texte):
    for lire in (lire_date, lire_montant, lire_pourcentage, lire_entier, lire_booleen):
        try:
            lire(texte)
        except ValeurIllisible as refus:
            assert refus.message.endswith(".")


@given(st.text("0123456789 .,/-−()€kM%Tt°", max_size=14))
def test_chiffres_quelconques_lus_ou_refuses(texte):
    for lire in (lire_date, lire_montant, lire_pourcentage, lire_nombre):
        try:
            lire(texte)
        except ValeurIllisible:
            continue


@pytest.mark.parametrize(
    ("saisie", "attendu"),
    [
        ("12 500 €", "12500"),
        ("12 500,50", "12500.50"),
        ("12\u202f500,5\u00a0€", "12500.50"),
        ("12,5 k€", "12500"),
        ("12,5k€", "12500"),
        ("1,2 M€", "1200000"),
        ("1 Md€", "1000000000"),
        ("1,5 million d’euros", "1500000"),
        ("25 milliers d'euros", "25000"),
        ("300 000 euros TTC", "300000"),
        ("€ 12", "12"),
        ("500EUR", "500"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1.234.567", "1234567"),
        ("12'500", "12500"),
        ("0", "0"),
        (33.333333333, "33.33"),
        (Decimal("0.005"), "0.01"),
    ],
)
def test_montant_lu(saisie, attendu):
    assert lire_montant(saisie) == Decimal(attendu)


@pytest.mark.parametrize("saisie", ["-500", "−500 €", "(500)", "(500 €)", "500-", "- 500", -500])
def test_montant_negatif_reconnu_et_refuse(saisie):
    with pytest.raises(ValeurIllisible, match="négatif"):
        lire_montant(saisie)
    assert lire_montant(saisie, autoriser_negatif=True) == -500


@pytest.mark.parametrize(
    ("saisie", "raison"),
    [
        ("12.500", "deux façons"),
        ("12,500", "deux façons"),
        ("12 50", "pas un nombre lisible"),
        ("environ 12", "pas un nombre lisible"),
        ("12 500,555", "centime"),
        ("12 €/an", "pas un nombre lisible"),
        ("1e9999", "pas un nombre lisible"),
        (float("nan"), "trop grand"),
        (True, "oui/non"),
    ],
)
def test_montant_incertain_refuse(saisie, raison):
    with pytest.raises(ValeurIllisible, match=raison):
        lire_montant(saisie)


@given(MONTANTS)
def test_montant_ecrit_puis_relu(montant):
    assert lire_montant(montant_fr(montant), autoriser_negatif=True) == montant


@given(st.decimals(-(10**9), 10**9, places=6))
def test_nombre_a_six_decimales_ecrit_puis_relu(nombre):
    assert lire_nombre(nombre_fr(nombre, decimales=6)) == nombre


@given(st.integers(0, 10**6).map(lambda n: Decimal(n) / 1000))
def test_pourcentage_ecrit_puis_relu(points):
    assert lire_pourcentage(pourcentage_fr(points)) == points


@pytest.mark.parametrize(
    ("saisie", "attendu"),
    [("45 %", 45), ("45", 45), (45, 45), ("45,5%", Decimal("45.5")), ("0,5 %", Decimal("0.5"))],
)
def test_pourcentage_lu_en_points(saisie, attendu):
    assert lire_pourcentage(saisie) == attendu


def test_pourcentage_d_une_cellule_au_format_pourcentage():
    assert lire_pourcentage(Decimal("0.45"), format_pourcentage=True) == 45


@pytest.mark.parametrize("saisie", [Decimal("0.45"), "0,45"])
def test_pourcentage_nu_sous_un_est_ambigu(saisie):
    with pytest.raises(ValeurIllisible, match="Écrire le signe %"):
        lire_pourcentage(saisie)


def test_pourcentage_borne():
    with pytest.raises(ValeurIllisible, match="dépasse 100"):
        lire_pourcentage("120 %", maximum=100)


def test_entier_refuse_une_fraction():
    assert lire_entier("12,0") == 12
    with pytest.raises(ValeurIllisible, match="entier"):
        lire_entier("12,5")


def test_unite_admise_apres_le_nombre():
    assert lire_nombre("1,5 ETP", unites=["ETP"]) == Decimal("1.5")


@pytest.mark.parametrize("saisie", ["oui", "OUI", "x", "[X]", "✓", "✔️", "vrai", 1, True])
def test_oui(saisie):
    assert lire_booleen(saisie) is True


@pytest.mark.parametrize("saisie", ["non", "N", "faux", "☐", "0", 0, False])
def test_non(saisie):
    assert lire_booleen(saisie) is False


def test_peut_etre_n_est_ni_oui_ni_non():
    with pytest.raises(ValeurIllisible, match="ni oui ni non"):
        lire_booleen("peut-être")


@pytest.mark.parametrize("valeur", [True, False])
def test_booleen_ecrit_puis_relu(valeur):
    assert lire_booleen(booleen_fr(valeur)) is valeur


@pytest.mark.parametrize(
    ("saisie", "attendu"),
    [
        ("CAF ; MSA", ["CAF", "MSA"]),
        ("CAF\r\nMSA\n", ["CAF", "MSA"]),
        ("- CAF\n• MSA", ["CAF", "MSA"]),
        ("CAF, MSA, ARS", ["CAF", "MSA", "ARS"]),
        ("CAF / MSA", ["CAF", "MSA"]),
        ("CAF et MSA", ["CAF et MSA"]),
        ("aide et/ou soins", ["aide et/ou soins"]),
        ("Dispositif 24/7", ["Dispositif 24/7"]),
        ("https://exemple.fr/a", ["https://exemple.fr/a"]),
        ("Direction de l’enfance, de la famille", ["Direction de l’enfance, de la famille"]),
        ("ARS (Blois, Vendôme), CAF", ["ARS (Blois, Vendôme)", "CAF"]),
        ("ARS (a ; b) ; CAF", ["ARS (a ; b)", "CAF"]),
        ("CAF ; CAF ; MSA", ["CAF", "MSA"]),
        ('"A ; B" ; C', ["A ; B", "C"]),
        ('Association "Les Amis" ; CAF', ['Association "Les Amis"', "CAF"]),
        ('"jamais refermé ; CAF', ["”jamais refermé", "CAF"]),
    ],
)
def test_liste_lue(saisie, attendu):
    assert lire_liste(saisie) == attendu


def test_nom_connu_n_est_pas_coupe():
    assert lire_liste("Blois, Vendôme", connus=["blois vendome"]) == ["Blois, Vendôme"]


def test_noms_connus_en_minuscules_sont_coupes():
    assert lire_liste("caf, msa", connus=["CAF", "MSA"]) == ["caf", "msa"]


NOMS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(
    lambda nom: nom.strip() and "\r" not in nom and "\u2028" not in nom
)


@given(st.lists(NOMS | st.text('AB"();,/\n- –', min_size=1).filter(str.strip), unique=True))
def test_liste_ecrite_puis_relue(noms):
    assert lire_liste(joindre_liste(noms)) == noms


def test_normaliser():
    assert normaliser("  Œuvre d’Été,\u00a0N° 2 ") == "oeuvre d ete n 2"


@given(st.text())
def test_normaliser_deux_fois_ne_change_rien(texte):
    assert normaliser(normaliser(texte)) == normaliser(texte)


def test_formats_francais():
    assert date_fr(dt.date(2024, 10, 1), longue=True) == "1er octobre 2024"
    assert montant_fr(Decimal("12500.5")) == "12\u202f500,50\u00a0€"
    assert nombre_fr(Decimal("-1234567.891")) == "−1\u202f234\u202f567,891"
    assert pourcentage_fr(45) == "45\u00a0%"
