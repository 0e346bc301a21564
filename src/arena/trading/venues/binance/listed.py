"""What Binance lists: instruments with its own tick and step, learnt once an hour together with its rate limits."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from arena.kit.clock import monotonic_s
from arena.trading.market import Instrument, UnknownInstrument
from arena.trading.venues.binance.errors import VENUE
from arena.trading.venues.binance.rest import Refusal, Rest
from arena.trading.venues.dialects.binance.schema import (
    ListedSymbol,
    Malformed,
    Symbols,
    parse_exchange_info,
)
from arena.trading.venues.limits import Rate
from arena.trading.venues.model import VenueAway

FRESH_S = 3_600
_SECONDS = {"SECOND": 1, "MINUTE": 60, "HOUR": 3_600, "DAY": 86_400}
_KINDS = {"REQUEST_WEIGHT": "weight", "ORDERS": "orders"}


class Listed:
    """`learn` gets the rates of each kind whenever the exchange has told them."""

    def __init__(
        self, rest: Rest, instruments: Iterable[Instrument], learn: Callable[[Sequence[Rate]], None]
    ) -> None:
        self._rest = rest
        self._learn = learn
        self._symbols = Symbols(instruments)
        self._found: dict[str, tuple[float, ListedSymbol]] = {}

    def wire(self, symbol: str) -> str:
        """Raises UnknownInstrument for what the arena does not trade."""
        try:
            return self._symbols.wire(symbol)
        except KeyError:
            raise UnknownInstrument(symbol=symbol) from None

    def ours(self, wire: str) -> str | None:
        """Our symbol; None for an instrument the arena does not trade."""
        instrument = self._symbols.instrument(wire)
        return None if instrument is None else instrument.symbol

    async def instrument(self, symbol: str) -> Instrument:
        """Named as we name it, with the exchange's figures. Raises UnknownInstrument, VenueAway."""
        return replace((await self.listed(symbol)).instrument, symbol=symbol)

    async def listed(self, symbol: str) -> ListedSymbol:
        wire = self.wire(symbol)
        at_s, found = self._found.get(wire, (0.0, None))
        if found is None or monotonic_s() - at_s > FRESH_S:
            found = await self._ask(symbol, wire)
            self._found[wire] = monotonic_s(), found
        return found

    async def _ask(self, symbol: str, wire: str) -> ListedSymbol:
        try:
            told = await self._rest.public("/api/v3/exchangeInfo", {"symbol": wire}, weight=20)
        except Refusal as refused:
            raise refused.error(symbol=symbol) from refused
        try:
            found = parse_exchange_info(told, {wire}).get(wire)
            rates = _rates(told)
        except Malformed as broken:
            raise VenueAway(
                venue=VENUE, why=f"it lists {wire} in a way we cannot read: {broken}"
            ) from broken
        if found is None:
            raise UnknownInstrument(symbol=symbol)
        self._learn(rates)
        return found


def _rates(told: Any) -> list[Rate]:
    try:
        return [
            Rate(
                _KINDS[one["rateLimitType"]],
                _SECONDS[one["interval"]] * int(one["intervalNum"]),
                int(one["limit"]),
            )
            for one in told.get("rateLimits", ())
            if one.get("rateLimitType") in _KINDS and one.get("interval") in _SECONDS
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as broken:
        raise Malformed(f"rateLimits: {broken}") from broken
