"""Les acteurs : collectivités, organisations, personnes, comptes et rôles."""
