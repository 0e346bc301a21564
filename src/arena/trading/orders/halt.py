"""The switches of an account: nothing of it is taken any more, and what is open is cancelled at once."""

import contextlib

from arena.kit.db import Database, Tx
from arena.people.access import SYSTEM, Actor
from arena.trading import risk
from arena.trading.orders.cancel import cancel_open
from arena.trading.orders.floor import ExchangeElsewhere
from arena.trading.portfolio import NoSuchAccount
from arena.trading.venues import Exchange


async def resume(
    tx: Tx, account_id: str, reason: str, *, actor: Actor = SYSTEM, request_id: str | None = None
) -> None:
    """Lets orders of the account be taken again. Raises StopIsTheOperators."""
    await risk.revive(tx, account_id, reason, actor=actor, request_id=request_id)


async def stop(
    db: Database,
    exchange: Exchange,
    account_id: str,
    reason: str,
    *,
    actor: Actor,
    request_id: str | None = None,
    operator: bool = False,
) -> None:
    """Pulls the owner's switch, or with `operator` the operator's, and cancels what the account has open anywhere.

    The exchange hears of the switch with its commit, so between the two nothing is taken. Where it is in another
    process, the guard of accounts there cancels what is open.
    """
    async with db.transaction() as tx:
        await cancel_open(tx, account_id, None, reason, actor=actor, request_id=request_id)
        pull = risk.bar if operator else risk.kill
        await pull(tx, account_id, reason, actor=actor, request_id=request_id)
    with contextlib.suppress(ExchangeElsewhere, NoSuchAccount):
        await exchange.cancel_open(account_id, None, by=actor)
