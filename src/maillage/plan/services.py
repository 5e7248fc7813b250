"""Les écritures du plan : une transaction, une version, une ligne de journal, des cachets.

Toutes reçoivent `par` (un compte, ou None pour le système) et lèvent avant d'avoir rien écrit.
Elles ne vérifient pas les droits : `plan.permissions` le fait, à l'entrée des vues et commandes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from maillage.journal.services import consigner

from .ecriture import Ecriture, ecrire
from .etat import ChampEnConflit, Etat, differences, etat_vide, etats_de, fusionner
from .models import FicheAction, Schema, VersionFiche
from .referentiel import Referentiel
from .validation import Erreur, EtatInvalide, valider


class ConflitEcriture(Exception):
    """Quelqu'un d'autre a écrit les mêmes champs entre-temps. Rien n'a été écrit.

    `champs` : les champs en conflit ; `reuni` : l'état où tout le reste est déjà réuni ;
    `auteur`, `date` : la dernière écriture ; `version` : celle à partir de laquelle reprendre.
    """

    def __init__(
        self,
        fiche: FicheAction,
        champs: list[ChampEnConflit],
        reuni: Etat,
        derniere: VersionFiche | None,
    ):
        self.fiche = fiche
        self.champs = champs
        self.reuni = reuni
        self.auteur = derniere.auteur if derniere else None
        self.date = derniere.date if derniere else None
        self.version = fiche.version
        super().__init__(f"{fiche.code} a été modifiée entre-temps.")


@dataclass(slots=True)
class BilanEcriture:
    """Ce qu'un lot a fait : codes créés, modifiés, inchangés, et noms nouveaux."""

    creees: list[str] = field(default_factory=list)
    modifiees: list[str] = field(default_factory=list)
    inchangees: list[str] = field(default_factory=list)
    organisations: list[str] = field(default_factory=list)
    personnes: list[str] = field(default_factory=list)
    publics: list[str] = field(default_factory=list)


def creer_fiche(*, schema: Schema, etat: Etat, par, origine: str = "ecran") -> FicheAction:
    """Crée une fiche. Lève `EtatInvalide`, y compris quand le code est déjà pris."""
    with transaction.atomic():
        _verrouiller(schema)
        referentiel = Referentiel(schema)
        propre, erreurs = valider(etat, referentiel)
        prise = FicheAction.objects.filter(schema=schema, code=propre["code"]).first()
        if prise:
            erreurs.append(
                Erreur("code", f"Le code {prise.code} est déjà celui de « {prise.titre} ».")
            )
        if erreurs:
            raise EtatInvalide(erreurs)
        fiche = FicheAction(schema=schema, version=1)
        _ecrire_et_consigner([Ecriture(fiche, None, propre)], referentiel, par, origine, "")
        return fiche


def enregistrer_fiche(
    *,
    fiche: FicheAction,
    etat: Etat,
    par,
    version_attendue: int,
    origine: str = "ecran",
    motif: str = "",
) -> FicheAction:
    """Écrit un état sur une fiche, à partir de la version que la personne avait sous les yeux.

    Si la fiche a changé depuis, les champs que personne d'autre n'a touchés sont réunis ; s'il en
    reste d'écrits des deux côtés, lève `ConflitEcriture` sans rien écrire. Lève `EtatInvalide`.
    Ne fait rien (ni version, ni journal) quand rien ne diffère.
    """
    with transaction.atomic():
        fiche = _relire(fiche.pk)
        referentiel = Referentiel(fiche.schema)
        actuel = etats_de([fiche])[fiche.pk]
        propre, erreurs = valider({**actuel, **etat}, referentiel)
        if version_attendue != fiche.version:
            base = etat_de_version(fiche, version_attendue)
            # Seuls les champs envoyés comptent : un nom changé ailleurs n'est pas une saisie.
            demande = {**base, **{cle: propre[cle] for cle in etat}}
            propre, conflits = fusionner(base, actuel, demande)
            if conflits:
                derniere = fiche.versions.select_related("auteur").first()
                raise ConflitEcriture(fiche, conflits, propre, derniere)
        autre = (
            FicheAction.objects.filter(schema=fiche.schema, code=propre["code"])
            .exclude(pk=fiche.pk)
            .first()
        )
        if autre:
            erreurs.append(
                Erreur("code", f"Le code {autre.code} est déjà celui de « {autre.titre} ».")
            )
        if erreurs:
            raise EtatInvalide(erreurs)
        if not differences(actuel, propre):
            return fiche
        fiche.version += 1
        _ecrire_et_consigner([Ecriture(fiche, actuel, propre)], referentiel, par, origine, motif)
        return fiche


def enregistrer_lot(
    *, schema: Schema, etats: Iterable[Etat], par, origine: str = "import", motif: str = ""
) -> BilanEcriture:
    """Crée ou met à jour des fiches par leur code, toutes ou aucune.

    Chaque état est complet (`etat_vide` puis les champs connus) ou partiel : une clé absente garde
    la valeur en place. Lève `EtatInvalide` avec toutes les erreurs, préfixées du code de la fiche.
    """
    with transaction.atomic():
        _verrouiller(schema)
        referentiel = Referentiel(schema)
        bilan, ecritures, erreurs = preparer_lot(schema, etats, referentiel)
        if erreurs:
            raise EtatInvalide(erreurs)
        if ecritures:
            _ecrire_et_consigner(ecritures, referentiel, par, origine, motif)
        bilan.organisations = referentiel.nouvelles_organisations
        bilan.personnes = referentiel.nouvelles_personnes
        bilan.publics = referentiel.nouveaux_publics
        return bilan


def preparer_lot(
    schema: Schema, etats: Iterable[Etat], referentiel: Referentiel
) -> tuple[BilanEcriture, list[Ecriture], list[Erreur]]:
    """Ce qu'un lot écrirait, sans rien écrire : l'essai à blanc d'un import.

    Chaque `Erreur` porte sa clé préfixée du code (« V2.A1.03:budgets »).
    """
    connues = {fiche.code: fiche for fiche in FicheAction.objects.filter(schema=schema)}
    for connue in connues.values():
        connue.schema = schema
    etats = list(etats)
    codes = {str(etat.get("code", "")) for etat in etats}
    anciens = etats_de([connue for code, connue in connues.items() if code in codes])
    bilan, ecritures, erreurs = BilanEcriture(), [], []
    for etat in etats:
        fiche = connues.get(str(etat.get("code", "")))
        avant = anciens[fiche.pk] if fiche else None
        propre, fautes = valider({**(avant or etat_vide()), **etat}, referentiel)
        erreurs += [
            Erreur(f"{propre['code']}:{f.cle}", f.message, f.rang, f.colonne) for f in fautes
        ]
        if fautes:
            continue
        if fiche is None:
            bilan.creees.append(propre["code"])
            ecritures.append(Ecriture(FicheAction(schema=schema, version=1), None, propre))
        elif avant is not None and differences(avant, propre):
            bilan.modifiees.append(fiche.code)
            fiche.version += 1
            ecritures.append(Ecriture(fiche, avant, propre))
        else:
            bilan.inchangees.append(fiche.code)
    return bilan, ecritures, erreurs


def ecrire_lot_prepare(
    *, ecritures: list[Ecriture], referentiel: Referentiel, par, origine: str = "import",
    motif: str = "",
) -> None:  # fmt: skip
    """Écrit un lot déjà validé, dans la transaction où l'appelant a verrouillé le schéma."""
    if ecritures:
        _ecrire_et_consigner(ecritures, referentiel, par, origine, motif)


def archiver_fiche(*, fiche: FicheAction, motif: str, par) -> FicheAction:
    """Retire une fiche du plan sans rien effacer. Lève `EtatInvalide` sans motif."""
    return enregistrer_fiche(
        fiche=fiche,
        etat={"archivee": True, "motif_archivage": motif},
        par=par,
        version_attendue=fiche.version,
        motif=motif,
    )


def restaurer_fiche(*, fiche: FicheAction, par) -> FicheAction:
    """Remet dans le plan une fiche archivée, telle qu'elle était."""
    return enregistrer_fiche(
        fiche=fiche,
        etat={"archivee": False, "motif_archivage": ""},
        par=par,
        version_attendue=fiche.version,
        motif="remise dans le plan",
    )


def revenir_a_la_version(*, fiche: FicheAction, numero: int, par) -> FicheAction:
    """Redonne à une fiche l'état d'une version passée ; c'est une nouvelle version.

    Lève `VersionFiche.DoesNotExist`, ou `EtatInvalide` si le cadre du plan a trop changé depuis.
    """
    version = fiche.versions.get(numero=numero)
    return enregistrer_fiche(
        fiche=fiche,
        etat=version.etat,
        par=par,
        version_attendue=fiche.version,
        motif=f"retour à la version {numero}",
    )


def consigner_les_renommages(*, avant: dict[int, Etat], par, motif: str) -> None:
    """Un nom du cadre (division, étape, public) a changé : une version par fiche qui le cite.

    `avant` : l'état de ces fiches avant le changement, par identifiant.
    """
    fiches = FicheAction.objects.filter(pk__in=avant).select_related("schema__collectivite")
    apres = etats_de(fiches)
    par_schema: dict[Schema, list[Ecriture]] = {}
    for fiche in fiches:
        if differences(avant[fiche.pk], apres[fiche.pk]):
            fiche.version += 1
            par_schema.setdefault(fiche.schema, []).append(
                Ecriture(fiche, avant[fiche.pk], apres[fiche.pk])
            )
    for schema, ecritures in par_schema.items():
        _ecrire_et_consigner(
            ecritures, Referentiel(schema), par, "ecran", motif, verbe="fiches renommées"
        )


# --- Communs ----------------------------------------------------------------------------------


def _verrouiller(schema: Schema) -> None:
    """Les écritures en lot d'un même schéma passent l'une après l'autre."""
    Schema.objects.select_for_update().get(pk=schema.pk)


def _relire(pk: int) -> FicheAction:
    return (
        FicheAction.objects.select_for_update(of=("self",))
        .select_related("schema__collectivite")
        .get(pk=pk)
    )


def etat_de_version(fiche: FicheAction, numero: int) -> Etat:
    """L'état qu'avait la fiche à cette version ; la plus proche avant si elle manque."""
    version = fiche.versions.filter(numero__lte=numero).order_by("-numero").first()
    if version is None:
        version = fiche.versions.order_by("numero").first()
    return version.etat if version else {}


def _ecrire_et_consigner(
    ecritures: list[Ecriture],
    referentiel: Referentiel,
    par,
    origine: str,
    motif: str,
    verbe: str = "fiches importées",
) -> None:
    schema = referentiel.schema
    ecrire(ecritures, referentiel)
    maintenant = timezone.now()
    VersionFiche.objects.bulk_create(
        [
            VersionFiche(
                fiche=e.fiche,
                numero=e.fiche.version,
                date=maintenant,
                auteur=par,
                origine=origine,
                motif=motif[:300],
                etat=e.apres,
                changements=[c.en_json() for c in differences(e.avant, e.apres)] if e.avant else [],
            )
            for e in ecritures
        ],
        batch_size=300,
    )
    cachets = [schema.cachet, *(e.fiche.cachet for e in ecritures)]
    if len(ecritures) == 1:
        seule = ecritures[0]
        consigner(
            verbe="fiche modifiée" if seule.avant else "fiche créée",
            objet=seule.fiche,
            par=par,
            collectivite=schema.collectivite,
            changements={
                c.cle: {"avant": c.avant, "apres": c.apres}
                for c in differences(seule.avant or {}, seule.apres)
            }
            if seule.avant
            else {},
            origine=origine,
            cachets=cachets,
        )
        return
    consigner(
        verbe=verbe,
        objet=schema,
        par=par,
        collectivite=schema.collectivite,
        changements={
            "creees": [e.fiche.code for e in ecritures if not e.avant],
            "modifiees": [e.fiche.code for e in ecritures if e.avant],
        },
        origine=origine,
        cachets=cachets,
    )
