"""Symbols on Binance's wire have no mark between base and quote: `BTC-USD` is `BTCUSD` there."""

from collections.abc import Iterable

from arena.trading.market import Instrument


def wire_symbol(instrument: Instrument) -> str:
    return instrument.base + instrument.quote


class Symbols:
    """Both ways for a set of instruments; of two that would be called the same the first one is meant."""

    __slots__ = ("_instruments", "_wires")

    def __init__(self, instruments: Iterable[Instrument]) -> None:
        self._instruments: dict[str, Instrument] = {}
        self._wires: dict[str, str] = {}
        for instrument in instruments:
            wire = wire_symbol(instrument)
            self._instruments.setdefault(wire, instrument)
            self._wires[instrument.symbol] = wire

    def instrument(self, wire: str) -> Instrument | None:
        return self._instruments.get(wire)

    def wire(self, symbol: str) -> str:
        """Raises KeyError for an instrument that is not among them."""
        return self._wires[symbol]

    def all(self) -> Iterable[tuple[str, Instrument]]:
        """(symbol on the wire, instrument), in the order they came in."""
        return self._instruments.items()
