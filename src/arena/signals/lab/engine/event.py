"""The event path: a strategy decides bar by bar, and the code that follows signals live trades it.

`following.Follower` sizes, orders, fills, charges and protects, in decimals, as record.md says. Here stands only the
clock: bars come one at a time, and what the strategy sees grows with them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from math import floor

import msgspec
import numpy as np
from msgspec.structs import replace

from arena.kit.clock import from_ms
from arena.kit.ids import derived
from arena.signals.feeds import Lineage, Terms
from arena.signals.following import Follower
from arena.signals.lab.bars import Bars, Floats
from arena.signals.lab.bounds import UNBOUNDED, Bounds
from arena.signals.lab.engine.growing import Growing
from arena.signals.lab.engine.kernel import HAIR
from arena.signals.lab.engine.run import Run, Trade
from arena.signals.lab.strategy import Parameters, Strategy, Target, View
from arena.trading.market import ARITHMETIC, Candle
from arena.trading.venues import BarFill, Rules

OnBar = Callable[[View, Parameters, Decimal], Target | None]
ACCOUNT = derived("acc", "lab")
_SUNK = Target(Decimal(0), Decimal("0.50"), "The account has sunk as deep as its policy lets it.")
_NO_LINEAGE = Lineage("0" * 64, "0" * 64, "0" * 64, "0" * 64)
_NO_HASH = "0" * 64
_NUMBERS = msgspec.json.Decoder(tuple[Decimal, Decimal, Decimal, Decimal, Decimal])


def run_by_bar(
    strategy: Strategy,
    parameters: Parameters,
    bars: Bars,
    series: Mapping[str, Floats],
    *,
    rules: Rules,
    cash: Decimal,
    first: int = 0,
    bounds: Bounds = UNBOUNDED,
) -> Run:
    """The back-test over all bars; `series` are its indicators over the same bars, NaN where there are too few yet.

    Decisions begin at bar `first`, or as soon as every indicator has a value. `cash` is in quote units.
    """
    with localcontext(ARITHMETIC):
        clock = _Clock(strategy, parameters, bars, series, rules=rules, cash=cash, bounds=bounds)
        clock.run(max(first, ready(series)))
        return clock.result(cash)


def ready(series: Mapping[str, Floats]) -> int:
    """The first bar at which every indicator has a value; the number of bars where that never is."""
    firsts = [
        int(np.argmax(~np.isnan(values))) if not np.isnan(values).all() else len(values)
        for values in series.values()
    ]
    return max(firsts, default=0)


@dataclass(slots=True)
class _Ledger:
    """How the account stood from each of these bars on."""

    bars: list[int] = field(default_factory=list)
    cash: list[float] = field(default_factory=list)
    quantity: list[float] = field(default_factory=list)


class _Clock:
    def __init__(
        self,
        strategy: Strategy,
        parameters: Parameters,
        bars: Bars,
        series: Mapping[str, Floats],
        *,
        rules: Rules,
        cash: Decimal,
        bounds: Bounds,
    ) -> None:
        self._on_bar: OnBar = strategy.on_bar
        self._parameters = parameters
        self._bars = bars
        self._series = series
        self._rules = rules
        self._interval = timedelta(seconds=bars.interval_s)
        self._follower = Follower(
            ACCOUNT, cash, instrument=bars.instrument, rules=rules, interval_s=bars.interval_s
        )
        self._ledger = _Ledger([0], [float(cash)], [0.0])
        self._trades: list[Trade] = []
        self._traded = self._costs = Decimal(0)
        self._targets: list[tuple[int, float]] = [(0, 0.0)]
        self._weight = Decimal(0)
        self._bounds = bounds
        self._peak = float(cash)

    def run(self, first: int) -> None:
        view = Growing(self._bars, self._series, first)
        while len(view) < len(self._bars):
            self._walk(view)

    def _walk(self, view: Growing) -> None:
        """To the end, or until the view must grow by more."""
        tickets, bounded = self._follower.tickets, self._bounds != UNBOUNDED
        on_bar, parameters, weight = self._on_bar, self._parameters, self._weight
        for _ in view.steps():
            if tickets:
                self._meet(len(view) - 1)
            target = on_bar(view, parameters, weight)
            if bounded:
                target = self._bounded(target, len(view) - 1)
                on_bar = self._on_bar
            if target is not None and target.weight != weight:
                weight = self._weight = target.weight
                self._follow(target, len(view) - 1)

    def _bounded(self, target: Target | None, at: int) -> Target | None:
        """What the bounds make of it; once the account has sunk too deep nothing is asked any more."""
        held, close = self._follower.holding, float(self._bars.closes[at])
        exposure = float(held.quantity) * close
        equity = float(held.cash) + exposure
        self._peak = max(self._peak, equity)
        if 1 - equity / self._peak >= self._bounds.drawdown_max:
            self._on_bar = _silent
            return _SUNK
        most = self._bounds.order_notional_max
        if target is None or most is None or not target.weight:
            return target
        reach = floor((exposure + float(most)) / equity * 10_000 + HAIR)
        if target.weight <= Decimal(reach) / 10_000:
            return target
        return replace(target, weight=Decimal(reach) / 10_000)

    def _meet(self, at: int) -> None:
        candle = self._candle(at)
        fills = self._follower.meet(candle, candle.open_at + self._interval)
        if fills:
            for fill in fills:
                self._tell(fill, at)
            held = self._follower.holding
            self._ledger.bars.append(at)
            self._ledger.cash.append(float(held.cash))
            self._ledger.quantity.append(float(held.quantity))

    def _tell(self, fill: BarFill, at: int) -> None:
        instrument, quantity, price, hit = (
            self._bars.instrument,
            fill.quantity,
            fill.price,
            fill.hit,
        )
        steps, ticks = int(quantity / instrument.step), int(price / instrument.tick)
        self._trades.append(Trade(at, fill.side, steps, ticks, hit.liquidity == "maker"))
        self._traded += quantity * price
        worse = price - hit.price if fill.side == "buy" else hit.price - price
        self._costs += quantity * worse

    def _follow(self, target: Target, at: int) -> None:
        self._targets.append((at, float(target.weight)))
        self._follower.close = Decimal(repr(self._bars.closes.item(at)))
        terms = self._terms(target, at, from_ms(self._bars.open_ms.item(at)) + self._interval)
        self._follower.follow(terms, terms.issued_at)

    def _terms(self, target: Target, at: int, issued_at: datetime) -> Terms:
        limit, stop, profit = target.prices(self._bars.instrument.tick)
        return Terms(
            id=f"lab:{at}", feed_id="lab", sequence=at, issued_at=issued_at,
            valid_until=issued_at + self._interval * target.valid_bars,
            instrument=self._bars.instrument.symbol, action="open", target_weight=target.weight,
            limit_price=limit, stop_price=stop, take_profit_price=profit,
            confidence=target.confidence, rationale=target.rationale, lineage=_NO_LINEAGE,
            previous_hash=_NO_HASH, key_id="",
        )  # fmt: skip

    def _candle(self, at: int) -> Candle:
        """Its numbers as they are spelled: JSON has the digits that `repr` has, and sooner."""
        bars = self._bars
        columns = (bars.opens, bars.highs, bars.lows, bars.closes, bars.volumes)
        spelled = msgspec.json.encode([values.item(at) for values in columns])
        return Candle(
            bars.instrument.symbol, from_ms(bars.open_ms.item(at)), *_NUMBERS.decode(spelled)
        )

    def result(self, cash: Decimal) -> Run:
        bars, ledger = self._bars, self._ledger
        exposure = self._lasting(ledger.quantity, ledger.bars) * bars.closes
        since, targets = zip(*self._targets, strict=True)
        return Run(
            bars=bars,
            rules=self._rules,
            cash=float(cash),
            equity=self._lasting(ledger.cash, ledger.bars) + exposure,
            weights=self._lasting(targets, since).astype(np.float32),
            exposure=exposure,
            trades=tuple(self._trades),
            fees=float(self._follower.holding.fees),
            traded=float(self._traded),
            costs=float(self._costs),
        )

    def _lasting(self, values: Sequence[float], since: Sequence[int]) -> Floats:
        """By bar, each value from its bar on until the next one's."""
        return np.repeat(np.array(values), np.diff(np.array((*since, len(self._bars)))))


def _silent(_view: View, _parameters: Parameters, _weight: Decimal) -> None:
    """Decides nothing."""
