"""La liste de travail des fiches : les filtres de la table publique, plus « les miennes » et les
archives ; un tri ; des colonnes choisies. Tout est porté par l'adresse."""

from dataclasses import dataclass

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString

from maillage.socle.mise_en_mots import INSECABLE, date_en_mots
from maillage.socle.templatetags.maillage import fraicheur, jauge, meteo

from .espace import adresse
from .filtres import FILTRES, Filtres
from .lecture import MARQUES_FRAICHEUR, Cadre
from .models import FicheAction, Meteo, Schema

BADGES = {"interne": "interne", "restreinte": "accès restreint"}


@dataclass(frozen=True, slots=True)
class Colonne:
    """Une colonne du tableau : sa clé dans l'adresse, son nom, le tri qu'elle permet."""

    cle: str
    libelle: str
    tri: tuple[str, ...]
    montree: bool = True
    secondaire: bool = False


COLONNES = (
    Colonne("meteo", "Météo", ("_gravite",)),
    Colonne("taux", "Avancement", ("taux",)),
    Colonne("fraicheur", "Prochain point", ("prochaine_echeance",)),
    Colonne("pilote", "Pilote", ("pilote_organisation__nom",), secondaire=True),
    Colonne("completude", "Fiche remplie", ("completude",), secondaire=True),
    Colonne("statut", "Réalisation", ("avancement",), montree=False),
    Colonne("blocage", "Bloquée par", ("bloquee_par",), montree=False),
    Colonne("indicateurs", "Chemin fait", ("taux_indicateurs",), montree=False),
    Colonne("axe", "Partie du plan", ("division__chemin",), montree=False),
    Colonne("edition", "Édition", ("edition",), montree=False),
)
_TRIS = {colonne.cle: colonne.tri for colonne in COLONNES} | {
    "code": ("schema_id", "division__chemin", "code")
}
_PROPRES = {"moi": "Mes fiches", "archives": "Fiches archivées"}


class ListeDeTravail:
    """Ce que l'adresse demande, pour ce compte. Une valeur inconnue ne trouve rien, et se voit."""

    def __init__(self, parametres: QueryDict, collectivite, compte):
        self.parametres, self.compte = parametres, compte
        self.cadre = Cadre(collectivite, Schema.objects.filter(collectivite=collectivite))
        self.filtres = Filtres(parametres, self.cadre)
        self.propres = {cle for cle in _PROPRES if parametres.get(cle) == "oui"}
        tri = parametres.get("tri", "")
        self.tri = tri if tri.removeprefix("-") in _TRIS else ""
        voulues = set(parametres.getlist("colonne"))
        self.colonnes = [c for c in COLONNES if (c.cle in voulues if voulues else c.montree)] or [
            c for c in COLONNES if c.montree
        ]

    # --- Retenir -----------------------------------------------------------------------------

    def fiches(self) -> QuerySet:
        """Les fiches retenues, dans l'ordre demandé, sans doublon."""
        trouvees = FicheAction.objects.visibles_par(self.compte, self.cadre.collectivite)
        trouvees = trouvees.archivees() if "archives" in self.propres else trouvees.actives()
        if "moi" in self.propres:
            trouvees = trouvees.filter(
                Q(pilote_personne__compte=self.compte) | Q(contributeurs__compte=self.compte)
            ).distinct()
        trouvees = self.filtres.appliquer(trouvees).select_related(
            "schema", "division", "pilote_organisation"
        )
        return self._trier(trouvees)

    def _trier(self, fiches: QuerySet) -> QuerySet:
        """Du plus petit au plus grand, ou l'inverse ; ce qui manque vient toujours à la fin."""
        colonnes = _TRIS[self.tri.removeprefix("-") or "code"]
        if "_gravite" in colonnes:
            rangs = [When(meteo=m.value, then=Value(m.gravite)) for m in Meteo]
            fiches = fiches.annotate(
                _gravite=Case(*rangs, default=None, output_field=IntegerField())
            )
        descend = self.tri.startswith("-")
        ordre = [
            F(c).desc(nulls_last=True) if descend else F(c).asc(nulls_last=True) for c in colonnes
        ]
        return fiches.order_by(*ordre, "schema_id", "division__chemin", "code", "pk")

    # --- Montrer -----------------------------------------------------------------------------

    def adresse(self, **changements: str) -> str:
        return self.filtres.adresse(**changements)

    def champs(self) -> list[dict]:
        """Les listes de choix du formulaire de filtres ; celles d'un seul choix sont tues."""
        rendu = []
        for filtre in FILTRES:
            choix = filtre.choix(self.cadre)
            voulues = self.filtres.valeurs.get(filtre.cle, [])
            if choix and not (filtre.cle == "schema" and len(choix) < 2):
                options = [(valeur, libelle, valeur in voulues) for valeur, libelle in choix]
                rendu.append({
                    "cle": filtre.cle, "libelle": filtre.libelle, "tous": filtre.tous,
                    "options": options,
                })  # fmt: skip
        return rendu

    def actifs(self) -> list[dict[str, str]]:
        propres = [
            {"libelle": _PROPRES[cle], "url": self.adresse(**{cle: ""})}
            for cle in _PROPRES
            if cle in self.propres
        ]
        return propres + self.filtres.actifs()

    def gardes(self, *sans: str) -> list[dict[str, str]]:
        """Les paramètres à redire dans un formulaire de la page, sauf ceux qu'il porte."""
        return [
            {"nom": nom, "valeur": valeur}
            for nom, valeurs in self.parametres.lists()
            if nom not in {*sans, "page"}
            for valeur in valeurs
            if valeur
        ]

    @property
    def gardes_des_filtres(self) -> list[dict[str, str]]:
        return self.gardes("q", *(filtre.cle for filtre in FILTRES))

    @property
    def gardes_des_colonnes(self) -> list[dict[str, str]]:
        return self.gardes("colonne")

    def raccourcis(self, chemin: str) -> list[dict]:
        """Les listes qu'on ouvre tous les jours ; celle qu'on regarde est marquée."""
        choix = (
            ("Toutes", ""),
            ("Les miennes", "moi=oui"),
            ("À actualiser", "fraicheur=a_actualiser"),
            ("En retard", "fraicheur=en_retard"),
            ("Bloquées", "bloquee=oui"),
            ("Archivées", "archives=oui"),
        )
        portes = {filtre.cle for filtre in FILTRES} | set(_PROPRES) | {"q"}
        actuels = "&".join(
            f"{nom}={valeur}"
            for nom, valeurs in self.parametres.lists()
            if nom in portes
            for valeur in valeurs
            if valeur
        )
        return [
            {"libelle": libelle, "url": f"{chemin}?{suite}" if suite else chemin,
             "actif": actuels == suite}
            for libelle, suite in choix
        ]  # fmt: skip

    def entetes(self) -> list[dict]:
        noms = [
            ("code", "Fiche", False),
            *((c.cle, c.libelle, c.secondaire) for c in self.colonnes),
        ]
        rendu = []
        for cle, libelle, secondaire in noms:
            courant = (self.tri.removeprefix("-") or "code") == cle
            monte = courant and not self.tri.startswith("-")
            rendu.append({
                "libelle": libelle,
                "url_tri": self.adresse(tri=f"-{cle}" if monte else cle),
                "tri": ("ascending" if monte else "descending") if courant else "",
                "secondaire": secondaire,
                "classe": cle,
            })  # fmt: skip
        return rendu

    def ligne(self, fiche: FicheAction) -> list:
        fiche.schema.collectivite = self.cadre.collectivite
        nom = format_html(
            '<span class="code">{}</span> <a href="{}">{}</a>',
            fiche.code, adresse("espace_fiche", fiche), fiche.titre,
        )  # fmt: skip
        if badge := BADGES.get(fiche.confidentialite):
            nom += format_html(' <span class="etiquette">{}</span>', badge)
        return [nom, *(_cellule(fiche, colonne.cle) for colonne in self.colonnes)]


def _cellule(fiche: FicheAction, cle: str) -> str | SafeString:
    if cle == "meteo":
        return meteo(fiche.meteo)
    if cle == "taux":
        return "" if fiche.taux is None else f"{fiche.taux}{INSECABLE}%"
    if cle == "fraicheur":
        return _echeance(fiche)
    if cle == "pilote":
        return fiche.pilote_organisation.nom if fiche.pilote_organisation else ""
    if cle == "completude":
        return f"{fiche.completude}{INSECABLE}%"
    if cle == "statut":
        return fiche.get_avancement_display()
    if cle == "blocage":
        return fiche.bloquee_par
    if cle == "indicateurs":
        return jauge(fiche.taux_indicateurs, fiche.indicateurs_calculables, fiche.indicateurs_total)
    if cle == "axe":
        return f"{fiche.division.code} · {fiche.division.nom}"
    return fiche.edition


def _echeance(fiche: FicheAction) -> str | SafeString:
    etat = fiche.fraicheur()
    if etat == "sans_suivi":
        return "rien d’attendu"
    jour = date_en_mots(fiche.prochaine_echeance, "courte")
    if etat == "a_jour":
        return jour
    if fiche.dernier_point_le is None:
        return format_html("premier point attendu <small>{}</small>", jour)
    return format_html("{} <small>{}</small>", fraicheur(MARQUES_FRAICHEUR[etat]), jour)
