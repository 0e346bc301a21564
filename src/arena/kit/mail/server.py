"""An SMTP server as an address names it: smtp[s]://user:password@host:port."""

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

PORTS = {
    "smtp": 587,
    "smtps": 465,
}  # RFC 8314: submission, with STARTTLS or with TLS from the start
_WRONG = "a mail server looks like smtp://user:password@host:587, or smtps://user:password@host:465"


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """`tls` from the first byte; otherwise STARTTLS where the server offers it."""

    host: str
    port: int
    tls: bool = False
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def on_this_machine(self) -> bool:
        """Nobody listens in on the way there, and no certificate names it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def smtp_server(url: str) -> SmtpServer:
    """Raises ValueError, whose words repeat nothing of the address: it holds a password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(_WRONG) from None
    rest = parts.path.strip("/") or parts.query or parts.fragment
    half = (parts.username is None) != (parts.password is None)
    if parts.scheme not in PORTS or not parts.hostname or rest or half:
        raise ValueError(_WRONG)
    return SmtpServer(
        parts.hostname, port or PORTS[parts.scheme], parts.scheme == "smtps",
        _decoded(parts.username), _decoded(parts.password),
    )  # fmt: skip


def _decoded(text: str | None) -> str | None:
    return None if text is None else unquote(text)
