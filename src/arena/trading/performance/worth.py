"""What an account was worth at a time: its last mark by then, or what a later flow left in it."""

from datetime import datetime, timedelta
from decimal import Decimal

from arena.kit.db import Tx
from arena.trading.performance import store
from arena.trading.portfolio import account, flows

_MARKED = timedelta(days=2)  # accounts are marked at every UTC midnight at least


async def worth_at(tx: Tx, account_id: str, at: datetime) -> Decimal:
    """In the account's currency. Raises NoSuchAccount."""
    found = await account(tx, account_id)
    marks = await store.marks(tx, account_id, until=at, since=at - _MARKED)
    marks = marks or await store.marks(tx, account_id, until=at)
    moved = await flows(tx, account_id, until=at)
    if moved and (not marks or moved[-1].at >= marks[-1].at):
        return moved[-1].equity_before + moved[-1].value_quote
    return Decimal(marks[-1].equity) if marks else found.opening_cash
