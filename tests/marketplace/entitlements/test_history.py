"""The history of decisions: what held when, written with every change, whoever makes it, and never changed."""

from datetime import timedelta

import asyncpg
import pytest

from arena.marketplace import entitlements, subscriptions
from arena.marketplace.entitlements.model import Decided, effective
from arena.marketplace.subscriptions import Subscription, cancel
from tests.conftest import START
from tests.marketplace.market import Buyer, Market

DAY = timedelta(days=1)


def row(id_: int, revision: int, reason: str, start: int, end: int | None) -> Decided:
    """From that day to that one."""
    until = None if end is None else START + end * DAY
    held = reason == "paid"
    return Decided(
        id_, "sub_1", "subscription", revision, "pro", reason, False, held, False, held,
        START + start * DAY, until,
    )  # fmt: skip


def test_a_newer_revision_cuts_what_an_older_one_had_said_for_its_times() -> None:
    rows = [
        row(1, 1, "paid", 0, 30), row(2, 1, "past_due", 30, None),
        row(3, 2, "paid", 30, 60), row(4, 2, "past_due", 60, None),
        row(5, 3, "canceled", 40, None),
    ]  # fmt: skip
    found = effective(list(reversed(rows)))
    assert [(each.reason, each.valid_from, each.valid_until) for each in found] == [
        ("canceled", START + 40 * DAY, None), ("paid", START, START + 40 * DAY),
    ]  # fmt: skip


async def bought(market: Market) -> tuple[Buyer, Subscription]:
    buyer, listing = await market.buyer(), await market.listed()
    return buyer, (await market.subscribe(buyer, listing)).subscription


async def told(market: Market, found: Subscription) -> list[str]:
    """The reasons, oldest first."""
    async with market.db.transaction(readonly=True) as tx:
        rows = await entitlements.history(tx, found.person_id, found.listing_id)
    return [each.reason for each in reversed(rows)]


async def test_every_change_is_in_it_with_its_reason_and_what_will_come_of_itself(
    market: Market,
) -> None:
    buyer, found = await bought(market)
    assert await told(market, found) == ["paid", "grace", "past_due"]
    market.at(market.stage.now + DAY)
    async with market.db.transaction() as tx:
        await subscriptions.pause(tx, found.id, 1, actor=buyer.actor)
    assert await told(market, found) == ["paid", "paid", "paused"]
    await cancel(market.db, market.gateway, found.id, actor=buyer.actor)
    assert await told(market, found) == ["paid", "paid", "canceled"]
    await cancel(market.db, market.gateway, found.id, at="now", actor=buyer.actor)
    assert await told(market, found) == ["paid", "canceled"]
    async with market.db.transaction(readonly=True) as tx:
        rows = await entitlements.history(tx, buyer.id, found.listing_id)
        for each in rows:
            then = await entitlements.may(tx, buyer.id, found.feed_id, each.valid_from)
            assert (then.allowed, then.reason) == (each.can_access, each.reason)


async def test_a_change_that_is_undone_leaves_no_decision(market: Market) -> None:
    _, found = await bought(market)
    before = await market.count("access_decision")
    with pytest.raises(RuntimeError):
        async with market.db.transaction() as tx:
            await tx.execute("update subscription set status = 'ended' where id = $1", found.id)
            inside = await entitlements.may(tx, found.person_id, found.feed_id)
            assert not inside.allowed, "decided in the transaction of the change"
            raise RuntimeError
    assert await market.count("access_decision") == before


async def test_what_changes_no_decision_writes_none(market: Market) -> None:
    buyer, found = await bought(market)
    before = await market.count("access_decision")
    wish = (found.id, buyer.card)
    await subscriptions.pay_with(market.db, market.gateway, wish, actor=buyer.actor)
    assert await market.count("access_decision") == before


@pytest.mark.parametrize(
    "statement",
    [
        "update access_decision set can_access = true",
        "delete from access_decision",
        "truncate first_delivery",
        "update access_right set person_id = person_id",
    ],
)
async def test_no_decision_is_ever_changed_or_deleted(market: Market, statement: str) -> None:
    await bought(market)
    with pytest.raises(asyncpg.PostgresError):
        async with market.db.transaction() as tx:
            await tx.execute(statement)
