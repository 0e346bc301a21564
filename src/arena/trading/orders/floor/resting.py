"""An order as the floor holds it in memory: it moves, and gives frozen pictures of itself to whoever asks."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from arena.trading.venues import MOVES, Fill, OrderRequest, OrderStatus, VenueOrder


@dataclass(slots=True, eq=False)
class Resting:
    """`hold` is what it locks of `hold_asset`; `expected` are the base units a buy may still add to a position.

    `number` counts the orders of the arena. An order of a list shares its hold with its sibling: only the first
    of the two holds anything.
    """

    id: str
    account_id: str
    number: int
    request: OrderRequest
    status: OrderStatus
    placed_at: datetime
    updated_at: datetime
    effective_at: datetime
    hold_asset: str
    hold: Decimal = Decimal(0)
    expected: Decimal = Decimal(0)
    filled_quantity: Decimal = Decimal(0)
    filled_quote: Decimal = Decimal(0)
    fills: int = 0
    working: bool = True
    working_at: datetime | None = None
    list_number: int | None = None
    list_client_order_id: str | None = None
    cancel_id: str | None = None
    reason: str | None = None
    sibling: "Resting | None" = None
    made: list[Fill] = field(default_factory=list)
    """Fills since this process knows the order; its first answer tells of them."""
    resume: dict[str, int | str | bool] = field(default_factory=dict)
    """What the engine must know to take it up again after a restart."""
    written_hold: Decimal = Decimal(0)
    """What it held when it was read from the database."""
    taken_up: bool = False
    """It had taken effect before this process knew it."""
    sink: "asyncio.Future[None] | None" = None
    """Done once the order has taken effect and that is committed."""

    @property
    def open(self) -> bool:
        return bool(MOVES[self.status])

    def move(self, to: OrderStatus, at: datetime, reason: str | None = None) -> None:
        assert to in MOVES[self.status], f"{self.status} does not become {to}"
        self.status, self.updated_at, self.reason = to, at, reason

    def resumed(self) -> dict[str, int | str | bool]:
        """As it is written down: what it holds, and what the engine knows of it."""
        return {**self.resume, "asset": self.hold_asset, "hold": format(self.hold, "f")}

    def picture(self, *fills: Fill) -> VenueOrder:
        return VenueOrder(
            id=self.id,
            account_id=self.account_id,
            number=self.number,
            request=self.request,
            status=self.status,
            placed_at=self.placed_at,
            updated_at=self.updated_at,
            filled_quantity=self.filled_quantity,
            filled_quote=self.filled_quote,
            working=self.working,
            working_at=self.working_at,
            list_number=self.list_number,
            list_client_order_id=self.list_client_order_id,
            cancel_id=self.cancel_id,
            reason=self.reason,
            fills=fills,
        )
