"""Where orders meet: what an order does when it acts, against the mirrored book and against the orders that rest."""

from typing import Literal

from arena.trading.market import Scale, Side
from arena.trading.venues.model import Liquidity as Role
from arena.trading.venues.paper.evidence import Clerk
from arena.trading.venues.paper.liquidity import Liquidity, survey
from arena.trading.venues.paper.model import (
    Ended,
    Ending,
    EngineEvent,
    Evidence,
    Filled,
    Triggered,
)
from arena.trading.venues.paper.order import ENDLESS, Order, Place
from arena.trading.venues.paper.stops import Stops


class Pit:
    """The state of one instrument, and the orders in it; what happens to them is collected in `out`.

    `fresh`: the book is that of this moment. An exchange's always is, that of a bar only while its snapshot is applied.
    `number` counts the news of the market. `unplaced`: some order rests with an unknown queue.
    """

    def __init__(self, scale: Scale) -> None:
        self.clerk = Clerk(scale)
        self.bids, self.asks = Liquidity(1), Liquidity(-1)
        self.stops = Stops()
        self.orders: dict[str, Order] = {}
        self.groups: dict[str, list[Order]] = {}
        self.held: list[Order] = []
        self.out: list[EngineEvent] = []
        self.model: Literal["exchange", "bar"] | None = None
        self.fresh = False
        self.unplaced = False
        self.number = 0
        self.last_id = 0
        self.book_ms = 0
        self.at_ms = 0

    # Orders that rest.

    def release(self, at_ms: int) -> None:
        """Lets the orders act that waited for a book; one of a bar is no book for who came after its moment."""
        held, self.held = self.held, []
        for order in held:
            if order.place is not Place.HELD:
                continue
            if self.model == "bar" and (order.accepted_ms or 0) > at_ms:
                self.held.append(order)
            else:
                self.act(order)

    def cross(self) -> None:
        """Fills resting orders whose price the mirrored book has come to, from what it displays there."""
        for mine, other in ((self.bids, self.asks), (self.asks, self.bids)):
            best = other.ladder.best()
            if best is None or not mine.makers.keys or mine.makers.keys[-1] + best < 0:
                continue
            own = mine.ladder.best()
            if own is not None and own + best >= 0:
                return  # the mirror itself is crossed, so it is not what the exchange has
            for _, orders in mine.makers.down_to(-best):
                for order in orders:
                    self._meet(order, other)

    def _meet(self, order: Order, other: Liquidity) -> None:
        price = order.limit
        assert price is not None, "what rests has a limit"
        while order.place is Place.RESTING:
            key = other.ladder.below(None)
            if key is None or key < -order.key:
                return
            quantity = min(other.ladder.available(key), order.wants(price))
            if not quantity:
                self.end(order, "budget")
                return
            evidence = self.clerk.crossed(order, self.level(other, key))
            other.ladder.consume(key, quantity)
            order.ahead = 0
            self.fill(order, quantity, price, "maker", evidence=evidence)

    # Orders that act.

    def trigger(self, order: Order, price: int, trade_id: int | None) -> None:
        order.triggered = True
        ticket = order.ticket
        self.out.append(Triggered(ticket.order_id, ticket.account_id, self.at_ms, price, trade_id))
        order.place = Place.ACTING
        self._leave_group(order)
        self.act(order)

    def act(self, order: Order) -> None:
        """Takes what it may take and rests, ends, or waits for a book to take from."""
        order.place = Place.ACTING
        ticket, limit = order.ticket, order.limit
        found = self.opposite(ticket.side)
        bound = found.bound(limit)
        takes = limit is None or ticket.time_in_force != "gtc" or found.crossed_by(bound)
        if not self.fresh and (takes or self.model is None):
            order.place = Place.HELD
            self.held.append(order)
            return
        if takes and ticket.type == "limit_maker":
            self.end(order, "would_take")
        elif takes:
            ending = self._take(order, found, bound)
            if order.place is Place.GONE:
                return
            if ending is not None:
                self.end(order, ending)
            else:
                self.rest(order)
        else:
            self.rest(order)

    def _take(self, order: Order, found: Liquidity, bound: int) -> Ending | None:
        """Walks the book; why the order ends with that, None where the rest of it may rest."""
        in_force = order.ticket.time_in_force
        if in_force == "fok":
            seen = survey(found, bound, left=order.left, budget=order.budget, taker=order)
            if not seen.complete:
                return "fok"
        for key, available, makers in found.levels(bound):
            price = key * found.sign
            if available:
                quantity = min(available, order.wants(price))
                if quantity:
                    evidence = self.clerk.taken(self.level(found, key))
                    found.ladder.consume(key, quantity)
                    self.fill(order, quantity, price, "taker", evidence=evidence)
            for maker in makers:
                if order.place is Place.GONE or not order.wants(price):
                    break
                ending = self._trade(order, maker, price)
                if ending is not None:
                    return ending
            if order.place is Place.GONE:
                return None
            if not order.wants(price):
                return "budget"
        if order.limit is None:
            return "no_liquidity"
        return None if in_force == "gtc" else in_force

    def _trade(self, taker: Order, maker: Order, price: int) -> Ending | None:
        """Two orders of the arena meet at the resting one's price; why the taker ends, None where it goes on."""
        group = taker.ticket.group_id
        if maker.place is not Place.RESTING or (group and maker.ticket.group_id == group):
            return None
        if maker.ticket.account_id == taker.ticket.account_id:
            mode = taker.ticket.self_match
            if mode in ("expire_maker", "expire_both"):
                self.end(maker, "self_match")
            if mode != "none":
                return None if mode == "expire_maker" else "self_match"
        quantity = min(taker.wants(price), maker.wants(price))
        if not quantity:
            self.end(maker, "budget")
            return None
        book = {"book_id": self.last_id, "book_ms": self.book_ms}
        for order, other, role in ((taker, maker, "taker"), (maker, taker, "maker")):
            evidence = self.clerk.met(other, **book)
            self.fill(order, quantity, price, role, evidence=evidence, met=other)  # type: ignore[arg-type]  # a tuple of literals reads as str
        return None

    def rest(self, order: Order) -> None:
        limit = order.limit
        assert limit is not None, "only limit orders rest"
        mine = self.bids if order.buys else self.asks
        order.key = limit * mine.sign
        order.number = self.number
        order.queued_id = self.last_id
        known = self.model is not None
        self.unplaced = self.unplaced or not known
        mine.makers.add(order, mine.ladder.sizes.get(order.key, 0) if known else ENDLESS)

    def fill(
        self,
        order: Order,
        quantity: int,
        price: int,
        role: Role,
        *,
        evidence: Evidence,
        met: Order | None = None,
    ) -> None:
        self._leave_group(order)
        left = order.traded(quantity, price)
        ticket = order.ticket
        other = None if met is None else met.ticket.order_id
        self.out.append(
            Filled(
                ticket.order_id, ticket.account_id, quantity, price, role, evidence, self.at_ms, left, other
            )
        )  # fmt: skip
        if not left:
            self.end(order, "filled")

    def end(self, order: Order, reason: Ending) -> None:
        self.take_out(order)
        ticket = order.ticket
        self.out.append(
            Ended(ticket.order_id, ticket.account_id, reason, self.at_ms, order.left or 0)
        )
        self._leave_group(order)

    def take_out(self, order: Order) -> None:
        if order.place is Place.RESTING:
            (self.bids if order.buys else self.asks).makers.remove(order)
        elif order.place is Place.STOP:
            self.stops.remove(order)
        order.place = Place.GONE
        del self.orders[order.ticket.order_id]

    def _leave_group(self, order: Order) -> None:
        """The first of a group that trades, triggers or ends takes the others out."""
        group = order.ticket.group_id
        if group is None:
            return
        for other in self.groups.pop(group, ()):
            if other is not order and other.place is not Place.GONE:
                self.end(other, "group")

    def level(self, side: Liquidity, key: int) -> Evidence:
        assert self.model is not None, "there is a level, so there is a book"
        return self.clerk.of_level(
            side.ladder, key, book_id=self.last_id, book_ms=self.book_ms, model=self.model
        )

    def opposite(self, side: Side) -> Liquidity:
        return self.asks if side == "buy" else self.bids
