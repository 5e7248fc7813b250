"""Les rappels : qui attend quoi, ce qui part, le lien qui permet de répondre."""
