"""What was given at once is written down, once a right; and what a free follower is given, and when."""

from datetime import timedelta
from typing import Any

from arena.marketplace.entitlements import given_of
from arena.marketplace.subscriptions import free
from arena.people.access import Actor, scopes_of
from tests.http import person
from tests.marketplace.delivery.stage import (
    Parts,
    Publisher,
    Served,
    hear,
    sequences,
    subscriber,
    until,
)

DELAY = timedelta(hours=24)


async def deliveries(parts: Parts) -> list[tuple[int, str]]:
    await given_of(parts.db).written()
    async with parts.db.transaction(readonly=True) as tx:
        rows = await tx.fetch("select sequence, channel from first_delivery order by sequence")
    return [(row["sequence"], row["channel"]) for row in rows]


async def follower(parts: Parts, publisher: Publisher) -> dict[str, str]:
    person_id, headers = await person(parts.db)
    owner = Actor("collective", publisher.collective_id)
    async with parts.db.transaction() as tx:
        listing_id = await tx.fetchval(
            "select id from listing where feed_id = $1", publisher.feed_id
        )
        bounds = free.Bounds.of(parts.settings)
        await free.open_offer(tx, listing_id, DELAY, bounds=bounds, actor=owner)
        await free.follow(tx, listing_id, actor=Actor("person", person_id, scopes_of(())))
    return headers


async def test_a_pull_is_noted_with_the_first_signal_since_the_purchase(
    served: Served, publisher: Publisher, parts: Parts
) -> None:
    await publisher.publish()
    parts.clock.move_to(parts.clock.now() + timedelta(hours=1))
    _, pro = await subscriber(parts, publisher, "pro")
    _, basic = await subscriber(parts, publisher, "basic")
    path = f"/signals?model_id={publisher.feed_id}"
    for headers in (pro, basic):
        assert (await served.get(path, headers)).status_code == 200
    assert await deliveries(parts) == [], "it was published before"
    await publisher.publish()
    for _ in range(2):
        await served.get(path, pro)
    await served.get(path, basic)
    assert await deliveries(parts) == [(2, "pull")]


async def test_a_stream_is_noted_when_it_has_handed_a_signal_over(
    served: Served, publisher: Publisher, parts: Parts
) -> None:
    _, headers = await subscriber(parts, publisher, "pro")
    async with served.stream(f"model_id={publisher.feed_id}", headers) as socket:
        await hear(socket, "caught_up")
        assert await deliveries(parts) == []
        await publisher.publish(2)
        assert await sequences(socket, 2) == [1, 2]
        assert [channel for _, channel in await deliveries(parts)] == ["stream"]


async def test_a_free_follower_pulls_each_signal_late_and_without_its_reasons(
    served: Served, publisher: Publisher, parts: Parts
) -> None:
    headers = await follower(parts, publisher)
    await publisher.publish()
    begun = parts.clock.now()
    path = f"/signals?model_id={publisher.feed_id}"

    async def data() -> list[dict[str, Any]]:
        answer = await served.get(path, headers)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["data"]
        return found

    for late in (timedelta(0), DELAY - timedelta(minutes=1), DELAY - timedelta(seconds=1)):
        parts.clock.move_to(begun + late)
        assert await data() == []
    parts.clock.move_to(begun + DELAY + timedelta(minutes=1))
    [item] = await data()
    assert (item["sequence"], item["signal"]["rationale"], item["salt"]) == (1, None, None)
    assert await deliveries(parts) == [], "a delayed tier is given nothing at once"


async def test_a_free_followers_stream_gives_it_when_it_comes_into_reach(
    served: Served, publisher: Publisher, parts: Parts
) -> None:
    headers = await follower(parts, publisher)
    begun = parts.clock.now()
    async with served.stream(f"model_id={publisher.feed_id}", headers) as socket:
        assert (await hear(socket, "hello"))["feeds"][0]["tier"] == "free"
        assert (await hear(socket, "caught_up"))["sequence"] == 0
        await publisher.publish()
        parts.clock.move_to(begun + DELAY - timedelta(minutes=1))
        served.delivery.hub.wake_all()
        await served.delivery.watch.look()
        assert next(iter(served.delivery.hub.connections)).seats[0].last == 0
        parts.clock.move_to(begun + DELAY + timedelta(minutes=1))
        said = await hear(socket, "signal")
        assert (said["sequence"], said["signal"]["rationale"]) == (1, None)


async def test_closed_by_its_creator_the_stream_ends(
    served: Served, publisher: Publisher, parts: Parts
) -> None:
    headers = await follower(parts, publisher)
    async with served.stream(f"model_id={publisher.feed_id}", headers) as socket:
        await hear(socket, "caught_up")
        async with parts.db.transaction() as tx:
            listing_id = await tx.fetchval(
                "select id from listing where feed_id = $1", publisher.feed_id
            )
            owner = Actor("collective", publisher.collective_id)
            await free.close(tx, listing_id, actor=owner)
        assert (await hear(socket, "ended"))["code"] == "payment_required"
        await until(lambda: not served.delivery.hub.connections)
