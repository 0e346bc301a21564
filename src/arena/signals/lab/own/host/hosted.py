"""A hosted strategy as the rest of the Lab sees it: a strategy like any other, though it runs elsewhere.

It gets one bar at a time, so that the future does not exist where it runs; each run is a process of its own, so that
nothing is remembered from another. Its decisions come back as numbers; orders, fills and equity are computed here.
"""

import signal
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self, TypeVar

import msgspec

from arena.kit.clock import monotonic_s
from arena.signals.lab.bars import Floats
from arena.signals.lab.indicators import Indicator
from arena.signals.lab.own.answers import BadAnswer, checked_plan, checked_target
from arena.signals.lab.own.host import wire
from arena.signals.lab.own.host.host import Host
from arena.signals.lab.own.host.hosted_side import OUT_OF_MEMORY
from arena.signals.lab.own.model import (
    BadStrategy,
    CannotHost,
    Limits,
    StrategyFailed,
    StrategyForbidden,
    StrategyTooLarge,
    StrategyTooSlow,
)
from arena.signals.lab.own.port import check_indicators, check_port
from arena.signals.lab.own.source import Source
from arena.signals.lab.strategy import NoPlan, Parameters, Plan, Range, Table, Target, View

A = TypeVar("A", bound=wire.Answer)
_GRACE_S = 2.0
"""What the process itself may take to begin and shut itself in."""


class Hosted:
    """A strategy and its process. Use it by `with`.

    Every method raises StrategyFailed, StrategyTooSlow, StrategyTooLarge, StrategyForbidden or BadStrategy where the
    strategy is at fault; its process is gone then, and the next run begins another.
    """

    def __init__(
        self, source: Source, host: Host, limits: Limits = Limits(), *, taken: Collection[str] = ()
    ) -> None:
        """Raises CannotHost, BadStrategy and the others."""
        self._source, self._host, self._limits = source, host, limits
        self._child: _Child | None = None
        self._view: View | None = None
        self._sent = 0
        self._run_until = 0.0
        self._names: list[str] = []
        loaded = self._fresh()
        self.name, self.about = loaded.name, loaded.about
        self.ranges: Mapping[str, Range] = {n: Range(*r) for n, r in loaded.ranges.items()}
        # What it said of itself is held to the port here, too.
        try:
            check_port(self, source.where, taken=taken)
        except BadStrategy:
            self.close()
            raise
        self.plan: Callable[[Table, Parameters], Plan] | None = (
            self._plan if loaded.planned else None
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:  # fmt: skip
        self.close()

    def close(self) -> None:
        """Ends its process."""
        child, self._child, self._view = self._child, None, None
        if child is not None:
            child.end()

    def memory_kb(self) -> int:
        """What its process holds in memory for itself alone; 0 where there is none."""
        return 0 if self._child is None else self._child.memory_kb()

    def indicators(self, parameters: Parameters) -> dict[str, Indicator]:
        answer = self._ask(
            wire.AskIndicators(dict(parameters)), wire.Indicators, "when it named its indicators",
            within_s=self._limits.load_s,
        )  # fmt: skip
        return check_indicators(
            {key: Indicator(*each) for key, each in answer.named.items()}, self._source.where
        )

    def on_bar(self, view: View, parameters: Parameters, weight: Decimal) -> Target | None:
        if view is not self._view:
            self._begin(view, parameters)
        columns = [
            view.opens, view.highs, view.lows, view.closes, view.volumes,
            *(view[name] for name in self._names),
        ]  # fmt: skip
        rows = [
            (view.close_ms, *(column[at] for column in columns))
            for at in range(self._sent, len(view))
        ]
        self._sent = len(view)
        when, limits = f"at bar {len(view) - 1}", self._limits
        left = self._run_until - monotonic_s()
        limit = f"{limits.run_s:g} s for the run" if left < limits.bar_s else None
        answer = self._ask(
            wire.Step(rows, str(weight)), wire.Decided, when,
            within_s=max(0.0, min(limits.bar_s, left)), limit=limit,
        )  # fmt: skip
        return None if answer.target is None else self._target(answer.target, when)

    def _begin(self, view: View, parameters: Parameters) -> None:
        """A run is a fresh process; a loaded one that was asked nothing else yet is as good."""
        names = list(self.indicators(parameters))
        if self._view is not None:
            self._fresh()
        self._view, self._sent, self._names = view, 0, names
        self._run_until = monotonic_s() + self._limits.run_s
        self._ask(
            wire.Begin(view.interval_s, names, dict(parameters)), wire.Begun, "at its beginning",
            within_s=self._limits.load_s,
        )  # fmt: skip

    def _plan(self, table: Table, parameters: Parameters) -> Plan:
        self._fresh()
        count = len(table.bars)
        question = wire.ask_plan(table.bars, dict(table.series), dict(parameters))
        answer = self._ask(
            question, wire.Planned, "while it planned",
            within_s=self._limits.plan_s, bytes_max=wire.plan_bytes_max(count),
        )  # fmt: skip
        self.close()  # it has seen the future
        try:
            return checked_plan(_plan_of(answer), count)
        except (BadAnswer, ValueError) as nonsense:
            self._failed("while it planned", str(nonsense))

    def _target(self, answer: wire.Wanted, when: str) -> Target | None:
        try:
            return checked_target(
                Target(
                    Decimal(answer.weight), Decimal(answer.confidence), answer.rationale,
                    answer.limit_price, answer.stop_price, answer.take_profit_price, answer.valid_bars,
                )
            )  # fmt: skip
        except (BadAnswer, InvalidOperation) as nonsense:
            self._failed(when, str(nonsense))

    def _fresh(self) -> wire.Loaded:
        """A new process with the strategy loaded."""
        self.close()
        self._child = _Child(self._host, self._limits)
        source = self._source
        return self._ask(
            wire.Load(source.text, source.class_name, source.name), wire.Loaded,
            "while it was loaded", within_s=self._limits.load_s + _GRACE_S,
        )  # fmt: skip

    def _ask(
        self,
        question: wire.Question,
        wanted: type[A],
        when: str,
        *,
        within_s: float,
        limit: str | None = None,
        bytes_max: int = wire.ANSWER_BYTES_MAX,
    ) -> A:
        """The answer of that kind, or the error that says what happened instead; `limit` words the time it has."""
        if self._child is None:
            self._fresh()
        assert self._child is not None, "a fresh one is there"
        try:
            answer = self._child.ask(question, within_s, bytes_max)
        except wire.Late:
            self._too_slow(when, limit or f"{within_s:.3g} s")
        except wire.Gone:
            self._ended(when)
        except (wire.TooLong, msgspec.DecodeError):
            self._failed(when, "what it answered cannot be read")
        if isinstance(answer, wire.Broken):
            self._broken(answer, when)
        if not isinstance(answer, wanted):
            self._failed(when, "it answered something else than was asked")
        return answer

    def _ended(self, when: str) -> NoReturn:
        """The process went without a word; its exit code says why."""
        child, self._child = self._child, None
        code = child.end() if child is not None else 0
        if code == -signal.SIGXCPU:
            self._too_slow(when, f"{self._limits.cpu_s} s of the processor")
        if code == OUT_OF_MEMORY:
            self._broken(wire.Broken("large", ""), when)
        how = f"signal {-code}" if code < 0 else f"code {code}"
        self._failed(when, f"its process ended by {how}")

    def _broken(self, answer: wire.Broken, when: str) -> NoReturn:
        self.close()
        why, lines = answer.why[:1_000], answer.lines[:4_000]
        if answer.kind == "bad":
            raise BadStrategy(where=self._source.where, why=why)
        if answer.kind == "large":
            raise StrategyTooLarge(when=when, memory_mb=self._limits.memory_mb)
        if answer.kind == "forbidden":
            raise StrategyForbidden(when=when, why=why, lines=lines)
        if answer.kind == "unwalled":
            raise CannotHost(why=why)
        if answer.kind == "unplanned":
            raise NoPlan(why)
        raise StrategyFailed(when=when, why=why, lines=lines)

    def _too_slow(self, when: str, limit: str) -> NoReturn:
        self.close()
        raise StrategyTooSlow(when=when, limit=limit)

    def _failed(self, when: str, why: str) -> NoReturn:
        self.close()
        raise StrategyFailed(when=when, why=why, lines="")


class _Child:
    """A hosted process: its line and its number."""

    def __init__(self, host: Host, limits: Limits) -> None:
        end, self._process = host.fork(limits)
        self._host = host
        self._line = wire.Line(end)

    def ask(self, question: wire.Question, within_s: float, bytes_max: int) -> wire.Answer:
        """Raises Late, Gone, TooLong, msgspec.DecodeError."""
        until = monotonic_s() + within_s
        with suppress(wire.Gone):  # who went before he was asked may have said why
            self._line.send(question, within_s)
        answer: wire.Answer = wire.answers.decode(
            self._line.receive(bytes_max, until - monotonic_s())
        )
        return answer

    def memory_kb(self) -> int:
        try:
            lines = Path(f"/proc/{self._process}/smaps_rollup").read_text().splitlines()
        except OSError:
            return 0
        return sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))

    def end(self) -> int:
        self._line.close()
        return self._host.end(self._process)


def _plan_of(answer: wire.Planned) -> Plan:
    def prices(data: bytes | None) -> Floats | None:
        return None if data is None else wire.floats(data)

    return Plan(
        wire.floats(answer.enter), wire.floats(answer.hold), prices(answer.limit_prices),
        prices(answer.stop_prices), prices(answer.take_profit_prices), answer.valid_bars, answer.band_pct,
    )  # fmt: skip
