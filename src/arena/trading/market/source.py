"""The port of prices: where they come from, and what a source that streams hands on, step by step."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, runtime_checkable

from arena.trading.market.depth import MarketEvent
from arena.trading.market.model import Bars, Book, Instrument, Pack, Print

SourceName = Literal["live", "folder", "sample", "recorded"]


@dataclass(frozen=True, slots=True)
class Step:
    """What a source that streams hands on: bars that closed, books that changed, trades that happened.

    `events` are all of the market in the order it came, for the matching of orders: books as snapshots and differences
    in whole counts, trades; `books` and `prints` are an extract of the same for pages, at most twice a second.
    `history` are bars from before the tape began: kept for charts and indicators, never played. `at` is the tape's time
    once all of this has happened, where the source is a recording, and paces it. `state` is how the source is, where
    there is news of that (docs/reference/prices.md), and `note` a sentence about it for the log.
    """

    bars: Bars | None = None
    books: tuple[Book, ...] = ()
    prints: tuple[Print, ...] = ()
    history: tuple[Bars, ...] = ()
    events: tuple[MarketEvent, ...] = ()
    at: datetime | None = None
    state: Mapping[str, Any] | None = None
    note: str = ""

    @property
    def quotes(self) -> bool:
        """Whether there is something for `store_quotes`."""
        return bool(self.books or self.prints or self.history or self.state)


@runtime_checkable
class Source(Protocol):
    """Where prices come from. Replays of bars give `bars_from`; live sources and recordings of messages `stream`."""

    @property
    def name(self) -> SourceName: ...

    @property
    def reason(self) -> str:
        """Why this source was chosen, in a sentence for log, board and health."""
        ...

    @property
    def pack(self) -> Pack: ...

    @property
    def instruments(self) -> tuple[Instrument, ...]: ...

    @property
    def live(self) -> bool:
        """Whether its time is the wall's."""
        ...

    def bars_from(self, open_at: datetime | None) -> Iterator[Bars]:
        """The bars that open at or after `open_at`, oldest first; all of them for None."""
        ...

    def stream(self, since: datetime | None) -> AsyncIterator[Step]:
        """Bars that open at or after `since` as they close (missed ones first), books, trades and events."""
        ...
