"""A strategy under a policy: sizing, volatility target, stops, cooldown."""

from arena.signals.lab.governed.governed import VOLATILITY_BARS, Governed

__all__ = ["VOLATILITY_BARS", "Governed"]
