"""Un vrai serveur SMTP, sur cette machine, dont on lit la boîte."""

import email
import email.policy
import socket
from contextlib import contextmanager
from email.message import EmailMessage

from aiosmtpd.controller import Controller


class Boite:
    """Reçoit et garde les messages. `a_l_etape` est appelé à chaque étape du dialogue."""

    def __init__(self):
        self.messages: list[EmailMessage] = []
        self.a_l_etape = lambda etape: None
        self.adresse = ""

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        self.a_l_etape("connexion")
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        self.a_l_etape("expediteur")
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.a_l_etape("destinataire")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.messages.append(
            email.message_from_bytes(envelope.content, policy=email.policy.default)
        )
        self.a_l_etape("accepte")  # le message est pris, l'ouvrier ne le sait pas encore
        return "250 OK"

    async def handle_QUIT(self, server, session, envelope):
        self.a_l_etape("fin")
        return "221 Au revoir"


@contextmanager
def boite_aux_lettres():
    boite = Boite()
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        port = prise.getsockname()[1]
    serveur = Controller(boite, hostname="127.0.0.1", port=port)
    serveur.start()
    boite.adresse = f"smtp://127.0.0.1:{serveur.port}"
    try:
        yield boite
    finally:
        serveur.stop()
