"""Maillage : piloter un schéma départemental des solidarités."""
