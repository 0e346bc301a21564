"""Holds the product clock still, so that a signal arrives before a step of the tape or after it.

Publishers share the lock, the step of the tape takes it alone. It is an advisory lock because those are
granted in turn: with a mere row lock a stream of publishers could keep the tape waiting for ever. The row
is locked as well, so that what is read is what the last step left, not what stood when the wait began.
"""

from datetime import datetime

from arena.kit.db import Tx

_KEY = 0x5349474D41  # any number nobody else uses
HELD_CLOCK = f"""
    turn as materialized (select pg_advisory_xact_lock_shared({_KEY})),
    clock as materialized (select c.at, c.source from product_clock c, turn for share of c)"""


async def hold_clock(tx: Tx) -> datetime | None:
    """Where the tape stands; it stays there until the transaction ends. None before a tape was opened."""
    at: datetime | None = await tx.fetchval(f"with {HELD_CLOCK} select at from clock")
    return at


async def stop_clock(tx: Tx) -> datetime | None:
    """As `hold_clock`, and nobody else may hold it: no signal arrives until the transaction ends."""
    at: datetime | None = await tx.fetchval(
        f"""with turn as materialized (select pg_advisory_xact_lock({_KEY}))
            select c.at from product_clock c, turn for update of c"""
    )
    return at
