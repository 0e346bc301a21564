"""What an order finds on the other side: the mirrored levels and, behind each of them, the orders that rest here."""

from collections.abc import Iterator
from dataclasses import dataclass

from arena.trading.venues.paper.ladder import Ladder
from arena.trading.venues.paper.makers import Makers
from arena.trading.venues.paper.order import ENDLESS, Order


class Liquidity:
    """One side of the market, `sign` 1 for bids and -1 for asks; keys as in Ladder."""

    __slots__ = ("ladder", "makers", "sign")

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.ladder = Ladder(sign)
        self.makers = Makers()

    def bound(self, limit: int | None) -> int:
        """The worst key that a taker with this limit price accepts."""
        return -ENDLESS if limit is None else limit * self.sign

    def levels(self, bound: int) -> Iterator[tuple[int, int, tuple[Order, ...]]]:
        """(key, available of the mirrored level, orders at that price), best first, down to the bound.

        Orders may end and levels may be consumed while this runs.
        """
        key: int | None = None
        while True:
            mirrored, ours = self.ladder.below(key), self.makers.below(key)
            if mirrored is None:
                key = ours
            elif ours is None:
                key = mirrored
            else:
                key = max(mirrored, ours)
            if key is None or key < bound:
                return
            yield key, self.ladder.available(key), self.makers.at(key)

    def crossed_by(self, bound: int) -> bool:
        """Whether a taker with this bound finds anything."""
        return next(self.levels(bound), None) is not None


@dataclass(frozen=True, slots=True)
class Survey:
    """What walking the book now would come to: steps, their cost in ticks times steps, the worst price in ticks (0 for
    none), and whether all that was wanted is there."""

    quantity: int = 0
    cost: int = 0
    worst: int = 0
    complete: bool = False


def survey(
    found: Liquidity, bound: int, *, left: int | None, budget: int | None, taker: Order | None
) -> Survey:
    """Walks without touching anything. `left` None: as much as the budget buys; `taker` is whose orders here it may not
    meet."""
    quantity = cost = worst = 0
    groups = {taker.ticket.group_id} if taker else set()
    for key, available, orders in found.levels(bound):
        price = key * found.sign
        for maker in (None, *orders):
            wanted = _wanted(left, budget, quantity, cost, price)
            if not wanted:
                return Survey(quantity, cost, worst, left is None and quantity > 0)
            if maker is None:
                offered = available
            else:
                group = maker.ticket.group_id
                if group is not None and group in groups:
                    continue  # of a group one trades
                if taker is not None and maker.ticket.account_id == taker.ticket.account_id:
                    if taker.ticket.self_match == "expire_maker":
                        continue
                    if taker.ticket.self_match != "none":
                        return Survey(quantity, cost, worst, False)
                groups.add(group)
                offered = maker.wants(price)
            taken = min(wanted, offered)
            if taken:
                quantity, cost, worst = quantity + taken, cost + taken * price, price
                if not _wanted(left, budget, quantity, cost, price):
                    return Survey(quantity, cost, worst, left is None or quantity == left)
    return Survey(quantity, cost, worst, False)


def _wanted(left: int | None, budget: int | None, quantity: int, cost: int, price: int) -> int:
    wanted = ENDLESS if left is None else left - quantity
    return wanted if budget is None else min(wanted, (budget - cost) // price)
