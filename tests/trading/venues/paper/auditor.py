"""Watches an engine from outside and holds it to what must be true of any fills, with bookkeeping of its own."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from arena.kit.clock import to_ms
from arena.trading.market import DepthSnapshot, DepthUpdate, Instrument, MarketEvent, Print, Side
from arena.trading.venues import Ended, EngineEvent, Filled, PaperTicket

Spot = tuple[Side, int]
"""A level of the mirrored book: `buy` is the bid side; price in ticks."""


@dataclass
class Known:
    """An order, and what has happened at its price since it was seen to rest."""

    ticket: PaperTicket
    filled: int = 0
    spent: int = 0
    passed: int = 0
    """Traded at its price or taken off its level since then: no more than this can have been ahead of it and gone."""
    by_trade: int = 0
    through: bool = False
    ended: str | None = None


@dataclass
class Auditor:
    """`saw` is told each event and what came of it. It raises AssertionError for the first fill that cannot be."""

    instrument: Instrument
    displayed: dict[Spot, int] = field(default_factory=dict)
    added: dict[Spot, int] = field(default_factory=lambda: defaultdict(int))
    used: dict[Spot, int] = field(default_factory=lambda: defaultdict(int))
    orders: dict[str, Known] = field(default_factory=dict)
    filled: int = 0

    def placed(self, ticket: PaperTicket) -> None:
        self.orders[ticket.order_id] = Known(ticket)

    def saw(self, event: MarketEvent | None, told: Iterable[EngineEvent]) -> None:
        if isinstance(event, DepthSnapshot | DepthUpdate):
            self._book(event)
        volume = 0
        if isinstance(event, Print):
            volume = int(event.quantity / self.instrument.step)
            self._traded(event, volume)
        for one in told:
            known = self.orders[one.order_id]
            assert known.ended is None, "nothing happens to an order that has ended"
            if isinstance(one, Filled):
                self._fill(known, one)
                if one.evidence["source"] == "trade":
                    assert isinstance(event, Print)
                    volume -= one.quantity
                    self._by_trade(known, one, event)
            elif isinstance(one, Ended):
                self._end(known, one)
        assert volume >= 0, "a trade filled more than its quantity"
        self._groups()

    def _book(self, event: DepthSnapshot | DepthUpdate) -> None:
        if isinstance(event, DepthSnapshot):
            if event.model == "bar":  # every book of a bar is new
                self.used.clear()
                self.added.clear()
                self.displayed.clear()
            given = {("buy", p) for p, _ in event.bids} | {("sell", p) for p, _ in event.asks}
            for spot in [s for s in self.displayed if s not in given]:
                self._set(spot, 0)
        sides: tuple[tuple[Side, tuple[tuple[int, int], ...]], ...] = (
            ("buy", event.bids),
            ("sell", event.asks),
        )
        for side, levels in sides:
            for price, quantity in levels:
                self._set((side, price), quantity)

    def _set(self, spot: Spot, quantity: int) -> None:
        before = self.displayed.get(spot, 0)
        self.displayed[spot] = quantity
        self.added[spot] += max(quantity - before, 0)
        if quantity < before:
            for known in self.orders.values():
                if (known.ticket.side, known.ticket.limit) == spot:
                    known.passed += before - quantity

    def _traded(self, event: Print, volume: int) -> None:
        price, ms = int(event.price / self.instrument.tick), to_ms(event.at)
        for known in self.orders.values():
            limit = known.ticket.limit
            if limit is None or known.ticket.side == event.side or ms < known.ticket.effective_ms:
                continue
            if limit == price:
                known.passed += volume
            elif (limit > price) is (known.ticket.side == "buy"):
                known.through = True

    def _fill(self, known: Known, fill: Filled) -> None:
        ticket, evidence = known.ticket, fill.evidence
        assert fill.quantity > 0
        known.filled += fill.quantity
        known.spent += fill.quantity * fill.price
        self.filled += 1
        if ticket.quantity is not None:
            assert known.filled <= ticket.quantity, "overfilled"
            assert fill.left == ticket.quantity - known.filled
        if ticket.quote_budget is not None:
            unit = self.instrument.tick * self.instrument.step
            assert known.spent * unit <= ticket.quote_budget, "overspent"
        if ticket.limit is not None and ticket.type != "market":
            better = (
                fill.price <= ticket.limit if ticket.side == "buy" else fill.price >= ticket.limit
            )
            assert better, "filled beyond its limit"
        if fill.liquidity == "maker":
            assert fill.price == ticket.limit, "a maker is filled at its own price"
        if evidence["source"] in ("book", "crossing"):
            spot: Spot = (
                "sell" if ticket.side == "buy" else "buy",
                int(Decimal(str(evidence["level"])) / self.instrument.tick),
            )
            self.used[spot] += fill.quantity
            assert self.used[spot] <= self.added[spot], "more was taken than was ever displayed"
            shown = self.displayed[spot] * self.instrument.step
            gone = Decimal(str(evidence["consumed"])) + fill.quantity * self.instrument.step
            assert gone <= shown == Decimal(str(evidence["displayed"]))
        if evidence["source"] == "crossing":
            assert self.displayed.get((ticket.side, fill.price), 0) == 0, "somebody was ahead"
        if fill.counterparty is not None:
            other = self.orders[fill.counterparty].ticket
            taker = ticket if fill.liquidity == "taker" else other
            assert other.account_id != ticket.account_id or taker.self_match == "none", "met itself"

    def _by_trade(self, known: Known, fill: Filled, event: Print) -> None:
        assert event.side != known.ticket.side, "the wrong side filled it"
        assert fill.liquidity == "maker"
        known.by_trade += fill.quantity
        if event.model == "exchange" and not known.through:
            queue = int(Decimal(str(fill.evidence["queue_at_acceptance"])) / self.instrument.step)
            assert known.by_trade + queue <= known.passed, "filled before the queue ahead was gone"

    def _end(self, known: Known, end: Ended) -> None:
        known.ended = end.reason
        if end.reason == "filled" and known.ticket.quantity is not None:
            assert known.filled == known.ticket.quantity
        if known.ticket.time_in_force == "fok" and known.ticket.quantity is not None:
            assert known.filled in (0, known.ticket.quantity), "a FOK was filled in part"

    def _groups(self) -> None:
        traded = [k.ticket.group_id for k in self.orders.values() if k.filled and k.ticket.group_id]
        assert len(traded) == len(set(traded)), "two of one group traded"
