"""A strategy whose parameters change at set bars: what a walk-forward, or an owner who tunes, really runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from arena.signals.lab.bars import Floats
from arena.signals.lab.indicators import Indicator
from arena.signals.lab.strategy import (
    NoPlan,
    Parameters,
    Plan,
    Planned,
    Range,
    Strategy,
    Table,
    Target,
    Values,
    View,
    nothing,
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """From bar `first` on these parameters decide."""

    first: int
    parameters: Parameters


class Scheduled:
    """A strategy over stretches, the first of which begins where decisions begin. Positions are carried over: the new
    parameters find what the old ones left."""

    def __init__(self, strategy: Strategy, stretches: Sequence[Stretch]) -> None:
        assert stretches, "a schedule has a first stretch"
        self._strategy = strategy
        self._stretches = list(stretches)
        self._at = -1
        self._until = 0
        self._seen: View | None = None

    @property
    def name(self) -> str:
        return self._strategy.name

    @property
    def about(self) -> str:
        return self._strategy.about

    @property
    def ranges(self) -> Mapping[str, Range]:
        return {}

    def indicators(self, parameters: Parameters) -> Mapping[str, Indicator]:
        """Those of every stretch, each under its stretch's number."""
        return {
            f"{number}:{name}": indicator
            for number, stretch in enumerate(self._stretches)
            for name, indicator in self._strategy.indicators(stretch.parameters).items()
        }

    def on_bar(self, view: View, parameters: Parameters, weight: Decimal) -> Target | None:
        at = len(view) - 1
        if self._seen is None or self._seen.closes is not view.closes or at >= self._until:
            self._turn(view, at)
        assert self._seen is not None, "a stretch was turned to"
        self._seen.close_ms = view.close_ms
        return self._strategy.on_bar(self._seen, self._stretches[self._at].parameters, weight)

    def plan(self, table: Table, parameters: Parameters) -> Plan:
        """Raises NoPlan where the strategy has no plan."""
        if not isinstance(self._strategy, Planned):
            raise NoPlan(f"{self.name} decides bar by bar only")
        plans = [
            self._strategy.plan(
                Table(table.bars, self._named(number, table.series)), stretch.parameters
            )
            for number, stretch in enumerate(self._stretches)
        ]
        return self._spliced(plans, len(table.bars))

    def _turn(self, view: View, at: int) -> None:
        """To the stretch that decides at this bar; its view shares the growing lists."""
        self._at = max(
            (n for n, stretch in enumerate(self._stretches) if stretch.first <= at), default=0
        )
        following = self._at + 1
        more = following < len(self._stretches)
        self._until = self._stretches[following].first if more else 1 << 62
        seen = View(view.interval_s)
        seen.opens, seen.highs, seen.lows = view.opens, view.highs, view.lows
        seen.closes, seen.volumes = view.closes, view.volumes
        names = self._strategy.indicators(self._stretches[self._at].parameters)
        series: dict[str, Values] = {name: view[f"{self._at}:{name}"] for name in names}
        seen.read(series)
        self._seen = seen

    def _named(self, number: int, series: Mapping[str, Floats]) -> dict[str, Floats]:
        head = f"{number}:"
        return {
            name.removeprefix(head): values
            for name, values in series.items()
            if name.startswith(head)
        }

    def _spliced(self, plans: Sequence[Plan], count: int) -> Plan:
        """Each stretch's part of each array. Validity and band must not change on the way: one plan has one of each."""
        if len({(plan.valid_bars, plan.band_pct) for plan in plans}) > 1:
            raise NoPlan(f"{self.name} changes how long its orders are valid; bar by bar it can")
        firsts = [stretch.first for stretch in self._stretches] + [count]
        firsts[0] = 0
        parts = list(zip(plans, firsts, firsts[1:], strict=False))

        def joined(name: str) -> Floats | None:
            arrays = [getattr(plan, name) for plan in plans]
            if all(array is None for array in arrays):
                return None
            whole = nothing(count)
            for plan, first, end in parts:
                array = getattr(plan, name)
                if array is not None:
                    whole[first:end] = array[first:end]
            return whole

        enter, hold = joined("enter"), joined("hold")
        assert enter is not None
        assert hold is not None
        return replace(
            plans[0], enter=np.asarray(enter), hold=np.asarray(hold), limit_prices=joined("limit_prices"),
            stop_prices=joined("stop_prices"), take_profit_prices=joined("take_profit_prices"),
        )  # fmt: skip
