"""Le monde des tests : réseau fermé, ordre au hasard, gabarits stricts, base vide."""

import pytest
from django.core.cache import caches


@pytest.fixture(autouse=True)
def caches_vides():
    """Chaque test part de caches vides : une page rendue par un autre ne peut pas l'aider."""
    for cache in caches.all():
        cache.clear()
    for nom in ("default", "pages"):
        caches[nom].clear()
