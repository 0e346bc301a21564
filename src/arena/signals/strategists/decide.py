"""At the close of a bar the strategists decide, in their order; those whose target changed publish."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from weakref import WeakKeyDictionary

import structlog

from arena.kit.db import Database, Tx
from arena.kit.errors import ArenaError, Unavailable
from arena.kit.settings import Settings
from arena.kit.signing import SigningKey
from arena.people.access import Actor
from arena.people.identity import key_id_of
from arena.signals import feeds
from arena.signals.feeds import Action, Lineage, Signal, Terms, sign, signal_id
from arena.signals.lab.indicators import bars_needed
from arena.signals.lab.strategy import Target
from arena.signals.strategists import store
from arena.signals.strategists.employ import key_of
from arena.signals.strategists.line_up import strategist
from arena.signals.strategists.model import Employed, slug_of
from arena.signals.strategists.window import Windows
from arena.trading.market import tape
from arena.trading.venues import whole_ms

log = structlog.get_logger()
_windows: WeakKeyDictionary[Database, Windows] = WeakKeyDictionary()


async def decide(db: Database, settings: Settings, at: datetime) -> list[Signal]:
    """The signals published for the bars that closed at `at`; called again for the same bars, nothing.

    A pure function of the bars up to `at`, the parameters and each feed's last target. After a crash those
    who had not published decide again, and the same. Bars that are no news any more are passed over.
    """
    async with db.transaction() as tx:
        due = await store.due(tx, at)
        if not due:
            return []
        windows = await _windows_of(tx, db, due)
        interval_s = windows.interval_s
        await windows.move_to(tx, dict.fromkeys(one.instrument for one in due), at)
        fresh = tx.now - at <= timedelta(seconds=interval_s)
        changed = [
            (one, target)
            for one in due
            if fresh and windows.closed_at(one.instrument, at)
            for target in [target_of(one, windows)]
            if target is not None and target.weight != one.weight
        ]
        publishing = {one.feed_id for one, _ in changed}
        idle = [one.feed_id for one in due if one.feed_id not in publishing]
        if idle:
            await store.set_decided(tx, idle, at, durably=False)
    return [
        signal
        for one, target in changed
        if (signal := await _publish(db, settings, one, target, at=at, interval_s=interval_s))
    ]


def target_of(one: Employed, windows: Windows) -> Target | None:
    """What the strategist wants, seeing nothing but the window; None where nothing changes."""
    rule = strategist(one.strategy)
    view = windows.view(one.instrument, rule.indicators(one.parameters))
    return None if view is None else rule.on_bar(view, one.parameters, one.weight)


async def _publish(
    db: Database,
    settings: Settings,
    one: Employed,
    target: Target,
    *,
    at: datetime,
    interval_s: int,
) -> Signal | None:
    """Publishes and notes the decision in one transaction; a refusal is noted too, and told to the log."""
    key = key_of(settings, slug_of(one.collective))
    try:
        async with db.transaction() as tx:
            issued_at = max(at, whole_ms(tx.now))
            signed = sign(terms_of(one, target, key, issued_at, interval_s=interval_s), key)
            actor = Actor("collective", one.collective_id, key_id=signed.terms.key_id)
            await store.set_decided(tx, [one.feed_id], at)
            return await feeds.publish(tx, signed, actor=actor, settings=settings)
    except Unavailable:
        raise
    except ArenaError as refused:
        log.warning("a built-in signal was refused", feed=one.feed_id, why=refused.detail)
        async with db.transaction() as tx:
            await store.set_decided(tx, [one.feed_id], at)
        return None


def terms_of(
    one: Employed, target: Target, key: SigningKey, issued_at: datetime, *, interval_s: int
) -> Terms:
    """The target as the next signal of the strategist's feed."""
    limit, stop, take_profit = target.prices(one.tick)
    return Terms(
        id=signal_id(one.feed_id, one.last_sequence + 1),
        feed_id=one.feed_id,
        sequence=one.last_sequence + 1,
        issued_at=issued_at,
        valid_until=issued_at + timedelta(seconds=interval_s * target.valid_bars),
        instrument=one.instrument,
        action=_action(one.weight, target.weight),
        target_weight=target.weight,
        limit_price=limit,
        stop_price=stop,
        take_profit_price=take_profit,
        confidence=target.confidence,
        rationale=target.rationale,
        lineage=Lineage(**one.lineage),
        previous_hash=one.last_hash,
        key_id=key_id_of(key.public),
    )


def _action(before: Decimal, after: Decimal) -> Action:
    if after == 0:
        return "close"
    if before == 0:
        return "open"
    return "increase" if after > before else "reduce"


async def _windows_of(tx: Tx, db: Database, due: Sequence[Employed]) -> Windows:
    """Those of this process; a tape keeps its interval for life."""
    windows = _windows.get(db)
    interval_s = windows.interval_s if windows else (await tape(tx)).interval_s
    bars = 1 + max(
        bars_needed(strategist(one.strategy).indicators(one.parameters), interval_s) for one in due
    )
    if windows is None or windows.bars < bars:
        windows = _windows[db] = Windows(bars, interval_s)
    return windows
