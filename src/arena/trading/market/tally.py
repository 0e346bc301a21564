"""What one instrument's trades add up to, in memory: the last trades, the running bar of every interval, 24 hours.

A trade costs the same however much was counted before: it goes into the running minute, and minutes go into the bars of
coarser intervals as they close. A bar told by the exchange (or played from a tape of bars) takes the place of what was
counted for the same minute, as trades may have been missed. Every sum is exact.
"""

from collections import deque
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from arena.kit.clock import from_ms, to_ms
from arena.trading.market.bucket import Bucket
from arena.trading.market.model import INTERVALS, Candle, Instrument, Print, Statistics

PRINTS_KEPT = 1_000
MINUTE_MS = 60_000
DAY_MS = 86_400_000
KEPT_MS = DAY_MS + 3_600_000
Closed = tuple[tuple[int, Candle], ...]
"""(interval in seconds, bar) of the bars that have closed, finer ones first."""


class Tally:
    """`take`, `take_bar` and `move_to` give the bars that closed by it, each once."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self._prints: deque[Print] = deque(maxlen=PRINTS_KEPT)
        self._closed: dict[int, Bucket] = {}  # by open, oldest first: the last day, and no more
        self._running: Bucket | None = None  # the minute that trades go into
        self._coarser: dict[
            int, Bucket
        ] = {}  # interval in ms -> what has closed of its running bar
        self._now_ms = 0
        self._told_until_ms = 0  # bars that closed by then have been given out
        self._day: tuple[int, Bucket | None] | None = (
            None  # what the closed part of a day adds up to, once asked
        )

    @property
    def last_price(self) -> Decimal | None:
        """Of the last trade, or the close of the last bar; None before either."""
        if self._prints:
            return self._prints[-1].price
        last = self._running or next(reversed(self._closed.values()), None)
        return last.close if last else None

    def prints(self, limit: int) -> list[Print]:
        """The latest trades, oldest first; a thousand are kept."""
        skip = max(len(self._prints) - limit, 0)
        return [made for index, made in enumerate(self._prints) if index >= skip]

    def take(self, made: Print) -> Closed:
        """Counts a trade; one that was counted before (its id is not above the last one's) counts no more.

        A trade made up from a bar is only listed: its bar tells what it was worth.
        """
        if self._prints and made.id <= self._prints[-1].id:
            return ()
        self._prints.append(made)
        if made.model == "bar":
            return ()
        at_ms = to_ms(made.at)
        open_ms = at_ms // MINUTE_MS * MINUTE_MS
        closed = self.move_to_ms(at_ms)
        if self._running is not None and self._running.open_ms == open_ms:
            self._running.add(made)
        elif open_ms + MINUTE_MS > self._now_ms:
            self._running = Bucket.of_print(open_ms, MINUTE_MS, made)
        else:
            self._amend(open_ms, made)
        return closed

    def take_bar(self, bar: Candle, interval_s: int) -> Closed:
        """Counts a closed bar: of a tape of bars, of the history before the first trade, or the exchange's word on
        a minute whose trades were counted here.

        A bar coarser than a minute is passed over where minutes within it were counted: they tell more.
        """
        open_ms, end_ms = to_ms(bar.open_at), to_ms(bar.open_at) + interval_s * 1000
        told = self.move_to_ms(open_ms)
        if self._is_finer_within(open_ms, end_ms - open_ms):
            return told + self.move_to_ms(end_ms)
        said = Bucket.of_bar(open_ms, end_ms - open_ms, bar)
        running = self._running is not None and self._running.open_ms == open_ms
        known = self._running if running else self._closed.get(open_ms)
        if known is not None:
            said = _settled(known, said)
        if running:
            self._running = None
        if open_ms > next(reversed(self._closed), -1):
            self._fold(said)
        elif said is not known:
            self._closed[open_ms] = said
            self._rebuild()
        return told + self.move_to_ms(end_ms)

    def move_to(self, now: datetime) -> Closed:
        """Closes what is over by then: for quiet minutes, which no trade ends."""
        return self.move_to_ms(to_ms(now))

    def move_to_ms(self, now_ms: int) -> Closed:
        if now_ms <= self._now_ms:
            return ()
        self._now_ms = now_ms
        minute = now_ms // MINUTE_MS * MINUTE_MS
        if minute <= self._told_until_ms:
            return ()
        if self._running is not None and self._running.open_ms < minute:
            self._fold(self._running)
            self._running = None
        made = self._told(minute)
        self._told_until_ms = minute
        for width_ms in [w for w, bucket in self._coarser.items() if bucket.open_ms + w <= minute]:
            del self._coarser[width_ms]
        return made

    def open_candle(self, interval_s: int) -> Candle | None:
        """The bar that is being made; None while it holds no trade, and for intervals finer than what was told."""
        width_ms = interval_s * 1000
        open_ms = self._now_ms // width_ms * width_ms
        parts = [self._coarser.get(width_ms), self._running]
        held = [part for part in parts if part is not None and part.open_ms >= open_ms]
        if not held:
            return None
        return Bucket.total(held, open_ms, width_ms).candle(self.instrument.symbol)

    def statistics(self, now: datetime) -> Statistics | None:
        """The 24 hours up to `now`, begun at a whole minute (so up to a minute longer); None where nothing traded."""
        now_ms = to_ms(now)
        since_ms = (now_ms - DAY_MS) // MINUTE_MS * MINUTE_MS
        closed = self._closed_since(since_ms)
        running = self._running if self._running and self._running.open_ms >= since_ms else None
        held = [part for part in (closed, running) if part is not None]
        if not held:
            return None
        day = Bucket.total(held, since_ms, DAY_MS)
        return Statistics(
            self.instrument.symbol, from_ms(since_ms), now, day.open, day.high, day.low, day.close, day.volume,
            day.quote_volume, round(day.close / day.open - 1, 8), day.bars, day.trades, day.first_id, day.last_id,
        )  # fmt: skip

    def _closed_since(self, since_ms: int) -> Bucket | None:
        """Added up anew once a minute; between minutes the closed part of a day stays what it is."""
        if self._day is None or self._day[0] != since_ms:
            held = [bucket for open_ms, bucket in self._closed.items() if open_ms >= since_ms]
            self._day = since_ms, Bucket.total(held, since_ms, DAY_MS) if held else None
        return self._day[1]

    def _fold(self, bucket: Bucket) -> None:
        """A minute or bar has closed: it goes to the day and into the coarser bars."""
        self._day = None
        self._closed[bucket.open_ms] = bucket
        for open_ms in list(self._old(bucket.open_ms + bucket.width_ms - KEPT_MS)):
            del self._closed[open_ms]
        self._into_coarser(bucket)

    def _old(self, before_ms: int) -> Iterable[int]:
        for open_ms in self._closed:
            if open_ms >= before_ms:
                return
            yield open_ms

    def _into_coarser(self, bucket: Bucket) -> None:
        for interval_s in INTERVALS.values():
            width_ms = interval_s * 1000
            if width_ms < bucket.width_ms or width_ms % bucket.width_ms:
                continue
            open_ms = bucket.open_ms // width_ms * width_ms
            held = self._coarser.get(width_ms)
            parts = [held, bucket] if held is not None and held.open_ms == open_ms else [bucket]
            self._coarser[width_ms] = Bucket.total(parts, open_ms, width_ms)

    def _told(self, until_ms: int) -> Closed:
        """The bars that have closed since the last were given out."""
        symbol = self.instrument.symbol
        return tuple(
            (width_ms // 1000, bucket.candle(symbol))
            for width_ms, bucket in sorted(self._coarser.items())
            if self._told_until_ms < bucket.open_ms + width_ms <= until_ms
        )

    def _amend(self, open_ms: int, made: Print) -> None:
        """A trade that arrived after its minute was closed: rare, so everything is added up anew."""
        known = self._closed.get(open_ms)
        if known is None:
            self._closed[open_ms] = Bucket.of_print(open_ms, MINUTE_MS, made)
        elif known.final:
            return
        else:
            known.add(made)
        self._rebuild()

    def _rebuild(self) -> None:
        self._day = None
        self._closed = dict(sorted(self._closed.items()))
        self._coarser.clear()
        for bucket in self._closed.values():
            self._into_coarser(bucket)
        for width_ms in [
            w for w, h in self._coarser.items() if h.open_ms + w <= self._told_until_ms
        ]:
            del self._coarser[width_ms]

    def _is_finer_within(self, open_ms: int, width_ms: int) -> bool:
        if width_ms == MINUTE_MS:
            return False
        running = (
            self._running is not None and open_ms <= self._running.open_ms < open_ms + width_ms
        )
        return running or any(
            open_ms <= at < open_ms + width_ms and bucket.width_ms < width_ms
            for at, bucket in self._closed.items()
        )


def _settled(known: Bucket, said: Bucket) -> Bucket:
    """What was counted, where the exchange says the same; else what it says, with the ids of the trades known."""
    if known.agrees(said):
        known.final = True
        return known
    said.trades = said.trades or known.trades
    said.first_id, said.last_id = known.first_id, known.last_id
    return said
