"""What tests of creators share: where an operator decides, and deciding."""

from collections.abc import Callable

import httpx

from arena.people import identity
from tests.pages.reader import Reader
from tests.stories.house import House

Policy = Callable[[str], None]
HERE = "/operator/creators"


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
