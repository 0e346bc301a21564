"""The evidence on a fill: where its liquidity came from (docs/reference/paper-exchange.md, 9)."""

from arena.trading.market import ARITHMETIC, Print, Scale
from arena.trading.venues.paper.ladder import Ladder
from arena.trading.venues.paper.model import Evidence
from arena.trading.venues.paper.order import ENDLESS, Order


class Clerk:
    """Writes evidence for one instrument: prices and quantities as decimal text, ids and milliseconds as integers."""

    __slots__ = ("_scale",)

    def __init__(self, scale: Scale) -> None:
        self._scale = scale

    def of_level(
        self, ladder: Ladder, key: int, *, book_id: int, book_ms: int, model: str
    ) -> dict[str, str | int]:
        """A mirrored level before something is taken of it."""
        return {
            "model": model,
            "book_id": book_id,
            "book_ms": book_ms,
            "level": self.price(key * ladder.sign),
            "displayed": self.quantity(ladder.sizes.get(key, 0)),
            "consumed": self.quantity(ladder.consumed.get(key, 0)),
            "traded": self.quantity(ladder.traded.get(key, 0)),
        }

    def of_queue(self, order: Order, ahead: int) -> dict[str, str | int | None]:
        """A resting order's place at its price, at acceptance and now; None where no book has told it yet."""
        return {
            "accepted_book_id": order.queued_id,
            "queue_at_acceptance": None if order.queued >= ENDLESS else self.quantity(order.queued),
            "queue_ahead": None if ahead >= ENDLESS else self.quantity(ahead),
        }

    def taken(self, level: Evidence) -> Evidence:
        """A taker took from a mirrored level."""
        return {"source": "book", **level}

    def crossed(self, order: Order, level: Evidence) -> Evidence:
        """The mirrored book came to a resting order's price."""
        return {"source": "crossing", **level, **self.of_queue(order, 0)}

    def traded(self, order: Order, event: Print, ahead: int) -> Evidence:
        """A trade of the market reached a resting order."""
        return {
            "source": "trade",
            "model": event.model,
            "trade_id": event.id,
            "trade_price": format(event.price, "f"),
            "trade_quantity": format(event.quantity, "f"),
            **self.of_queue(order, ahead),
        }

    def met(self, counterparty: Order, *, book_id: int, book_ms: int) -> Evidence:
        """Two orders of the arena met."""
        return {
            "source": "order",
            "counterparty": counterparty.ticket.order_id,
            "book_id": book_id,
            "book_ms": book_ms,
        }

    def price(self, ticks: int) -> str:
        return format(ARITHMETIC.multiply(ticks, self._scale.tick), "f")

    def quantity(self, steps: int) -> str:
        return format(ARITHMETIC.multiply(steps, self._scale.step), "f")
