"""La démonstration : les deux plans réels, et une année de suivi inventée, signalée comme telle."""
