"""Composer un document dans un processus à part : données sur l'entrée, PDF sur la sortie.

Appelé par `composer_pdf_a_part` : `python -m maillage.socle.documents MODELE INSTANT`.
"""

import sys

from . import DocumentImpossible, _composer


def principal() -> int:
    modele, instant = sys.argv[1:3]
    try:
        octets = _composer(modele, sys.stdin.buffer.read().decode(), int(instant))
    except DocumentImpossible as faute:
        sys.stderr.write(str(faute))
        return 1
    sys.stdout.buffer.write(octets)
    return 0


if __name__ == "__main__":
    sys.exit(principal())
