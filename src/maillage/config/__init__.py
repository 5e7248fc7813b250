"""Réglages, adresses et point d'entrée : le branchement de la maison, pas une pièce."""
