"""Who gets what: every kind of caller on both ways of delivery, by one table."""

from collections.abc import Awaitable, Callable

import pytest

from arena.people.access import NewApiKey, create_api_key
from tests.http import person
from tests.marketplace.delivery.stage import (
    Publisher,
    Served,
    closed,
    end_subscription,
    hear,
    subscriber,
)
from tests.people.signer import Recipe, Signer

Headers = Callable[[str], dict[str, str]]  # of a path
Caller = Callable[[Served, Publisher], Awaitable[Headers]]


def _always(headers: dict[str, str]) -> Headers:
    return lambda _path: headers


def _signed(served: Served, publisher: Publisher) -> Headers:
    signer, origin = Signer(publisher.secret), served.parts.settings.origin
    return lambda path: signer.headers(Recipe("GET", origin + path))


async def _unpaid(served: Served, _publisher: Publisher) -> Headers:
    return _always((await person(served.parts.db))[1])


async def _wrong_key(_served: Served, _publisher: Publisher) -> Headers:
    return _always({"Authorization": "Bearer ak_wrong"})


async def _wrong_scheme(_served: Served, _publisher: Publisher) -> Headers:
    return _always({"Authorization": "Basic dXNlcjpwYXNzd29yZA=="})


def _tier(tier: str) -> Caller:
    async def pays(served: Served, publisher: Publisher) -> Headers:
        return _always((await subscriber(served.parts, publisher, tier))[1])

    return pays


async def _ended(served: Served, publisher: Publisher) -> Headers:
    person_id, headers = await subscriber(served.parts, publisher, "pro")
    await end_subscription(served.parts, publisher, person_id)
    return _always(headers)


async def _narrow(served: Served, publisher: Publisher) -> Headers:
    person_id, _ = await subscriber(served.parts, publisher, "pro")
    async with served.parts.db.transaction() as tx:
        narrow = NewApiKey(person_id, "narrow", {"portfolio:read"})
        _, secret = await create_api_key(tx, served.parts.settings.vault, narrow)
    return _always({"Authorization": f"Bearer {secret}"})


async def _its_collective(served: Served, publisher: Publisher) -> Headers:
    return _signed(served, publisher)


async def _another_collective(served: Served, _publisher: Publisher) -> Headers:
    other = await Publisher(served.parts, "Turtle Bay").open()
    return _signed(served, other)


async def _collective_of_a_subscriber(served: Served, publisher: Publisher) -> Headers:
    owner_id, _ = await subscriber(served.parts, publisher, "pro")
    other = await Publisher(served.parts, "Turtle Bay").open(owner_id)
    return _signed(served, other)


# caller, status of a pull, how many of today's two signals, what a stream's hello says or its close code
MATRIX: list[tuple[Caller, int, int, str | int]] = [
    (_unpaid, 402, 0, 4403),
    (_wrong_key, 401, 0, 4401),
    (_wrong_scheme, 401, 0, 4401),
    (_tier("basic"), 200, 0, "basic"),
    (_tier("pro"), 200, 2, "pro"),
    (_tier("enterprise"), 200, 2, "enterprise"),
    (_ended, 402, 0, 4403),
    (_narrow, 403, 0, 4403),
    (_its_collective, 200, 2, "enterprise"),
    (_another_collective, 402, 0, 4403),
    (_collective_of_a_subscriber, 200, 2, "pro"),
]


@pytest.mark.parametrize(("caller", "status", "count", "stream"), MATRIX)
async def test_each_caller_gets_what_is_due(
    served: Served, publisher: Publisher, caller: Caller, status: int, count: int, stream: str | int
) -> None:
    await publisher.publish(2)
    headers = await caller(served, publisher)
    path = f"/signals?model_id={publisher.feed_id}"
    answer = await served.get(path, headers(path))
    assert answer.status_code == status, answer.text
    assert len(answer.json().get("data", [])) == count
    query = f"model_id={publisher.feed_id}"
    async with served.stream(query, headers(f"/stream?{query}")) as socket:
        if isinstance(stream, str):
            assert (await hear(socket, "hello"))["feeds"][0]["tier"] == stream
        else:
            await hear(socket, "error")
            assert (await closed(socket))[0] == stream
