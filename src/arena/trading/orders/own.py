"""The account a collective trades itself, beside the reference accounts of its feeds."""

from collections import Counter
from decimal import Decimal

from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.trading.market import NoTape, instruments
from arena.trading.orders import store
from arena.trading.orders.model import NoSuchOrder, Order
from arena.trading.portfolio import Account, accounts_of, open_account


def own_account_id(collective_id: str) -> str:
    return derived("acc", "own", collective_id)


async def own_account(tx: Tx, collective_id: str, opening_cash: int) -> Account:
    """Opened on first use, in the tape's quote (where it has several, the one most instruments have).

    Raises NoTape before the first start.
    """
    account_id = own_account_id(collective_id)
    for account in await accounts_of(tx, collective_id):
        if account.id == account_id:
            return account
    quotes = Counter(instrument.quote for instrument in await instruments(tx))
    if not quotes:
        raise NoTape
    return await open_account(
        tx,
        id=account_id,
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
