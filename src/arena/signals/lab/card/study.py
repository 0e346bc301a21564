"""A study: what a model is tested on, how, and with what words it is offered. One JSON file, all of a card's input.

Figures follow from the study, the bars and the strategy's code alone; so who has these three can compute a card again.
"""

import re
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec

from arena.kit.errors import Refused
from arena.signals.lab.documents import Policy
from arena.signals.lab.walk import Cut, Terms
from arena.trading.venues import Rules

DAY_S = 86_400


class BadStudy(Refused):
    """The study cannot be read: {why}. The guide to the Lab shows one."""


class Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Candles: `path` is a Parquet file or a folder of them, as the author has it. `since` (included) and `until` (not)
    are UTC dates that cut the span."""

    path: str
    symbol: str
    interval: str = "1h"
    since: str | None = None
    until: str | None = None


class Walk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Windows in days of 24 hours; purge and embargo in bars."""

    train_days: int = 365
    test_days: int = 90
    purge_bars: int = 0
    embargo_bars: int = 0
    kind: Literal["rolling", "anchored"] = "rolling"
    objective: Literal["sharpe", "total_return", "calmar"] = "sharpe"


ORDER = re.compile(r"(0\.0{0,17}[1-9][0-9]{0,17}|[1-9][0-9]{0,17}(\.[0-9]{1,18})?)")
"""As a policy spells the worth of an order."""


class Costs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rules of the record, as a policy names them."""

    fee_maker_bps: int = 10
    fee_taker_bps: int = 10
    half_spread_bps: int = 1
    latency_ms: int = 250
    impact_y: str = "0.8"
    participation_bps: int = 1000
    reserve_bps: int = 50
    rebalance_bps: int = 50

    def rules(self) -> Rules:
        given = msgspec.structs.asdict(self)
        return Rules(**{**given, "impact_y": Decimal(self.impact_y)})


class Sizing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a wish becomes a position, as a policy names it. Percents of equity, bps of the price at entry, bars."""

    kind: Literal["target_weight", "fixed_weight"] = "target_weight"
    weight_max_pct: Annotated[int, msgspec.Meta(ge=1, le=100)] = 100
    volatility_target_pct: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None
    stop_bps: Annotated[int, msgspec.Meta(ge=1, le=9999)] | None = None
    take_profit_bps: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None
    cooldown_bars: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 0


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the account must keep to, as a policy names it. Percents of equity; the largest order in quote units."""

    drawdown_max_pct: Annotated[int, msgspec.Meta(ge=1, le=100)] = 100
    exposure_max_pct: Annotated[int, msgspec.Meta(ge=1, le=100)] = 100
    order_notional_max: str | None = None


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What figures cannot say, in the author's words."""

    intended_use: str
    known_failures: str
    risks: str


class Study(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`model` is a built-in's name or `file.py:Class`; `space` has for each parameter the values to try, the others
    stand at their default; `less` are pairs of which the first must be the smaller. `cash` is quote units."""

    name: str
    model: str
    data: Data
    space: dict[str, list[int]]
    words: Words
    less: list[tuple[str, str]] = []
    walk: Walk = Walk()
    sizing: Sizing = Sizing()
    limits: Limits = Limits()
    costs: Costs = Costs()
    cash: str = "100000"
    seed: int = 1
    version: Literal["1"] = "1"

    def terms(self, interval_s: int) -> Terms:
        """How to walk over bars of that interval."""
        bars_a_day = DAY_S / interval_s
        cut = Cut(
            round(self.walk.train_days * bars_a_day), round(self.walk.test_days * bars_a_day),
            self.walk.purge_bars, self.walk.embargo_bars, self.walk.kind,
        )  # fmt: skip
        policy = self.policy()
        return Terms(cut, policy.rules, Decimal(self.cash), policy.bounds, self.walk.objective)

    def policy(self) -> Policy:
        """How the model's wishes become positions, and what trading is assumed to cost."""
        sizing, limits, largest = self.sizing, self.limits, self.limits.order_notional_max
        return Policy(
            sizing=sizing.kind, weight_max_pct=sizing.weight_max_pct,
            volatility_target_pct=sizing.volatility_target_pct, stop_bps=sizing.stop_bps,
            take_profit_bps=sizing.take_profit_bps, cooldown_bars=sizing.cooldown_bars,
            drawdown_max_pct=limits.drawdown_max_pct, exposure_max_pct=limits.exposure_max_pct,
            order_notional_max=None if largest is None else Decimal(largest),
            rules=self.costs.rules(),
        )  # fmt: skip

    def document(self) -> dict[str, Any]:
        """As JSON, every field named."""
        document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return document


def study_of(text: bytes) -> Study:
    """Raises BadStudy with the place and what is wrong there."""
    try:
        study = msgspec.json.decode(text, type=Study)
        for number in (study.cash, study.costs.impact_y):
            if not Decimal(number).is_finite() or Decimal(number) < 0:
                raise BadStudy(why=f"{number} is no amount")
        largest = study.limits.order_notional_max
        if largest is not None and not ORDER.fullmatch(largest):
            raise BadStudy(
                why=f"{largest} is no amount an order may be worth: write it like 2500 or 99.50"
            )
    except msgspec.DecodeError as refused:
        raise BadStudy(why=str(refused)) from refused
    except ArithmeticError as refused:
        raise BadStudy(why="an amount is no decimal number") from refused
    return study
