"""Returns that money put in or taken out does not touch (time-weighted). Pure.

Between two flows an account's equity changes by what it earns alone, so growth is measured from flow to flow and
linked: the time-weighted return of the Global Investment Performance Standards (GIPS 2020, 2.A.23), exact because a
flow keeps what the account was worth a moment before it. Written as a curve: the equity of each stretch between flows
times a factor that carries the growth over, which is what the account would be worth had nobody moved money.

Marks at the very time of a flow count as before it: a flow is made after the bar that closed then.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from arena.trading.performance.model import Mark
from arena.trading.portfolio import Flow


@dataclass(frozen=True, slots=True)
class Stretch:
    """From right after `since` (None: from the opening) on, the flow-immune level is equity x `factor` + `level`.

    `level` is above zero only while the account is empty because everything was taken out: it rests at what it had.
    """

    since: datetime | None
    factor: float
    level: float = 0.0

    def of(self, equity: float) -> float:
        return equity * self.factor + self.level


def stretches(flows: Iterable[Flow]) -> list[Stretch]:
    """The stretches between the flows of one account, which come in order of time; the first has factor 1.

    An account that has lost everything stays at nothing, whatever is put in afterwards.
    """
    found = [Stretch(None, 1.0)]
    for flow in flows:
        before = float(flow.equity_before)
        after = before + float(flow.value_quote)
        reached = found[-1].of(before)
        emptied = after <= 0
        found.append(
            Stretch(flow.at, 0.0, reached) if emptied else Stretch(flow.at, reached / after)
        )
    return found


def immune(marks: Sequence[Mark], flows: Sequence[Flow]) -> list[float]:
    """The flow-immune level at each mark; the equity itself where money was never moved. Both in order of time."""
    return immune_levels([float(mark.equity) for mark in marks], [mark.at for mark in marks], flows)


def immune_levels(
    equities: Sequence[float], at: Sequence[datetime], flows: Sequence[Flow]
) -> list[float]:
    """The same of equities and their times, as curves are kept; a level may be read long after its mark."""
    parts = stretches(flows)
    ends = [part.since for part in parts[1:] if part.since is not None]
    return [
        parts[bisect_left(ends, when)].of(equity) for equity, when in zip(equities, at, strict=True)
    ]


def time_weighted_return(opening: float, equity: float, flows: Sequence[Flow]) -> float:
    """The return from the opening to the equity of now, as a fraction."""
    return stretches(flows)[-1].of(equity) / opening - 1.0
