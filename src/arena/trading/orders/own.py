"""The account a collective trades itself, beside the reference accounts of its feeds."""

from collections import Counter
from decimal import Decimal

from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.trading.market import NoTape, instruments
from arena.trading.orders import store
from arena.trading.orders.model import NoSuchOrder, Order
from arena.trading.portfolio import Account, accounts_of, open_account


def own_account_id(collective_id: str, generation: int = 1) -> str:
    """Of the first account, or that of a later generation: 2 is the one after the first was closed."""
    return derived("acc", "own", collective_id, *([generation] if generation > 1 else []))


async def own_accounts(tx: Tx, collective_id: str) -> list[Account]:
    """All it ever had on paper, the oldest first; at most the last one is open."""
    found = await accounts_of(tx, collective_id)
    return [a for a in found if a.kind == "collective" and a.venue == "paper"]


async def current_account_id(tx: Tx, collective_id: str) -> str:
    """Of the one that is open, or would be opened next."""
    before = await own_accounts(tx, collective_id)
    if before and before[-1].closed_at is None:
        return before[-1].id
    return own_account_id(collective_id, len(before) + 1)


async def own_account(tx: Tx, collective_id: str, opening_cash: int) -> Account:
    """The one that is open; opened on first use, in the tape's quote (where it has several, the one most instruments
    have). Raises NoTape before the first start.
    """
    before = await own_accounts(tx, collective_id)
    if before and before[-1].closed_at is None:
        return before[-1]
    quotes = Counter(instrument.quote for instrument in await instruments(tx))
    if not quotes:
        raise NoTape
    return await open_account(
        tx,
        id=own_account_id(collective_id, len(before) + 1),
        kind="collective",
        owner_id=collective_id,
        quote=min(quotes, key=lambda quote: (-quotes[quote], quote)),
        opening_cash=Decimal(opening_cash),
    )


async def own_order(tx: Tx, owner_id: str, order_id: str) -> Order:
    """The order, if it is in one of the owner's accounts. Raises NoSuchOrder."""
    order = await store.order(tx, order_id)
    if order is None or order.account_id not in {a.id for a in await accounts_of(tx, owner_id)}:
        raise NoSuchOrder(order_id=order_id)
    return order
