"""Ce qui sort rentre : export puis import, zéro différence, pour des plans tirés au hasard."""

import datetime as dt
import string
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fabriques import (
    CollectiviteFactory,
    DecoupageFactory,
    DivisionFactory,
    EtapeFactory,
    SchemaFactory,
    TerritoireFactory,
)

from maillage.indicateurs.models import ValeurIndicateur
from maillage.plan.echanges.export_plan import exporter
from maillage.plan.echanges.import_plan import essayer, importer
from maillage.plan.echanges.reprise_suivi import contenu_du_point
from maillage.plan.etat import etat_vide, etats_de
from maillage.plan.models import Division, FicheAction, IndicateurFiche, PointEtape
from maillage.plan.services import enregistrer_lot
from maillage.socle.francais import normaliser

pytestmark = pytest.mark.django_db

_ETRANGES = [
    "=1+1", "+33 2", "-5", "@moi", "'007", "007", "12,5", "CAF ; MSA", 'dit « "oui" »', '"',
    "a;b\nc", "néant", "-", "à définir", "oui", "🙂 é̂", "A, B", "A / B", "(inachevé", "• puce",
    "1/2", "2024-01-01", "45 %", "TRUE", "#REF!", "_x0041_", "<b>&amp;</b>", "Direction, Service",
]  # fmt: skip
_signes = st.text(
    st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), max_size=30
)
courts = st.one_of(st.sampled_from(_ETRANGES), _signes)
non_vides = courts.map(lambda t: " ".join(t.split())[:100]).filter(lambda t: t and normaliser(t))
longs = st.one_of(courts, st.lists(courts, max_size=3).map("\n".join))
dates = st.none() | st.dates(dt.date(1900, 1, 1), dt.date(2150, 12, 31)).map(dt.date.isoformat)
montants = st.none() | st.decimals(0, 999_999_999_999, places=2).map(str)
mesures = st.none() | st.decimals(-(10**13), 10**13, places=4).map(str)
noms = st.lists(non_vides, max_size=3)
ETAPES, TERRITOIRES = ["Naître", "Grandir ; vivre"], ["Nord", 'Le "Centre", vrai']


@st.composite
def lignes_uniques(draw, elements, cle):
    trouvees = {}
    for ligne in draw(st.lists(elements, max_size=3)):
        trouvees.setdefault(cle(ligne), ligne)
    return list(trouvees.values())


jalons = st.lists(
    st.fixed_dictionaries(
        {"titre": non_vides, "date_prevue": dates, "date_realisee": dates,
         "demonstration": st.booleans()}
    ),
    max_size=3,
)  # fmt: skip
budgets = lignes_uniques(
    st.fixed_dictionaries(
        {"annee": st.integers(1990, 2100), "financeur": non_vides,
         "section": st.sampled_from(["fonctionnement", "investissement"]),
         "prevu": montants, "engage": montants, "realise": montants,
         "demonstration": st.booleans()}
    ),
    lambda li: (li["annee"], normaliser(li["financeur"]), li["section"]),
)  # fmt: skip
risques = lignes_uniques(
    st.fixed_dictionaries(
        {"libelle": non_vides, "gravite": st.integers(1, 4), "probabilite": st.integers(1, 4),
         "parade": courts, "proprietaire": courts, "partage_avec": courts,
         "demonstration": st.booleans()}
    ),
    lambda li: li["libelle"],
)  # fmt: skip
textes = st.lists(
    st.fixed_dictionaries(
        {"reference": non_vides, "url": st.sampled_from(["", "https://exemple.test/a;b?c=1"])}
    ),
    max_size=2,
)
indicateurs = lignes_uniques(
    st.fixed_dictionaries(
        {"libelle": non_vides, "niveau": st.sampled_from(["realisation", "resultat", "impact"]),
         "unite": courts, "sens": st.sampled_from(["", "hausse", "baisse"]),
         "initiale": mesures, "date_initiale": dates, "cible": mesures, "date_cible": dates,
         "periodicite": st.sampled_from(["", "annuelle", "ponctuelle"]), "source": courts,
         "methode": courts, "poids": st.sampled_from(["1", "0.5", "12.25"]),
         "demonstration": st.booleans()}
    ),
    lambda li: normaliser(li["libelle"]),
)  # fmt: skip


@st.composite
def etats(draw, rang, divisions):
    archivee = draw(st.booleans())
    code = draw(
        st.text(string.ascii_letters + string.digits + ".-_ é+='\"", min_size=1, max_size=8)
    )
    return etat_vide(
        code=f"{code}{rang}",
        division=draw(st.sampled_from(divisions)),
        titre=draw(non_vides),
        constat=draw(longs), objectifs=draw(longs), description=draw(longs),
        modalites=draw(longs), moyens=draw(longs),
        edition=draw(st.sampled_from(["", "2024-2025", "2024", "=1"])),
        phare=draw(st.booleans()), prioritaire=draw(st.booleans()),
        confidentialite=draw(st.sampled_from(["publique", "interne", "restreinte"])),
        periodicite_mois=draw(st.none() | st.integers(1, 24)),
        date_debut=draw(dates), date_fin=None,
        publics=draw(noms), etapes=draw(st.lists(st.sampled_from(ETAPES))),
        territoires=draw(st.lists(st.sampled_from(TERRITOIRES))),
        renvois=draw(st.lists(st.sampled_from(divisions), max_size=2)),
        pilote_organisation=draw(st.just("") | non_vides),
        pilote_personne=draw(courts), pilote_fonction=draw(courts),
        copilotes=draw(noms), partenaires=draw(noms),
        etp=draw(st.none() | st.decimals(0, 99_999, places=2).map(str)),
        poids=draw(st.sampled_from(["1", "0", "2.5"])),
        jalons=draw(jalons), budgets=draw(budgets), risques=draw(risques), textes=draw(textes),
        indicateurs=draw(indicateurs),
        notes=draw(st.dictionaries(non_vides, courts, max_size=2)),
        archivee=archivee,
        motif_archivage="Doublon" if archivee else "",
    )  # fmt: skip


points = st.fixed_dictionaries(
    {
        "date": st.dates(dt.date(2000, 1, 1), dt.date(2025, 12, 31)),
        "meteo": st.sampled_from(["soleil", "couvert", "nuage", "orage"]),
        "motif_meteo": courts, "faits_marquants": longs, "difficultes": longs,
        "prochaines_etapes": longs, "besoin_arbitrage": courts,
        "taux": st.none() | st.integers(0, 100),
        "avancement": st.sampled_from(["a_lancer", "en_cours", "suspendue", "finalisee"]),
        "suite": st.sampled_from(["a_decider", "poursuite", "arret"]),
        "fonction_auteur": courts, "est_demonstration": st.booleans(),
    }
)  # fmt: skip
valeurs = st.fixed_dictionaries(
    {
        "date": st.dates(dt.date(1990, 1, 1), dt.date(2030, 1, 1)),
        "valeur": st.decimals(-(10**13), 10**13, places=4),
        "statut": st.sampled_from(["definitif", "provisoire", "estime"]),
        "commentaire": courts, "est_demonstration": st.booleans(),
    }
)  # fmt: skip


@st.composite
def plans(draw):
    """(niveaux, divisions, états, points par fiche, valeurs par indicateur)."""
    noms_niveaux = ["volet", "axe", "titre", "objectif", "thème", "action"]
    niveaux = draw(st.permutations(noms_niveaux))[: draw(st.integers(1, 6))]
    divisions, dessus = [], [None]
    for profondeur in range(len(niveaux)):
        rang = len(divisions)
        parent = draw(st.sampled_from(dessus)) if profondeur else None
        divisions.append((f"D{rang}", draw(non_vides), parent, draw(longs)))
        dessus = [f"D{rang}"]
    codes = [d[0] for d in divisions]
    nombre = draw(st.integers(0, 3))
    return (
        list(niveaux),
        divisions,
        [draw(etats(rang, codes)) for rang in range(nombre)],
        [draw(st.lists(points, max_size=3, unique_by=lambda p: p["date"])) for _ in range(nombre)],
        draw(st.lists(valeurs, max_size=3, unique_by=lambda v: v["date"])),
    )


def _cadre(niveaux):
    decoupage = DecoupageFactory()
    for rang, nom in enumerate(TERRITOIRES):
        TerritoireFactory(decoupage=decoupage, nom=nom, slug=f"t-{rang}")
    collectivite = CollectiviteFactory(decoupage=decoupage)
    for nom in ETAPES:
        EtapeFactory(collectivite=collectivite, nom=nom)
    return SchemaFactory(collectivite=collectivite, niveaux=niveaux)


def _poser(plan):
    niveaux, divisions, tous, suivis, mesures_dites = plan
    schema = _cadre(niveaux)
    par_code = {}
    for ordre, (code, nom, parent, presentation) in enumerate(divisions):
        par_code[code] = DivisionFactory(
            schema=schema, code=code, nom=nom, parent=par_code.get(parent), ordre=ordre,
            presentation=presentation, poids=Decimal("1.5"),
        )  # fmt: skip
    enregistrer_lot(schema=schema, etats=tous, par=None)
    fiches = list(FicheAction.objects.filter(schema=schema).order_by("pk"))
    for fiche, dits in zip(fiches, suivis, strict=True):
        for dit in dits:
            PointEtape.objects.create(fiche=fiche, **dit)
        for lien in IndicateurFiche.objects.filter(fiche=fiche)[:1]:
            for valeur in mesures_dites:
                ValeurIndicateur.objects.create(indicateur=lien.indicateur, **valeur)
    return schema


def _contenu(schema):
    fiches = list(FicheAction.objects.filter(schema=schema))
    divisions = Division.objects.filter(schema=schema)
    return {
        "etats": sorted(etats_de(fiches).values(), key=lambda e: e["code"]),
        "points": sorted(
            (p.fiche.code, *map(str, contenu_du_point(p).values()))
            for p in PointEtape.objects.filter(fiche__in=fiches).select_related("fiche")
        ),
        "valeurs": sorted(
            (li.fiche.code, v.indicateur.libelle, v.date, v.valeur, v.statut,
             v.commentaire.replace("\r\n", "\n").replace("\r", "\n").strip(), v.est_demonstration)
            for li in IndicateurFiche.objects.filter(fiche__in=fiches)
            for v in li.indicateur.valeurs.all()
        ),
        "divisions": sorted(
            (d.code, d.nom, d.chemin, d.poids) for d in divisions
        ),
    }  # fmt: skip


class _Annuler(Exception):
    pass


@pytest.mark.parametrize("format", ["xlsx", "ods", "csv"])
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(plan=plans())
def test_exporter_puis_importer_ne_change_rien(format, plan):
    try:
        with transaction.atomic():
            schema = _poser(plan)
            octets = exporter(schema=schema, format=format)
            bilan = essayer(source=octets, nom=f"plan.{format}", schema=schema)
            assert [str(refus) for refus in bilan.refus] == []
            changes = [(c.cle, c.avant, c.apres) for f in bilan.modifiees for c in f.changements]
            assert changes == []
            assert bilan.est_sans_effet
            assert bilan.colonnes_en_notes == []
            ailleurs = _cadre(plan[0])
            importer(source=octets, nom=f"plan.{format}", schema=ailleurs, par=None)
            assert _contenu(ailleurs) == _contenu(schema)
            raise _Annuler
    except _Annuler:
        pass
