"""What waits for operators: payouts to approve, release and make by hand, papers to look at, stops in force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from arena.kit.db import Tx
from arena.money.payouts import store
from arena.money.payouts.gates import closed_gates
from arena.money.payouts.model import Gate, Paper, Payout, Stop

ENDED = 20


@dataclass(frozen=True, slots=True)
class Queue:
    """Whoever has waited longest first, in each list.

    `to_do` waits for an operator: to say yes, or to send it by hand; `more` says that the list goes on behind its
    last. `on_the_way` goes on by itself, `on_the_way_count` in all. Of `come_back` one of two operators says that they
    came back. `closed` are the gates that keep a payout from going on, by payout. `settled` are those that ended last,
    newest first. `to_decide`: how much an operator can do something about now, whatever is listed here.
    """

    to_do: Sequence[Payout]
    more: bool
    on_the_way: Sequence[Payout]
    on_the_way_count: int
    come_back: Sequence[Payout]
    closed: Mapping[str, Sequence[Gate]]
    papers: Sequence[Paper]
    stops: Sequence[Stop]
    settled: Sequence[Payout]
    to_decide: int

    @property
    def under_way(self) -> Sequence[Payout]:
        """All payouts that are neither settled nor cancelled, of those listed here."""
        both = (*self.to_do, *self.on_the_way)
        return sorted(both, key=lambda one: (one.asked_at, one.id))


async def queue(
    tx: Tx, *, identity_check: str, after: store.Place | None = None, limit: int = 100
) -> Queue:
    """Each list up to `limit`; `to_do` behind the place `after`. `identity_check` is the setting of that name."""
    to_do = await store.to_do(tx, after=after, limit=limit + 1)
    listed = to_do[:limit]
    on_the_way = await store.on_the_way(tx, limit)
    closed = {
        one.id: gates
        for one in (*listed, *on_the_way)
        if one.state in ("requested", "reserved")
        and (gates := await closed_gates(tx, one, identity_check=identity_check))
    }
    payouts, on_the_way_count, papers = await store.counts(tx)
    return Queue(
        listed, len(to_do) > limit, on_the_way, on_the_way_count, await store.reversals(tx, limit), closed,
        await store.papers_waiting(tx, limit), await store.stops(tx, limit=limit),
        await store.settled(tx, ENDED), payouts + papers,
    )  # fmt: skip
