"""Les mesures de vitesse et de mémoire, lancées par `maillage bench`."""
