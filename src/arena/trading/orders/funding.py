"""Puts money into a collective's account, or takes it out, wherever its balances are kept."""

from decimal import Decimal

from arena.kit.db import Database
from arena.kit.ids import derived
from arena.people.access import Actor
from arena.trading.orders.floor import Floor
from arena.trading.portfolio import Flow, RecordIsFixed, account, flow, record_flow


async def fund(
    db: Database,
    account_id: str,
    asset: str,
    quantity: Decimal,
    *,
    floor: Floor,
    intent: str,
    note: str,
    actor: Actor,
    request_id: str | None = None,
) -> Flow:
    """Below zero: takes it out. Asked for again with the same `intent`, the first is answered again.

    Raises NoSuchAccount, RecordIsFixed, AccountClosed, NoFlow, InsufficientFunds, ExchangeElsewhere.
    """
    flow_id = derived("flw", account_id, intent)
    async with db.transaction() as tx:
        there = await flow(tx, flow_id)
        if there is not None:
            return there
        whose = await account(tx, account_id)
        if whose.kind == "reference":
            raise RecordIsFixed(account_id=account_id)
        if whose.kind != "collective" or whose.venue != "paper":
            return await record_flow(
                tx, account_id, asset, quantity, note=note, actor=actor, request_id=request_id, id=flow_id
            )  # fmt: skip
    return await floor.move_funds(
        account_id, asset, quantity, id=flow_id, note=note, by=actor, request_id=request_id
    )
