"""Remettre un message à un serveur SMTP en ne s'engageant qu'au dernier moment.

Django remet un message d'un seul geste. Ici, l'expéditeur et le destinataire sont d'abord acceptés
par le serveur ; `prendre` n'est appelé qu'ensuite, juste avant le contenu. Avant ce point, une
coupure ne laisse aucun doute : rien n'est parti, on peut recommencer.
"""

import smtplib
from collections.abc import Callable
from email.utils import parseaddr

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend


def remettre(
    connexion: BaseEmailBackend, message: EmailMessage, prendre: Callable[[], bool]
) -> bool:
    """Ouvre, présente, prend, envoie. Rend False si un autre a déjà pris cet envoi.

    Lève les fautes de `smtplib`, ou `OSError`.
    """
    connexion.open()
    if not isinstance(connexion, EmailBackend):
        if not prendre():
            return False
        message.connection = connexion
        message.send()
        return True
    smtp = connexion.connection
    assert smtp is not None  # `open` a réussi
    smtp.ehlo_or_helo_if_needed()
    expediteur, destinataire = parseaddr(message.from_email)[1], parseaddr(message.to[0])[1]
    code, reponse = smtp.mail(expediteur)
    if code != 250:
        raise smtplib.SMTPSenderRefused(code, reponse, expediteur)
    code, reponse = smtp.rcpt(destinataire)
    if code not in (250, 251):
        raise smtplib.SMTPRecipientsRefused({destinataire: (code, reponse)})
    if not prendre():
        smtp.rset()
        return False
    contenu = message.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]
    code, reponse = smtp.data(contenu)
    if code != 250:
        raise smtplib.SMTPDataError(code, reponse)
    return True
