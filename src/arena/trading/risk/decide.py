"""The decision on an order. Pure: the same limits, holdings, prices and counts give the same answer."""

from collections.abc import Callable, Mapping
from decimal import Decimal, localcontext

from arena.kit.errors import ArenaError
from arena.trading.market import ARITHMETIC
from arena.trading.portfolio import Portfolio
from arena.trading.risk import checks
from arena.trading.risk.model import Decision, Limits, Proposal, Watch

Check = Callable[[checks.Case], ArenaError | None]
EVERY: tuple[Check, ...] = (
    checks.barred,
    checks.killed,
    checks.halted,
    checks.on_step,
    checks.on_tick,
    checks.priced,
    checks.notional_min,
    checks.order_size,
    checks.collar,
    checks.pace,
    checks.open_orders,
    checks.funds,
)
"""What every order is asked, in this order; the first refusal is the answer."""
INCREASING: tuple[Check, ...] = (
    checks.allowed,
    checks.liquidating,
    checks.daily_drawdown,
    checks.drawdown,
    checks.position_quantity,
    checks.position_weight,
    checks.exposure,
)
"""What is asked after that of orders that do not reduce. Who must get out always may."""


def decide(
    limits: Limits,
    portfolio: Portfolio,
    order: Proposal,
    prices: Mapping[str, Decimal],
    watch: Watch,
) -> Decision:
    """Whether the order may go. `prices` are the last prices by symbol, in quote units.

    A buy is valued, and its weight taken, at the price it may trade at: its limit or stop price, the estimate of the
    book, else the last price. docs/reference/risk.md lists the checks in their order.
    """
    with localcontext(ARITHMETIC):
        case = checks.Case(limits, portfolio, order, prices, watch)
        for check in EVERY if order.reduces else (*EVERY, *INCREASING):
            refusal = check(case)
            if refusal is not None:
                return Decision(refusal)
    return ACCEPTED


ACCEPTED = Decision()
