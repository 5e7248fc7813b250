"""Les adresses du plan, sous /<collectivite>/ : lecture publique, espace de travail, échanges."""

from .urls_argent import urlpatterns as argent
from .urls_documents import urlpatterns as documents
from .urls_echanges import urlpatterns as echanges
from .urls_espace import urlpatterns as espace
from .urls_publiques import urlpatterns as publiques
from .urls_rappels import urlpatterns as rappels
from .urls_temps import urlpatterns as temps

app_name = "plan"
urlpatterns = [*argent, *documents, *publiques, *temps, *echanges, *rappels, *espace]
