"""A published signal becomes an order of its feed's reference account, once."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from arena.kit.clock import iso_ms
from arena.kit.db import Tx
from arena.kit.errors import ArenaError, Unavailable
from arena.signals import feeds
from arena.signals.feeds import Feed, Signal, SignalPublished
from arena.signals.following import store
from arena.signals.following.model import Act, BarNotInYet, Outcome
from arena.signals.following.plan import entry_order
from arena.signals.following.sizing import size
from arena.trading import orders
from arena.trading.market import NoTape, candles, instrument, tape
from arena.trading.portfolio import Holding, Portfolio, lock_accounts, portfolios
from arena.trading.venues import BarVenue


async def follow(tx: Tx, fact: SignalPublished, *, venue: BarVenue) -> None:
    """The reaction to SignalPublished. What was acted on before stays as it is.

    Raises BarNotInYet where live prices up to the signal's arrival are still on their way.
    """
    clock = await feeds.hold_clock(tx)
    signal = await feeds.signal(tx, fact.feed_id, fact.sequence)
    assert signal is not None, "a fact tells of a signal that is not there"
    await _await_bars(tx, signal, clock)
    await _follow(tx, signal, venue)


async def follow_waiting(tx: Tx, close_at: datetime, *, venue: BarVenue) -> int:
    """The first act of a step of the tape, before its bars are stored: follows what arrived before their
    close and still waits for its reaction. Returns how many signals that were.

    It holds the clock first, so that no signal can arrive astride the step; this is what makes a
    record follow from signals and bars alone, whatever races or crashes there were.
    """
    await feeds.stop_clock(tx)
    waiting = await store.waiting(tx, close_at)
    for feed_id, sequence in waiting:
        signal = await feeds.signal(tx, feed_id, sequence)
        assert signal is not None
        await _follow(tx, signal, venue)
    return len(waiting)


@contextmanager
def as_of(tx: Tx, at: datetime) -> Iterator[None]:
    """What is done inside is done at that product time: orders are accepted when their signal arrived,
    not when the reaction to it happened to run."""
    now, tx.now = tx.now, at
    try:
        yield
    finally:
        tx.now = now


async def _await_bars(tx: Tx, signal: Signal, clock: datetime | None) -> None:
    """On a replay the clock never is behind; live bars come a moment after their close."""
    if clock is None or clock >= signal.received_at:
        return
    try:
        interval_s = (await tape(tx)).interval_s
    except NoTape:
        return
    since_s = signal.received_at.timestamp() // interval_s * interval_s
    if clock.timestamp() < since_s:
        raise BarNotInYet(
            close_at=iso_ms(datetime.fromtimestamp(since_s, signal.received_at.tzinfo))
        )


async def _follow(tx: Tx, signal: Signal, venue: BarVenue) -> None:
    feed = await feeds.feed(tx, signal.feed_id)
    await lock_accounts(tx, [feed.account_id])
    if await store.acted(tx, signal.id, feed.account_id):
        return
    with as_of(tx, signal.received_at):
        outcome, detail = await _act(tx, signal, feed, venue)
        act = Act(signal.id, feed.account_id, outcome, detail, tx.now)
    await store.insert_act(tx, act)


async def _act(
    tx: Tx, signal: Signal, feed: Feed, venue: BarVenue
) -> tuple[Outcome, Mapping[str, Any]]:
    """Rules 1 to 6 of section 7."""
    terms = signal.terms
    if tx.now > terms.valid_until:
        return "stale", {"valid_until": iso_ms(terms.valid_until)}
    bars = await candles(tx, terms.instrument, until=tx.now, limit=1)
    if not bars:
        return "no_price", {}
    await orders.cancel_open(tx, feed.account_id, terms.instrument, f"replaced by {signal.id}")
    traded = await instrument(tx, terms.instrument)
    accounts = await lock_accounts(tx, [feed.account_id])
    held = (await portfolios(tx, list(accounts.values())))[feed.account_id]
    holding = holding_of(held, terms.instrument)
    sized = size(
        terms.target_weight, terms.limit_price, holding=holding, mark=bars[-1].close,
        instrument=traded, rules=venue.rules,
    )  # fmt: skip
    if sized.outcome != "ordered":
        return sized.outcome, {}
    new = entry_order(terms, feed.account_id, sized, cash=holding.cash)
    try:
        async with tx.savepoint():
            placed = await orders.place(tx, new, venue=venue)
    except Unavailable:
        raise
    except ArenaError as refused:
        return "refused", {"code": refused.code(), "detail": refused.detail}
    return "ordered", {"order_id": placed.id}


def holding_of(held: Portfolio, symbol: str) -> Holding:
    position = held.positions.get(symbol)
    if position is None:
        return Holding(held.cash)
    return Holding(
        held.cash, position.quantity, position.average_cost, position.realised_pnl, position.fees
    )
