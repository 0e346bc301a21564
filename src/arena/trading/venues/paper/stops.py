"""Orders that wait for a trade to reach their price, and those that trail it."""

from bisect import bisect_left, insort

from arena.trading.venues.paper.order import Order, Place

_BPS = 10_000
Entry = tuple[int, int, str]


class Stops:
    """A stop-loss sell waits for the price to fall to its stop, a stop-loss buy for it to rise there; take-profits the
    other way round. Of several reached by one trade the nearest goes first, then the one that arrived earlier.

    With `trailing_bps` the order triggers when the price comes back that far from the best one since the trail began:
    a sell from the highest, a buy from the lowest. The trail begins at once, or where there is a stop price, with the
    first trade that reaches it.
    """

    __slots__ = ("_falling", "_orders", "_rising", "_trails")

    def __init__(self) -> None:
        self._orders: dict[str, Order] = {}
        self._falling: list[Entry] = []
        self._rising: list[Entry] = []
        self._trails: dict[str, Order] = {}

    def __len__(self) -> int:
        return len(self._orders)

    def add(self, order: Order) -> None:
        order.place = Place.STOP
        self._orders[order.ticket.order_id] = order
        if order.ticket.trailing_bps is not None:
            self._trails[order.ticket.order_id] = order
        else:
            insort(self._side(order), _entry(order))

    def remove(self, order: Order) -> None:
        order_id = order.ticket.order_id
        del self._orders[order_id]
        if self._trails.pop(order_id, None) is None:
            side = self._side(order)
            del side[bisect_left(side, _entry(order))]

    def touched(self, price: int, traded_ms: int) -> list[Order]:
        """The orders that a trade at this price triggers, in order; they wait no more."""
        found = [
            *self._reached(self._falling, price, traded_ms),
            *self._reached(self._rising, -price, traded_ms),
        ]
        if self._trails:
            found += [
                order
                for order in self._trails.values()
                if (order.accepted_ms or 0) <= traded_ms and trail(order, price)
            ]
        for order in found:
            self.remove(order)
            order.place = Place.ACTING
        return found

    def _reached(self, side: list[Entry], level: int, traded_ms: int) -> list[Order]:
        found = []
        for at in range(len(side) - 1, -1, -1):
            if side[at][0] < level:
                break
            order = self._orders[side[at][2]]
            if (order.accepted_ms or 0) <= traded_ms:
                found.append(order)
        return found

    def _side(self, order: Order) -> list[Entry]:
        return self._falling if falls(order) else self._rising


def falls(order: Order) -> bool:
    """Whether the order waits for the price to fall to its stop."""
    return order.ticket.type.startswith("stop_loss") is not order.buys


def reached(order: Order, price: int) -> bool:
    """Whether the price is at the order's stop or beyond it."""
    stop = order.ticket.stop
    assert stop is not None, "asked of orders with a stop price"
    return price <= stop if falls(order) else price >= stop


def trail(order: Order, price: int) -> bool:
    """Lets the order's trail see a price; whether it has come back far enough to trigger."""
    ticket = order.ticket
    assert ticket.trailing_bps is not None, "asked of orders that trail"
    if order.extreme is None:
        if ticket.stop is None or reached(order, price):
            order.extreme = price
        return False
    if order.buys:
        if price * _BPS >= order.extreme * (_BPS + ticket.trailing_bps):
            return True
        order.extreme = min(order.extreme, price)
        return False
    if price * _BPS <= order.extreme * (_BPS - ticket.trailing_bps):
        return True
    order.extreme = max(order.extreme, price)
    return False


def _entry(order: Order) -> Entry:
    """Sorted so that the nearest, then the earliest, comes last."""
    ticket = order.ticket
    assert ticket.stop is not None, "a stop without a trail has a price"
    return (ticket.stop if falls(order) else -ticket.stop, -ticket.sequence, ticket.order_id)
