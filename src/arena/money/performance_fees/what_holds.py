"""What a copier agrees to with a creator, given what there is between them: shown before, and done by `agree`. Pure."""

from dataclasses import dataclass, replace

from arena.money.performance_fees.model import RULES, Contract, Terms


@dataclass(frozen=True, slots=True)
class Holds:
    """`terms` of the period that is open or opens; `next_rate_bps` goes from the next one on, where it is another.
    `restarts`: a new period opens now. `offered_bps` is asked for; above `lowest_bps` it takes a word of its own."""

    terms: Terms
    next_rate_bps: int | None
    restarts: bool
    offered_bps: int
    lowest_bps: int

    @property
    def rises(self) -> bool:
        """Whether the creator asks for more than the copier has to pay."""
        return self.offered_bps > self.lowest_bps


def what_holds(found: Contract | None, offered: Terms, *, rise: bool = False) -> Holds:
    """A first contract goes by the offer. One that there was keeps its policy with its marks, its period and its
    minimum, and never a higher rate than it had or was promised: a lower one of the offer goes at once where a period
    opens now, else from the next one on. `rise`: the copier agrees to a higher one, from the next period on."""
    if found is None:
        return Holds(offered, None, True, offered.rate_bps, offered.rate_bps)
    now = found.terms
    promised = now.rate_bps if found.next_rate_bps is None else found.next_rate_bps
    if found.status in ("ended", "stopped"):
        lowest = min(now.rate_bps, promised, offered.rate_bps)
        terms = replace(now, rate_bps=lowest, rules=RULES)
    else:
        lowest, terms = min(promised, offered.rate_bps), now
    wanted = offered.rate_bps if rise and offered.rate_bps > lowest else lowest
    later = None if wanted == terms.rate_bps else wanted
    return Holds(terms, later, found.status in ("ended", "stopped"), offered.rate_bps, lowest)
