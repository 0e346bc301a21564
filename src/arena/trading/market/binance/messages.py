"""Binance's book and trade messages into events of books in whole counts; quick, as all of a market goes through it."""

from datetime import datetime
from typing import Any

import msgspec

from arena.kit.clock import from_ms
from arena.trading.market.binance.parse import Malformed
from arena.trading.market.depth import DepthSnapshot, DepthUpdate
from arena.trading.market.model import Instrument, Print
from arena.trading.market.scale import Scale, amount

Rows = list[tuple[str, str]]


class Envelope(msgspec.Struct):
    """A message of a combined stream; what it says is left as it came."""

    stream: str
    data: msgspec.Raw


class _Depth(msgspec.Struct):
    at: int = msgspec.field(name="E")
    first: int = msgspec.field(name="U")
    last: int = msgspec.field(name="u")
    bids: Rows = msgspec.field(name="b")
    asks: Rows = msgspec.field(name="a")


class _Trade(msgspec.Struct):
    symbol: str = msgspec.field(name="s")
    id: int = msgspec.field(name="t")
    at: int = msgspec.field(name="T")
    price: str = msgspec.field(name="p")
    quantity: str = msgspec.field(name="q")
    buyer_is_maker: bool = msgspec.field(name="m")


class _Aggregate(_Trade):
    id: int = msgspec.field(name="a")


class _Snapshot(msgspec.Struct):
    last: int = msgspec.field(name="lastUpdateId")
    bids: Rows
    asks: Rows


_ENVELOPE = msgspec.json.Decoder(Envelope)
_DEPTH = msgspec.json.Decoder(_Depth)
_TRADE = msgspec.json.Decoder(_Trade)
_AGGREGATE = msgspec.json.Decoder(_Aggregate)
_SNAPSHOT = msgspec.json.Decoder(_Snapshot)
_MS_MAX = 2**43


def envelope(raw: bytes | str) -> Envelope:
    """Raises Malformed."""
    try:
        return _ENVELOPE.decode(raw)
    except (msgspec.DecodeError, UnicodeError) as broken:
        raise Malformed(f"no message of a combined stream: {broken}") from broken


class Messages:
    """Reads the messages about one instrument. Every method raises Malformed."""

    __slots__ = ("_scale", "_symbol")

    def __init__(self, instrument: Instrument) -> None:
        self._symbol = instrument.symbol
        self._scale = Scale(instrument)

    def depth(self, raw: Any) -> DepthUpdate:
        """A `depthUpdate` event; its time is that of the event."""
        try:
            said = _DEPTH.decode(raw)
            levels = self._scale.levels
            if not 0 < said.first <= said.last:
                raise ValueError("its update ids do not rise")
            return DepthUpdate(
                self._symbol, _moment(said.at), said.first, said.last, levels(said.bids), levels(said.asks)
            )  # fmt: skip
        except (msgspec.DecodeError, ValueError) as broken:
            raise Malformed(f"depth: {broken}") from broken

    def snapshot(self, raw: Any, at: datetime) -> DepthSnapshot:
        """An answer of /api/v3/depth, which carries no time of its own."""
        try:
            said = _SNAPSHOT.decode(raw)
            bids, asks = self._scale.levels(said.bids), self._scale.levels(said.asks)
        except (msgspec.DecodeError, ValueError) as broken:
            raise Malformed(f"snapshot: {broken}") from broken
        if bids and asks and bids[0][0] >= asks[0][0]:
            raise Malformed("snapshot: the book is crossed")
        return DepthSnapshot(self._symbol, at, said.last, bids, asks)

    def trade(self, raw: Any, *, aggregate: bool = False) -> Print:
        """A `trade` event, or an `aggTrade`, whose id is then that of the aggregate.

        `m` says that the buyer was the maker, so the taker sold. The time is that of the trade.
        """
        try:
            said = (_AGGREGATE if aggregate else _TRADE).decode(raw)
            if not 0 <= said.id < 2**63 or said.symbol != self._symbol.replace("-", ""):
                raise ValueError("no trade id, or a trade of another symbol")
            return Print(
                self._symbol, said.id, _moment(said.at), amount(said.price), amount(said.quantity),
                "sell" if said.buyer_is_maker else "buy", "exchange",
            )  # fmt: skip
        except (msgspec.DecodeError, ValueError) as broken:
            raise Malformed(f"trade: {broken}") from broken


def _moment(ms: int) -> datetime:
    if not 0 <= ms < _MS_MAX:
        raise ValueError(f"no time in milliseconds: {ms!r:.50}")
    return from_ms(ms)
