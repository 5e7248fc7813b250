"""Le plan : schémas, fiches action, points d'étape."""
