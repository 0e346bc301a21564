"""Runs in the hosted process, behind the walls: answers the host's questions with the strategy's words."""

import os
from collections.abc import Mapping
from decimal import Decimal
from types import CodeType, MappingProxyType
from typing import Any, NoReturn

import numpy as np

from arena.signals.lab.bars import Floats
from arena.signals.lab.own.answers import BadAnswer, checked_plan, checked_target
from arena.signals.lab.own.host import wire
from arena.signals.lab.own.host.walls import (
    ForbiddenModule,
    Reached,
    Watch,
    names_for_it,
    shut_in,
)
from arena.signals.lab.own.model import BadStrategy, Limits
from arena.signals.lab.own.port import check_indicators, check_port
from arena.signals.lab.own.reading import ReadOnly, check_untouched
from arena.signals.lab.own.source import Source, compiled, make, own_lines, said
from arena.signals.lab.strategy import NoPlan, Parameters, Planned, Strategy, Table, View

OUT_OF_MEMORY = 17
"""The process's last word where there is no memory left for another."""
_LARGE = wire.packed(wire.Broken("large", "it ran out of memory"))


def serve(number: int, limits: Limits) -> NoReturn:
    """Shuts the process in, then answers over the open file `number` until the host closes it. Does not return."""
    far = wire.Far(number)
    code = 0
    try:
        watch = shut_in(limits)
    except BaseException as none:  # noqa: BLE001 - the edge: whatever is wrong with the walls, nothing runs without
        far.send(wire.Broken("unwalled", said(none)))
        os._exit(1)
    try:
        _answer_all(far, watch)
    except wire.Gone:
        pass
    except MemoryError:
        code = OUT_OF_MEMORY
    except BaseException:  # noqa: BLE001 - the edge of this process: the host asks why by its code
        code = 1
    os._exit(code)


def _answer_all(far: wire.Far, watch: Watch) -> None:
    source: Source | None = None
    asked: _Asked | None = None
    while True:
        question = far.receive()
        answer: wire.Answer | None = None
        try:
            if isinstance(question, wire.Load):
                source = Source(question.text, question.class_name, question.name)
                code = compiled(source)  # where this fails, Python itself looks for the file
                watch.start()
                asked = _Asked(source, code, watch)
                answer = asked.loaded()
            else:
                assert asked is not None, "a strategy is loaded first"
                answer = asked.answer(question)
        except MemoryError as large:
            large.__traceback__ = None
        except BaseException as broken:  # noqa: BLE001 - the edge: a strategy may raise anything
            answer = _broken(broken, source.name if source else "")
        if watch.tried is not None:
            lines = answer.lines if isinstance(answer, wire.Broken) else ""
            answer = wire.Broken("forbidden", watch.tried, lines)
        if answer is None:
            far.write(_LARGE)
        else:
            far.send(answer)


def _broken(broken: BaseException, name: str) -> wire.Broken:
    cause = broken.__cause__ if isinstance(broken, BadStrategy) else None
    first = cause or broken
    # Past the hook it is the kernel that says no.
    if isinstance(first, PermissionError | ForbiddenModule):
        why = str(first) if isinstance(first, Reached | ForbiddenModule) else said(first)
        return wire.Broken("forbidden", why, own_lines(first, name))
    if isinstance(broken, NoPlan):
        return wire.Broken("unplanned", said(broken))
    if isinstance(broken, BadStrategy):
        return wire.Broken("bad", str(broken.facts.get("why", broken)))
    why = str(broken) if isinstance(broken, BadAnswer) else said(broken)
    return wire.Broken("failed", why, own_lines(broken, name))


class _Asked:
    """The strategy, and the view of its run."""

    def __init__(self, source: Source, code: CodeType, watch: Watch) -> None:
        self._where = source.where
        made = make(source, code, names_for_it(watch))
        self._strategy: Strategy = check_port(made, source.where)
        self._parameters: Parameters = {}
        self._view = View(0)
        self._lists: list[ReadOnly] = []

    def loaded(self) -> wire.Loaded:
        strategy = self._strategy
        ranges = {name: (r.default, r.low, r.high) for name, r in strategy.ranges.items()}
        return wire.Loaded(strategy.name, strategy.about, ranges, isinstance(strategy, Planned))

    def answer(self, question: wire.Question) -> wire.Answer:
        if isinstance(question, wire.Step):
            return self._step(question)
        if isinstance(question, wire.Begin):
            return self._begin(question)
        if isinstance(question, wire.AskPlan):
            return self._plan(question)
        assert isinstance(question, wire.AskIndicators), "all questions are answered"
        found = check_indicators(self._strategy.indicators(question.parameters), self._where)
        return wire.Indicators(
            {key: (i.name, dict(i.parameters), i.output) for key, i in found.items()}
        )

    def _begin(self, question: wire.Begin) -> wire.Answer:
        self._parameters = MappingProxyType(question.parameters)
        view = self._view = View(question.interval_s)
        prices = [ReadOnly() for _ in range(5)]
        view.opens, view.highs, view.lows, view.closes, view.volumes = prices
        series = {name: ReadOnly() for name in question.names}
        view.read(series)
        self._lists = [*prices, *series.values()]
        return wire.Begun()

    def _step(self, question: wire.Step) -> wire.Answer:
        for column, values in zip(
            self._lists, zip(*(row[1:] for row in question.rows), strict=True), strict=True
        ):
            list.extend(column, values)
        self._view.close_ms = int(question.rows[-1][0])
        answer = self._strategy.on_bar(self._view, self._parameters, Decimal(question.weight))
        check_untouched(self._view, self._lists)
        target = checked_target(answer)
        if target is None:
            return wire.Decided(None)
        return wire.Decided(
            wire.Wanted(
                str(target.weight), str(target.confidence), target.rationale, target.limit_price,
                target.stop_price, target.take_profit_price, target.valid_bars,
            )
        )  # fmt: skip

    def _plan(self, question: wire.AskPlan) -> wire.Answer:
        bars = wire.bars_of(question)
        series: Mapping[str, Floats] = {
            name: wire.floats(data) for name, data in question.series.items()
        }
        strategy: Any = self._strategy
        plan = checked_plan(strategy.plan(Table(bars, series), question.parameters), len(bars))
        limits, stops, profits = (
            None if array is None else array.tobytes()
            for array in (plan.limit_prices, plan.stop_prices, plan.take_profit_prices)
        )  # fmt: skip
        return wire.Planned(
            np.ascontiguousarray(plan.enter).tobytes(), np.ascontiguousarray(plan.hold).tobytes(),
            limits, stops, profits, plan.valid_bars, plan.band_pct,
        )  # fmt: skip
