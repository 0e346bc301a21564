"""Lots, first in first out: what was bought when, what was sold of it, and the gain of each piece. Pure.

Average cost says what a position cost; a tax office asks which units were sold. Both come from the same fills, and
over all that was ever bought they come to the same gain. Splits are rounded to 8 decimals (half to even); the rest
of a lot or of a sale keeps what is left over, so that all pieces together are exact.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Literal

from arena.trading.market import ARITHMETIC, Instrument
from arena.trading.portfolio.fees import Charge
from arena.trading.portfolio.model import Flow
from arena.trading.venues import Fill

Why = Literal["trade", "fee", "transfer"]
_UNIT = Decimal("0.00000001")


@dataclass(frozen=True, slots=True)
class Movement:
    """Units of an asset come in (`quantity` above zero) or leave. `worth`: what was paid or received for them, fees
    aside; `fees`: what that cost besides; both in quote units, never below zero. `source` is a fill's or a flow's id.

    `why`: they were traded, they paid a fee, or they were put in or taken out.
    """

    at: datetime
    asset: str
    quantity: Decimal
    worth: Decimal
    fees: Decimal
    why: Why
    source: str


@dataclass(frozen=True, slots=True)
class Lot:
    """Units still held that came in together. `cost` is what is left of what they were worth, `fees` of what they cost
    besides, in quote units."""

    asset: str
    acquired_at: datetime
    quantity: Decimal
    cost: Decimal
    fees: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class RealisedLot:
    """A piece of a lot that left. `gain` = `proceeds` - `cost` - `fees` (those of buying and of selling); of a piece
    that was taken out the proceeds are its cost and there is no gain."""

    asset: str
    acquired_at: datetime
    sold_at: datetime
    quantity: Decimal
    proceeds: Decimal
    cost: Decimal
    fees: Decimal
    gain: Decimal
    why: Why
    acquired_by: str
    sold_by: str


@dataclass(frozen=True, slots=True)
class Lots:
    """Open lots by age, realised ones by the time they were sold."""

    open: tuple[Lot, ...]
    realised: tuple[RealisedLot, ...]


def movements(
    fills: Iterable[tuple[Fill, Charge]], flows: Iterable[Flow], instruments: Mapping[str, Instrument], quote: str
) -> list[Movement]:  # fmt: skip
    """What fills and flows did to every asset but the account's currency, in the order of time."""
    found = [m for fill, charge in fills for m in _of_fill(fill, charge, instruments[fill.symbol])]
    found += [
        Movement(
            flow.at, flow.asset, flow.quantity, abs(flow.value_quote), Decimal(0), "transfer", flow.id
        )
        for flow in flows
        if flow.asset != quote
    ]  # fmt: skip
    # What comes in and leaves at one moment came in first; otherwise fills keep their own order.
    return sorted(found, key=lambda movement: (movement.at, movement.quantity < 0))


def lots(moved: Sequence[Movement]) -> Lots:
    """Matches what left with what had come in first. Movements come in order of time; an asset of which more leaves
    than came in is an error of the caller's (AssertionError): fills are checked before they are booked."""
    waiting: dict[str, deque[Lot]] = {}
    realised: list[RealisedLot] = []
    with localcontext(ARITHMETIC):
        for movement in moved:
            queue = waiting.setdefault(movement.asset, deque())
            if movement.quantity > 0:
                queue.append(
                    Lot(
                        movement.asset, movement.at, movement.quantity, movement.worth, movement.fees,
                        movement.source,
                    )
                )  # fmt: skip
            else:
                realised += _taken(queue, movement)
    left = [lot for queue in waiting.values() for lot in queue]
    return Lots(tuple(sorted(left, key=lambda lot: lot.acquired_at)), tuple(realised))


def _of_fill(fill: Fill, charge: Charge, instrument: Instrument) -> Iterable[Movement]:
    with localcontext(ARITHMETIC):
        in_base = charge.quantity if charge.taken_from == "base" else Decimal(0)
        if fill.side == "buy":
            quantity = fill.quantity - in_base
            yield Movement(
                fill.at, instrument.base, quantity, quantity * fill.price, charge.worth, "trade", fill.id
            )  # fmt: skip
        else:
            yield Movement(
                fill.at, instrument.base, -fill.quantity, fill.quantity * fill.price, charge.worth, "trade",
                fill.id,
            )  # fmt: skip
        paid_in_kind = charge.taken_from == "other" or (in_base and fill.side == "sell")
        if paid_in_kind and charge.quantity:
            yield Movement(
                fill.at, charge.asset, -charge.quantity, charge.worth, Decimal(0), "fee", fill.id
            )


def _taken(queue: deque[Lot], movement: Movement) -> Iterable[RealisedLot]:
    """Pieces of the oldest lots for what leaves; changes the queue."""
    left, worth, fees = -movement.quantity, movement.worth, movement.fees
    while left > 0:
        assert queue, f"more {movement.asset} left than had come in ({movement.source})"
        lot = queue.popleft()
        taken = min(left, lot.quantity)
        cost, cost_fees = _part(lot.cost, taken, lot.quantity), _part(lot.fees, taken, lot.quantity)
        proceeds, sale_fees = _part(worth, taken, left), _part(fees, taken, left)
        if movement.why == "transfer":
            proceeds = cost + cost_fees
        all_fees = cost_fees + sale_fees
        yield RealisedLot(
            lot.asset, lot.acquired_at, movement.at, taken, proceeds, cost, all_fees,
            proceeds - cost - all_fees, movement.why, lot.source, movement.source,
        )  # fmt: skip
        if taken < lot.quantity:
            rest = replace(
                lot, quantity=lot.quantity - taken, cost=lot.cost - cost, fees=lot.fees - cost_fees
            )
            queue.appendleft(rest)
        left, worth, fees = left - taken, worth - proceeds, fees - sale_fees


def _part(total: Decimal, taken: Decimal, of: Decimal) -> Decimal:
    """The share of `taken` in `of`; the whole of it where all is taken."""
    if taken == of:
        return total
    return (total * taken / of).quantize(_UNIT, ROUND_HALF_EVEN)
