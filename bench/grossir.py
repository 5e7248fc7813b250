"""Multiplie les plans dans la base : `python -m bench.grossir 100` en ajoute 99 au premier.

La moitié va dans la même collectivité, comme d'anciens schémas ; l'autre dans des collectivités
voisines. Les fiches gardent leurs textes, leurs jalons et leurs budgets.
"""

import sys


def grossir(facteur: int) -> None:
    import django

    django.setup()
    from maillage.acteurs.models import Collectivite
    from maillage.plan.etat import etats_de
    from maillage.plan.models import Division, FicheAction, Schema
    from maillage.plan.services import enregistrer_lot

    modele = Schema.objects.get(slug="solidarites-2024-2028")
    collectivite = modele.collectivite
    etats = list(etats_de(FicheAction.objects.filter(schema=modele)).values())
    for etat in etats:
        etat |= {"territoires": [], "etapes": [], "indicateurs": etat["indicateurs"][:1]}
    divisions = list(Division.objects.filter(schema=modele).order_by("chemin"))
    for rang in range(1, facteur):
        ici = collectivite
        if rang % 2:
            ici = Collectivite.objects.create(
                slug=f"mesure-{rang}",
                nom=f"Collectivité de mesure {rang}",
                nom_court=f"Mesure {rang}",
                departement=collectivite.departement,
            )
        schema = Schema.objects.create(
            collectivite=ici,
            slug=f"mesure-{rang}",
            nom=f"Plan de mesure {rang}",
            annee_debut=1990,
            annee_fin=1995,
            niveaux=modele.niveaux,
        )
        copies: dict[int, Division] = {}
        for division in divisions:
            copies[division.pk] = Division.objects.create(
                schema=schema,
                parent=copies.get(division.parent_id),
                ordre=division.ordre,
                code=division.code,
                nom=division.nom,
            )
        enregistrer_lot(schema=schema, etats=etats, par=None, origine="commande")


if __name__ == "__main__":
    grossir(int(sys.argv[1]))
