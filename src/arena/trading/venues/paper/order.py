"""An order as the engine holds it while it is open: its ticket, and how far it has come."""

from dataclasses import replace
from decimal import Decimal
from enum import Enum

from arena.trading.market import ARITHMETIC
from arena.trading.venues.paper.model import LIMITS, STOPS, PaperTicket

ENDLESS = 1 << 62
"""More than any quantity, price or queue; where a bound is absent or a queue unknown."""


class Place(Enum):
    """Where an open order is; `GONE` where it is open no more."""

    QUEUED = "on its way"
    HELD = "waits for the next book"
    STOP = "waits for its trigger"
    RESTING = "rests in the book"
    ACTING = "is taking"
    GONE = "gone"


class Order:
    """`left` are steps still to fill, None for an order by quote; `budget` counts in ticks times steps, None for no
    bound. `ahead` is the displayed quantity before it at its price, `queued` what it was at acceptance, in the book
    `queued_id`; `number` is that of the engine's event it was accepted after.
    """

    __slots__ = (
        "accepted_ms", "ahead", "budget", "extreme", "filled", "key", "left", "number", "place", "queued",
        "queued_id", "ticket", "triggered",
    )  # fmt: skip

    def __init__(self, ticket: PaperTicket, unit: Decimal) -> None:
        """`unit` is what one tick times one step is worth in quote units."""
        _check(ticket)
        self.ticket = ticket
        self.filled = ticket.filled
        self.left = None if ticket.quantity is None else ticket.quantity - ticket.filled
        self.budget = (
            None
            if ticket.quote_budget is None
            else int(ARITHMETIC.divide_int(ticket.quote_budget, unit))
        )
        self.triggered = ticket.triggered
        self.extreme = ticket.extreme
        self.accepted_ms = ticket.accepted_ms
        self.place = Place.QUEUED
        self.key = 0
        self.ahead = self.queued = ENDLESS
        self.queued_id = 0
        self.number = 0

    @property
    def buys(self) -> bool:
        return self.ticket.side == "buy"

    @property
    def waits_for_trigger(self) -> bool:
        return self.ticket.type in STOPS and not self.triggered

    @property
    def limit(self) -> int | None:
        return self.ticket.limit if self.ticket.type in LIMITS else None

    def wants(self, price: int) -> int:
        """How many steps it would trade at this price."""
        if self.budget is None:
            return ENDLESS if self.left is None else self.left
        paid = self.budget // price
        return paid if self.left is None else min(self.left, paid)

    def traded(self, quantity: int, price: int) -> int:
        """Books a fill; returns what is left. An order by quote is done when another step is beyond its budget."""
        self.filled += quantity
        if self.left is not None:
            self.left -= quantity
        if self.budget is not None:
            self.budget -= quantity * price
            assert self.budget >= 0, "an order never spends more than its budget"
        return self.wants(price) if self.left is None else self.left

    def snapshot(self, unit: Decimal) -> PaperTicket:
        """The ticket with which another engine takes the order up as it stands."""
        resting = self.place is Place.RESTING
        return replace(
            self.ticket,
            filled=self.filled,
            quote_budget=None if self.budget is None else self.budget * unit,
            triggered=self.triggered,
            extreme=self.extreme,
            accepted_ms=self.accepted_ms if self.place in (Place.RESTING, Place.STOP) else None,
            queue_ahead=self.ahead if resting and self.ahead < ENDLESS else None,
        )


def _check(ticket: PaperTicket) -> None:
    """What risk and the shape of requests have made sure of."""
    by_quote = ticket.quantity is None
    assert not by_quote or ticket.quote_budget is not None, "an order has a quantity or a budget"
    assert by_quote or ticket.quantity > ticket.filled >= 0, "there is something to fill"  # type: ignore[operator]  # by_quote says it is not None
    assert (ticket.limit is not None) or ticket.type not in LIMITS, "a limit order has a limit"
    stopped = ticket.stop is not None or ticket.trailing_bps is not None
    assert stopped or ticket.type not in STOPS, "a stop has a stop price or a trail"
