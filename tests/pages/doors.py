"""What tests of doors and accounts share: an address of one's own, fresh e-mail addresses, letters written."""

import asyncio
import email
import itertools
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import cast

import httpx

from arena.kit import ids
from arena.people import identity
from tests.pages.reader import PASSWORD, Reader
from tests.stories.house import House

_addresses = itertools.count(1)


def elsewhere(reader: Reader) -> Reader:
    """As from an address nobody has used before: tries are counted by address."""
    number = next(_addresses)
    reader.client.headers["X-Forwarded-For"] = f"198.51.{100 + number // 250}.{number % 250}"
    return reader


def new_email() -> str:
    return f"{ids.fresh('p')[-12:]}@example.org"


async def new_person(house: House, *roles: str, name: str = "Ada Reader") -> identity.Person:
    """With PASSWORD, not signed in."""
    async with house.arena.db.transaction() as tx:
        return await identity.create_person(
            tx, email=new_email(), name=name, password=PASSWORD, roles=roles
        )


async def sign_in(
    reader: Reader, address: str, password: str = PASSWORD, path: str = "/sign-in"
) -> httpx.Response:
    """By the page, as people do."""
    page = await reader.get(path)
    return await reader.send("/sign-in", {"email": address, "password": password}, page=page)


async def letters_to(house: House, address: str, *, count: int = 1) -> list[EmailMessage]:
    """The letters written to the address, the oldest first; waits until there are so many."""
    folder = house.arena.settings.home / "mail"
    for _ in range(100):
        files = sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
        found = [one for one in map(_read, files) if one["To"] == address]
        if len(found) >= count:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"{len(found)} letters to {address}, not {count}")


def link_in(letter: EmailMessage, path: str) -> str:
    """The first address in the letter's text that leads to the path, without the arena's origin."""
    body = letter.get_body(("plain",))
    assert body is not None
    found = re.search(rf"https?://[^/\s]+({re.escape(path)}\S*)", body.get_content())
    assert found is not None, body.get_content()
    return found[1]


@asynccontextmanager
async def another(house: House) -> AsyncIterator[Reader]:
    """A second browser."""
    async with Reader(house) as opened:
        yield opened


def _read(file: Path) -> EmailMessage:
    return cast(EmailMessage, email.message_from_bytes(file.read_bytes(), policy=default))
