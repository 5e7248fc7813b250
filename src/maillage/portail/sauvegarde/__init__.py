"""Sauvegarder et restaurer une installation entière, pendant qu'elle sert, sur les deux bases.

Une sauvegarde est un dossier : `manifeste.json`, `tables/*.jsonl.gz`, `documents/`. Ni le secret de
l'installation ni les pages en mémoire n'y sont. Elle se relit sur SQLite comme sur PostgreSQL.
"""
