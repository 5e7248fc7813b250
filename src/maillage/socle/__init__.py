"""Le socle de la maison : rien ici ne touche la base."""
