"""Le plan dans le temps : calendrier, agendas, ce qui a changé ; ses matrices et ses calculs."""

from django.urls import path

from . import vues_calendrier as calendrier
from . import vues_changements as changements
from . import vues_matrices as matrices

urlpatterns = [
    path("calendrier/", calendrier.calendrier, name="calendrier"),
    path("calendrier.ics", calendrier.calendrier_ics, name="calendrier_ics"),
    path("agenda/<str:jeton>.ics", calendrier.agenda_personnel, name="agenda_personnel"),
    path("actions/<str:code>/calendrier.ics", calendrier.fiche_ics, name="fiche_ics"),
    path("actions/<str:code>/calcul/", matrices.calcul_fiche, name="calcul_fiche"),
    path("changements/", changements.changements, name="changements"),
    path("matrices/<slug:dimension>/", matrices.matrices, name="matrices"),
    path("plan/calcul/", matrices.calcul_du_plan, name="calcul_plan"),
    path("espace/calendrier/", calendrier.espace_calendrier, name="espace_calendrier"),
    path("espace/changements/", changements.espace_changements, name="espace_changements"),
    path("espace/matrices/<slug:dimension>/", matrices.espace_matrices, name="espace_matrices"),
    path("espace/mon-agenda/", calendrier.mon_agenda, name="mon_agenda"),
    path("espace/actions/<str:code>/calcul/", matrices.espace_calcul, name="espace_calcul"),
    path("espace/actions/<str:code>/jalons/<int:pk>/", calendrier.jalon, name="jalon"),
]
