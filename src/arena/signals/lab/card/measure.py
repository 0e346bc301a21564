"""The figures of a model card: a walk-forward, and all that says whether it was luck. Pure, and always the same."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

import numpy as np

from arena.kit.clock import from_ms, iso_ms
from arena.signals.lab.bars import Bars, Floats
from arena.signals.lab.engine import Machine, Run, daily_returns, ready
from arena.signals.lab.indicators import compute_all
from arena.signals.lab.luck import (
    backtest_overfitting,
    bootstrap_interval,
    deflated_sharpe,
    minimum_track_record,
    percentile_among,
    probabilistic_sharpe,
    superior_ability,
    trial_set,
    twin_plans,
)
from arena.signals.lab.strategy import Parameters, Plan, Strategy, Table, plan_of
from arena.signals.lab.walk import (
    Leg,
    Scheduled,
    Stretch,
    Terms,
    Walked,
    capacity,
    capacity_curve,
    figures,
    regimes,
    walk_forward,
)
from arena.trading.performance import Metrics

TWINS = 200
PBO_BLOCKS = 16
YEAR_DAYS = 365
DAY_MS = 86_400_000
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """`document` is the card's part that follows from computing alone; `chosen` are the parameters of the last
    training, `record` the joined tests."""

    document: dict[str, Any]
    chosen: Parameters
    record: Run


def measure(
    strategy: Strategy,
    configurations: Sequence[Parameters],
    bars: Bars,
    terms: Terms,
    *,
    seed: int,
    progress: Progress = lambda _what, _done, _total: None,
) -> Measured:
    """Walks forward and asks everything of the record. Raises what `walk_forward` raises."""
    walked = walk_forward(
        strategy, configurations, bars, terms,
        progress=lambda done, total: progress("walking forward", done, total),
    )  # fmt: skip
    first, end = walked.legs[0].window.test_first, walked.legs[-1].window.test_end
    tested = bars.until(end)
    trials = _trials(strategy, configurations, tested, terms, first=first, progress=progress)
    schedule = Scheduled(
        strategy, [Stretch(leg.window.test_first, leg.parameters) for leg in walked.legs]
    )
    document = {
        "data": _data(bars),
        "walk_forward": {
            "net": _metrics(figures(walked.record)),
            "gross": _metrics(figures(walked.gross)),
            "training_sharpe_mean": _mean([leg.score for leg in walked.legs]),
            "windows": [_leg(leg, bars) for leg in walked.legs],
            "daily_returns": walked.record.daily_returns().tolist(),
            **_days_without_candles(walked.record.bars),
        },
        "costs": _costs(walked),
        "luck": _luck(walked.record, trials, configurations, seed=seed),
        "twins": _twins(walked.record, terms, seed=seed, progress=progress),
        "regimes": [asdict(each) for each in regimes(walked.record)],
        "capacity": _capacity(schedule, tested, terms, first=first),
    }  # fmt: skip
    return Measured(_plain(document), walked.legs[-1].parameters, walked.record)


def _trials(
    strategy: Strategy,
    configurations: Sequence[Parameters],
    bars: Bars,
    terms: Terms,
    *,
    first: int,
    progress: Progress,
) -> Floats | None:
    """Daily returns of every configuration over the tested span, days by configurations; None without a plan."""
    machine = Machine(bars, rules=terms.rules, cash=terms.cash, bounds=terms.bounds)
    columns = []
    for number, parameters in enumerate(configurations):
        series = compute_all(strategy.indicators(parameters), bars)
        plan = plan_of(strategy, Table(bars, series), parameters)
        if plan is None:
            return None
        run = machine.run(plan, max(first, ready(series)))
        columns.append(run.since_bar(first).daily_returns())
        progress("looking at every trial", number + 1, len(configurations))
    return np.array(columns).T


def _data(bars: Bars) -> dict[str, Any]:
    steps = np.diff(bars.open_ms) // (bars.interval_s * 1000)
    return {
        "instrument": bars.instrument.symbol,
        "interval_s": bars.interval_s,
        "bars": len(bars),
        "since": iso_ms(from_ms(int(bars.open_ms[0]))),
        "until": iso_ms(from_ms(int(bars.open_ms[-1]) + bars.interval_s * 1000)),
        "missing_bars": int((steps - 1).sum()),
        "bars_without_volume": int((bars.volumes == 0).sum()),
    }


def _days_without_candles(bars: Bars) -> dict[str, list[str]]:
    """UTC days between the first bar and the last that have none: they have no daily return. Left out where none."""
    days = np.unique((bars.open_ms + bars.interval_s * 1000 - 1) // DAY_MS)
    missing = np.setdiff1d(np.arange(days[0], days[-1] + 1), days)
    if not len(missing):
        return {}
    return {"days_without_candles": [iso_ms(from_ms(int(day) * DAY_MS))[:10] for day in missing]}


def _metrics(found: Metrics) -> dict[str, Any]:
    return {
        **{name: getattr(found, name) for name in Metrics.__dataclass_fields__},
        "since": iso_ms(found.since),
        "until": iso_ms(found.until),
        "fees_paid": format(found.fees_paid, "f"),
        "monthly": [{"month": each.month, "net_return": each.net_return} for each in found.monthly],
    }


def _leg(leg: Leg, bars: Bars) -> dict[str, Any]:
    def at(bar: int) -> str:
        return iso_ms(from_ms(int(bars.open_ms[min(bar, len(bars) - 1)])))

    return {
        "trained": [at(leg.window.train_first), at(leg.window.train_end)],
        "tested": [at(leg.window.test_first), at(leg.window.test_end)],
        "parameters": dict(leg.parameters),
        "training_score": leg.score,
        "total_return": leg.total_return,
        "sharpe": leg.sharpe,
        "max_drawdown": leg.max_drawdown,
        "fills": leg.fills,
    }


def _costs(walked: Walked) -> dict[str, Any]:
    record = walked.record
    return {
        "fees": record.fees,
        "spread_and_impact": record.costs,
        "traded": record.traded,
        "bps_of_what_was_traded": (record.fees + record.costs) / record.traded * 10_000 if record.traded else None,
        "return_given_up": walked.gross.total_return - record.total_return,
    }  # fmt: skip


def _luck(
    record: Run, trials: Floats | None, configurations: Sequence[Parameters], *, seed: int
) -> dict[str, Any]:
    """All ratios annual. Where nothing could be computed, None: too few days, or a single trial."""
    daily, count = record.daily_returns(), len(configurations)
    several = trials is not None and trials.shape[1] > 1
    counted = trial_set(trials if several else None, registered=count)
    deflated = deflated_sharpe(daily, counted) if len(daily) >= 10 else None
    track = minimum_track_record(daily) if len(daily) >= 10 else None
    long_enough = several and trials is not None and len(trials) >= 2 * PBO_BLOCKS
    overfitted = (
        backtest_overfitting(trials, PBO_BLOCKS) if long_enough and trials is not None else None
    )
    superior = superior_ability(trials, seed=seed) if long_enough and trials is not None else None
    holding = daily_returns(
        record.bars.open_ms, record.bars.interval_s, record.bars.closes, float(record.bars.opens[0])
    )
    beside = (
        superior_ability(trials, seed=seed, benchmark=holding)
        if superior is not None and trials is not None
        else None
    )
    interval = bootstrap_interval(daily, "sharpe", seed=seed) if len(daily) >= 10 else None
    fall = bootstrap_interval(daily, "drawdown", seed=seed) if len(daily) >= 10 else None
    year = sqrt(YEAR_DAYS)
    return {
        "trials": count,
        "effective_trials": counted.effective,
        "probabilistic_sharpe": probabilistic_sharpe(daily) if len(daily) >= 10 else None,
        "deflated_sharpe": deflated and deflated.value,
        "deflated_sharpe_strict": deflated and deflated.strict,
        "luckiest_sharpe": deflated and deflated.threshold and deflated.threshold * year,
        "chance_by_luck": deflated and deflated.by_luck,
        "track_record_days_needed": track and track.days,
        "overfitting_probability": overfitted and overfitted.probability,
        "overfitting_loss": overfitted and overfitted.loss,
        "superior_ability_p": superior and superior.consistent,
        "reality_check_p": superior and superior.reality_check,
        "superior_to_holding_p": beside and beside.consistent,
        "sharpe_interval": interval and [interval.low * year, interval.high * year],
        "drawdown_interval": fall and [fall.low, fall.high],
    }  # fmt: skip


def _twins(record: Run, terms: Terms, *, seed: int, progress: Progress) -> dict[str, Any]:
    """The record's positions among those of traders who know nothing but trade as often and hold as long, with the same
    costs. All are traded alike, at market and without stops and limits, its own too: `own` is what they return so."""
    weights = record.weights.astype(np.float64)
    if not weights.any():
        return {"count": 0, "percentile": None, "returns": []}
    machine = Machine(record.bars, rules=terms.rules, cash=terms.cash)
    own = machine.run(_held(weights)).total_return
    returns = []
    for number, twin in enumerate(twin_plans(weights, TWINS, seed=seed)):
        returns.append(machine.run(_held(twin)).total_return)
        progress("running null twins", number + 1, TWINS)
    return {
        "count": TWINS,
        "own": own,
        "percentile": percentile_among(own, returns),
        "returns": sorted(returns),
    }


def _held(weights: Floats) -> Plan:
    """A plan that wants just these weights, whatever was wanted before."""
    return Plan(np.where(weights > 0, weights, np.nan), weights)


def _capacity(schedule: Scheduled, bars: Bars, terms: Terms, *, first: int) -> dict[str, Any]:
    series = compute_all(schedule.indicators({}), bars)
    plan = plan_of(schedule, Table(bars, series), {})
    if plan is None:  # bar by bar a curve would take an hour
        return {"curve": [], "cash": None}
    curve = capacity_curve(
        plan, bars, rules=terms.rules, bounds=terms.bounds, first=max(first, ready(series))
    )
    borne = capacity(curve)
    return {
        "curve": [{**asdict(size), "cash": format(size.cash, "f")} for size in curve],
        "cash": borne and format(borne, "f"),
    }


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _plain(value: Any) -> Any:
    """JSON's own types only: numbers of numpy become Python's, what is not finite None."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
