"""A market made by hand: tick and step are 1, so what tests write are prices, quantities and milliseconds."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from arena.kit.clock import from_ms
from arena.trading.market import DepthSnapshot, DepthUpdate, Instrument, Print, Side
from arena.trading.venues import Ended, EngineEvent, Filled, MatchingEngine, PaperTicket

COIN = Instrument("AB-C", "AB", "C", Decimal(1), Decimal(1), Decimal(1))
ENOUGH = 10**9


def at(ms: int) -> datetime:
    return from_ms(ms)


class Market:
    """An engine and what it has reported; every act returns what it caused."""

    def __init__(
        self, bids: dict[int, int] | None = None, asks: dict[int, int] | None = None
    ) -> None:
        self.engine = MatchingEngine(COIN)
        self.ids = self.trades = self.orders = 0
        self.told: list[EngineEvent] = []
        if bids is not None or asks is not None:
            self.snapshot(0, bids or {}, asks or {})

    def snapshot(
        self,
        ms: int,
        bids: dict[int, int],
        asks: dict[int, int],
        model: Literal["exchange", "bar"] = "exchange",
    ) -> list[EngineEvent]:
        self.ids += 1
        return self._tell(self.engine.apply(DepthSnapshot(
            COIN.symbol, at(ms), self.ids, tuple(bids.items()), tuple(asks.items()), model
        )))  # fmt: skip

    def update(
        self, ms: int, bids: dict[int, int] | None = None, asks: dict[int, int] | None = None
    ) -> list[EngineEvent]:
        self.ids += 1
        return self._tell(self.engine.apply(DepthUpdate(
            COIN.symbol, at(ms), self.ids, self.ids, tuple((bids or {}).items()), tuple((asks or {}).items())
        )))  # fmt: skip

    def trade(
        self,
        ms: int,
        price: int,
        quantity: int,
        side: Side,
        model: Literal["exchange", "bar"] = "exchange",
    ) -> list[EngineEvent]:
        """Somebody out there bought or sold; `side` is the taker's."""
        self.trades += 1
        return self._tell(self.engine.apply(Print(
            COIN.symbol, self.trades, at(ms), Decimal(price), Decimal(quantity), side, model
        )))  # fmt: skip

    def place(self, ms: int, ticket: PaperTicket) -> list[EngineEvent]:
        """Takes effect at `ms`, and time goes on to there."""
        self.orders += 1
        self.engine.submit(replace(ticket, sequence=self.orders, effective_ms=ms))
        return self.advance(ms)

    def advance(self, ms: int) -> list[EngineEvent]:
        return self._tell(self.engine.advance(ms))

    def _tell(self, events: list[EngineEvent]) -> list[EngineEvent]:
        self.told += events
        return events


def ticket(
    order_id: str, side: Side, kind: Any = "limit", quantity: int | None = 10, **more: Any
) -> PaperTicket:
    """An order of account `acc_<first letter of the id>`, unless another is given."""
    more = {"account_id": f"acc_{order_id[0]}", **more}
    return PaperTicket(
        order_id=order_id, sequence=0, side=side, type=kind, effective_ms=0, quantity=quantity, **more
    )  # fmt: skip


def buy(order_id: str, limit: int, quantity: int = 10, **more: Any) -> PaperTicket:
    return ticket(order_id, "buy", "limit", quantity, limit=limit, **more)


def sell(order_id: str, limit: int, quantity: int = 10, **more: Any) -> PaperTicket:
    return ticket(order_id, "sell", "limit", quantity, limit=limit, **more)


def market(order_id: str, side: Side, quantity: int | None = 10, **more: Any) -> PaperTicket:
    return ticket(order_id, side, "market", quantity, **more)


def fills(events: Iterable[EngineEvent]) -> list[tuple[str, int, int, str]]:
    """(order, quantity, price, maker or taker)."""
    return [(e.order_id, e.quantity, e.price, e.liquidity) for e in events if isinstance(e, Filled)]


def ends(events: Iterable[EngineEvent]) -> list[tuple[str, str]]:
    """(order, why)."""
    return [(e.order_id, e.reason) for e in events if isinstance(e, Ended)]
