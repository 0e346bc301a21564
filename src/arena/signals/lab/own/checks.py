"""All that is looked at before a strategy of one's own is trusted, one after the other, each with its reason."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from arena.kit.clock import monotonic_s
from arena.kit.errors import ArenaError
from arena.signals.lab.bars import Bars
from arena.signals.lab.engine import Run, ready, run_by_bar
from arena.signals.lab.indicators import bars_needed, compute_all
from arena.signals.lab.own.agreement import check_plan
from arena.signals.lab.own.host import Host, Hosted, hosted_run, try_hosting
from arena.signals.lab.own.load import load_source
from arena.signals.lab.own.lookahead import TooFewToLook, check_lookahead
from arena.signals.lab.own.model import CannotHost, Limits, NotRepeatable, StrategyFailed
from arena.signals.lab.own.port import check_indicators
from arena.signals.lab.own.source import Source
from arena.signals.lab.strategy import NoPlan, Planned, Strategy, complete
from arena.trading.venues import Rules

LOOKED_AT_BARS = 3_000
"""Bars after the first decision that are looked at; enough to see, few enough to wait for."""
HOSTED_BARS = 3_000
CASH = Decimal(100_000)


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report. `passed` is None where it could not be looked at."""

    name: str
    passed: bool | None
    words: str


@dataclass(frozen=True, slots=True)
class _Case:
    """What the checks are about."""

    source: Source
    strategy: Strategy
    parameters: Mapping[str, int]
    bars: Bars
    host: Host
    seed: int
    limits: Limits = field(default_factory=Limits)


def run_checks(
    source: Source,
    parameters: Mapping[str, int],
    bars: Bars,
    *,
    taken: Collection[str] = (),
    limits: Limits = Limits(),
    here: bool = True,
    seed: int = 0,
) -> Iterator[Check]:
    """The checks as they end. With `here` false nothing of the source runs in this process: each run is hosted. The
    seed chooses the futures that are tried; one that an author cannot know cannot be written for.

    `taken` are names a strategy may not have. Nothing is raised for a strategy's fault; the line says it.
    """
    with ExitStack() as open_until_the_end:
        host = open_until_the_end.enter_context(Host())
        try:
            strategy: Strategy
            if here:
                strategy = load_source(source, taken=taken)
            else:
                strategy = open_until_the_end.enter_context(
                    Hosted(source, host, limits, taken=taken)
                )
        except ArenaError as wrong:
            yield Check("loads", _verdict(wrong), str(wrong))
            return
        yield Check("loads", True, f"{strategy.name}: {strategy.about}")
        try:
            chosen, words = _parameters(source, strategy, parameters)
        except ArenaError as wrong:
            yield Check("parameters", False, str(wrong))
            return
        yield Check("parameters", True, words)
        case = _Case(source, strategy, chosen, bars, host, seed, limits)
        yield from _lookahead(case)
        yield _plan(case)
        yield _sandbox(case)
        yield _speed(case)


def _parameters(
    source: Source, strategy: Strategy, given: Mapping[str, int]
) -> tuple[dict[str, int], str]:
    """All of them, when indicators come of the given ones and of both ends of each range."""
    chosen = complete(strategy, given)
    for name, allowed in strategy.ranges.items():
        for end in (allowed.low, allowed.high):
            tried = {**chosen, name: end}
            try:
                check_indicators(strategy.indicators(tried), source.where)
            except ArenaError:
                raise
            except Exception as broken:  # the edge: whatever somebody's own strategy raises
                raise StrategyFailed(
                    when=f"with {name} = {end}", why=repr(broken)[:300], lines=""
                ) from broken
    check_indicators(strategy.indicators(chosen), source.where)
    return chosen, ", ".join(f"{name} {value}" for name, value in chosen.items()) or "none"


def _lookahead(case: _Case) -> Iterator[Check]:
    bars = _newest(case, LOOKED_AT_BARS)
    try:
        looked = check_lookahead(case.strategy, case.parameters, bars, case.seed)
    except NotRepeatable as wrong:
        yield Check("look-ahead", None, "not told apart from what is not repeatable")
        yield Check("repeatable", False, str(wrong))
        return
    except ArenaError as wrong:
        yield Check("look-ahead", _verdict(wrong), str(wrong))
        yield Check("repeatable", None, "not looked at")
        return
    yield Check(
        "look-ahead", True if looked.changes else None,
        f"{looked.bars:,} decisions with {looked.changes:,} changes of target stood in {looked.runs} runs with other"
        f" futures after bars {', '.join(str(cut - 1) for cut in looked.cuts)}"
        if looked.changes else f"it changed nothing in {looked.bars:,} decisions: there was nothing to see",
    )  # fmt: skip
    yield Check("repeatable", True, "asked twice and out of turn, it decided the same")


def _plan(case: _Case) -> Check:
    if not isinstance(case.strategy, Planned):
        return Check("plan", None, "it has none; sweeps ask it bar by bar")
    try:
        changes = check_plan(case.strategy, case.parameters, _newest(case, LOOKED_AT_BARS))
    except NoPlan as none:
        return Check("plan", None, f"it has none with these parameters: {none}")
    except ArenaError as wrong:
        return Check("plan", _verdict(wrong), str(wrong))
    return Check("plan", True, f"agrees with on_bar in {changes:,} changes of target")


def _sandbox(case: _Case) -> Check:
    bars = _newest(case, HOSTED_BARS)
    try:
        try_hosting(case.host)  # it takes its second to begin
        begun = monotonic_s()
        hosted = hosted_run(
            case.source, case.parameters, bars,
            rules=Rules(), cash=CASH, limits=case.limits, host=case.host,
        )  # fmt: skip
        took = monotonic_s() - begun
        here = _run(case, bars)
    except ArenaError as wrong:
        return Check("sandbox", _verdict(wrong), str(wrong))
    if hosted.trades != here.trades or not np.array_equal(hosted.equity, here.equity):
        return Check("sandbox", False, "hosted, it traded otherwise than here")
    return Check(
        "sandbox",
        True,
        f"hosted, it traded the same: {len(hosted.trades):,} fills, {len(bars) / took:,.0f} bars/s",
    )


def _speed(case: _Case) -> Check:
    begun = monotonic_s()
    try:
        run = _run(case, case.bars)
    except ArenaError as wrong:
        return Check("speed", _verdict(wrong), str(wrong))
    took = monotonic_s() - begun
    return Check(
        "speed", True,
        f"{len(case.bars) / took:,.0f} bars/s over {len(case.bars):,} bars, {len(run.trades):,} fills",
    )  # fmt: skip


def _run(case: _Case, bars: Bars) -> Run:
    series = compute_all(case.strategy.indicators(case.parameters), bars)
    try:
        return run_by_bar(case.strategy, case.parameters, bars, series, rules=Rules(), cash=CASH)
    except ArenaError:
        raise
    except Exception as broken:  # the edge: whatever somebody's own strategy raises
        raise StrategyFailed(when="in a back-test", why=repr(broken)[:300], lines="") from broken


def _newest(case: _Case, count: int) -> Bars:
    """So many bars at the end, and what its indicators need before them."""
    needed = bars_needed(case.strategy.indicators(case.parameters), case.bars.interval_s)
    kept = min(len(case.bars), count + min(needed, 2 * count))
    newest = case.bars.between(len(case.bars) - kept, len(case.bars))
    series = compute_all(case.strategy.indicators(case.parameters), newest)
    return newest if ready(series) < kept else case.bars


def _verdict(wrong: ArenaError) -> bool | None:
    """A machine that cannot host, or too few bars, say nothing about a strategy."""
    return None if isinstance(wrong, CannotHost | TooFewToLook) else False
