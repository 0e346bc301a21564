"""Acts on listen keys, the older way to hear an account's events."""

from typing import Any

from arena.trading.venues.dialects.binance.acts.orders import caller_of
from arena.trading.venues.dialects.binance.desk import Act, Ask, Desk
from arena.trading.venues.dialects.binance.listen_keys import (
    close_listen_key,
    keep_alive,
    open_listen_key,
)


async def start(desk: Desk, ask: Ask) -> Any:
    caller = caller_of(ask)
    await desk.account_of(caller)
    async with desk.db.transaction() as tx:
        listen_key = await open_listen_key(
            tx, desk.settings.vault, collective_id=caller.actor.id, key_id=caller.key_id
        )
    return {"listenKey": listen_key}


async def keep(desk: Desk, ask: Ask) -> Any:
    async with desk.db.transaction() as tx:
        await keep_alive(
            tx, desk.settings.vault, ask.parameters.text("listenKey"),
            collective_id=caller_of(ask).actor.id,
        )  # fmt: skip
    return {}


async def stop(desk: Desk, ask: Ask) -> Any:
    async with desk.db.transaction() as tx:
        await close_listen_key(
            tx, desk.settings.vault, ask.parameters.text("listenKey"),
            collective_id=caller_of(ask).actor.id,
        )  # fmt: skip
    return {}


ACTS = (
    Act("userDataStream.start", "user_stream", 2, start, changes=True),
    Act("userDataStream.ping", "user_stream", 2, keep, changes=True),
    Act("userDataStream.stop", "user_stream", 2, stop, changes=True),
)
