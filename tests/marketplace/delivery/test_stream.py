"""The stream over real sockets: once, in sequence, resumed, closed when it must be, nobody delayed."""

import asyncio

import msgspec
import pytest

from arena.marketplace.delivery import CloseCode
from arena.people.access import revoke_api_key
from tests.http import person
from tests.marketplace.delivery.stage import (
    Parts,
    Publisher,
    Served,
    closed,
    end_subscription,
    hear,
    sequences,
    serve_parts,
    subscriber,
    until,
)


async def test_each_signal_comes_once_and_in_sequence(served: Served, publisher: Publisher) -> None:
    _, key = await subscriber(served.parts, publisher, "pro")
    async with served.stream(f"model_id={publisher.feed_id}", key) as socket:
        hello = await hear(socket, "hello")
        assert hello["feeds"] == [{"feed": publisher.feed_id, "tier": "pro", "after": 0}]
        assert (await hear(socket, "caught_up"))["sequence"] == 0
        made = await publisher.publish(20)
        said = [await hear(socket, "signal") for _ in made]
    assert [s["sequence"] for s in said] == list(range(1, 21))
    assert said[0]["feed"] == publisher.feed_id
    assert said[0]["signal"] == made[0].body
    assert said[0]["salt"] == made[0].salt.hex()


async def test_a_stream_resumes_after_a_given_sequence(
    served: Served, publisher: Publisher
) -> None:
    _, key = await subscriber(served.parts, publisher, "enterprise")
    await publisher.publish(8)
    async with served.stream(f"model_id={publisher.feed_id}&after=5", key) as socket:
        assert await sequences(socket, 3) == [6, 7, 8]
        assert (await hear(socket, "caught_up"))["sequence"] == 8
        await publisher.publish()
        assert await sequences(socket, 1) == [9]


async def test_there_is_no_gap_and_no_repeat_at_the_seam(
    served: Served, publisher: Publisher
) -> None:
    """Streams join while signals are published as fast as they can be."""
    _, key = await subscriber(served.parts, publisher, "pro")
    await publisher.publish(30)

    async def listen(wait_s: float, after: int) -> list[int]:
        await asyncio.sleep(wait_s)
        async with served.stream(f"model_id={publisher.feed_id}&after={after}", key) as socket:
            return await sequences(socket, 130 - after, within_s=30)

    async with asyncio.TaskGroup() as group:
        listeners = [group.create_task(listen(i * 0.02, i)) for i in range(15)]
        group.create_task(publisher.publish(100))
    for after, listener in enumerate(listeners):
        assert listener.result() == list(range(after + 1, 131))


async def test_several_models_share_a_stream(parts: Parts, publisher: Publisher) -> None:
    owner_id, key = await subscriber(parts, publisher, "pro")
    second = await Publisher(parts, "Turtle Bay").open(owner_id)
    await publisher.publish(2)
    async with serve_parts(parts) as served:
        query = f"model_id={publisher.feed_id}&model_id={second.feed_id}&after=0"
        async with served.stream(query, key) as socket:
            await second.publish(1)
            heard = set()
            while len(heard) < 3:
                said = msgspec.json.decode(await socket.recv())
                if said["type"] == "signal":
                    heard.add((said["feed"], said["sequence"]))
    assert heard == {(publisher.feed_id, 1), (publisher.feed_id, 2), (second.feed_id, 1)}


async def test_a_listing_names_its_feed(served: Served, publisher: Publisher) -> None:
    _, key = await subscriber(served.parts, publisher, "pro")
    async with served.parts.db.transaction() as tx:
        listing_id = await tx.fetchval("select id from listing")
    async with served.stream(f"model_id={listing_id}", key) as socket:
        assert (await hear(socket, "hello"))["feeds"][0]["feed"] == publisher.feed_id


async def test_a_stream_ends_within_a_second_of_a_cancellation(
    served: Served, publisher: Publisher
) -> None:
    person_id, key = await subscriber(served.parts, publisher, "pro")
    async with served.stream(f"model_id={publisher.feed_id}", key) as socket:
        await hear(socket, "caught_up")
        await end_subscription(served.parts, publisher, person_id)
        code, reason = await closed(socket, within_s=1)
    assert code == 4403
    assert "entitlement" in reason


async def test_a_stream_ends_within_a_second_of_the_product_clock_passing_its_end(
    served: Served, publisher: Publisher
) -> None:
    _, key = await subscriber(served.parts, publisher, "pro", days=1)
    async with served.stream(f"model_id={publisher.feed_id}", key) as socket:
        await hear(socket, "caught_up")
        clock = served.parts.clock
        clock.move_to(clock.now().replace(day=29))
        await publisher.publish()
        code, _ = await closed(socket, within_s=1)
    assert code == 4403


async def test_a_stream_of_several_models_goes_on_with_those_still_paid(
    served: Served, publisher: Publisher
) -> None:
    person_id, key = await subscriber(served.parts, publisher, "pro")
    own = await Publisher(served.parts, "Turtle Bay").open(person_id)
    query = f"model_id={publisher.feed_id}&model_id={own.feed_id}"
    async with served.stream(query, key) as socket:
        await hear(socket, "caught_up")
        await hear(socket, "caught_up")
        await end_subscription(served.parts, publisher, person_id)
        ended = await hear(socket, "ended", within_s=1)
        assert (ended["feed"], ended["code"]) == (publisher.feed_id, "payment_required")
        await publisher.publish()
        await own.publish()
        assert (await hear(socket, "signal"))["feed"] == own.feed_id


async def test_a_renewal_at_the_very_end_keeps_the_stream_open(
    served: Served, publisher: Publisher
) -> None:
    person_id, key = await subscriber(served.parts, publisher, "pro", days=1)
    async with served.stream(f"model_id={publisher.feed_id}", key) as socket:
        await hear(socket, "caught_up")
        clock = served.parts.clock
        clock.move_to(clock.now().replace(day=29))
        await publisher.publish(2)
        async with served.parts.db.transaction() as tx:
            await tx.execute(
                "update subscription set access_until = access_until + interval '30 days'"
            )
            tx.tell(f"entitlement:{person_id}:{publisher.feed_id}")
        assert await sequences(socket, 2) == [1, 2]


async def test_a_revoked_key_ends_its_streams(served: Served, publisher: Publisher) -> None:
    person_id, key = await subscriber(served.parts, publisher, "pro")
    async with served.stream(f"model_id={publisher.feed_id}", key) as socket:
        await hear(socket, "caught_up")
        async with served.parts.db.transaction() as tx:
            api_key_id = await tx.fetchval("select id from api_key where person_id = $1", person_id)
            await revoke_api_key(tx, person_id, api_key_id)
        code, _ = await closed(socket, within_s=1)
    assert code == 4401


async def test_the_first_message_may_carry_the_key(served: Served, publisher: Publisher) -> None:
    _, key = await subscriber(served.parts, publisher, "pro")
    secret = key["Authorization"].removeprefix("Bearer ")
    async with served.stream(f"model_id={publisher.feed_id}") as socket:
        await socket.send(msgspec.json.encode({"type": "auth", "key": secret}).decode())
        await hear(socket, "hello")
        await hear(socket, "caught_up")
        await socket.send('{"type": "ping"}')
        await hear(socket, "pong")


@pytest.mark.parametrize(
    ("query", "message", "code"),
    [
        ("model_id=fd_nothing", '{"type": "auth", "key": "KEY"}', 4404),
        ("model_id=FEED", '{"type": "auth", "key": "ak_wrong"}', 4401),
        ("model_id=FEED", '{"type": "auth", "key": "ak_\u00e4\u4e2d"}', 4401),
        ("model_id=FEED", '{"type": "hello"}', 4400),
        ("model_id=FEED", "\x00", 4400),
        ("model_id=FEED&after=-1", None, 4400),
        ("", None, 4400),
    ],
)
async def test_a_wrong_beginning_is_told_and_closed(
    served: Served, publisher: Publisher, query: str, message: str | None, code: int
) -> None:
    _, key = await subscriber(served.parts, publisher, "pro")
    secret = key["Authorization"].removeprefix("Bearer ")
    async with served.stream(query.replace("FEED", publisher.feed_id)) as socket:
        if message:
            await socket.send(message.replace("KEY", secret))
        assert (await hear(socket, "error"))["detail"]
        assert (await closed(socket))[0] == code


async def test_the_unpaid_are_told_where_to_pay(served: Served, publisher: Publisher) -> None:
    _, key = await person(served.parts.db)
    async with served.stream(f"model_id={publisher.feed_id}", key) as socket:
        error = await hear(socket, "error")
        assert (error["status"], error["code"]) == (402, "payment_required")
        assert error["listing_url"].startswith("/market/listings/lst_")
        assert (await closed(socket))[0] == 4403


async def test_one_caller_holds_only_so_many_streams(served: Served, publisher: Publisher) -> None:
    _, key = await subscriber(served.parts, publisher, "pro")
    query = f"model_id={publisher.feed_id}"
    async with served.stream(query, key) as first:
        await hear(first, "hello")
        served.delivery.hub._sockets_max = 1
        async with served.stream(query, key) as second:
            assert (await closed(second))[0] == 4429
    await until(lambda: not served.delivery.hub.connections)
    async with served.stream(query, key) as third:
        await hear(third, "hello")


async def test_a_stopping_server_says_going_away(parts: Parts, publisher: Publisher) -> None:
    _, key = await subscriber(parts, publisher, "pro")
    async with (
        serve_parts(parts) as served,
        served.stream(f"model_id={publisher.feed_id}", key) as socket,
    ):
        await hear(socket, "caught_up")
        served.server.should_exit = True
        assert (await closed(socket))[0] == 1001


async def test_opening_streams_is_counted_as_pulling_is(parts: Parts, publisher: Publisher) -> None:
    """A stream from the beginning costs more than any page."""
    parts.settings.rate_caller_per_min = 2
    _, key = await subscriber(parts, publisher, "pro")
    query = f"model_id={publisher.feed_id}&after=0"
    async with serve_parts(parts) as served:
        for _ in range(2):
            async with served.stream(query, key) as socket:
                await hear(socket, "caught_up")
        async with served.stream(query, key) as socket:
            assert (await closed(socket))[0] == CloseCode.TOO_MANY
