"""Basic over the stream: whole past days, once each, when the day is over; nothing of today."""

from datetime import UTC, datetime

import pytest

from tests.marketplace.delivery.stage import (
    Publisher,
    Served,
    entitle,
    hear,
    sequences,
    subscriber,
)


def _day(number: int) -> datetime:
    return datetime(2021, 9, number, 8, tzinfo=UTC)


async def test_each_day_comes_once_when_it_is_over(served: Served, publisher: Publisher) -> None:
    _, key = await subscriber(served.parts, publisher, "basic")
    clock = served.parts.clock
    await publisher.publish(2)
    async with served.stream(f"model_id={publisher.feed_id}", key) as socket:
        assert (await hear(socket, "hello"))["feeds"][0]["tier"] == "basic"
        assert (await hear(socket, "caught_up"))["sequence"] == 0
        await publisher.publish()
        clock.move_to(_day(28))
        digest = await hear(socket, "digest", within_s=2)
        assert (digest["day"], digest["sequence"]) == ("2021-09-27", 3)
        assert [item["sequence"] for item in digest["data"]] == [1, 2, 3]
        assert {item["signal"]["rationale"] for item in digest["data"]} == {None}
        assert {item["salt"] for item in digest["data"]} == {None}
        await publisher.publish()
        clock.move_to(_day(30))
        assert (await hear(socket, "digest", within_s=2))["day"] == "2021-09-28"


async def test_days_missed_are_caught_up_with(served: Served, publisher: Publisher) -> None:
    _, key = await subscriber(served.parts, publisher, "basic")
    for day in (27, 28, 29):
        served.parts.clock.move_to(_day(day).replace(hour=20))
        await publisher.publish(2)
    async with served.stream(f"model_id={publisher.feed_id}&after=1", key) as socket:
        first, second = await hear(socket, "digest"), await hear(socket, "digest")
        assert [(d["day"], len(d["data"])) for d in (first, second)] == [
            ("2021-09-27", 1),
            ("2021-09-28", 2),
        ]
        assert (await hear(socket, "caught_up"))["sequence"] == 4


async def test_an_upgrade_brings_today_at_once(served: Served, publisher: Publisher) -> None:
    person_id, key = await subscriber(served.parts, publisher, "basic")
    await publisher.publish(2)
    async with served.stream(f"model_id={publisher.feed_id}", key) as socket:
        await hear(socket, "caught_up")
        async with served.parts.db.transaction() as tx:
            await tx.execute("update subscription set status = 'ended'")
        await entitle(served.parts, publisher, person_id, "pro")
        assert await sequences(socket, 2) == [1, 2]
        await publisher.publish()
        assert await sequences(socket, 1) == [3]


async def test_those_who_resume_from_anywhere_do_not_fill_the_memory(
    served: Served, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arena.marketplace.delivery.join.DAYS_MAX", 2)
    _, key = await subscriber(served.parts, publisher, "basic")
    await publisher.publish(6)
    served.parts.clock.move_to(_day(28))
    for after in range(5):
        async with served.stream(f"model_id={publisher.feed_id}&after={after}", key) as socket:
            assert len((await hear(socket, "digest"))["data"]) == 6 - after
    assert len(served.delivery.hub.days) <= 2
