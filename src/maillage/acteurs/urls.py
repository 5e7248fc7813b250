"""Les adresses de l'application acteurs, sous /<collectivite>/."""

app_name = "acteurs"
urlpatterns: list = []
