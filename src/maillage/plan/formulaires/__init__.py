"""Les formulaires de l'espace de travail. Ils lisent le français ; les services jugent."""
