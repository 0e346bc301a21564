"""An order as ccxt's unified `create_order` is asked for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from arena.trading.venues.by_ccxt.special import Special
from arena.trading.venues.model import BadOrderRequest, OrderRequest

CLIENT_ORDER_ID_MAX = 36


@dataclass(frozen=True, slots=True)
class Call:
    """Amounts are text: ccxt keeps them exact that way, and cuts nothing off that `fit` has let pass."""

    symbol: str
    kind: str
    side: str
    amount: str | None
    price: str | None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    method: str = "create_order"

    async def __call__(self, client: Any) -> Mapping[str, Any]:
        told: Mapping[str, Any] = await client.create_order(
            self.symbol, self.kind, self.side, self.amount, self.price, dict(self.parameters)
        )
        return told

    def shown(self) -> Mapping[str, Any]:
        return {
            "symbol": self.symbol, "type": self.kind, "side": self.side, "amount": self.amount,
            "price": self.price, "params": dict(self.parameters),
        }  # fmt: skip


def call_of(order: OrderRequest, theirs: str, special: Special, venue: str) -> Call:
    """Raises BadOrderRequest for what ccxt has no word for at this exchange."""
    if order.trailing_bps is not None:
        raise BadOrderRequest(why=f"trailing orders are not sent to {venue}")
    if len(order.client_order_id) > CLIENT_ORDER_ID_MAX:
        raise BadOrderRequest(
            why=f"client order ids at {venue} have {CLIENT_ORDER_ID_MAX} characters at most"
        )
    parameters: dict[str, Any] = dict.fromkeys(special.client_id_names, order.client_order_id)
    kind = "market" if order.type in ("market", "stop_loss", "take_profit") else "limit"
    if order.type == "limit_maker":
        parameters["postOnly"] = True
    elif kind == "limit" and order.time_in_force != "gtc":
        parameters["timeInForce"] = order.time_in_force.upper()
    if order.stop_price is not None:
        name = "stopLossPrice" if order.type.startswith("stop_loss") else "takeProfitPrice"
        parameters[name] = format(order.stop_price, "f")
    amount = order.quantity
    if order.quote_quantity is not None:
        parameters["cost"] = format(order.quote_quantity, "f")
        amount = order.quote_quantity
    elif special.market_buy_by_quote and order.type == "market" and order.side == "buy":
        raise BadOrderRequest(
            why=f"{venue} buys at the market for an amount to spend: give a quote quantity"
        )
    return Call(
        theirs, kind, order.side,
        None if amount is None else format(amount, "f"),
        None if order.limit_price is None else format(order.limit_price, "f"),
        parameters,
    )  # fmt: skip


def same_order(there: OrderRequest, asked: OrderRequest) -> bool:
    """Whether both ask for the same; how long it is in force and how it avoids itself are not told back by all."""
    return (
        there.symbol, there.side, there.quantity or there.quote_quantity, there.limit_price, there.stop_price,
    ) == (
        asked.symbol, asked.side, asked.quantity or asked.quote_quantity, asked.limit_price, asked.stop_price,
    )  # fmt: skip
