"""What a policy bounds in the account itself: how deep it may sink, and how large one order may be."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Bounds:
    """Once the account closes a bar `drawdown_max_pct` percent of its highest close below that, or more, all is sold
    and nothing is decided any more; 100 is no bound. A decision asks for no more than lets its order be worth
    `order_notional_max` (quote units, at the close it is made at), rounded down to a ten-thousandth of the equity; None
    is no bound. What is sold is not bounded: leaving is never held back.
    """

    drawdown_max_pct: int = 100
    order_notional_max: Decimal | None = None

    @property
    def drawdown_max(self) -> float:
        """As a fraction; one that no account reaches where there is no bound."""
        return self.drawdown_max_pct / 100 if self.drawdown_max_pct < 100 else 2.0


UNBOUNDED = Bounds()
