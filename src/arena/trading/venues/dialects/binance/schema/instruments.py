"""exchangeInfo: instruments with their filters, to Binance's wire and from it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from arena.trading.market import Instrument
from arena.trading.venues.dialects.binance.schema.numbers import (
    ZERO,
    Malformed,
    number,
    text8,
    whole,
)
from arena.trading.venues.dialects.binance.schema.symbols import wire_symbol
from arena.trading.venues.dialects.binance.schema.words import ORDER_TYPES, SELF_MATCHES

TRAILING_BPS_MIN, TRAILING_BPS_MAX = 10, 2000
PRICE_MAX = Decimal(100_000_000)
QUANTITY_MAX = Decimal(9_000_000_000)
PERMISSION = "SPOT"


@dataclass(frozen=True, slots=True)
class Filters:
    """What an exchange bounds beyond tick, step and smallest worth. None: no such filter.

    Prices and worth are in quote units, quantities and positions in base units. `price_up` bounds what buys may pay and
    `price_down` what sells may ask, as factors of the average price of the last `average_minutes` minutes (0: of the
    last price).
    """

    price_max: Decimal | None = PRICE_MAX
    quantity_min: Decimal | None = None
    quantity_max: Decimal | None = QUANTITY_MAX
    market_quantity_max: Decimal | None = None
    notional_max: Decimal | None = None
    orders_max: int | None = None
    stop_orders_max: int | None = None
    position_max: Decimal | None = None
    price_up: Decimal | None = None
    price_down: Decimal | None = None
    average_minutes: int = 0
    trailing_bps: tuple[int, int] | None = (TRAILING_BPS_MIN, TRAILING_BPS_MAX)


@dataclass(frozen=True, slots=True)
class ListedSymbol:
    """A symbol as an exchange lists it: `instrument.symbol` is the one on the wire. Order types are Binance's words."""

    instrument: Instrument
    filters: Filters
    order_types: frozenset[str]
    oco: bool
    trailing: bool
    by_quote_quantity: bool


def render_symbol(instrument: Instrument, filters: Filters) -> dict[str, Any]:
    """An entry of `symbols`. `permissions` is for older clients, `permissionSets` for newer ones."""
    return {
        "symbol": wire_symbol(instrument),
        "status": "TRADING" if instrument.status == "trading" else "HALT",
        "baseAsset": instrument.base,
        "baseAssetPrecision": 8,
        "quoteAsset": instrument.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": list(ORDER_TYPES.values()),
        "icebergAllowed": False,
        "ocoAllowed": True,
        "otoAllowed": False,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": True,
        "cancelReplaceAllowed": True,
        "amendAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": render_filters(instrument, filters),
        "permissions": [PERMISSION],
        "permissionSets": [[PERMISSION]],
        "defaultSelfTradePreventionMode": SELF_MATCHES["expire_maker"],
        "allowedSelfTradePreventionModes": list(SELF_MATCHES.values()),
        "arena": {"symbol": instrument.symbol},
    }


def render_filters(instrument: Instrument, filters: Filters) -> list[dict[str, Any]]:
    """Only filters that are enforced, by types every client knows: an unknown one would stop strict clients."""
    found: list[dict[str, Any]] = [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": text8(instrument.tick),
            "maxPrice": text8(filters.price_max),
            "tickSize": text8(instrument.tick),
        },
        {
            "filterType": "LOT_SIZE",
            "minQty": text8(filters.quantity_min or instrument.step),
            "maxQty": text8(filters.quantity_max),
            "stepSize": text8(instrument.step),
        },
        {
            "filterType": "NOTIONAL",
            "minNotional": text8(instrument.notional_min),
            "applyMinToMarket": True,
            "maxNotional": text8(filters.notional_max or PRICE_MAX * QUANTITY_MAX),
            "applyMaxToMarket": filters.notional_max is not None,
            "avgPriceMins": filters.average_minutes,
        },
    ]
    if filters.market_quantity_max is not None:
        found.append(
            {
                "filterType": "MARKET_LOT_SIZE",
                "minQty": ZERO,
                "maxQty": text8(filters.market_quantity_max),
                "stepSize": ZERO,
            }
        )
    if filters.trailing_bps is not None:
        least, most = filters.trailing_bps
        found.append(
            {
                "filterType": "TRAILING_DELTA",
                "minTrailingAboveDelta": least,
                "maxTrailingAboveDelta": most,
                "minTrailingBelowDelta": least,
                "maxTrailingBelowDelta": most,
            }
        )
    return found + _account_filters(filters)


def _account_filters(filters: Filters) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if filters.price_up is not None and filters.price_down is not None:
        up, down = (f"{factor.normalize():f}" for factor in (filters.price_up, filters.price_down))
        found.append(
            {
                "filterType": "PERCENT_PRICE_BY_SIDE",
                "bidMultiplierUp": up,
                "bidMultiplierDown": "0",
                "askMultiplierUp": "10000",
                "askMultiplierDown": down,
                "avgPriceMins": filters.average_minutes,
            }
        )
    if filters.orders_max is not None:
        found.append({"filterType": "MAX_NUM_ORDERS", "maxNumOrders": filters.orders_max})
    if filters.stop_orders_max is not None:
        found.append(
            {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": filters.stop_orders_max}
        )
    if filters.position_max is not None:
        found.append({"filterType": "MAX_POSITION", "maxPosition": text8(filters.position_max)})
    return found


def render_exchange_info(
    symbols: Iterable[tuple[Instrument, Filters]],
    *,
    server_ms: int,
    rate_limits: Sequence[Mapping[str, Any]],
    orders_max: int | None = None,
) -> dict[str, Any]:
    """`orders_max`: how many orders an account may have open on the whole exchange."""
    everywhere = (
        []
        if orders_max is None
        else [{"filterType": "EXCHANGE_MAX_NUM_ORDERS", "maxNumOrders": orders_max}]
    )
    return {
        "timezone": "UTC",
        "serverTime": server_ms,
        "rateLimits": list(rate_limits),
        "exchangeFilters": everywhere,
        "symbols": [render_symbol(instrument, filters) for instrument, filters in symbols],
    }


def parse_exchange_info(data: Any, wanted: Collection[str] = ()) -> dict[str, ListedSymbol]:
    """By symbol on the wire; all of them unless some are `wanted`. Raises Malformed."""
    try:
        return {
            entry["symbol"]: parse_symbol(entry)
            for entry in data["symbols"]
            if not wanted or entry["symbol"] in wanted
        }
    except (KeyError, TypeError) as broken:
        raise Malformed(f"exchangeInfo: {type(broken).__name__} {broken}") from broken


def parse_symbol(entry: Any) -> ListedSymbol:
    """Filters that are disabled by a zero are none. Raises Malformed."""
    try:
        found = {one["filterType"]: one for one in entry["filters"]}
        price, lot = found["PRICE_FILTER"], found["LOT_SIZE"]
        notional = found.get("NOTIONAL") or found.get("MIN_NOTIONAL") or {}
        tick, step = number(price["tickSize"]), number(lot["stepSize"])
        if not tick or not step:
            raise Malformed("a tick or a step of zero")
        instrument = Instrument(
            str(entry["symbol"]),
            str(entry["baseAsset"]),
            str(entry["quoteAsset"]),
            tick.normalize(),
            step.normalize(),
            number(notional.get("minNotional", "0")).normalize(),
            "trading" if entry["status"] == "TRADING" else "halted",
        )
        return ListedSymbol(
            instrument,
            _parse_filters(found),
            frozenset(map(str, entry.get("orderTypes", ()))),
            entry.get("ocoAllowed") is True,
            entry.get("allowTrailingStop") is True,
            entry.get("quoteOrderQtyMarketAllowed") is True,
        )
    except (KeyError, TypeError, AttributeError) as broken:
        raise Malformed(f"exchangeInfo: {type(broken).__name__} {broken}") from broken


def _parse_filters(found: Mapping[str, Any]) -> Filters:
    def bound(name: str, key: str) -> Decimal | None:
        return number(found[name][key]).normalize() or None if name in found else None

    def count(name: str, key: str) -> int | None:
        return whole(found[name][key]) if name in found else None

    sides = found.get("PERCENT_PRICE_BY_SIDE") or found.get("PERCENT_PRICE") or {}
    ups = [number(sides[key]) for key in sides if key.endswith("ultiplierUp")]
    downs = [number(sides[key]) for key in sides if key.endswith("ultiplierDown")]
    trailing = found.get("TRAILING_DELTA")
    notional = found.get("NOTIONAL", {})
    return Filters(
        price_max=bound("PRICE_FILTER", "maxPrice"),
        quantity_min=bound("LOT_SIZE", "minQty"),
        quantity_max=bound("LOT_SIZE", "maxQty"),
        market_quantity_max=bound("MARKET_LOT_SIZE", "maxQty"),
        notional_max=bound("NOTIONAL", "maxNotional"),
        orders_max=count("MAX_NUM_ORDERS", "maxNumOrders"),
        stop_orders_max=count("MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders"),
        position_max=bound("MAX_POSITION", "maxPosition"),
        price_up=min(ups, default=None),
        price_down=max(downs, default=None),
        average_minutes=whole(sides.get("avgPriceMins", notional.get("avgPriceMins", 0))),
        trailing_bps=None
        if trailing is None
        else (whole(trailing["minTrailingAboveDelta"]), whole(trailing["maxTrailingAboveDelta"])),
    )
