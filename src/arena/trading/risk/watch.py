"""When an account is to be liquidated, and in which slices. Pure: looks at one moment, and plans from there.

The plan is made anew before each slice, so that it always fits the book and the position as they are; what is kept
of a liquidation is only what it has done.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from itertools import islice
from typing import Literal

from arena.trading.market import ARITHMETIC, Instrument
from arena.trading.risk.checks import NOTHING, loss
from arena.trading.risk.model import Limits, Watch

Cause = Literal["drawdown", "exposure"]
PLANNED_MAX = 100


@dataclass(frozen=True, slots=True)
class Alarm:
    """A trigger that was passed: `level` was reached and `trigger` is where it is set, both fractions of equity."""

    cause: Cause
    level: Decimal
    trigger: Decimal


@dataclass(frozen=True, slots=True)
class Sellable:
    """A position as a liquidation sees it. Base units; `at_start` is what was held when the liquidation began (what is
    held now, where none has), `visible` what the shown bids ask for; `price` in quote units."""

    instrument: Instrument
    quantity: Decimal
    price: Decimal
    visible: Decimal
    at_start: Decimal

    @property
    def whole(self) -> Decimal:
        """What can be sold of it: less than a step cannot."""
        return self.instrument.floor_step(self.quantity)

    @property
    def worth(self) -> Decimal:
        return self.quantity * self.price


@dataclass(frozen=True, slots=True)
class Shares:
    """How much one slice may take: of the visible bids, and of the position as it was at the beginning."""

    of_depth: Decimal = Decimal("0.25")
    of_position: Decimal = Decimal("0.25")


@dataclass(frozen=True, slots=True)
class Slice:
    """A market order to come: sell `quantity` base units."""

    symbol: str
    quantity: Decimal


def alarm(limits: Limits, watch: Watch, equity: Decimal, held: Sequence[Sellable]) -> Alarm | None:
    """The trigger that was passed, drawdown first; None where none was, or where nothing is left that can be sold."""
    with localcontext(ARITHMETIC):
        if not any(position.whole for position in held):
            return None
        trigger = limits.liquidation_drawdown
        lost = loss(equity, watch.peak_equity)
        if trigger is not None and lost >= trigger:
            return Alarm("drawdown", lost, trigger)
        trigger = limits.liquidation_exposure
        exposed = sum((position.worth for position in held), NOTHING)
        if trigger is not None and exposed > trigger * equity:
            return Alarm("exposure", exposed / equity if equity else exposed, trigger)
        return None


def plan(
    cause: Cause, limits: Limits, equity: Decimal, held: Sequence[Sellable], shares: Shares
) -> tuple[Slice, ...]:
    """The slices from here to the end as it looks now, the largest position first; the first PLANNED_MAX of them.

    After a drawdown all is sold. After too much exposure so much is sold that what stays keeps the account's limit for
    exposure (its trigger, where that is lower). Nothing is planned for a symbol without visible bids.
    """
    with localcontext(ARITHMETIC):
        excess = None if cause == "drawdown" else _excess(limits, equity, held)
        return tuple(islice(_slices(held, excess, shares), PLANNED_MAX))


def over(cause: Cause, limits: Limits, equity: Decimal, held: Sequence[Sellable]) -> bool:
    """Whether nothing is left to be sold, whoever may be there to buy it."""
    with localcontext(ARITHMETIC):
        nothing = not any(position.whole for position in held)
        return nothing or (cause == "exposure" and _excess(limits, equity, held) <= 0)


def _excess(limits: Limits, equity: Decimal, held: Sequence[Sellable]) -> Decimal:
    trigger = limits.liquidation_exposure
    target = limits.exposure_max if trigger is None else min(limits.exposure_max, trigger)
    return sum((position.worth for position in held), NOTHING) - target * equity


def _slices(held: Sequence[Sellable], excess: Decimal | None, shares: Shares) -> Iterator[Slice]:
    """`excess` is the worth to be sold, in quote units; None: all."""
    for position in sorted(held, key=lambda p: (-p.worth, p.instrument.symbol)):
        if position.visible <= 0:
            continue
        left = position.whole
        if excess is not None:
            left = min(left, _to_cover(excess, position))
            excess -= left * position.price
        most = _most(position, shares)
        while left > 0:
            quantity = min(most, left)
            # A rest that is worth less than the market's minimum goes along.
            if (left - quantity) * position.price < position.instrument.notional_min:
                quantity = left
            yield Slice(position.instrument.symbol, quantity)
            left -= quantity


def _to_cover(excess: Decimal, position: Sellable) -> Decimal:
    """The least multiple of the step that is worth the excess."""
    if excess <= 0:
        return NOTHING
    traded = position.instrument
    wanted = excess / position.price
    floor = traded.floor_step(wanted)
    return floor if floor == wanted else floor + traded.step


def _most(position: Sellable, shares: Shares) -> Decimal:
    """What one slice may sell; at least what the market takes as an order at all."""
    traded = position.instrument
    bounded = min(
        shares.of_depth * position.visible,
        shares.of_position * max(position.at_start, position.quantity),
    )
    least = traded.floor_step(traded.notional_min / position.price) + traded.step
    return max(traded.floor_step(bounded), least)
