"""Chooses the way mail takes: by the server that is set, else into the folder `mail` of the installation."""

from email.utils import parseaddr
from pathlib import Path

import structlog

from arena.kit.mail.folder import FolderMail
from arena.kit.mail.message import Mail, sender_address
from arena.kit.mail.server import smtp_server

log = structlog.get_logger()
NOBODY = "Sigma Arena <arena@localhost>"  # stands on mails that go no further than the folder


def choose_mail(home: Path, url: str | None, sender: str | None) -> Mail:
    """`url` and `sender` as the settings have checked them; says in the log which way it is, and no secret."""
    if url is None:
        log.info("mail goes to a folder: no mail server is set", folder=str(home / "mail"))
        return FolderMail(home / "mail", sender_address(sender or NOBODY))
    # Only now: the client is 70 ms of imports that an arena without a mail server need not wait for.
    from arena.kit.mail.smtp import SmtpMail

    server = smtp_server(url)
    assert sender is not None, "the settings demand a sender beside a server"
    log.info(
        "mail goes by a server", host=server.host, port=server.port, sender=parseaddr(sender)[1]
    )
    return SmtpMail(server, sender_address(sender))
