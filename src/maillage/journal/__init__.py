"""Le journal : qui a écrit quoi, quand ; et les cachets des pages publiques."""
