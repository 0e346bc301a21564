"""The kill switch: nothing of the account is taken any more, and what is open is cancelled at once."""

from arena.kit.db import Tx
from arena.people.access import SYSTEM, Actor
from arena.trading import risk
from arena.trading.orders.cancel import cancel_open


async def halt(
    tx: Tx, account_id: str, reason: str, *, actor: Actor = SYSTEM, request_id: str | None = None
) -> list[str]:
    """Stops the account and cancels its open orders; returns their ids. What it holds stays as it is."""
    # Cancelling locks the account, as placing does: no order slips in between the two.
    cancelled = await cancel_open(tx, account_id, None, reason, actor=actor, request_id=request_id)
    await risk.kill(tx, account_id, reason, actor=actor, request_id=request_id)
    return cancelled


async def resume(
    tx: Tx, account_id: str, reason: str, *, actor: Actor = SYSTEM, request_id: str | None = None
) -> None:
    """Lets orders of the account be taken again."""
    await risk.revive(tx, account_id, reason, actor=actor, request_id=request_id)
