"""Vide le plan de la démonstration de ses fiches ; garde son cadre : `python -m bench.vierge`."""


def vider() -> None:
    import django

    django.setup()
    from django.db import connection, transaction

    from maillage.indicateurs.models import Indicateur
    from maillage.plan.models import FicheAction, IndicateurFiche

    with transaction.atomic():
        IndicateurFiche.tous.all().delete()
        Indicateur.objects.all().delete()
        FicheAction.objects.all().delete()
        with connection.cursor() as curseur:
            curseur.execute("DELETE FROM plan_recherche")


if __name__ == "__main__":
    vider()
