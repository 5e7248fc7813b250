"""Les adresses de l'application acteurs, sous /<collectivite>/."""

from django.urls import path

from . import views, views_comptes

app_name = "acteurs"
urlpatterns = [
    path("espace/comptes/", views_comptes.comptes, name="comptes"),
    path("espace/comptes/inviter/", views_comptes.inviter, name="inviter"),
    path(
        "espace/comptes/invitations/<int:pk>/retirer/",
        views_comptes.invitation_retirer,
        name="invitation_retirer",
    ),
    path("espace/comptes/<int:pk>/", views_comptes.compte, name="compte"),
    path("espace/comptes/<int:pk>/roles/", views_comptes.role_donner, name="role_donner"),
    path("espace/comptes/<int:pk>/fermer/", views_comptes.compte_fermer, name="compte_fermer"),
    path("espace/comptes/<int:pk>/rouvrir/", views_comptes.compte_rouvrir, name="compte_rouvrir"),
    path("espace/roles/<int:pk>/dates/", views_comptes.role_dater, name="role_dater"),
    path("espace/roles/<int:pk>/retirer/", views_comptes.role_retirer, name="role_retirer"),
    path("espace/organisations/", views.organisations, name="organisations"),
    path("espace/organisations/nouvelle/", views.organisation_creer, name="organisation_creer"),
    path(
        "espace/organisations/<int:pk>/", views.organisation_modifier, name="organisation_modifier"
    ),
    path(
        "espace/organisations/<int:pk>/archiver/",
        views.organisation_archiver,
        name="organisation_archiver",
    ),
    path(
        "espace/organisations/<int:pk>/restaurer/",
        views.organisation_restaurer,
        name="organisation_restaurer",
    ),
    path("espace/personnes/", views.personnes, name="personnes"),
    path("espace/personnes/nouvelle/", views.personne_creer, name="personne_creer"),
    path("espace/personnes/<int:pk>/", views.personne_modifier, name="personne_modifier"),
]
