"""A policy: how a model's wish becomes a position, and what trading is assumed to cost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, Self

from arena.signals.lab.bounds import Bounds
from arena.signals.lab.documents.faults import VERSION, faults
from arena.signals.lab.model import BadDocument
from arena.trading.venues import Rules

SizingKind = Literal["target_weight", "fixed_weight"]


@dataclass(frozen=True, slots=True)
class Policy:
    """The fields of schema/policy-v2.json. Percents of equity, bps (1/10,000) of a price, bars; `order_notional_max`
    in quote units; None is no such bound. `rules` are the costs: the rules of the record."""

    sizing: SizingKind = "target_weight"
    weight_max_pct: int = 100
    volatility_target_pct: int | None = None
    stop_bps: int | None = None
    take_profit_bps: int | None = None
    cooldown_bars: int = 0
    drawdown_max_pct: int = 100
    exposure_max_pct: int = 100
    order_notional_max: Decimal | None = None
    rules: Rules = field(default_factory=Rules)

    @property
    def bounds(self) -> Bounds:
        return Bounds(self.drawdown_max_pct, self.order_notional_max)

    def document(self) -> dict[str, Any]:
        """The policy as a document of the second version."""
        largest = self.order_notional_max
        return {
            "version": VERSION,
            "sizing": {"kind": self.sizing, "weight_max_pct": self.weight_max_pct},
            "volatility_target_pct": self.volatility_target_pct,
            "stop_bps": self.stop_bps,
            "take_profit_bps": self.take_profit_bps,
            "cooldown_bars": self.cooldown_bars,
            "limits": {
                "drawdown_max_pct": self.drawdown_max_pct,
                "exposure_max_pct": self.exposure_max_pct,
                "order_notional_max": None if largest is None else format(largest, "f"),
            },
            "costs": self.rules.document(),
            "publishes": "bar_close",
        }

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        """From a document whose form is right."""
        sizing, limits, costs = body["sizing"], body["limits"], body["costs"]
        largest = limits["order_notional_max"]
        return cls(
            sizing=sizing["kind"], weight_max_pct=sizing["weight_max_pct"],
            volatility_target_pct=body["volatility_target_pct"], stop_bps=body["stop_bps"],
            take_profit_bps=body["take_profit_bps"], cooldown_bars=body["cooldown_bars"],
            drawdown_max_pct=limits["drawdown_max_pct"], exposure_max_pct=limits["exposure_max_pct"],
            order_notional_max=None if largest is None else Decimal(largest),
            rules=Rules(**{**costs, "impact_y": Decimal(costs["impact_y"])}),
        )  # fmt: skip


def policy_of(body: dict[str, Any]) -> Policy:
    """The policy a document of the second version states. Raises BadDocument."""
    found = faults("policy", body)
    if found:
        raise BadDocument(kind="policy", errors=[{"pointer": p, "detail": d} for p, d in found])
    return Policy.of(body)
