"""Le journal : qui a écrit quoi, quand ; et les cachets des pages publiques."""

from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "maillage.journal"
    label = "journal"
    verbose_name = "Journal"
