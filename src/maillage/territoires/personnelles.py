"""Les territoires ne gardent aucune donnée personnelle : leurs noms sont ceux de lieux."""

SANS_PERSONNE = (
    "Commune.nom",
    "Commune.nom_normalise",
    "Decoupage.nom",
    "Defi.nom",
    "Departement.nom",
    "Departement.region_nom",
    "Epci.nom",
    "TerritoireAction.nom",
)
