"""Mail by an SMTP server: encrypted where it can be, bounded in time, and silent about secrets."""

import asyncio
import ssl
from email.headerregistry import Address

import aiosmtplib

from arena.kit.mail.message import MailNotSent, Message, compose
from arena.kit.mail.server import SmtpServer

STEP_SECONDS_MAX = 10.0  # each command and its answer
SECONDS_MAX = 30.0  # all of them
_REPLY_MAX = 200


class SmtpMail:
    """One connection a message: there are few, and none is held open for the next."""

    def __init__(
        self, server: SmtpServer, sender: Address, *, trust: ssl.SSLContext | None = None
    ) -> None:
        """`trust` says which certificates hold; left out: those this machine trusts (SSL_CERT_FILE)."""
        self._server, self._sender, self._trust = server, sender, trust

    async def send(self, message: Message) -> None:
        """Raises MailNotSent; trying again is the outbox's business."""
        mail = compose(message, self._sender)
        client = aiosmtplib.SMTP(
            hostname=self._server.host, port=self._server.port, use_tls=self._server.tls,
            local_hostname=self._sender.domain, timeout=STEP_SECONDS_MAX, tls_context=self._trust,
            # On this machine a certificate proves nothing, and distributions ship made-up ones.
            validate_certs=not self._server.on_this_machine,
        )  # fmt: skip
        try:
            async with asyncio.timeout(SECONDS_MAX):
                await client.connect()
                await self._log_in(client)
                await client.send_message(
                    mail, sender=self._sender.addr_spec, recipients=[message.to]
                )
                await client.quit()
        except aiosmtplib.SMTPServerDisconnected:
            raise MailNotSent(reason="the mail server hung up") from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as broken:
            raise MailNotSent(reason=_reason(broken)) from None
        finally:
            client.close()

    async def _log_in(self, client: aiosmtplib.SMTP) -> None:
        server = self._server
        if server.user is None or server.password is None:
            return
        if client.get_transport_info("sslcontext") is None and not server.on_this_machine:
            raise MailNotSent(
                reason="the mail server offers no encryption, and the password would travel in clear"
            )
        await client.login(server.user, server.password)


def _reason(broken: Exception) -> str:
    """What the server said, or what broke on the way, on one short line."""
    if isinstance(broken, aiosmtplib.SMTPRecipientsRefused):
        broken = broken.recipients[0]
    if isinstance(broken, aiosmtplib.SMTPAuthenticationError):
        return f"the mail server refuses user or password ({broken.code})"
    if isinstance(broken, aiosmtplib.SMTPResponseException):
        return f"the mail server says {broken.code} {_short(broken.message)}"
    if isinstance(broken, TimeoutError):
        return "the mail server does not answer in time"
    return f"the mail server cannot be used: {_short(str(broken))}"


def _short(words: str) -> str:
    return " ".join(words.split())[:_REPLY_MAX]
