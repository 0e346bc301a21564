"""Computes a feed's record again from its signals and the tape's bars, and compares it with the stored one."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from arena.kit.clock import to_ms
from arena.kit.db import Tx
from arena.signals import feeds
from arena.signals.following import store
from arena.signals.following.digest import differences, digest
from arena.signals.following.model import Recomputed
from arena.signals.following.replay import Script, play
from arena.trading import orders, performance
from arena.trading.market import ARITHMETIC, Candle, candles, candles_from, instrument, tape
from arena.trading.portfolio import account
from arena.trading.venues import Fill, Rules, starved

BATCH = 10_000


async def recompute(tx: Tx, feed_id: str, until: datetime, *, rules: Rules) -> Recomputed:
    """The record of the feed's reference account as it follows, up to the last step closed by `until`.

    What other accounts took of a bar is taken from the fills' evidence, which is held against their fills;
    whether orders were refused by limits is taken from the stored acts. All else is computed.
    Raises NoSuchFeed.
    """
    script, stored_fills = await _script(tx, feed_id, until, rules)
    account_id, horizon = script.account.id, script.steps[-1] if script.steps else until
    stored_marks = await performance.curve(tx, account_id, horizon)
    wrong = await store.misstated(tx, account_id, script.instrument.symbol, horizon)
    # Seconds of arithmetic for a long record: the server answers others meanwhile.
    fills, marks = await asyncio.to_thread(play, script)
    fills.sort(key=lambda fill: (fill.at, fill.number))
    return Recomputed(
        fills=tuple(fills),
        marks=tuple(marks),
        sha=digest(fills, marks),
        differences=(
            *differences((stored_fills, stored_marks), (fills, marks)),
            *(
                f"fill {r['id']}: says {r['said']:f} was consumed before it, {r['was']:f} was"
                for r in wrong
            ),
        ),
    )


async def record_sha(tx: Tx, account_id: str, until: datetime) -> str:
    """The digest of the account's stored record up to `until`, which should be the close of a step."""
    fills = await orders.fills(tx, account_id, until=until)
    return digest(fills, await performance.curve(tx, account_id, until))


async def _script(tx: Tx, feed_id: str, until: datetime, rules: Rules) -> tuple[Script, list[Fill]]:
    """What the record follows from, and the stored fills up to the last step."""
    feed = await feeds.feed(tx, feed_id)
    purse = await account(tx, feed.account_id)
    end = min(until, purse.closed_at or until)
    interval_s = (await tape(tx)).interval_s
    interval = timedelta(seconds=interval_s)
    traded = await instrument(tx, feed.instrument)
    opens = await store.steps(tx, after=purse.opened_at - interval, until=end - interval)
    steps = [open_at + interval for open_at in opens]
    horizon = steps[-1] if steps else end
    before = await candles(tx, feed.instrument, until=purse.opened_at, limit=1)
    fills = await orders.fills(tx, purse.id, until=horizon)
    bars = await _bars(tx, feed.instrument, purse.opened_at, horizon)
    hungry = await starved(tx, purse.id)
    refused = await store.acts(tx, purse.id, outcome="refused")
    script = Script(
        account=purse,
        instrument=traded,
        rules=rules,
        interval_s=interval_s,
        closed_before=before[-1].close if before else None,
        bars=[bar for bar in bars if bar.open_at + interval > purse.opened_at],
        steps=steps,
        signals=await _signals(tx, feed_id, horizon),
        consumed=consumed_of(fills, hungry, {to_ms(b.open_at): b.volume for b in bars}),
        refused=frozenset(act.signal_id for act in refused),
    )
    return script, fills


def consumed_of(
    fills: Iterable[Fill],
    hungry: Mapping[str, Iterable[datetime]],
    volumes: Mapping[int, Decimal],
) -> dict[int, dict[str, Decimal]]:
    """By bar and order, what others had taken before: as fills state, and all of it where one starved."""
    found: dict[int, dict[str, Decimal]] = {}
    for fill in fills:
        before = ARITHMETIC.create_decimal(fill.evidence["consumed_before"])
        found.setdefault(int(fill.evidence["bar"]), {})[fill.order_id] = before
    for order_id, opens in hungry.items():
        for open_at in opens:
            bar = to_ms(open_at)
            found.setdefault(bar, {})[order_id] = volumes.get(bar, Decimal(0))
    return found


async def _signals(tx: Tx, feed_id: str, until: datetime) -> list[feeds.Signal]:
    found: list[feeds.Signal] = []
    while more := await feeds.signals(
        tx, feed_id, after=found[-1].sequence if found else 0, limit=BATCH
    ):
        found += more
    return [signal for signal in found if signal.received_at < until]


async def _bars(tx: Tx, symbol: str, opened_at: datetime, until: datetime) -> list[Candle]:
    found: list[Candle] = []
    since = opened_at - timedelta(days=1)
    while more := await candles_from(tx, symbol, since, until=until, limit=BATCH):
        found += more
        since = more[-1].open_at + timedelta(milliseconds=1)
    return found
