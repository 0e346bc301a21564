"""Reads an order out of parameters: which its type needs, which it must not have, and what the filters say."""

from collections.abc import Sequence
from decimal import Decimal

from arena.kit.ids import derived, fresh
from arena.trading.market import Side
from arena.trading.venues.dialects.binance import schema
from arena.trading.venues.dialects.binance.desk import Ask, Desk
from arena.trading.venues.dialects.binance.errors import (
    DialectRefused,
    either,
    filter_failed,
    mandatory,
    not_required,
)
from arena.trading.venues.dialects.binance.parameters import Parameters
from arena.trading.venues.exchange import Market
from arena.trading.venues.model import (
    OrderRef,
    OrderRequest,
    OrderType,
    SelfMatch,
    TimeInForce,
)

_LIMITS: Sequence[OrderType] = ("limit", "stop_loss_limit", "take_profit_limit")
_PRICED: Sequence[OrderType] = (*_LIMITS, "limit_maker")
_STOPS: Sequence[OrderType] = ("stop_loss", "stop_loss_limit", "take_profit", "take_profit_limit")
_AT_ONCE: Sequence[OrderType] = ("market", "limit")


class Leg:
    """Parameters of one order; in a list its own ones begin with its place: `abovePrice` is its `price`."""

    def __init__(self, parameters: Parameters, place: str = "") -> None:
        self.parameters = parameters
        self._place = place

    def name(self, plain: str) -> str:
        return self._place + plain[0].upper() + plain[1:] if self._place else plain


def side_of(parameters: Parameters) -> Side:
    try:
        return schema.side_of(parameters.text("side"))
    except schema.Malformed:
        raise DialectRefused(-1117, "Invalid side.") from None


def order_type_of(leg: Leg) -> OrderType:
    try:
        return schema.order_type_of(leg.parameters.text(leg.name("type")))
    except schema.Malformed:
        raise DialectRefused(-1116, "Invalid orderType.") from None


def self_match_of(parameters: Parameters) -> SelfMatch:
    text = parameters.optional("selfTradePreventionMode")
    if text is None:
        return "expire_maker"
    found = schema.known_self_match(text)
    if found is None:
        raise DialectRefused(
            -2010, "This symbol does not allow the specified self-trade prevention mode."
        )
    return found


def read_order(desk: Desk, market: Market, leg: Leg, *, client_order_id: str) -> OrderRequest:
    """The order as it is asked for. Raises DialectRefused for what Binance refuses before it asks the market."""
    parameters, name = leg.parameters, leg.name
    kind = order_type_of(leg)
    quantity, quote_quantity = _quantities(parameters, kind)
    price = _belongs(parameters, name("price"), needed=kind in _PRICED)
    stop_price, trailing_bps = _trigger(leg, kind)
    if parameters.has(name("icebergQty")):
        raise DialectRefused(-2010, "Iceberg orders are not supported for this symbol.")
    asked = OrderRequest(
        client_order_id=client_order_id,
        symbol=market.instrument.symbol,
        side=side_of(parameters),
        type=kind,
        quantity=quantity,
        quote_quantity=quote_quantity,
        limit_price=price,
        stop_price=stop_price,
        trailing_bps=trailing_bps,
        time_in_force=_time_in_force(leg, kind),
        self_match=self_match_of(parameters),
    )
    _filters(desk, asked)
    return asked


def _quantities(parameters: Parameters, kind: OrderType) -> tuple[Decimal | None, Decimal | None]:
    quantity = parameters.optional_amount("quantity")
    quote_quantity = parameters.optional_amount("quoteOrderQty")
    if kind != "market":
        if quote_quantity is not None:
            raise not_required("quoteOrderQty")
        if quantity is None:
            raise mandatory("quantity")
    elif quantity is None and quote_quantity is None:
        raise either("quantity", "quoteOrderQty")
    elif quantity is not None and quote_quantity is not None:
        raise DialectRefused(-1128, "Combination of optional parameters invalid.")
    return quantity, quote_quantity


def _belongs(parameters: Parameters, name: str, *, needed: bool) -> Decimal | None:
    found = parameters.optional_amount(name)
    if needed and found is None:
        raise mandatory(name)
    if not needed and found is not None:
        raise not_required(name)
    return found


def _trigger(leg: Leg, kind: OrderType) -> tuple[Decimal | None, int | None]:
    parameters = leg.parameters
    stop, trailing = leg.name("stopPrice"), leg.name("trailingDelta")
    stop_price = parameters.optional_amount(stop)
    trailing_bps = parameters.optional_whole(trailing)
    if kind in _STOPS:
        if stop_price is None and trailing_bps is None:
            raise either(stop, trailing)
    elif stop_price is not None:
        raise not_required(stop)
    elif trailing_bps is not None:
        raise not_required(trailing)
    return stop_price, trailing_bps


def _time_in_force(leg: Leg, kind: OrderType) -> TimeInForce:
    text = leg.parameters.optional(leg.name("timeInForce"))
    if kind not in _LIMITS:
        if text is not None:
            raise not_required(leg.name("timeInForce"))
        return "gtc"
    if text is None:
        raise mandatory(leg.name("timeInForce"))
    try:
        return schema.time_in_force_of(text)
    except schema.Malformed:
        raise DialectRefused(-1115, "Invalid timeInForce.") from None


def _filters(desk: Desk, asked: OrderRequest) -> None:
    """The bounds that are the dialect's own; steps, worth and positions are the exchange's to judge."""
    filters = desk.filters
    most = filters.price_max
    for price in (asked.limit_price, asked.stop_price):
        if price is not None and (not price or (most is not None and price > most)):
            raise filter_failed("PRICE_FILTER")
    most = filters.quantity_max
    if asked.quantity is not None and (
        not asked.quantity or (most is not None and asked.quantity > most)
    ):
        raise filter_failed("LOT_SIZE")
    if asked.quote_quantity is not None and not asked.quote_quantity:
        raise filter_failed("NOTIONAL")
    if asked.trailing_bps is not None and filters.trailing_bps is not None:
        least, longest = filters.trailing_bps
        if not least <= asked.trailing_bps <= longest:
            raise filter_failed("TRAILING_DELTA")


def detail_of(parameters: Parameters, kind: OrderType) -> schema.Detail:
    """How much the answer is to tell; market and limit orders tell all where nothing is said."""
    found = parameters.optional_choice("newOrderRespType", ("ACK", "RESULT", "FULL"))
    if found is None:
        return "FULL" if kind in _AT_ONCE else "ACK"
    return "ACK" if found == "ACK" else "RESULT" if found == "RESULT" else "FULL"


def client_id(ask: Ask, name: str) -> str:
    """The client order id, or one that follows from the signed request: sent twice it names the same order."""
    found = ask.parameters.optional_client_id(name)
    if found is not None:
        return found
    return derived("arena", ask.intent, name) if ask.intent else fresh("arena")


def order_ref(
    parameters: Parameters,
    market: Market,
    number: str = "orderId",
    client: str = "origClientOrderId",
) -> OrderRef:
    """Which order is meant; both names must fit where both are given."""
    found = OrderRef(
        market.instrument.symbol,
        parameters.optional_whole(number),
        parameters.optional_client_id(client),
    )
    if found.number is None and found.client_order_id is None:
        raise either(client, number)
    return found
