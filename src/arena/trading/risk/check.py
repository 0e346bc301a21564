"""Gathers from the database what the decision needs, and refuses in its name."""

from arena.kit.db import Tx
from arena.trading.portfolio import Portfolio
from arena.trading.risk import store
from arena.trading.risk.checks import drawdown_halt
from arena.trading.risk.decide import decide
from arena.trading.risk.model import Proposal, Watch


async def check(tx: Tx, portfolio: Portfolio, order: Proposal) -> None:
    """Raises the refusal of the decision where the order may not go. Orders of accounts that trade by this way are
    counted by nobody, so limits of pace do not bind them."""
    account = portfolio.account
    limits = await store.limits(tx, account.id)
    prices = await store.last_closes(
        tx, {order.instrument.symbol, *portfolio.positions, *order.pending}
    )
    watch = Watch(account.opening_cash, account.opening_cash)
    if limits.daily_drawdown_max < 1 or drawdown_halt(limits) < 1:
        watch = (await store.standing(tx, [account.id], tx.now))[account.id].watch(tx.now, 0)
    decision = decide(limits, portfolio, order, prices, watch)
    if decision.refusal is not None:
        raise decision.refusal
