"""Les indicateurs : ce que l'on mesure, et ses valeurs dans le temps."""
