"""The orders of one side that rest in the book, and how their queues ahead shrink."""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from arena.trading.venues.paper.order import ENDLESS, Order, Place

GRACE_MS = 1_000
"""How long a displayed decrease waits for a trade that explains it before it counts as cancellations."""


@dataclass(slots=True)
class Decrease:
    """A level lost `quantity` of `before` displayed, and no trade has explained it yet."""

    at_ms: int
    key: int
    quantity: int
    before: int
    number: int


class Makers:
    """Orders by key (see Ladder), at each key in order of time.

    An order's queue ahead shrinks at once by trades at its price. A decrease of the displayed quantity that no trade
    explains within GRACE_MS is cancellations, spread evenly over the level: the queue shrinks in proportion.
    """

    __slots__ = ("decreases", "keys", "levels")

    def __init__(self) -> None:
        self.levels: dict[int, list[Order]] = {}
        self.keys: list[int] = []
        self.decreases: deque[Decrease] = deque()

    def add(self, order: Order, displayed: int) -> None:
        """Stands behind what is displayed."""
        level = self.levels.get(order.key)
        if level is None:
            level = self.levels[order.key] = []
            insort(self.keys, order.key)
        order.ahead = order.queued = displayed
        order.place = Place.RESTING
        level.append(order)

    def remove(self, order: Order) -> None:
        level = self.levels[order.key]
        level.remove(order)
        if not level:
            del self.levels[order.key]
            del self.keys[bisect_left(self.keys, order.key)]

    def below(self, key: int | None) -> int | None:
        """The best key with orders strictly behind this one; from the top for None."""
        at = len(self.keys) if key is None else bisect_left(self.keys, key)
        return self.keys[at - 1] if at else None

    def at(self, key: int) -> tuple[Order, ...]:
        return tuple(self.levels.get(key, ()))

    def down_to(self, bound: int) -> Iterator[tuple[int, tuple[Order, ...]]]:
        """Levels from the best to the bound, it included; levels may vanish meanwhile."""
        key: int | None = None
        while (key := self.below(key)) is not None and key >= bound:
            yield key, self.at(key)

    def explain(self, key: int, volume: int, traded_ms: int) -> int:
        """Takes a trade that the book contains already off the decreases it may have caused; returns what it did not
        explain."""
        for decrease in self.decreases:
            if decrease.key == key and decrease.at_ms >= traded_ms and volume:
                part = min(decrease.quantity, volume)
                decrease.quantity -= part
                volume -= part
        return volume

    def confirm(self, now_ms: int) -> None:
        """Lets decreases count that have waited long enough."""
        waiting = self.decreases
        while waiting and waiting[0].at_ms + GRACE_MS <= now_ms:
            decrease = waiting.popleft()
            if not decrease.quantity:
                continue
            for order in self.levels.get(decrease.key, ()):
                if order.number < decrease.number and order.ahead < ENDLESS:
                    order.ahead -= order.ahead * decrease.quantity // decrease.before

    def line_up(self, displayed: dict[int, int], book_id: int) -> None:
        """Gives the orders whose queue is unknown their place: behind what is displayed."""
        for key, level in self.levels.items():
            for order in level:
                if order.ahead >= ENDLESS:
                    order.ahead = order.queued = displayed.get(key, 0)
                    order.queued_id = book_id
