"""Holds ways of placing an order against stopped accounts: whoever adds a way adds an attempt, and it is held here.

An attempt is a name and a call that places a small buy by one way, or says how it was refused. `expect_stops_hold`
makes each attempt while the account is open (it must get through, or it shows nothing), then under each kind of stop
(nothing may be taken, nothing stays open), and again after the stop is lifted.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from arena.kit.db import Database
from arena.people.access import SYSTEM
from arena.trading import risk
from arena.trading.orders import Floor, stop
from arena.trading.venues import OrderRequest
from tests.trading.floor.stage import BY_TEST, asked

Try = Callable[[], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Attempt:
    """`place` returns True where an order was taken, False where it was refused as a stopped account's; it raises
    whatever else goes wrong. Each call asks for a new order."""

    way: str
    place: Try


async def expect_stops_hold(
    db: Database, floor: Floor, account_id: str, attempts: Sequence[Attempt]
) -> None:
    """Raises AssertionError naming the way that went past a stop. News of limits must reach the floor."""
    await _expect_all_get_through(attempts, "an open account")
    for operator in (False, True):
        kind = "the operator's stop" if operator else "the owner's stop"
        await floor.place(account_id, _resting(), by=BY_TEST)
        await stop(db, floor, account_id, "a test", actor=SYSTEM, operator=operator)
        before = await _orders(db, account_id)
        for attempt in attempts:
            assert not await attempt.place(), f"{attempt.way} went past {kind}"
        assert await _orders(db, account_id) == before, f"an order was written down past {kind}"
        assert await floor.open_orders(account_id) == [], f"an order stayed open under {kind}"
        assert not (await floor.account(account_id)).can_trade
        async with db.transaction() as tx:
            lift = risk.unbar if operator else risk.revive
            await lift(tx, account_id, "the test goes on")
        await _expect_all_get_through(attempts, f"an account after {kind} was lifted")


async def _expect_all_get_through(attempts: Sequence[Attempt], what: str) -> None:
    for attempt in attempts:
        assert await attempt.place(), f"{attempt.way} does not get through to {what}"


async def _orders(db: Database, account_id: str) -> int:
    async with db.transaction(readonly=True) as tx:
        count: int = await tx.fetchval(
            "select count(*) from trade_order where account_id = $1", account_id
        )
    return count


def _resting() -> OrderRequest:
    """Far below a market at 50,000."""
    return asked("buy", "0.001", limit_price=30_000)
