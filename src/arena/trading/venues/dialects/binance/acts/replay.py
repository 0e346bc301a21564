"""A signed request that is recorded and sent again must not act twice.

Most acts cannot: orders are placed under a client order id, which follows from the request where it names none, and one
order is cancelled once. An act without such a name is let through once in the time its signature is good for.
"""

from datetime import timedelta

from arena.kit.clock import wall_now
from arena.kit.errors import ArenaError
from arena.trading.venues.dialects.binance.desk import Ask, Desk
from arena.trading.venues.dialects.binance.sign import AHEAD_MAX_MS, WINDOW_MAX_MS

_KEPT = timedelta(milliseconds=2 * (WINDOW_MAX_MS + AHEAD_MAX_MS))


async def only_once(desk: Desk, ask: Ask, refusal: ArenaError) -> None:
    """Raises the refusal where this very request was here before."""
    if ask.caller is None or not ask.intent:
        return
    async with desk.db.transaction() as tx:
        first = await tx.execute(
            "insert into signature_nonce (key_id, nonce, expires_at) values ($1, $2, $3)"
            " on conflict do nothing",
            ask.caller.key_id, ask.intent, wall_now() + _KEPT,
        )  # fmt: skip
    if not first:
        raise refusal
