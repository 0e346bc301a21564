"""The matching engine of the paper exchange, one per instrument: a mirrored book, and the orders of all collectives.

Pure: no clock, no database, no chance. The same events and tickets give the same fills. The rules are in
docs/reference/paper-exchange.md.
"""

from collections.abc import Iterable
from heapq import heappop, heappush
from typing import Literal

from arena.kit.clock import to_ms
from arena.trading.market import (
    ARITHMETIC,
    DepthSnapshot,
    DepthUpdate,
    Instrument,
    Levels,
    MarketEvent,
    Print,
    Scale,
    Side,
)
from arena.trading.venues.paper.ladder import Drop
from arena.trading.venues.paper.liquidity import Liquidity, survey
from arena.trading.venues.paper.makers import Decrease
from arena.trading.venues.paper.model import Ended, EngineEvent, PaperTicket
from arena.trading.venues.paper.order import ENDLESS, Order, Place
from arena.trading.venues.paper.pit import Pit
from arena.trading.venues.paper.stops import reached, trail

_BPS = 10_000
Due = tuple[int, int, str]


class MatchingEngine:
    """`last_price` is that of the market's last trade, in ticks, None before the first. Of a trade that was made from a
    candle, orders here may fill `bar_participation_bps`."""

    def __init__(self, instrument: Instrument, *, bar_participation_bps: int = 1000) -> None:
        self.instrument = instrument
        self.last_price: int | None = None
        self._bar_participation_bps = bar_participation_bps
        self._scale = Scale(instrument)
        self._unit = ARITHMETIC.multiply(instrument.tick, instrument.step)
        self._pit = Pit(self._scale)
        self._due: list[Due] = []
        self._expiring: list[Due] = []
        self._traded_ms = 0

    @property
    def at_ms(self) -> int:
        """The time it has come to."""
        return self._pit.at_ms

    @property
    def book_ms(self) -> int:
        """The time of the book, 0 before the first."""
        return self._pit.book_ms

    @property
    def last_id(self) -> int:
        """The id of the book's last update, 0 before the first book."""
        return self._pit.last_id

    @property
    def model(self) -> Literal["exchange", "bar"] | None:
        """What the book was made from; None before the first."""
        return self._pit.model

    @property
    def best_bid(self) -> int | None:
        """In ticks, as displayed."""
        return self._pit.bids.ladder.best()

    @property
    def best_ask(self) -> int | None:
        best = self._pit.asks.ladder.best()
        return None if best is None else -best

    def depth(self, levels: int) -> tuple[Levels, Levels]:
        """(bids, asks) of the mirrored book, best first."""
        return self._pit.bids.ladder.top(levels), self._pit.asks.ladder.top(levels)

    def would_take(self, side: Side, limit: int) -> bool:
        """Whether an order with this limit price would find somebody now."""
        found = self._pit.opposite(side)
        return found.crossed_by(found.bound(limit))

    def estimate(self, side: Side, quantity: int) -> int | None:
        """The worst price in ticks that a market order of so many steps would meet now; None: the book is too thin."""
        seen = survey(self._pit.opposite(side), -ENDLESS, left=quantity, budget=None, taker=None)
        return seen.worst if seen.complete else None

    def tickets(self) -> list[PaperTicket]:
        """The open orders as they stand, in the order they were handed in; another engine takes them up with these."""
        return [order.snapshot(self._unit) for order in self._pit.orders.values()]

    def ticket(self, order_id: str) -> PaperTicket | None:
        order = self._pit.orders.get(order_id)
        return None if order is None else order.snapshot(self._unit)

    def submit(self, ticket: PaperTicket) -> None:
        """Takes an order in. It takes effect when the engine comes to its time; one that had before, at once."""
        pit = self._pit
        assert ticket.order_id not in pit.orders, f"{ticket.order_id} is here already"
        order = pit.orders[ticket.order_id] = Order(ticket, self._unit)
        if ticket.group_id is not None:
            pit.groups.setdefault(ticket.group_id, []).append(order)
        if ticket.expires_ms is not None:
            heappush(self._expiring, (ticket.expires_ms, ticket.sequence, ticket.order_id))
        if order.accepted_ms is not None and order.waits_for_trigger:
            pit.stops.add(order)
        elif order.accepted_ms is not None and order.limit is not None:
            pit.rest(order)
            if ticket.queue_ahead is not None:
                order.ahead = order.queued = ticket.queue_ahead
        else:
            heappush(self._due, (ticket.effective_ms, ticket.sequence, ticket.order_id))

    def cancel(self, order_id: str) -> Ended | None:
        """Takes one order out, not the others of its group; None where it is not open here."""
        pit = self._pit
        order = pit.orders.get(order_id)
        if order is None:
            return None
        pit.take_out(order)
        return Ended(order_id, order.ticket.account_id, "canceled", pit.at_ms, order.left or 0)

    def advance(self, now_ms: int) -> list[EngineEvent]:
        """Time goes on without news of the market: tickets take effect, orders expire."""
        self._advance(now_ms)
        return self._told()

    def apply(self, event: MarketEvent) -> list[EngineEvent]:
        """News of the market, in the order it came. A difference that is older than the book is passed over."""
        pit, at_ms = self._pit, to_ms(event.at)
        self._advance(at_ms)
        pit.number += 1
        for side in (pit.bids, pit.asks):
            if side.makers.decreases:
                side.makers.confirm(at_ms)
        if isinstance(event, DepthUpdate):
            if pit.model is not None and event.last_id > pit.last_id:
                self._difference(event, at_ms)
        elif isinstance(event, Print):
            self._print(event, at_ms)
        else:
            self._snapshot(event, at_ms)
        return self._told()

    def _told(self) -> list[EngineEvent]:
        out, self._pit.out = self._pit.out, []
        return out

    # Time.

    def _advance(self, now_ms: int) -> None:
        """Effects and expiries in the order of their times; what expires at the same time goes first."""
        pit, due, expiring = self._pit, self._due, self._expiring
        while due or expiring:
            effect_ms = due[0][0] if due else ENDLESS
            expiry_ms = expiring[0][0] if expiring else ENDLESS
            next_ms = min(effect_ms, expiry_ms)
            if next_ms > now_ms:
                break
            order = pit.orders.get(heappop(expiring if expiry_ms <= effect_ms else due)[2])
            if order is None:
                continue
            pit.at_ms = max(pit.at_ms, next_ms)
            if expiry_ms <= effect_ms:
                pit.end(order, "expired")
            elif order.place is Place.QUEUED:  # it may have been taken out and handed in anew
                self._take_effect(order)
        pit.at_ms = max(pit.at_ms, now_ms)

    def _take_effect(self, order: Order) -> None:
        pit, last, ticket = self._pit, self.last_price, order.ticket
        order.accepted_ms = pit.at_ms
        if not order.waits_for_trigger:
            pit.act(order)
            return
        pit.stops.add(order)
        if last is None:
            return
        if ticket.trailing_bps is not None:
            trail(order, last)
        elif reached(order, last):
            pit.stops.remove(order)
            pit.trigger(order, last, None)

    # News of the market.

    def _snapshot(self, event: DepthSnapshot, at_ms: int) -> None:
        pit = self._pit
        bar = event.model == "bar"
        fresh = bar or pit.model != event.model
        pit.model = event.model
        for side, levels in ((pit.bids, event.bids), (pit.asks, event.asks)):
            drops = side.ladder.replace(levels, tuple(side.makers.levels), fresh=fresh)
            self._settle(side, drops, at_ms)
            if pit.unplaced:
                side.makers.line_up(side.ladder.sizes, event.last_id)
        pit.unplaced = False
        self._booked(at_ms, event.last_id)
        pit.fresh = True
        pit.release(at_ms)
        if bar:
            pit.fresh = False
        else:
            pit.cross()

    def _difference(self, event: DepthUpdate, at_ms: int) -> None:
        pit = self._pit
        for side, levels in ((pit.bids, event.bids), (pit.asks, event.asks)):
            drops = side.ladder.change(levels, side.makers.levels)
            if drops:
                self._settle(side, drops, at_ms)
        self._booked(at_ms, event.last_id)
        pit.cross()

    def _settle(self, side: Liquidity, drops: Iterable[Drop], at_ms: int) -> None:
        """Sets what levels lost against the trades that came before; the rest waits for trades still to come."""
        traded = side.ladder.traded
        for key, before, after in drops:
            lost = before - after
            explained = min(lost, traded.get(key, 0))
            if explained:
                traded[key] -= explained
            if lost > explained:
                rest = lost - explained
                side.makers.decreases.append(Decrease(at_ms, key, rest, before, self._pit.number))

    def _booked(self, at_ms: int, last_id: int) -> None:
        """The book contains every trade up to its time."""
        pit = self._pit
        pit.book_ms, pit.last_id = at_ms, last_id
        if at_ms >= self._traded_ms:
            pit.bids.ladder.traded.clear()
            pit.asks.ladder.traded.clear()

    def _print(self, event: Print, at_ms: int) -> None:
        pit = self._pit
        price, volume = self._scale.ticks(event.price), self._scale.steps(event.quantity)
        hit = pit.bids if event.side == "sell" else pit.asks
        key = price * hit.sign
        self.last_price = price
        if event.model == "bar":
            volume = volume * self._bar_participation_bps // _BPS
        elif volume:
            self._see(hit, key, volume, at_ms)
        if hit.makers.keys and hit.makers.keys[-1] >= key:
            self._share(hit, key, volume, event, at_ms=at_ms)
        if pit.stops:
            for order in pit.stops.touched(price, at_ms):
                if order.place is not Place.GONE:
                    pit.trigger(order, price, event.id)

    def _see(self, hit: Liquidity, key: int, volume: int, at_ms: int) -> None:
        """What this trade took is out of the book already, or will be with its next update and is gone until then."""
        book_ms = self._pit.book_ms
        if at_ms <= book_ms:
            volume = hit.makers.explain(key, volume, at_ms)
        if at_ms >= book_ms and volume:
            traded = hit.ladder.traded
            traded[key] = traded.get(key, 0) + volume
            self._traded_ms = max(self._traded_ms, at_ms)

    def _share(self, hit: Liquidity, key: int, volume: int, event: Print, *, at_ms: int) -> None:
        """Shares a trade among the orders it reached: first those it went through, then those at its price whose queue
        is gone."""
        pit = self._pit
        for level, orders in hit.makers.down_to(key):
            if level == key and event.model == "bar":
                return  # nobody knows how much of a candle traded at just this price
            passed = 0
            for order in orders:
                ahead = order.ahead
                if order.place is not Place.RESTING or (order.accepted_ms or 0) > at_ms:
                    continue
                if level > key:
                    order.ahead = 0
                elif ahead >= ENDLESS:
                    break
                else:
                    # What passes the earlier orders' queues is used up, so no later one is filled before them.
                    part = min(max(ahead - passed, 0), volume)
                    passed, volume = passed + part, volume - part
                    order.ahead = max(ahead - passed, 0)
                if order.ahead or not volume:
                    continue
                price = level * hit.sign
                quantity = min(volume, order.wants(price))
                if not quantity:
                    pit.end(order, "budget")
                    continue
                volume -= quantity
                evidence = pit.clerk.traded(order, event, ahead)
                pit.fill(order, quantity, price, "maker", evidence=evidence)
