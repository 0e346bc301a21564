"""Mail into a folder: each message a file that its operator opens with a mail program or reads as text."""

import asyncio
import os
from email.headerregistry import Address
from pathlib import Path

import structlog

from arena.kit.mail.message import MailNotSent, Message, compose

FILES_MAX = 1_000  # the oldest go first
log = structlog.get_logger()


class FolderMail:
    """For an arena without a mail server. The folder is its operator's alone: links in mails open accounts."""

    def __init__(self, folder: Path, sender: Address) -> None:
        self._folder, self._sender = folder, sender

    async def send(self, message: Message) -> None:
        """Whole or not at all; sent again it is the same file. Raises MailNotSent."""
        content = compose(message, self._sender).as_bytes()
        try:
            path = await asyncio.to_thread(self._write, message.id, content)
        except OSError as broken:
            raise MailNotSent(reason=f"its folder cannot be written: {broken.strerror}") from None
        log.info("mail written to a file: no mail server is set", file=str(path))

    def _write(self, name: str, content: bytes) -> Path:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        path, making = self._folder / f"{name}.eml", self._folder / f"{name}.making"
        making.unlink(missing_ok=True)
        with os.fdopen(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        making.replace(path)
        kept = sorted(self._folder.glob("*.eml"), key=lambda one: one.stat().st_mtime_ns)
        for old in kept[:-FILES_MAX]:
            old.unlink(missing_ok=True)
        return path
