"""A message, how it is written down as an e-mail, and the port by which it leaves."""

from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from html import escape
from typing import Protocol

from arena.kit.clock import wall_now
from arena.kit.errors import Unavailable

BYTES_MAX = 100_000
_LINE_MAX = 900  # RFC 5322 allows 998
_HTML = """<!doctype html>
<html lang="en">
<body style="font: 16px/1.5 system-ui, sans-serif; max-width: 36em; margin: 2em auto; padding: 0 1em">
{}
</body>
</html>
"""


class MailNotSent(Unavailable):
    """The mail did not go out: {reason}."""


@dataclass(frozen=True, slots=True)
class Link:
    """An address on a line of its own; `words` say where it leads."""

    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Message:
    """A letter to one address, paragraph by paragraph. Sent twice under one `id` it is the same mail."""

    id: str
    to: str
    subject: str
    paragraphs: tuple[str | Link, ...]


class Mail(Protocol):
    """What takes a message out. At least once: whoever is not sure sends it again, under the same id."""

    async def send(self, message: Message) -> None:
        """Raises MailNotSent."""
        ...


def sender_address(stated: str) -> Address:
    """Reads `Name <address>`. Raises ValueError."""
    name, address = parseaddr(stated)
    if not address or not stated.isprintable():
        raise ValueError("a sender looks like Sigma Arena <arena@example.org>")
    try:
        return Address(display_name=name, addr_spec=address)
    except (MessageError, IndexError, ValueError) as broken:
        raise ValueError("a sender looks like Sigma Arena <arena@example.org>") from broken


def compose(message: Message, sender: Address) -> EmailMessage:
    """Text and HTML of the same words. Raises MailNotSent where the address cannot be one, or it is too long."""
    mail = EmailMessage(policy=SMTP)
    try:
        mail["From"] = sender
        mail["To"] = Address(addr_spec=message.to)
    except (MessageError, IndexError, ValueError):
        raise MailNotSent(reason="the address cannot be written to") from None
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(wall_now())
    mail["Message-ID"] = f"<{message.id}@{sender.domain}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation replies
    _put(mail, _text(message))
    alternative = EmailMessage(policy=SMTP)
    _put(alternative, _HTML.format(_html(message)), subtype="html")
    mail.make_alternative()
    mail.attach(alternative)
    size = len(mail.as_bytes())
    if size > BYTES_MAX:
        raise MailNotSent(reason=f"it has {size} bytes, {BYTES_MAX} are allowed")
    return mail


def _put(part: EmailMessage, text: str, subtype: str = "plain") -> None:
    """Unencoded where that can be: whoever reads the file by eye finds links whole."""
    plain = text.isascii() and max(map(len, text.splitlines()), default=0) < _LINE_MAX
    part.set_content(text, subtype=subtype, cte="7bit" if plain else "quoted-printable")


def _text(message: Message) -> str:
    return "\n\n".join(
        f"{part.words}:\n{part.url}" if isinstance(part, Link) else part
        for part in message.paragraphs
    ) + "\n"  # fmt: skip


def _html(message: Message) -> str:
    return "\n".join(
        f'<p>{escape(part.words)}:<br>\n<a href="{escape(part.url)}">{escape(part.url)}</a></p>'
        if isinstance(part, Link)
        else f"<p>{escape(part)}</p>"
        for part in message.paragraphs
    )
