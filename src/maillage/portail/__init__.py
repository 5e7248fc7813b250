"""Le portail : ce que chacun voit d'abord, et la recherche."""
