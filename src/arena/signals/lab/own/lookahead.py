"""Does a strategy know what it cannot know? Its future is cut off, shuffled and replaced; its decisions must stand.

Shorter pasts come first: what has not been shown yet cannot be remembered either. A hosted strategy gets a fresh
process for each run; one in this process is asked in an order in which remembering does not help it.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from arena.kit.clock import from_ms, iso_ms
from arena.kit.errors import Refused
from arena.signals.lab.bars import Bars
from arena.signals.lab.engine import ready
from arena.signals.lab.indicators import compute_all
from arena.signals.lab.own.asking import Asked, ask_by_bar, ask_plan
from arena.signals.lab.own.futures import cuts, other_futures
from arena.signals.lab.own.model import LooksAhead, NotRepeatable
from arena.signals.lab.own.words import first_difference, planned_words, told
from arena.signals.lab.strategy import NoPlan, Parameters, Planned, Strategy, complete

CUTS, PLAN_CUTS = 3, 12  # one bar's peek shows in a plan at the cut only, and not at each
BARS_AFTER_READY_MIN = 40
_AGAIN_BARS = 24


class TooFewToLook(Refused):
    """{strategy} decides at {decided} of these {count} bars, too few to see whether it looks ahead. Give it more
    bars, or smaller windows."""


@dataclass(frozen=True, slots=True)
class Looked:
    """How much was looked at: bars at which it decided, changes of target among them, cuts, runs."""

    bars: int
    changes: int
    cuts: tuple[int, ...]
    runs: int


def check_lookahead(
    strategy: Strategy, parameters: Parameters, bars: Bars, seed: int = 0
) -> Looked:
    """Decides on pasts of several lengths and with other futures, bar by bar and by its plan, where it has one.

    The seed chooses cuts and futures. Raises LooksAhead or NotRepeatable with the first bar that differs,
    TooFewToLook, BadParameters, and whatever the strategy itself is at fault in.
    """
    chosen = complete(strategy, parameters)
    first = ready(compute_all(strategy.indicators(chosen), bars))
    if len(bars) - first < BARS_AFTER_READY_MIN:
        raise TooFewToLook(strategy=strategy.name, decided=len(bars) - first, count=len(bars))
    at = cuts(first, len(bars), CUTS, seed)
    look = _Look(strategy, chosen, bars, at, seed)
    whole = look.by_bar()
    if isinstance(strategy, Planned):
        with suppress(NoPlan):
            look.plans(cuts(first, len(bars), PLAN_CUTS, seed + 1))
            # What it saw while it planned must not help it now.
            look.same(whole, look.run(bars), "after it planned")
    return Looked(len(whole), sum(a.target is not None for a in whole), tuple(at), look.runs)


class _Look:
    def __init__(
        self, strategy: Strategy, parameters: Parameters, bars: Bars, at: Sequence[int], seed: int
    ) -> None:
        self._strategy, self._parameters, self._bars = strategy, parameters, bars
        self._cuts, self._seed = at, seed
        self.runs = 0

    def run(self, bars: Bars) -> list[Asked]:
        self.runs += 1
        return ask_by_bar(self._strategy, self._parameters, bars)

    def by_bar(self) -> list[Asked]:
        """The decisions over all bars, when they have stood."""
        past = self._bars.until(self._cuts[0])
        known = self.run(past)
        self.same(known, self.run(past), "twice")
        self.run(past.until(len(past) - 1))  # so that what counts its calls does not come out even
        self.same(known, self.run(past), "twice")
        for cut, (words, bars) in self._pasts():
            found = self.run(bars)
            self._unchanged(known, found, cut, words)
            known = found if len(found) > len(known) else known
        for cut in self._cuts:
            for words, bars in other_futures(self._bars, cut, self._seed):
                self._unchanged(known, self.run(bars), cut, words)
        self._out_of_turn(known)
        return known

    def plans(self, at: Sequence[int]) -> None:
        """The same for the plan: its arrays up to each cut."""
        strategy, parameters, cut = self._strategy, self._parameters, at[0]
        known, first = ask_plan(strategy, parameters, self._bars.until(cut))
        again, _ = ask_plan(strategy, parameters, self._bars.until(cut))
        if (bar := first_difference(known, again, first, cut)) is not None:
            raise NotRepeatable(
                strategy=strategy.name, again="twice for its plan", bar=bar, at=self._at(bar),
                was=planned_words(known, bar), became=planned_words(again, bar),
            )  # fmt: skip
        self.runs += 2
        whole = None
        for cut, words, bars in self._all_futures(at):
            whole = whole or ask_plan(strategy, parameters, self._bars)[0]
            plan, first = ask_plan(strategy, parameters, bars)
            self.runs += 1
            bar = first_difference(plan, whole, first, cut)
            if bar is not None:
                raise LooksAhead(
                    strategy=strategy.name, path="plan", bar=bar, at=self._at(bar), cut=cut - 1, change=words,
                    was=planned_words(whole, bar), became=planned_words(plan, bar),
                )  # fmt: skip

    def same(self, was: Sequence[Asked], became: Sequence[Asked], again: str) -> None:
        """Raises NotRepeatable."""
        for before, after in zip(was, became, strict=False):
            if before != after:
                raise NotRepeatable(
                    strategy=self._strategy.name, again=again, bar=before.bar, at=self._at(before.bar),
                    was=told(before.target), became=told(after.target),
                )  # fmt: skip

    def _pasts(self) -> Iterator[tuple[int, tuple[str, Bars]]]:
        """Longer and longer, each with the bar up to which the one before went."""
        for cut, longer in zip(self._cuts, [*self._cuts[1:], len(self._bars)], strict=True):
            yield cut, ("more bars followed", self._bars.until(longer))

    def _all_futures(self, at: Sequence[int]) -> Iterator[tuple[int, str, Bars]]:
        for cut in at:
            yield cut, "the future was cut off", self._bars.until(cut)
            for words, bars in other_futures(self._bars, cut, self._seed):
                yield cut, words, bars

    def _unchanged(
        self, was: Sequence[Asked], became: Sequence[Asked], cut: int, change: str
    ) -> None:
        for before, after in zip(was, became, strict=False):
            if before.bar >= cut:
                return
            if before != after:
                # Did the change move it, or does it decide otherwise each time?
                self.same(was, self.run(self._bars.until(cut)), "twice")
                raise LooksAhead(
                    strategy=self._strategy.name, path="on_bar", bar=before.bar, at=self._at(before.bar),
                    cut=cut - 1, change=change, was=told(before.target), became=told(after.target),
                )  # fmt: skip

    def _out_of_turn(self, known: Sequence[Asked]) -> None:
        """Asked at a few bars only, it must not miss those between."""
        changes = [a for a in known if a.target is not None]
        chance = np.random.default_rng(self._seed)
        some = [known[int(i)] for i in chance.integers(0, len(known), _AGAIN_BARS)]
        if changes:
            some += [changes[int(i)] for i in chance.integers(0, len(changes), _AGAIN_BARS)]
        only = {a.bar: a for a in some}
        again = ask_by_bar(
            self._strategy, self._parameters, self._bars,
            only={bar: a.weight for bar, a in only.items()},
        )  # fmt: skip
        self.runs += 1
        self.same([only[bar] for bar in sorted(only)], again, "out of turn")

    def _at(self, bar: int) -> str:
        return iso_ms(from_ms(int(self._bars.open_ms[bar]) + self._bars.interval_s * 1000))
