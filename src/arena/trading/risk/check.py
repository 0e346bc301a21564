"""Gathers what the decision needs, and refuses in its name."""

from datetime import datetime

from arena.kit.db import Tx
from arena.trading.portfolio import Portfolio
from arena.trading.risk import store
from arena.trading.risk.decide import decide
from arena.trading.risk.model import Proposal


async def check(tx: Tx, portfolio: Portfolio, order: Proposal) -> None:
    """Raises the refusal of the decision where the order may not go."""
    account = portfolio.account
    limits = await store.limits(tx, account.id)
    prices = await store.last_closes(
        tx, {order.instrument.symbol, *portfolio.positions, *order.pending}
    )
    start = account.opening_cash
    if limits.daily_drawdown_max < 1:
        start = await store.equity_at(tx, account.id, _midnight(tx.now)) or start
    decision = decide(limits, portfolio, order, prices, start)
    if decision.refusal is not None:
        raise decision.refusal


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)
