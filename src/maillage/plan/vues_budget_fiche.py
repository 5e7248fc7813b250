"""Le budget d'une fiche, en grille : le lire, le taper, le coller d'un tableur."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from maillage.acteurs.acces import acces_role

from .espace import adresse, contexte_fiche, exiger, fiche_demandee, saisie_reprise
from .etat import etat_de
from .grille_budget import (
    MESURES,
    NOMS_DES_MESURES,
    SECTIONS,
    Collage,
    Faute,
    Grille,
    cellules_de,
    fusionner_cellules,
    lignes_de,
    lire_collage,
    nommer,
)
from .referentiel import Referentiel
from .services import ConflitEcriture, enregistrer_fiche, etat_de_version
from .validation import EtatInvalide


@acces_role("lecteur")
@require_http_methods(["GET", "HEAD", "POST"])
def fiche_budget(request, collectivite, code):
    """La grille. Chacun la lit ; qui modifie la fiche l'écrit, case par case ou par collage."""
    reprise = saisie_reprise(request)
    fiche = fiche_demandee(
        request, code, schema=reprise.get("schema", "") if reprise is not None else ""
    )
    peut = request.user.has_perm("plan.modifier_fiche", fiche)
    page = _Page(request, fiche, peut)
    if request.method == "POST":
        exiger(request, "plan.modifier_fiche", fiche)
        return page.recevoir(request.POST)
    if reprise is not None and peut:
        return page.montrer(page.saisie(reprise), reprise=True)
    return page.montrer(page.en_place())


class _Page:
    """Une visite de la grille : ce qui est en base, ce qui est tapé, ce qui est collé."""

    def __init__(self, request, fiche, peut: bool):
        self.request, self.fiche, self.peut = request, fiche, peut
        self.referentiel = Referentiel(fiche.schema)
        self.etat = etat_de(fiche)
        self.budgets = self.etat["budgets"]
        self.noms = {o.nom_normalise: o.nom for o in self.referentiel.organisations.values()}
        self.toutes = sorted(
            {*range(fiche.schema.annee_debut, fiche.schema.annee_fin + 1)}
            | {li["annee"] for li in self.budgets}
        )
        demandees = {a for a in request.GET.getlist("annee") if a.isdecimal()}
        self.annees = [a for a in self.toutes if str(a) in demandees] or self.toutes

    def en_place(self) -> Grille:
        cellules = cellules_de(self.budgets)
        return Grille.depuis(cellules, self.noms, self.annees, vides=1 if self.peut else 0)

    def saisie(self, donnees) -> Grille:
        grille = Grille.envoyee(
            donnees,
            self.annees,
            self.referentiel.nom_organisation,
            ajouter=donnees.get("geste") == "ajouter",
        )
        self.noms = {**self.noms, **grille.noms}
        return grille

    # --- Recevoir ----------------------------------------------------------------------------

    def recevoir(self, donnees):
        geste = donnees.get("geste", "")
        if geste in {"apercu", "appliquer"}:
            return self._coller(donnees, appliquer=geste == "appliquer")
        grille = self.saisie(donnees)
        if geste in {"ajouter", "verifier"}:
            return self.montrer(grille, verifiee=geste == "verifier")
        if grille.fautes:
            return self.montrer(grille, status=422)
        depart, version = self._depart(donnees)
        base = cellules_de(depart)
        # Les années qui ne sont pas montrées restent ce qu'elles étaient.
        mien = {c: v for c, v in base.items() if c[2] not in self.annees} | grille.cellules
        return self._ecrire(depart, mien, version, grille)

    def _depart(self, donnees) -> tuple[list[dict], int]:
        """Le budget que la personne avait sous les yeux, et sa version."""
        brut = donnees.get("version", "")
        version = int(brut) if brut.isdecimal() and len(brut) < 10 else self.fiche.version
        if version == self.fiche.version:
            return self.budgets, version
        return etat_de_version(self.fiche, version).get("budgets", []), version

    def _ecrire(self, depart, mien, version, grille, collage: Collage | None = None):
        """Réunit case par case ce que d'autres ont écrit ; ne demande que pour les mêmes cases."""
        ecrites_ailleurs = version != self.fiche.version
        if ecrites_ailleurs:
            reuni, conflits = fusionner_cellules(
                cellules_de(depart), cellules_de(self.budgets), mien
            )
            if conflits:
                return self._montrer_le_conflit(reuni, mien, conflits)
            mien, depart = reuni, self.budgets
        lignes = lignes_de(mien, self.noms, depart)
        try:
            enregistree = enregistrer_fiche(
                fiche=self.fiche,
                etat={"budgets": lignes},
                par=self.request.user,
                version_attendue=self.fiche.version,
                motif="budget collé d’un tableur" if collage else "",
            )
        except EtatInvalide as refus:
            for erreur in refus.erreurs:
                rang = erreur.rang
                ou = ""
                if rang is not None and erreur.cle == "budgets":
                    li = lignes[rang]
                    ou = f"{li['annee']}, {li['financeur']}"
                grille.fautes.append(Faute("", ou, erreur.message))
            return self.montrer(grille, status=422, texte=self.request.POST.get("texte", ""))
        except ConflitEcriture:
            # Écrite pendant cet envoi même : on relit, et l'on repose la question.
            self.fiche.refresh_from_db()
            self.budgets = etat_de(self.fiche)["budgets"]
            grille.fautes.append(
                Faute("", "", "La fiche vient de changer. Relisez, puis enregistrez de nouveau.")
            )
            return self.montrer(grille, status=409)
        if enregistree.version == self.fiche.version:
            messages.info(self.request, "Rien n’a changé : rien n’a été enregistré.")
        elif ecrites_ailleurs:
            messages.success(
                self.request,
                "Budget enregistré. Quelqu’un d’autre l’avait modifié : ses montants sont gardés.",
            )
        else:
            messages.success(self.request, "Budget enregistré. L’ancien reste dans l’historique.")
        return redirect(self.adresse())

    def _montrer_le_conflit(self, reuni, mien, conflits):
        actuel = cellules_de(self.budgets)
        derniere = self.fiche.versions.select_related("auteur").first()
        grille = Grille.depuis(reuni, self.noms, self.annees)
        return self.montrer(
            grille,
            status=409,
            autre=str(derniere.auteur or "le système") if derniere else "le système",
            conflits=[
                {
                    "ou": nommer(cle, self.noms),
                    "leur": actuel.get(cle, ""),
                    "mien": mien.get(cle, ""),
                }
                for cle in conflits
            ],
        )

    def _coller(self, donnees, *, appliquer: bool):
        texte = donnees.get("texte", "")
        seule = self.annees[0] if len(self.annees) == 1 else None
        collage = lire_collage(texte, self.referentiel.nom_organisation, seule)
        self.noms = {**self.noms, **collage.noms}
        depart, version = self._depart(donnees)
        base = cellules_de(depart)
        if collage.erreurs or not appliquer:
            changements = [
                {"ou": nommer(cle, self.noms), "avant": base.get(cle), "apres": valeur}
                for cle, valeur in collage.cellules.items()
                if base.get(cle) != valeur
            ]
            return self.montrer(
                self.en_place(),
                status=422 if collage.erreurs else 200,
                texte=texte,
                collage=collage,
                changements=changements,
                nouveaux=sorted(
                    nom
                    for cle, nom in collage.noms.items()
                    if cle not in self.referentiel.organisations
                ),
                version_du_collage=version,
            )
        return self._ecrire(depart, base | collage.cellules, version, self.en_place(), collage)

    # --- Montrer -----------------------------------------------------------------------------

    def adresse(self) -> str:
        montrees = [] if self.annees == self.toutes else self.annees
        return (
            adresse("fiche_budget", self.fiche)
            if not montrees
            else (adresse("fiche_budget", self.fiche, annee=montrees[0]))
        )

    def montrer(self, grille: Grille, status: int = 200, **suite):
        options = {
            "texte": "", "collage": None, "changements": [], "nouveaux": [], "conflits": [],
            "autre": "", "reprise": False, "verifiee": False, "version_du_collage": 0, **suite,
        }  # fmt: skip
        return render(
            self.request,
            "plan/argent/fiche_budget.html",
            contexte_fiche(
                self.request, self.fiche, "fiche_budget",
                grille=grille, rangees=grille.rangees(), totaux=grille.totaux(),
                annees=self.annees,
                choix_annees=[
                    {"annee": a, "url": adresse("fiche_budget", self.fiche, annee=a),
                     "actif": self.annees == [a]}
                    for a in self.toutes
                ],
                toutes_les_annees=self.annees == self.toutes,
                mesures=[(m, NOMS_DES_MESURES[m]) for m in MESURES],
                sections=SECTIONS.items(),
                organisations=sorted(set(self.noms.values())),
                peut=self.peut and self.fiche.archivee_le is None,
                demonstration=any(li["demonstration"] for li in self.budgets),
                action=self.adresse(),
                **options,
            ),
            status=status,
        )  # fmt: skip
