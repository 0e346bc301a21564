"""Opens and closes accounts, and shows what one holds."""

from decimal import Decimal

from arena.evidence import audit
from arena.kit.db import Tx
from arena.trading.portfolio import store
from arena.trading.portfolio.model import Account, AccountDiffers, AccountKind, Portfolio


async def open_account(
    tx: Tx,
    *,
    id: str,
    kind: AccountKind,
    owner_id: str,
    quote: str,
    opening_cash: Decimal,
    venue: str = "paper",
) -> Account:
    """Opens the account with its cash; repeated with the same content returns the first.

    Raises AccountDiffers where an account of this id has other content.
    """
    new = Account(id, kind, owner_id, quote, opening_cash, tx.now, venue=venue)
    if await store.insert_account(tx, new):
        await audit.record(
            tx, actor="system", actor_kind="system", action="accounts.open", object=id,
            detail={"kind": kind, "owner_id": owner_id, "quote": quote, "opening_cash": str(opening_cash)},
        )  # fmt: skip
        return new
    there = await store.account(tx, id)
    if (there.kind, there.owner_id, there.quote, there.opening_cash) != (
        kind, owner_id, quote, opening_cash,
    ):  # fmt: skip
        raise AccountDiffers(account_id=id)
    return there


async def close_account(tx: Tx, account_id: str) -> None:
    """No order is taken and no mark is made any more; what it holds stays as it is."""
    await store.close_account(tx, account_id, tx.now)
    await audit.record(
        tx, actor="system", actor_kind="system", action="accounts.close", object=account_id
    )


async def portfolio(tx: Tx, account_id: str) -> Portfolio:
    """Raises NoSuchAccount."""
    account = await store.account(tx, account_id)
    return (await store.portfolios(tx, [account]))[account_id]
