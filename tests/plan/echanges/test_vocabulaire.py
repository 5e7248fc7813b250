"""Le vocabulaire : aucun intitulé ne désigne deux champs, chaque libellé d'export se reconnaît."""

from maillage.plan.echanges.tables import FICHES, TABLES, intitules_csv
from maillage.plan.echanges.vocabulaire import cle_intitule, mots, vocabulaire_des_fiches


def test_aucun_intitule_ne_designe_deux_champs():
    vus: dict[str, str] = {}
    doubles = []
    for champ, formes in mots().champs.items():
        for forme in formes:
            cle = cle_intitule(forme)
            if vus.setdefault(cle, champ) != champ:
                doubles.append((forme, vus[cle], champ))
    assert doubles == []


def test_chaque_colonne_exportee_se_reconnait_meme_sous_un_niveau_du_meme_nom():
    vocabulaire = vocabulaire_des_fiches(["titre", "objectifs", "code", "publics"], {})
    for colonne in FICHES.colonnes:
        assert vocabulaire.reconnaitre(colonne.intitule) == (colonne.cle, None, None)


def test_les_intitules_du_csv_sont_distincts():
    cles = [cle_intitule(intitule) for _, _, intitule in intitules_csv()]
    assert len(set(cles)) == len(cles)


def test_les_feuilles_de_l_export_ont_des_noms_permis():
    assert all(len(t.feuille) <= 31 and not set(t.feuille) & set("[]:*?/\\") for t in TABLES)
