"""What tests of creators share: where an operator decides, who waits there, and deciding."""

import html
import re
from collections.abc import Callable

import httpx

from arena.people import identity
from tests.pages.reader import Reader
from tests.stories.house import House

Policy = Callable[[str], None]
HERE = "/operator/creators"


def further(page: httpx.Response, which: str) -> str | None:
    """The next page of one of the lists there."""
    found = re.search(rf'href="({HERE}\?{which}=[^"#]+)', page.text)
    return html.unescape(found[1]) if found else None


async def waiting(operator: Reader) -> str:
    """The whole waiting list, page by page: other tests of the house leave people on it."""
    said = ""
    path: str | None = HERE
    while path is not None:
        page = await operator.get(path)
        said += page.text.split('id="invitations"')[0]
        path = further(page, "waiting")
    return said


async def decide(
    house: House, operator: Reader, address: str, verdict: str, reason: str = ""
) -> httpx.Response:
    async with house.arena.db.transaction(readonly=True) as tx:
        found = await identity.person_by_email(tx, address)
        assert found is not None
        asked = await identity.creator_request_of(tx, found[0].id)
    assert asked is not None
    fields = {"verdict": verdict, "reason": reason}
    return await operator.send(f"{HERE}/{asked.id}/decide", fields)
