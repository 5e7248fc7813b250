"""Faire entrer et sortir un plan : classeurs .xlsx, .ods et .csv, sans perte."""
