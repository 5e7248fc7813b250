"""L'ouvrier qui vit à côté du serveur s'arrête avec lui, même si le serveur est tué."""

import signal
import socket
import time
from collections.abc import Callable

import pytest

from .installation import Installation

pytestmark = pytest.mark.lent


def attendre(vrai: Callable[[], object], secondes: float = 40) -> bool:
    fin = time.monotonic() + secondes
    while time.monotonic() < fin:
        if vrai():
            return True
        time.sleep(0.2)
    return False


@pytest.fixture
def installation(tmp_path):
    prete = Installation(tmp_path, "smtp://127.0.0.1:9")
    prete.maillage("migrer")
    return prete


@pytest.mark.parametrize("coup", [signal.SIGTERM, signal.SIGKILL], ids=["arrêté", "tué"])
def test_l_ouvrier_s_arrete_avec_le_serveur(installation, coup):
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        port = prise.getsockname()[1]
    serveur = installation.lancer(
        "-m", "maillage.commandes", "servir", "--avec-ouvrier", "--processus", "1",
        "--port", str(port),
    )  # fmt: skip
    with serveur:
        assert attendre(installation.ouvriers)
        serveur.send_signal(coup)
        assert attendre(lambda: not installation.ouvriers())
