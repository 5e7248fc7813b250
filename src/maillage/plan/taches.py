"""Les tâches de fond du plan. Chacune peut être reprise sans danger : un ouvrier peut mourir."""

from django_tasks import task

from .rappels.envois import envoyer


@task()
def envoyer_un_courriel(envoi_id: int) -> str:
    """Remet un envoi. Rend l'état où il est laissé."""
    return str(envoyer(envoi_id))
