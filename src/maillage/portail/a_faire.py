"""À faire : ce qui attend cette personne, le plus ancien d'abord ; et ce qui a changé sans elle."""

import datetime

from django.db.models import Count, Max, Min, Q
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone

from maillage.acteurs.models import Invitation
from maillage.plan.miennes import mes_fiches
from maillage.plan.models import Envoi, FicheAction, Jalon, Meteo, PointEtape, VersionFiche
from maillage.socle.mise_en_mots import accorder, date_en_mots, pourcentage_en_mots

from .a_faire_conventions import taches_des_conventions
from .taches import Tache, depuis

COMPLETUDE_VOULUE = 70  # en dessous, la fiche demande à être complétée
JALON_PROCHE_JOURS = 14
MONTRES = 30
RAPPELS_RATES_JOURS = 7
CHANGEMENTS_MONTRES = 12


def fiches_de_mes_axes(compte, collectivite):
    """Celles des divisions dont ce compte est référent."""
    clause = Q(pk__in=[])
    for schema_id, chemin in compte.divisions_suivies.filter(
        division__schema__collectivite=collectivite
    ).values_list("division__schema_id", "division__chemin"):
        clause |= Q(schema_id=schema_id, division__chemin__startswith=chemin)
    return FicheAction.objects.actives().filter(clause)


def taches(compte, collectivite, droits) -> list[Tache]:
    """Tout ce qui attend, le plus ancien d'abord. Dix requêtes au plus."""
    jour = timezone.localdate()
    miennes = list(mes_fiches(compte, collectivite, droits).select_related("schema"))
    slug = collectivite.slug
    trouvees = []
    for fiche in miennes:
        if fiche.prochaine_echeance and fiche.prochaine_echeance <= jour:
            trouvees.append(_point(slug, fiche, fiche.prochaine_echeance, jour))
        fin = fiche.bloquee_jusqu_au
        if fiche.bloquee_par and fin and fin < jour:
            trouvees.append(_blocage(slug, fiche, fin, jour))
    trouvees += _jalons(slug, miennes, jour)
    trouvees += [_completer(slug, f) for f in miennes if f.completude < COMPLETUDE_VOULUE]
    if droits.au_moins("referent_axe"):
        deja = {f.pk for f in miennes}
        trouvees += [
            _retard_d_axe(slug, f, jour)
            for f in fiches_de_mes_axes(compte, collectivite)
            .en_retard(jour)
            .exclude(pk__in=deja)
            .order_by("prochaine_echeance")[:MONTRES]
        ]
    if droits.au_moins("administrateur"):
        trouvees += _pour_l_administrateur(slug, collectivite, jour)
    trouvees += taches_des_conventions(compte, collectivite, droits, jour)
    return sorted(trouvees, key=lambda t: t.rang)


def _point(slug: str, fiche: FicheAction, du: datetime.date, jour: datetime.date) -> Tache:
    if fiche.meteo:
        detail = f"Dernière fois : {Meteo(fiche.meteo).label.lower()}"
        if fiche.taux is not None:
            detail += f", {pourcentage_en_mots(fiche.taux)}"
    else:
        detail = "Premier point d’étape"
    return Tache(
        rang=du,
        echeance=depuis(du, jour),
        urgence="retard" if fiche.fraicheur(jour) == "en_retard" else "bientot",
        titre=f"{fiche.code} · {fiche.titre}",
        detail=detail,
        bouton="Faire le point",
        url=reverse("plan:point", args=[slug, fiche.code]) + _suite(fiche),
        principal=True,
    )


def _suite(fiche: FicheAction) -> str:
    """Le plan de la fiche, quand ce n'est pas le plan en cours : son code peut y resservir."""
    return "" if fiche.schema.est_principal else f"?schema={fiche.schema.slug}"


def _blocage(slug: str, fiche: FicheAction, fin: datetime.date, jour: datetime.date) -> Tache:
    return Tache(
        rang=fin,
        echeance=depuis(fin, jour),
        urgence="retard",
        titre=f"{fiche.code} · Toujours bloquée ?",
        detail=f"{fiche.bloquee_par}, annoncé jusqu’au {date_en_mots(fin)}",
        bouton="Dire où ça en est",
        url=reverse("plan:point", args=[slug, fiche.code]) + _suite(fiche),
    )


def _jalons(slug: str, miennes: list[FicheAction], jour: datetime.date) -> list[Tache]:
    fiches = {f.pk: f for f in miennes}
    trouvees = []
    for jalon in Jalon.objects.filter(
        fiche__in=fiches,
        date_realisee__isnull=True,
        date_prevue__lte=jour + datetime.timedelta(days=JALON_PROCHE_JOURS),
    ).order_by("date_prevue")[:MONTRES]:
        fiche = fiches[jalon.fiche_id]
        prevue = jalon.date_prevue or jour
        passe = prevue < jour
        trouvees.append(
            Tache(
                rang=prevue,
                echeance=depuis(prevue, jour) if passe else date_en_mots(prevue, "jour"),
                urgence="bientot" if passe else "",
                titre=f"{fiche.code} · Jalon « {jalon.titre} »",
                detail="Réalisé ? Dites à quelle date, ou repoussez-le.",
                bouton="Confirmer",
                url=reverse("plan:jalon", args=[slug, fiche.code, jalon.pk]) + _suite(fiche),
            )
        )
    return trouvees


def _completer(slug: str, fiche: FicheAction) -> Tache:
    return Tache(
        rang=datetime.date.max,
        echeance="Quand vous voulez",
        urgence="",
        titre=f"{fiche.code} · Compléter la fiche",
        detail=f"Remplie à {pourcentage_en_mots(fiche.completude)} : {fiche.titre}",
        bouton="Compléter",
        url=reverse("plan:fiche_modifier", args=[slug, fiche.code]) + _suite(fiche),
    )


def _retard_d_axe(slug: str, fiche: FicheAction, jour: datetime.date) -> Tache:
    du = fiche.prochaine_echeance or jour
    return Tache(
        rang=du,
        echeance=depuis(du, jour),
        urgence="retard",
        titre=f"{fiche.code} · {fiche.titre}",
        detail="Dans votre axe, sans nouvelles de son pilote",
        bouton="Voir la fiche",
        url=reverse("plan:espace_fiche", args=[slug, fiche.code]),
    )


def _pour_l_administrateur(slug: str, collectivite, jour: datetime.date) -> list[Tache]:
    trouvees = []
    sans_pilote = FicheAction.objects.actives().filter(
        schema__collectivite=collectivite, pilote_organisation=None, pilote_personne=None
    )
    if nombre := sans_pilote.count():
        trouvees.append(
            Tache(
                rang=datetime.date.max,
                echeance="Quand vous voulez",
                urgence="",
                titre=f"{accorder(nombre, 'fiche')} sans pilote",
                detail="Personne n’en répond, personne n’en donnera de nouvelles.",
                bouton="Les voir",
                url=reverse("plan:espace_fiches", args=[slug]) + "?pilote=aucun",
            )
        )
    for invitation in Invitation.objects.filter(
        collectivite=collectivite, acceptee_le=None, retiree_le=None
    ).order_by("expire_le")[:MONTRES]:
        expiree = not invitation.est_ouverte
        fin = timezone.localtime(invitation.expire_le).date()
        trouvees.append(
            Tache(
                rang=fin,
                echeance="Expirée" if expiree else f"Avant le {date_en_mots(fin, 'jour')}",
                urgence="bientot" if expiree else "",
                titre=f"Invitation sans réponse : {invitation.courriel}",
                detail=invitation.get_role_display(),
                bouton="Les comptes",
                url=reverse("acteurs:comptes", args=[slug]),
            )
        )
    rates = Envoi.objects.filter(
        collectivite=collectivite,
        etat__in=[Envoi.Etat.ECHEC, Envoi.Etat.INCERTAIN],
        jour__gt=jour - datetime.timedelta(days=RAPPELS_RATES_JOURS),
    ).aggregate(nombre=Count("pk"), premier=Min("jour"))
    if rates["nombre"]:
        trouvees.append(
            Tache(
                rang=rates["premier"],
                echeance=depuis(rates["premier"], jour),
                urgence="bientot",
                titre=accorder(rates["nombre"], "rappel pas parti,rappels pas partis"),
                detail="Une adresse à corriger, ou le serveur de courriel à vérifier.",
                bouton="Les voir",
                url=reverse("plan:rappels", args=[slug]) + "?etat=echecs",
            )
        )
    return trouvees


def changements_depuis(compte, collectivite, depuis: datetime.datetime) -> list[dict]:
    """Points d'étape et fiches modifiées par d'autres depuis cette date, le plus récent d'abord."""
    visibles = FicheAction.objects.visibles_par(compte, collectivite).order_by().values("pk")
    entrees = []
    points = (
        PointEtape.objects.valables()
        .filter(fiche__in=visibles, cree_le__gt=depuis)
        .exclude(auteur=compte)
        .select_related("fiche")
        .order_by("-cree_le")[:CHANGEMENTS_MONTRES]
    )
    for point in points:
        entrees.append(
            {
                "quand": point.cree_le,
                "fiche": point.fiche,
                "meteo": point.meteo,
                "dit": point.motif_meteo or point.faits_marquants,
            }
        )
    versions = VersionFiche.objects.filter(fiche__in=visibles, date__gt=depuis).exclude(
        auteur=compte
    )
    for version in (
        versions.filter(origine="ecran")
        .select_related("fiche")
        .defer("etat")
        .order_by("-date")[:CHANGEMENTS_MONTRES]
    ):
        noms = [c["libelle"].lower() for c in version.changements]
        entrees.append(
            {
                "quand": version.date,
                "fiche": version.fiche,
                "meteo": "",
                "dit": ("Fiche modifiée : " + ", ".join(noms)) if noms else "Nouvelle fiche",
            }
        )
    # Un import touche cent fiches d'un coup : il se dit en une ligne.
    for _, fin, nombre in (
        versions.exclude(origine="ecran")
        .annotate(jour=TruncDate("date"))
        .order_by("-jour")
        .values_list("jour")
        .annotate(fin=Max("date"), nombre=Count("fiche", distinct=True))[:3]
    ):
        dit = accorder(nombre, "fiche créée ou modifiée,fiches créées ou modifiées")
        entrees.append(
            {"quand": fin, "fiche": None, "meteo": "", "dit": f"{dit} par import ou commande"}
        )
    return sorted(entrees, key=lambda e: e["quand"], reverse=True)[:CHANGEMENTS_MONTRES]
