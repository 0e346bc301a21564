"""Money put into an account or taken out: kept apart from what it earned, for flows are no return."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, localcontext

from arena.evidence import audit
from arena.kit.db import Tx
from arena.kit.ids import fresh
from arena.people.access import Actor
from arena.trading.market import ARITHMETIC, instruments
from arena.trading.portfolio import store
from arena.trading.portfolio.account_book import AccountBook
from arena.trading.portfolio.apply import save_books
from arena.trading.portfolio.book import equity
from arena.trading.portfolio.fees import Rate
from arena.trading.portfolio.model import AccountClosed, Flow, NoFlow, NoSuchAccount, Portfolio


async def record_flow(
    tx: Tx,
    account_id: str,
    asset: str,
    quantity: Decimal,
    *,
    note: str,
    actor: Actor,
    request_id: str | None = None,
    id: str | None = None,
) -> Flow:
    """Puts `quantity` of the asset into the account (below zero: takes it out), at what it was worth at the last close.

    Locks the account. An account whose balances somebody holds in memory is his to change: he makes the flow, books it
    and keeps it with what else he writes. Raises NoSuchAccount, AccountClosed, NoFlow, InsufficientFunds.
    """
    account = (await store.lock_accounts(tx, [account_id])).get(account_id)
    if account is None:
        raise NoSuchAccount(account_id=account_id)
    held = (await store.portfolios(tx, [account]))[account_id]
    known = await instruments(tx)
    flow = make_flow(
        held, asset, quantity, rate=await store.rate(tx, asset, account.quote, tx.now),
        prices=await store.closes(tx, held.positions, tx.now), at=tx.now, note=note, by=actor.id, id=id,
    )  # fmt: skip
    book = AccountBook(held, known)
    symbol = book.book_flow(flow)
    moved = set() if symbol is None else {(account_id, symbol)}
    await save_books(
        tx, {account_id: book}, {i.symbol: i for i in known}, moved, [(account_id, asset)]
    )
    await keep_flow(tx, flow, actor=actor, request_id=request_id)
    tx.tell(f"account:{account_id}")
    return flow


def make_flow(
    held: Portfolio,
    asset: str,
    quantity: Decimal,
    *,
    rate: Rate,
    prices: Mapping[str, Decimal],
    at: datetime,
    note: str,
    by: str,
    id: str | None = None,
) -> Flow:
    """The flow as it will be kept; `prices` value what is held a moment before (those missing count at nothing).

    Pure but for an id that is not given. Raises AccountClosed, NoFlow.
    """
    if not quantity.is_finite() or not quantity:
        raise NoFlow(why="the quantity is zero or no number")
    if held.account.closed_at is not None:
        raise AccountClosed(account_id=held.account.id)
    closes = dict.fromkeys(held.positions, Decimal(0)) | dict(prices)
    with localcontext(ARITHMETIC):
        value = quantity * rate.rate
    return Flow(
        id=id or fresh("flw"), account_id=held.account.id, at=at, asset=asset, quantity=quantity, value_quote=value,
        rate=rate.rate, rate_from=rate.origin, equity_before=equity(held, closes), note=note, by=by,
    )  # fmt: skip


async def keep_flow(tx: Tx, flow: Flow, *, actor: Actor, request_id: str | None = None) -> None:
    """Writes the flow down, and who did it; what it changed is written by whoever booked it."""
    await store.insert_flow(tx, flow)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="accounts.flow", object=flow.account_id,
        reason=flow.note, request_id=request_id,
        detail={
            "flow": flow.id, "asset": flow.asset, "quantity": str(flow.quantity), "value": str(flow.value_quote),
        },
    )  # fmt: skip


async def flows(tx: Tx, account_id: str, *, until: datetime | None = None) -> Sequence[Flow]:
    """The account's flows up to `until` (included), oldest first."""
    return await store.flows(tx, [account_id], until=until)


async def flows_of(
    tx: Tx, account_ids: Sequence[str], *, until: datetime | None = None
) -> Sequence[Flow]:
    """Those of several accounts, by account and time."""
    return await store.flows(tx, account_ids, until=until)
