"""What waits for operators: payouts to approve, release and make by hand, papers to look at, stops in force."""

from collections.abc import Sequence
from dataclasses import dataclass

from arena.kit.db import Tx
from arena.money.payouts import store
from arena.money.payouts.model import UNDER_WAY, Paper, Payout, Stop


@dataclass(frozen=True, slots=True)
class Queue:
    """Whoever has waited longest first, in each list. `settled` are the payouts that ended last, newest first."""

    under_way: Sequence[Payout]
    papers: Sequence[Paper]
    stops: Sequence[Stop]
    settled: Sequence[Payout]

    @property
    def to_decide(self) -> int:
        """How much an operator can do something about now."""
        payouts = sum(
            p.state == "requested" or (p.state == "in_transit" and p.gateway == "manual")
            for p in self.under_way
        )
        return payouts + len(self.papers)


async def queue(tx: Tx, *, limit: int = 100) -> Queue:
    """Each list up to `limit`."""
    ended = await store.in_states(tx, ("paid", "failed", "reversed"), limit=10_000)
    ended.sort(key=lambda p: (p.settled_at or p.asked_at, p.id), reverse=True)
    return Queue(
        await store.in_states(tx, UNDER_WAY, limit), await store.papers_waiting(tx, limit),
        await store.stops(tx, limit=limit), ended[:20],
    )  # fmt: skip
