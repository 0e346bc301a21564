"""What a sweep is: a strategy, the bars it is tried on, at which costs, and the configurations that are tried."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np

from arena.kit.canonical import sha256_hex
from arena.signals.lab.bars import Bars
from arena.signals.lab.strategy import Strategy
from arena.signals.lab.sweep.model import BadStudy, Configurations
from arena.signals.lab.sweep.space import Space, grid
from arena.trading.venues import Rules


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """A space stands for all of its grid. `ends` are the last bars of folds, rising; without any the whole is one.
    `keep_daily` keeps each configuration's daily returns, which the statistics of overfitting need. `cash` is in quote
    units."""

    strategy: Strategy
    bars: Bars
    configurations: Configurations | Space
    rules: Rules = field(default_factory=Rules)
    cash: Decimal = Decimal(100_000)
    ends: tuple[int, ...] = ()
    keep_daily: bool = False
    code_version: str | None = None
    """The hash of the strategy's source where the caller knows it better than the file its class stands in."""

    def __post_init__(self) -> None:
        given = self.configurations
        for why, holds in (
            ("there are no configurations", not isinstance(given, Configurations) or len(given) > 0),
            ("cash must be above zero", self.cash > 0),
            (
                f"the ends of folds must rise and lie within the {len(self.bars)} bars",
                all(a < b for a, b in zip((-1, *self.ends), (*self.ends, len(self.bars)), strict=True)),
            ),
        ):  # fmt: skip
            if not holds:
                raise BadStudy(why=why)

    @property
    def fold_ends(self) -> tuple[int, ...]:
        return self.ends or (len(self.bars) - 1,)

    def listed(self) -> Configurations:
        """Raises BadSpace, TooManyConfigurations."""
        given = self.configurations
        return given if isinstance(given, Configurations) else grid(given)

    def document(self, tried: Mapping[str, Any]) -> dict[str, Any]:
        """All that the results follow from, as JSON; `tried` says which configurations."""
        return {
            "version": "1",
            "strategy": self.strategy.name,
            "code_sha": self.code_version or code_sha(self.strategy),
            "tried": dict(tried),
            "bars": bars_document(self.bars),
            "rules": self.rules.document(),
            "cash": format(self.cash, "f"),
            "ends": list(self.ends),
            "keep_daily": self.keep_daily,
        }


def bars_document(bars: Bars) -> dict[str, Any]:
    """The bars by their instrument, interval, span and SHA-256 over all columns."""
    instrument = bars.instrument
    columns = (bars.open_ms, bars.opens, bars.highs, bars.lows, bars.closes, bars.volumes)
    return {
        "instrument": {
            "symbol": instrument.symbol, "base": instrument.base, "quote": instrument.quote,
            "tick": format(instrument.tick, "f"), "step": format(instrument.step, "f"),
            "notional_min": format(instrument.notional_min, "f"),
        },
        "interval_s": bars.interval_s,
        "count": len(bars),
        "first_open_ms": int(bars.open_ms[0]),
        "last_open_ms": int(bars.open_ms[-1]),
        "sha": sha256_hex(b"".join(np.ascontiguousarray(column).tobytes() for column in columns)),
    }  # fmt: skip


def code_sha(strategy: Strategy) -> str | None:
    """SHA-256 (hex) of the file the strategy is written in; None where there is no such file."""
    try:
        return sha256_hex(
            inspect.getsource(inspect.getmodule(type(strategy)) or type(strategy)).encode()
        )
    except (OSError, TypeError):
        return None
