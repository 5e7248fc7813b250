"""Index plein texte : FTS5 sur SQLite, index GIN sur PostgreSQL.

La table FTS5 est tenue par `plan.ecriture` et non par des déclencheurs : une migration qui refait
la table des fiches les ferait disparaître en silence.
"""

from django.db import migrations


def creer(apps, editeur):
    if editeur.connection.vendor == "sqlite":
        editeur.execute("CREATE VIRTUAL TABLE plan_recherche USING fts5(contenu)")
        editeur.execute(
            "INSERT INTO plan_recherche(rowid, contenu) SELECT id, recherche FROM plan_ficheaction"
        )
    elif editeur.connection.vendor == "postgresql":
        editeur.execute(
            "CREATE INDEX plan_fiche_recherche ON plan_ficheaction "
            "USING gin (to_tsvector('simple', recherche))"
        )


def defaire(apps, editeur):
    if editeur.connection.vendor == "sqlite":
        editeur.execute("DROP TABLE plan_recherche")
    elif editeur.connection.vendor == "postgresql":
        editeur.execute("DROP INDEX plan_fiche_recherche")


class Migration(migrations.Migration):
    dependencies = [("plan", "0001_initial")]

    operations = [migrations.RunPython(creer, defaire)]
