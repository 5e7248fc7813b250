"""Le cadre du plan : schémas, divisions, étapes du parcours de vie, publics.

Chaque écriture passe dans une transaction, laisse une ligne au journal et tamponne la
collectivité : le nom d'un axe se lit sur toutes les pages. Quand un nom change, chaque fiche qui
le cite garde une version de plus : son histoire dit pourquoi son texte a changé.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.text import slugify

from maillage.acteurs.models import Collectivite
from maillage.journal.services import consigner
from maillage.socle.francais import normaliser

from .etat import Etat, etats_de
from .models import Division, EtapeParcours, FicheAction, PublicCible, Schema
from .models.schema import valider_niveaux
from .services import consigner_les_renommages

_INTERDITS = set("/\\?#%")
_MESSAGES = {
    "schema_periode_ordonnee": {"annee_fin": "La dernière année vient avant la première."},
    "schema_periodicite_bornee": {"periodicite_mois": "De 1 à 24 mois."},
    "schema_adresse_unique": {"nom": "Un plan porte déjà ce nom."},
}
CHAMPS_SCHEMA = (
    "nom", "nature", "annee_debut", "annee_fin", "date_vote", "niveaux", "devise", "presentation",
    "avertissement", "source", "periodicite_mois",
)  # fmt: skip


class CadreRefuse(ValueError):
    """Rien n'a été écrit. `champs` : {nom du champ, ou "": ce qu'il faut corriger}."""

    def __init__(self, champs: dict[str, str]):
        self.champs = champs
        super().__init__(" ".join(champs.values()))


def _cachets(schema: Schema) -> list[str]:
    return [schema.collectivite.cachet, schema.cachet]


def _en_json(valeur: Any) -> Any:
    if isinstance(valeur, Decimal):
        return str(valeur)
    return valeur.isoformat() if hasattr(valeur, "isoformat") else valeur


def _changements(objet, valeurs: dict[str, Any]) -> dict[str, dict]:
    return {
        champ: {"avant": _en_json(getattr(objet, champ)), "apres": _en_json(valeur)}
        for champ, valeur in valeurs.items()
        if getattr(objet, champ) != valeur
    }


# --- Schémas ----------------------------------------------------------------------------------


def creer_schema(*, collectivite: Collectivite, par, **valeurs) -> Schema:
    """Crée un plan, non publié. `valeurs` : les `CHAMPS_SCHEMA`. Lève `CadreRefuse`."""
    schema = Schema(collectivite=collectivite, est_publie=False)
    _poser_le_schema(schema, valeurs)
    with transaction.atomic():
        schema.slug = _adresse_libre(
            slugify(f"{schema.nom} {schema.periode}")[:76] or "plan",
            set(Schema.objects.filter(collectivite=collectivite).values_list("slug", flat=True)),
        )
        schema.est_principal = not Schema.objects.filter(
            collectivite=collectivite, est_principal=True
        ).exists()
        _enregistrer(schema)
        consigner(
            verbe="plan créé", objet=schema, par=par, collectivite=collectivite,
            cachets=_cachets(schema),
        )  # fmt: skip
    return schema


def modifier_schema(*, schema: Schema, par, **valeurs) -> Schema:
    """Change les champs donnés d'un plan. Lève `CadreRefuse`. Ne fait rien si rien ne diffère.

    Le nombre de niveaux ne descend pas sous la profondeur des divisions en place.
    """
    with transaction.atomic():
        schema = (
            Schema.objects.select_for_update(of=("self",))
            .select_related("collectivite")
            .get(pk=schema.pk)
        )
        changements = _changements(schema, valeurs)
        if not changements:
            return schema
        _poser_le_schema(schema, valeurs)
        plus_bas = schema.divisions.order_by("-profondeur").first()
        if plus_bas and plus_bas.profondeur >= len(schema.niveaux):
            raise CadreRefuse(
                {"niveaux": f"Le plan compte déjà {plus_bas.profondeur + 1} niveaux de divisions."}
            )
        _enregistrer(schema)
        consigner(
            verbe="plan modifié", objet=schema, par=par, collectivite=schema.collectivite,
            changements=changements, cachets=_cachets(schema),
        )  # fmt: skip
    return schema


def _poser_le_schema(schema: Schema, valeurs: dict[str, Any]) -> None:
    inconnus = set(valeurs) - set(CHAMPS_SCHEMA)
    if inconnus:
        raise TypeError(f"champs inconnus : {sorted(inconnus)}")
    for champ, valeur in valeurs.items():
        setattr(schema, champ, valeur)
    fautes = {}
    if not schema.nom.strip():
        fautes["nom"] = "Le nom manque."
    try:
        valider_niveaux(schema.niveaux)
    except ValidationError as refus:
        fautes["niveaux"] = refus.messages[0]
    if fautes:
        raise CadreRefuse(fautes)


def _enregistrer(objet) -> None:
    """Vérifie les contraintes, puis écrit. Lève `CadreRefuse` avec des mots d'agent."""
    try:
        objet.full_clean(validate_unique=True, validate_constraints=False)
        with transaction.atomic():
            objet.save()
    except ValidationError as refus:
        raise CadreRefuse(
            {champ: " ".join(textes) for champ, textes in refus.message_dict.items()}
        ) from None
    except IntegrityError as refus:
        for contrainte, message in _MESSAGES.items():
            if contrainte in str(refus):
                raise CadreRefuse(message) from None
        raise CadreRefuse({"": "Ces informations se contredisent, ou existent déjà."}) from None


def _adresse_libre(base: str, prises: set[str]) -> str:
    adresse, rang = base, 2
    while adresse in prises:
        adresse, rang = f"{base}-{rang}", rang + 1
    return adresse


def publier_schema(*, schema: Schema, publie: bool, par) -> Schema:
    """Montre un plan aux visiteurs, ou le leur retire. Rien n'est effacé."""
    with transaction.atomic():
        schema = (
            Schema.objects.select_for_update(of=("self",))
            .select_related("collectivite")
            .get(pk=schema.pk)
        )
        if schema.est_publie == publie:
            return schema
        schema.est_publie = publie
        schema.save(update_fields=["est_publie"])
        consigner(
            verbe="plan publié" if publie else "plan retiré du site public", objet=schema,
            par=par, collectivite=schema.collectivite, cachets=_cachets(schema),
        )  # fmt: skip
    return schema


def definir_principal(*, schema: Schema, par) -> Schema:
    """Fait de ce plan celui que l'on montre d'abord ; l'ancien cesse de l'être."""
    with transaction.atomic():
        Collectivite.objects.select_for_update().get(pk=schema.collectivite_id)
        Schema.objects.filter(collectivite=schema.collectivite_id, est_principal=True).update(
            est_principal=False
        )
        schema = Schema.objects.select_related("collectivite").get(pk=schema.pk)
        schema.est_principal = True
        schema.save(update_fields=["est_principal"])
        consigner(
            verbe="plan montré d’abord", objet=schema, par=par, collectivite=schema.collectivite,
            cachets=_cachets(schema),
        )  # fmt: skip
    return schema


# --- Divisions --------------------------------------------------------------------------------


def ajouter_division(
    *, schema: Schema, code: str, nom: str, par, parent: Division | None = None, **valeurs
) -> Division:
    """Ajoute une division, dernière parmi ses sœurs. Lève `CadreRefuse`."""
    with transaction.atomic():
        schema = _verrouiller(schema)
        division = Division(schema=schema, parent=parent, code=code.strip(), nom=nom.strip())
        for champ, valeur in valeurs.items():
            setattr(division, champ, valeur)
        _verifier_la_division(division)
        if parent and parent.profondeur + 1 >= len(schema.niveaux):
            raise CadreRefuse({"": f"Ce plan s’arrête au niveau « {schema.niveaux[-1]} »."})
        soeurs = Division.objects.filter(schema=schema, parent=parent)
        division.ordre = 1 + max(soeurs.values_list("ordre", flat=True), default=0)
        division.save()
        _ranger(schema)
        consigner(
            verbe="division ajoutée", objet=division, par=par, collectivite=schema.collectivite,
            cachets=_cachets(schema),
        )  # fmt: skip
    return Division.objects.get(pk=division.pk)


def modifier_division(*, division: Division, par, **valeurs) -> Division:
    """Change code, nom, ambition, présentation, poids ou parent. Lève `CadreRefuse`."""
    with transaction.atomic():
        schema = _verrouiller(division.schema)
        division = Division.objects.select_related("parent").get(pk=division.pk)
        parent = valeurs.pop("parent", division.parent)
        changements = _changements(division, valeurs)
        deplacee = (parent.pk if parent else None) != division.parent_id
        if not changements and not deplacee:
            return division
        avant = (
            _etats_citant(Q(division=division) | Q(renvois=division))
            if ("code" in changements)
            else {}
        )
        for champ, valeur in valeurs.items():
            setattr(division, champ, valeur)
        _verifier_la_division(division)
        if deplacee:
            _verifier_la_place(division, parent, schema)
            changements["parent"] = {
                "avant": division.parent.code if division.parent else None,
                "apres": parent.code if parent else None,
            }
            division.parent = parent
            soeurs = Division.objects.filter(schema=schema, parent=parent)
            division.ordre = 1 + max(soeurs.values_list("ordre", flat=True), default=0)
        division.schema = schema
        division.save()
        _ranger(schema)
        consigner(
            verbe="division modifiée", objet=division, par=par, collectivite=schema.collectivite,
            changements=changements, cachets=_cachets(schema),
        )  # fmt: skip
        consigner_les_renommages(avant=avant, par=par, motif=f"nouveau code : {division.code}")
    return Division.objects.get(pk=division.pk)


def ranger_division(*, division: Division, sens: str, par) -> None:
    """Fait passer une division avant (`monter`) ou après (`descendre`) sa voisine.

    Ne fait rien quand elle est déjà la première, ou la dernière.
    """
    pas = {"monter": -1, "descendre": 1}[sens]
    with transaction.atomic():
        schema = _verrouiller(division.schema)
        soeurs = list(
            Division.objects.filter(schema=schema, parent=division.parent_id).order_by(
                "ordre", "pk"
            )
        )
        rang = [s.pk for s in soeurs].index(division.pk)
        if not 0 <= rang + pas < len(soeurs):
            return
        soeurs[rang], soeurs[rang + pas] = soeurs[rang + pas], soeurs[rang]
        for ordre, soeur in enumerate(soeurs, start=1):
            soeur.ordre = ordre
        Division.objects.bulk_update(soeurs, ["ordre"])
        _ranger(schema)
        consigner(
            verbe="division déplacée", objet=division, par=par,
            collectivite=schema.collectivite, changements={"sens": sens},
            cachets=_cachets(schema),
        )  # fmt: skip


def supprimer_division(*, division: Division, par) -> None:
    """Supprime une division vide. Lève `CadreRefuse` tant qu'elle porte quelque chose."""
    with transaction.atomic():
        schema = _verrouiller(division.schema)
        if division.enfants.exists():
            raise CadreRefuse({"": f"« {division.nom} » porte encore d’autres divisions."})
        fiches = FicheAction.objects.filter(Q(division=division) | Q(renvois=division)).distinct()
        if nombre := fiches.count():
            raise CadreRefuse(
                {"": f"« {division.nom} » porte encore des fiches, ou des renvois : {nombre}. "
                     "Déplacez-les d’abord, archivées comprises."}
            )  # fmt: skip
        consigner(
            verbe="division supprimée", objet=division, par=par,
            collectivite=schema.collectivite, changements={"code": division.code},
            cachets=_cachets(schema),
        )  # fmt: skip
        division.delete()
        _ranger(schema)


def _verrouiller(schema: Schema) -> Schema:
    return (
        Schema.objects.select_for_update(of=("self",))
        .select_related("collectivite")
        .get(pk=schema.pk)
    )


def _verifier_la_division(division: Division) -> None:
    fautes = {}
    if not division.code:
        fautes["code"] = "Le code manque."
    elif len(division.code) > 40 or _INTERDITS & set(division.code):
        fautes["code"] = "Un code compte 40 caractères au plus, sans / ni \\ ? # %."
    else:
        autres = Division.objects.filter(schema=division.schema_id).exclude(pk=division.pk)
        # Le référentiel compare sans accent ni casse : deux codes ne diffèrent jamais par là seul.
        if normaliser(division.code) in {
            normaliser(code) for code in autres.values_list("code", flat=True)
        }:
            fautes["code"] = f"Le code {division.code} est déjà pris dans ce plan."
    if not division.nom:
        fautes["nom"] = "Le nom manque."
    elif len(division.nom) > 300:
        fautes["nom"] = "Le nom compte 300 caractères au plus."
    if division.poids is None or not 0 <= division.poids < 10_000:
        fautes["poids"] = "Le poids est un nombre positif."
    if fautes:
        raise CadreRefuse(fautes)


def _verifier_la_place(division: Division, parent: Division | None, schema: Schema) -> None:
    if parent is None:
        return
    if parent.schema_id != schema.pk:
        raise CadreRefuse({"parent": "Cette division est dans un autre plan."})
    if parent.pk == division.pk or parent.chemin.startswith(division.chemin):
        raise CadreRefuse({"parent": "Une division ne se range pas sous elle-même."})
    dessous = Division.objects.filter(schema=schema, chemin__startswith=division.chemin)
    hauteur = max(dessous.values_list("profondeur", flat=True)) - division.profondeur
    if parent.profondeur + 1 + hauteur >= len(schema.niveaux):
        raise CadreRefuse(
            {"parent": f"Ce plan s’arrête au niveau « {schema.niveaux[-1]} » : trop profond."}
        )


def _ranger(schema: Schema) -> None:
    """Recalcule rang, profondeur et chemin de toutes les divisions. Deux requêtes.

    Deux sœurs de même rang se liraient l'une dans l'autre : elles sont renumérotées.
    """
    divisions = list(Division.objects.filter(schema=schema).order_by("ordre", "pk"))
    par_parent: dict[int | None, list[Division]] = {}
    for division in divisions:
        par_parent.setdefault(division.parent_id, []).append(division)
    changees = []

    def poser(parent: Division | None) -> None:
        soeurs = par_parent.get(parent.pk if parent else None, [])
        if len({soeur.ordre for soeur in soeurs}) < len(soeurs):
            for rang, soeur in enumerate(soeurs, start=1):
                soeur.ordre = rang
        for division in soeurs:
            profondeur = parent.profondeur + 1 if parent else 0
            chemin = (parent.chemin if parent else "") + f"{division.ordre:04d}"
            if (division.profondeur, division.chemin) != (profondeur, chemin):
                division.profondeur, division.chemin = profondeur, chemin
                changees.append(division)
            poser(division)

    poser(None)
    Division.objects.bulk_update(changees, ["ordre", "profondeur", "chemin"], batch_size=200)


def code_suivant(division: Division) -> str:
    """Le code que prendrait la prochaine fiche de cette division : « V2.A1.16 » après « V2.A1.15 ».

    Rend le code de la division suivi de « .01 » quand aucune fiche n'y est numérotée.
    """
    meilleur: tuple[int, str, int] | None = None
    for code in FicheAction.objects.filter(
        schema=division.schema_id, code__startswith=division.code
    ).values_list("code", flat=True):
        if trouve := re.fullmatch(r"(.*?)(\d+)", code):
            debut, chiffres = trouve[1], trouve[2]
            if debut.rstrip(".-_ ") == division.code and (
                meilleur is None or int(chiffres) > meilleur[0]
            ):
                meilleur = (int(chiffres), debut, len(chiffres))
    if meilleur is None:
        return f"{division.code}.01"
    return f"{meilleur[1]}{meilleur[0] + 1:0{meilleur[2]}d}"


# --- Étapes du parcours de vie, publics ---------------------------------------------------------


def ajouter_etape(*, collectivite: Collectivite, nom: str, nom_simple: str, par) -> EtapeParcours:
    """Ajoute une étape, dernière du parcours. Lève `CadreRefuse`."""
    with transaction.atomic():
        Collectivite.objects.select_for_update().get(pk=collectivite.pk)
        connues = list(EtapeParcours.objects.filter(collectivite=collectivite))
        _nom_libre(nom, connues)
        etape = EtapeParcours.objects.create(
            collectivite=collectivite,
            nom=nom.strip(),
            nom_simple=(nom_simple.strip() or nom.strip())[:60],
            slug=_adresse_libre(
                slugify(nom_simple or nom)[:56] or "etape", {e.slug for e in connues}
            ),
            ordre=1 + max((e.ordre for e in connues), default=0),
        )
        consigner(verbe="étape ajoutée", objet=etape, par=par, collectivite=collectivite,
                  cachets=[collectivite.cachet])  # fmt: skip
    return etape


def ajouter_public(*, collectivite: Collectivite, nom: str, par) -> PublicCible:
    """Ajoute un public. Lève `CadreRefuse`."""
    with transaction.atomic():
        Collectivite.objects.select_for_update().get(pk=collectivite.pk)
        connus = list(PublicCible.objects.filter(collectivite=collectivite))
        _nom_libre(nom, connus)
        public = PublicCible.objects.create(
            collectivite=collectivite,
            nom=nom.strip()[:120],
            slug=_adresse_libre(slugify(nom)[:90] or "public", {p.slug for p in connus}),
        )
        consigner(verbe="public ajouté", objet=public, par=par, collectivite=collectivite,
                  cachets=[collectivite.cachet])  # fmt: skip
    return public


def renommer_repere(
    *, repere: EtapeParcours | PublicCible, nom: str, par, nom_simple: str | None = None
) -> None:
    """Renomme une étape ou un public ; son adresse ne bouge pas. Lève `CadreRefuse`."""
    collectivite = repere.collectivite
    with transaction.atomic():
        Collectivite.objects.select_for_update().get(pk=collectivite.pk)
        connus = type(repere).objects.filter(collectivite=collectivite).exclude(pk=repere.pk)
        _nom_libre(nom, connus)
        valeurs = {"nom": nom.strip()}
        if isinstance(repere, EtapeParcours) and nom_simple is not None:
            valeurs["nom_simple"] = nom_simple.strip()[:60] or nom.strip()[:60]
        changements = _changements(repere, valeurs)
        if not changements:
            return
        lien = "etapes" if isinstance(repere, EtapeParcours) else "publics"
        avant = _etats_citant(Q(**{lien: repere}))
        for champ, valeur in valeurs.items():
            setattr(repere, champ, valeur)
        repere.save()
        consigner(verbe="repère renommé", objet=repere, par=par, collectivite=collectivite,
                  changements=changements, cachets=[collectivite.cachet])  # fmt: skip
        consigner_les_renommages(avant=avant, par=par, motif=f"nouveau nom : {repere.nom}")


def supprimer_repere(*, repere: EtapeParcours | PublicCible, par) -> None:
    """Supprime une étape ou un public que plus aucune fiche ne cite. Lève `CadreRefuse`."""
    with transaction.atomic():
        if nombre := repere.fiches.count():
            raise CadreRefuse({"": f"« {repere.nom} » est cité par des fiches : {nombre}."})
        consigner(verbe="repère supprimé", objet=repere, par=par, collectivite=repere.collectivite,
                  cachets=[repere.collectivite.cachet])  # fmt: skip
        repere.delete()


def _nom_libre(nom: str, autres: Iterable[EtapeParcours] | Iterable[PublicCible]) -> None:
    if not nom.strip():
        raise CadreRefuse({"nom": "Le nom manque."})
    if len(nom.strip()) > 120:
        raise CadreRefuse({"nom": "Le nom compte 120 caractères au plus."})
    if normaliser(nom) in {normaliser(autre.nom) for autre in autres}:
        raise CadreRefuse({"nom": f"« {nom.strip()} » existe déjà."})


def _etats_citant(condition: Q) -> dict[int, Etat]:
    return etats_de(FicheAction.objects.filter(condition).distinct())
