"""Begins a collective's own account anew: the old one is closed for good and keeps its record, a fresh one is opened.

It takes nobody out of anything: the new account has the bounds of the old one, an account that is stopped, liquidated
or halted by its losses cannot be reset by its owner, and everybody sees how often it was done.
"""

from arena.evidence import audit
from arena.kit.db import Tx
from arena.kit.errors import Conflict
from arena.people.access import SYSTEM, Actor
from arena.trading import risk
from arena.trading.orders.own import own_account, own_accounts
from arena.trading.portfolio import Account, close_account, lock_accounts
from arena.trading.risk import Limits
from arena.trading.venues import OPEN


class NothingToReset(Conflict):
    """The collective {collective_id} has no account of its own yet; its first order opens one."""


class AccountHalted(Conflict):
    """Account {account_id} is halted ({why}), and beginning anew would be a way around that; wait until it may trade
    again, or ask the operator."""


class OrdersStillOpen(Conflict):
    """Account {account_id} has {count} open orders; cancel them, then reset it."""


async def reset_account(
    tx: Tx,
    collective_id: str,
    *,
    opening_cash: int,
    default: Limits,
    reason: str,
    actor: Actor = SYSTEM,
    operator: bool = False,
    request_id: str | None = None,
) -> tuple[Account, Account]:
    """The account that was closed, with what it holds as it is, and the fresh one. `default` are the installation's
    limits; an `operator` passes over halts, but not over a liquidation.

    An exchange that has the old one in memory hears of it with the commit, and cancels what came in meanwhile.
    Raises NothingToReset, AccountHalted, OrdersStillOpen.
    """
    old = await _current(tx, collective_id)
    await lock_accounts(tx, [old.id])
    old = await _current(tx, collective_id)
    await _expect_free(tx, old, default, operator=operator)
    await _expect_no_orders(tx, old.id)
    await close_account(tx, old.id)
    fresh = await own_account(tx, collective_id, opening_cash)
    await risk.inherit(tx, old.id, fresh.id)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="accounts.reset", object=fresh.id, reason=reason,
        detail={"closed": old.id, "collective": collective_id, "opening_cash": str(fresh.opening_cash)},
        request_id=request_id,
    )  # fmt: skip
    tx.tell(f"account:{old.id}")
    return (await own_accounts(tx, collective_id))[-2], fresh


async def _current(tx: Tx, collective_id: str) -> Account:
    before = await own_accounts(tx, collective_id)
    if not before or before[-1].closed_at is not None:
        raise NothingToReset(collective_id=collective_id)
    return before[-1]


async def _expect_free(tx: Tx, account: Account, default: Limits, *, operator: bool) -> None:
    limits = (await risk.bounds(tx, [account.id], default))[account.id].effective
    if limits.liquidating_since is not None:
        raise AccountHalted(account_id=account.id, why="it is being liquidated")
    if operator:
        return
    if limits.stopped:
        raise AccountHalted(account_id=account.id, why="trading in it was stopped")
    meter = (await risk.standing(tx, [account.id], tx.now))[account.id]
    watch = meter.watch(tx.now, 0)
    for since, bound, why in (
        (watch.day_start_equity, limits.daily_drawdown_max, "daily drawdown"),
        (watch.peak_equity, risk.drawdown_halt(limits), "total drawdown"),
    ):
        if bound < 1 and since > 0 and 1 - meter.equity / since >= bound:
            raise AccountHalted(account_id=account.id, why=why)


async def _expect_no_orders(tx: Tx, account_id: str) -> None:
    count = await tx.fetchval(
        "select count(*) from trade_order where account_id = $1 and status = any($2)", account_id, list(OPEN)
    )  # fmt: skip
    if count:
        raise OrdersStillOpen(account_id=account_id, count=count)
