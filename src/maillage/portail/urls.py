"""Les adresses de l'application portail, sous /<collectivite>/."""

app_name = "portail"
urlpatterns: list = []
