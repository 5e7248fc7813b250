"""Le découpage officiel (départements, EPCI, communes) et les territoires d'action."""
