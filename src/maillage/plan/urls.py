"""Les adresses de l'application plan, sous /<collectivite>/."""

app_name = "plan"
urlpatterns: list = []
