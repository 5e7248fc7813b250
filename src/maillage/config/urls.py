"""Les adresses de la maison. Une fois publiées, elles ne bougent plus."""

from django.urls import include, path

urlpatterns = [
    path("", include("maillage.portail.urls_racine")),
    path("compte/", include("maillage.acteurs.urls_connexion")),
    path("compte/", include("maillage.acteurs.urls_compte")),
    path("<slug:collectivite>/", include("maillage.acteurs.urls")),
    path("<slug:collectivite>/", include("maillage.plan.urls")),
    path("<slug:collectivite>/", include("maillage.portail.urls")),
]

handler400 = "maillage.portail.erreurs.demande_illisible"
handler403 = "maillage.portail.erreurs.acces_refuse"
handler404 = "maillage.portail.erreurs.introuvable"
handler500 = "maillage.portail.erreurs.panne"
