"""What a symbol is made of, and its price and quantity steps: known for common ones, else from the data."""

from decimal import Decimal

from arena.trading.market.model import Instrument

QUOTES = (
    "USDT", "FDUSD", "USDC", "BUSD", "TUSD", "USD", "EUR", "GBP", "TRY", "JPY", "BTC", "ETH", "BNB",
)  # fmt: skip
DOLLARS = frozenset({"USDT", "FDUSD", "USDC", "BUSD", "TUSD", "USD"})

# Tick and step of the dollar pairs, from recorded answers of Binance's exchangeInfo (October 2021, August
# 2025). The exchange changes them now and then; a finer tick found in the data wins over this table.
KNOWN = {
    "BTC": ("0.01", "0.00001"),
    "ETH": ("0.01", "0.0001"),
    "BNB": ("0.1", "0.001"),
    "SOL": ("0.01", "0.001"),
    "XRP": ("0.0001", "0.1"),
    "ADA": ("0.0001", "0.1"),
    "DOGE": ("0.00001", "1"),
    "LTC": ("0.01", "0.001"),
    "BCH": ("0.1", "0.001"),
    "LINK": ("0.01", "0.01"),
    "DOT": ("0.01", "0.01"),
    "UNI": ("0.01", "0.01"),
    "AVAX": ("0.01", "0.01"),
    "ATOM": ("0.01", "0.01"),
    "ETC": ("0.01", "0.01"),
    "XLM": ("0.0001", "1"),
    "TRX": ("0.00001", "0.1"),
}
_NOTIONAL_MIN = {"BTC": Decimal("0.0001"), "ETH": Decimal("0.001"), "BNB": Decimal("0.01")}


def split_symbol(symbol: str) -> tuple[str, str]:
    """`BTC-USD` and `BTCUSDT` into base and quote; what ends in no known currency has an empty quote."""
    for mark in ("-", "_", "/"):
        base, found, quote = symbol.partition(mark)
        if found and base and quote:
            return base, quote
    for quote in QUOTES:
        if symbol.endswith(quote) and len(symbol) > len(quote):
            return symbol[: -len(quote)], quote
    return symbol, ""


def instrument_of(symbol: str, *, price_digits: int, volume_digits: int) -> Instrument:
    """The instrument, with a tick on which every price of the data lies.

    Digits are decimals found in the data. A minimum notional of 5 is assumed for dollar quotes, Binance's
    own for BTC, ETH and BNB quotes, none for others.
    """
    base, quote = split_symbol(symbol)
    tick, step = _unit(price_digits), _unit(volume_digits)
    if quote in DOLLARS and base in KNOWN:
        known_tick, known_step = KNOWN[base]
        tick, step = min(tick, Decimal(known_tick)), Decimal(known_step)
    notional_min = Decimal(5) if quote in DOLLARS else _NOTIONAL_MIN.get(quote, Decimal(0))
    return Instrument(symbol, base, quote, tick, step, notional_min)


def _unit(digits: int) -> Decimal:
    return Decimal(1).scaleb(-digits)
