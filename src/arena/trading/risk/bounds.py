"""Limits on limits: the tighter of several, and whether one would be looser than another. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from arena.kit.settings import Settings
from arena.trading.risk.model import BadLimits, Limits, LooserThanBound

LEAST = (
    "position_weight_max", "exposure_max", "daily_drawdown_max", "drawdown_max", "order_notional_max",
    "orders_10s_max", "orders_day_max", "open_orders_max", "price_collar_bps", "liquidation_drawdown",
    "liquidation_exposure",
)  # fmt: skip
"""Limits that are one number, of which the smaller is the tighter."""
SWITCHES = ("killed_at", "barred_at", "liquidating_since")
FRACTIONS = (
    "position_weight_max", "exposure_max", "daily_drawdown_max", "drawdown_max", "liquidation_drawdown",
    "liquidation_exposure",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bounds:
    """An account's limits and where they come from: `operator` are the installation's and the operator's for this
    account, `own` the owner's wishes. What binds is the tighter of both, limit by limit."""

    operator: Limits
    own: Limits

    @property
    def effective(self) -> Limits:
        return tighter(self.operator, self.own)


def defaults(settings: Settings) -> Limits:
    """What the operator sets for all collectives of this installation."""
    return Limits(
        position_weight_max=settings.risk_position_weight_max,
        exposure_max=settings.risk_exposure_max,
        daily_drawdown_max=settings.risk_daily_drawdown_max,
        drawdown_max=settings.risk_drawdown_max,
        order_notional_max=settings.risk_order_notional_max,
        orders_10s_max=settings.risk_orders_10s_max,
        orders_day_max=settings.risk_orders_day_max,
        open_orders_max=settings.risk_open_orders_max,
        price_collar_bps=settings.risk_price_collar_bps,
        liquidation_drawdown=settings.risk_liquidation_drawdown,
        liquidation_exposure=settings.risk_liquidation_exposure,
    )


def tighter(one: Limits, other: Limits) -> Limits:
    """Each limit as the stricter of the two has it. A switch that is pulled on either side is pulled."""
    chosen: dict[str, Any] = {}
    for name in LEAST:
        chosen[name] = _smaller(getattr(one, name), getattr(other, name))
    for name in SWITCHES:
        chosen[name] = _earlier(getattr(one, name), getattr(other, name))
    quantities = dict(one.position_quantity_max)
    for symbol, quantity in other.position_quantity_max.items():
        quantities[symbol] = min(quantity, quantities.get(symbol, quantity))
    if one.symbols is None or other.symbols is None:
        symbols = other.symbols if one.symbols is None else one.symbols
    else:
        symbols = one.symbols & other.symbols
    return Limits(**chosen, position_quantity_max=quantities, symbols=symbols)


def expect_sound(new: Limits) -> None:
    """Raises BadLimits where a bound is not above zero, or a fraction is above 1."""
    for name in LEAST:
        bound = getattr(new, name)
        if bound is None:
            continue
        if not Decimal(bound).is_finite() or bound <= 0:
            raise BadLimits(why=f"{name} is {bound}")
        if name in FRACTIONS and bound > 1:
            raise BadLimits(why=f"{name} is {bound}, more than the whole")
    for symbol, quantity in new.position_quantity_max.items():
        if not quantity.is_finite() or quantity < 0:
            raise BadLimits(why=f"position_quantity_max of {symbol} is {quantity}")


def expect_within(bound: Limits, asked: Mapping[str, Any]) -> None:
    """Raises LooserThanBound for the first wish (limit by name) that is looser than the operator's bound."""
    for name in LEAST:
        wish, limit = asked.get(name), getattr(bound, name)
        if wish is not None and limit is not None and wish > limit:
            raise LooserThanBound(limit=name, bound=limit, asked=wish)
    for symbol, quantity in asked.get("position_quantity_max", {}).items():
        limit = bound.position_quantity_max.get(symbol)
        if limit is not None and quantity > limit:
            raise LooserThanBound(
                limit=f"position_quantity_max of {symbol}", bound=limit, asked=quantity
            )
    wished = asked.get("symbols")
    if wished is not None and bound.symbols is not None and not wished <= bound.symbols:
        raise LooserThanBound(
            limit="symbols",
            bound=", ".join(sorted(bound.symbols)),
            asked=", ".join(sorted(wished - bound.symbols)),
        )


def _smaller(one: Any, other: Any) -> Any:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return min(one, other)
