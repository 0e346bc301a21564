"""How much of each limit is used right now. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext

from arena.trading.market import ARITHMETIC
from arena.trading.portfolio import Portfolio, equity
from arena.trading.risk.bounds import Bounds
from arena.trading.risk.checks import NOTHING, drawdown_halt, loss
from arena.trading.risk.model import Limits, Watch


@dataclass(frozen=True, slots=True)
class Use:
    """One limit by the name it has in Limits, and what is used of it, in its own unit. `used` is None where a limit is
    asked of each order by itself and nothing is used up; `symbol` is set where it is one instrument's."""

    name: str
    limit: Decimal
    used: Decimal | None
    symbol: str | None = None

    @property
    def share(self) -> Decimal | None:
        """The part of the limit that is used; above 1 where prices have carried it past."""
        if self.used is None:
            return None
        return self.used / self.limit if self.limit else Decimal(1)


@dataclass(frozen=True, slots=True)
class LimitsInUse:
    """All there is to show about an account's limits: who set which, and how much of those that bind is used."""

    account_id: str
    bounds: Bounds
    equity: Decimal
    uses: tuple[Use, ...]


def uses(
    limits: Limits, portfolio: Portfolio, prices: Mapping[str, Decimal], watch: Watch
) -> tuple[Use, ...]:
    """The limits that bind, in the order of the checks. Every held symbol needs a price (quote units)."""
    with localcontext(ARITHMETIC):
        return tuple(_uses(limits, portfolio, prices, watch))


def _uses(
    limits: Limits, portfolio: Portfolio, prices: Mapping[str, Decimal], watch: Watch
) -> Iterator[Use]:
    for name in ("order_notional_max", "price_collar_bps"):
        limit = getattr(limits, name)
        if limit is not None:
            yield Use(name, Decimal(limit), None)
    counts = (
        ("orders_10s_max", watch.orders_10s),
        ("orders_day_max", watch.orders_day),
        ("open_orders_max", watch.open_orders),
    )
    for name, count in counts:
        limit = getattr(limits, name)
        if limit is not None:
            yield Use(name, Decimal(limit), Decimal(count))
    worth = equity(portfolio, prices)
    if limits.daily_drawdown_max < 1:
        yield Use(
            "daily_drawdown_max", limits.daily_drawdown_max, _lost(worth, watch.day_start_equity)
        )
    lost = _lost(worth, watch.peak_equity)
    if drawdown_halt(limits) < 1:
        yield Use("drawdown_max", drawdown_halt(limits), lost)
    if limits.liquidation_drawdown is not None:
        yield Use("liquidation_drawdown", limits.liquidation_drawdown, lost)
    held = {s: p.quantity for s, p in sorted(portfolio.positions.items()) if p.quantity}
    for symbol, limit in sorted(limits.position_quantity_max.items()):
        yield Use("position_quantity_max", limit, held.get(symbol, NOTHING), symbol)
    exposed = NOTHING
    for symbol, quantity in held.items():
        exposed += quantity * prices[symbol]
        weight = _part(quantity * prices[symbol], worth)
        yield Use("position_weight_max", limits.position_weight_max, weight, symbol)
    yield Use("exposure_max", limits.exposure_max, _part(exposed, worth))
    if limits.liquidation_exposure is not None:
        yield Use("liquidation_exposure", limits.liquidation_exposure, _part(exposed, worth))


def _lost(worth: Decimal, since: Decimal) -> Decimal:
    """Four digits, as the refusals round; a gain is no loss."""
    return max(round(loss(worth, since), 4), NOTHING)


def _part(part: Decimal, whole: Decimal) -> Decimal:
    return round(part / whole, 4) if whole else NOTHING
