"""Numbers of trades and of book updates that go on rising when prices come from another venue."""

from dataclasses import replace

from arena.trading.market.depth import DepthSnapshot, DepthUpdate, MarketEvent
from arena.trading.market.model import Print


class Numbering:
    """Numbers stay the venue's own as long as there is but one; after a switch they are shifted, those of a kind and
    symbol by the same amount until the next."""

    def __init__(self) -> None:
        self._trades: dict[str, int] = {}  # symbol -> the last number given out
        self._updates: dict[str, int] = {}
        self._trade_shift: dict[str, int] = {}
        self._update_shift: dict[str, int] = {}
        self._anew: set[tuple[str, str]] = set()

    def begin_anew(self) -> None:
        """What comes from here on is another venue's."""
        self._anew = {("trade", symbol) for symbol in self._trades}
        self._anew |= {("update", symbol) for symbol in self._updates}

    def of(self, event: MarketEvent) -> MarketEvent:
        """The event with the number it is handed on with."""
        if isinstance(event, Print):
            return self._trade(event)
        return self._book(event)

    def shown(self, made: Print) -> Print:
        """The same number that `of` gave, for the extract of trades."""
        shift = self._trade_shift.get(made.symbol, 0)
        return replace(made, id=made.id + shift) if shift else made

    def _trade(self, made: Print) -> Print:
        symbol, last = made.symbol, self._trades.get(made.symbol, 0)
        if ("trade", symbol) in self._anew:
            self._anew.discard(("trade", symbol))
            self._trade_shift[symbol] = max(last + 1 - made.id, 0)
        shift = self._trade_shift.get(symbol, 0)
        self._trades[symbol] = made.id + shift
        return replace(made, id=made.id + shift) if shift else made

    def _book(self, event: DepthSnapshot | DepthUpdate) -> DepthSnapshot | DepthUpdate:
        symbol, last = event.symbol, self._updates.get(event.symbol, 0)
        if ("update", symbol) in self._anew:
            self._anew.discard(("update", symbol))
            self._update_shift[symbol] = max(last + 1 - event.last_id, 0)
        shift = self._update_shift.get(symbol, 0)
        self._updates[symbol] = event.last_id + shift
        if not shift:
            return event
        if isinstance(event, DepthSnapshot):
            return replace(event, last_id=event.last_id + shift)
        return replace(event, first_id=event.first_id + shift, last_id=event.last_id + shift)
