"""A strategy under a policy: what it wishes becomes the position that is asked for.

Order of rules: the wish; nothing while the cooldown after leaving lasts; the volatility target scales it; the sizing
and the bounds cap it; where it names no stop or profit of its own, the policy's go with an entry.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import msgspec
import numpy as np

from arena.signals.lab.bars import Floats
from arena.signals.lab.documents import Policy
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
    View,
    share,
)

VOLATILITY = "policy volatility"
VOLATILITY_BARS = 96
_BPS = 10_000


class Governed:
    """With a cooldown it remembers when it left, so it has no plan; without one it has one where the strategy has."""

    def __init__(self, strategy: Strategy, policy: Policy) -> None:
        self._strategy = strategy
        self._policy = policy
        self._most = min(policy.weight_max_pct, policy.exposure_max_pct) / 100
        self._closes: object = None
        self._left_at = -(1 << 62)
        self._wish = Decimal(0)

    @property
    def name(self) -> str:
        return self._strategy.name

    @property
    def about(self) -> str:
        return self._strategy.about

    @property
    def ranges(self) -> Mapping[str, Range]:
        return self._strategy.ranges

    def indicators(self, parameters: Parameters) -> Mapping[str, Indicator]:
        own = dict(self._strategy.indicators(parameters))
        if self._policy.volatility_target_pct is not None:
            own[VOLATILITY] = Indicator("realised_volatility", {"bars": VOLATILITY_BARS})
        return own

    def on_bar(self, view: View, parameters: Parameters, weight: Decimal) -> Target | None:
        if self._closes is not view.closes:  # another run begins
            self._closes, self._left_at, self._wish = view.closes, -(1 << 62), Decimal(0)
        wished = self._strategy.on_bar(view, parameters, self._wish)
        at = len(view)
        if wished is None:
            return None
        if wished.weight == 0:
            self._left_at = at if weight > 0 else self._left_at
            self._wish = wished.weight
            return wished
        if weight == 0 and at - self._left_at <= self._policy.cooldown_bars:
            return None
        sized = self._sized(wished, view)
        if sized.weight == 0:  # too wild to hold even a ten-thousandth
            return None
        self._wish = wished.weight
        return self._guarded(sized, view.closes[-1], enters=weight == 0)

    def plan(self, table: Table, parameters: Parameters) -> Plan:
        """Raises NoPlan where it can only decide bar by bar."""
        policy = self._policy
        if not isinstance(self._strategy, Planned):
            raise NoPlan(f"{self.name} decides bar by bar only")
        if policy.cooldown_bars or policy.volatility_target_pct is not None:
            raise NoPlan("a cooldown or a volatility target depends on what was wished before")
        wished = self._strategy.plan(table, parameters)
        if wished.band_pct and (policy.sizing == "fixed_weight" or self._most < 1):
            raise NoPlan("a band is about what was wished, not about what the policy makes of it")
        closes = table.closes
        return replace(
            wished,
            enter=self._weights(wished.enter),
            hold=self._weights(wished.hold),
            stop_prices=_first(wished.stop_prices, policy.stop_bps and closes * (1 - policy.stop_bps / _BPS)),
            take_profit_prices=_first(
                wished.take_profit_prices,
                policy.take_profit_bps and closes * (1 + policy.take_profit_bps / _BPS),
            ),
        )  # fmt: skip

    def _sized(self, wished: Target, view: View) -> Target:
        policy, wanted = self._policy, float(wished.weight)
        if policy.sizing == "fixed_weight":
            wanted = self._most
        if policy.volatility_target_pct is not None:
            swing = view[VOLATILITY][-1]
            wanted *= min(policy.volatility_target_pct / 100 / swing, 1.0) if swing else 1.0
        return msgspec.structs.replace(wished, weight=share(min(wanted, self._most)))

    def _weights(self, wished: Floats) -> Floats:
        """The same for all bars of a plan, where no volatility is targeted."""
        if self._policy.sizing == "fixed_weight":
            return np.where(wished > 0, self._most, wished)
        return np.minimum(wished, self._most)

    def _guarded(self, target: Target, close: float, *, enters: bool) -> Target:
        stop, profit = self._policy.stop_bps, self._policy.take_profit_bps
        if enters and stop and target.stop_price is None:
            target = msgspec.structs.replace(target, stop_price=close * (1 - stop / _BPS))
        if enters and profit and target.take_profit_price is None:
            target = msgspec.structs.replace(target, take_profit_price=close * (1 + profit / _BPS))
        return target


def _first(own: Floats | None, policy: Floats | int | None) -> Floats | None:
    """The strategy's prices where it has them, else the policy's."""
    if policy is None or isinstance(policy, int):
        return own
    return policy if own is None else np.where(np.isnan(own), policy, own)
