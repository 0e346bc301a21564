"""One side of the mirrored book: what is displayed, what orders here consumed of it, what trades took since."""

from bisect import bisect_left, insort
from collections.abc import Container, Iterable

from arena.trading.market import Levels

LEVELS_MAX = 5_000
"""Of a side; beyond it the levels farthest from the market are forgotten."""

Drop = tuple[int, int, int]
"""A level that lost displayed quantity: its key, before, after."""


class Ladder:
    """Levels by *key*: the price on the bid side (`sign` 1), the negated price on the ask side (`sign` -1), so the best
    is the greatest on both.

    `available` is what an order here may still take: displayed, less consumed, less traded since the last update of
    the book. It grows only by what an update adds to the displayed quantity: consumed liquidity is given back to
    nobody, and a level that shrinks is taken to lose the unconsumed part first.
    """

    __slots__ = ("consumed", "keys", "sign", "sizes", "traded")

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.keys: list[int] = []
        self.sizes: dict[int, int] = {}
        self.consumed: dict[int, int] = {}
        self.traded: dict[int, int] = {}

    def best(self) -> int | None:
        """The best key displayed, consumed or not."""
        return self.keys[-1] if self.keys else None

    def available(self, key: int) -> int:
        left = self.sizes.get(key, 0) - self.consumed.get(key, 0) - self.traded.get(key, 0)
        return max(left, 0)

    def below(self, key: int | None) -> int | None:
        """The best key with something available strictly behind this one; from the top for None."""
        at = len(self.keys) if key is None else bisect_left(self.keys, key)
        while at:
            at -= 1
            if self.available(self.keys[at]):
                return self.keys[at]
        return None

    def consume(self, key: int, quantity: int) -> None:
        self.consumed[key] = self.consumed.get(key, 0) + quantity

    def top(self, count: int) -> Levels:
        sign, sizes = self.sign, self.sizes
        return tuple([(sign * key, sizes[key]) for key in self.keys[: -count - 1 : -1]])

    def change(self, levels: Levels, watched: Container[int]) -> list[Drop]:
        """Applies a difference; returns what watched levels lost."""
        sign, keys, sizes, consumed = self.sign, self.keys, self.sizes, self.consumed
        drops: list[Drop] = []
        for price, quantity in levels:
            key = price * sign
            before = sizes.get(key, 0)
            if quantity:
                if not before:
                    insort(keys, key)
                sizes[key] = quantity
            elif before:
                del sizes[key]
                del keys[bisect_left(keys, key)]
            if quantity < before:
                if key in consumed:
                    self._shrink(key, quantity)
                if key in watched:
                    drops.append((key, before, quantity))
        if len(keys) > LEVELS_MAX:
            self._forget(len(keys) - LEVELS_MAX)
        return drops

    def replace(self, levels: Levels, watched: Iterable[int], *, fresh: bool) -> list[Drop]:
        """Puts a whole book in place of this one; returns what watched levels lost.

        `fresh`: all of it is new, nothing is consumed yet. Otherwise a level keeps what was consumed of it. What lies
        behind the worst level given is unknown rather than gone.
        """
        sign = self.sign
        before = self.sizes
        self.sizes = {price * sign: quantity for price, quantity in levels if quantity}
        self.keys = sorted(self.sizes)
        worst = self.keys[0] if self.keys else None
        if fresh:
            self.consumed.clear()
            self.traded.clear()
            return []
        for key in [k for k in self.consumed if worst is None or k >= worst]:
            self._shrink(key, self.sizes.get(key, 0))
        return [
            (key, before[key], after)
            for key in watched
            if (worst is None or key >= worst)
            and key in before
            and (after := self.sizes.get(key, 0)) < before[key]
        ]

    def _shrink(self, key: int, displayed: int) -> None:
        if not displayed:
            del self.consumed[key]
        elif self.consumed[key] > displayed:
            self.consumed[key] = displayed

    def _forget(self, count: int) -> None:
        for key in self.keys[:count]:
            del self.sizes[key]
        del self.keys[:count]
