"""Books and trades: the exchange's own where they are streamed, else derived from bars by the model."""

from arena.kit.db import Tx
from arena.trading.market import store
from arena.trading.market.book_model import POINTS, bar_book, bar_prints
from arena.trading.market.model import Book, Print
from arena.trading.market.source import Step

DEPTH_MAX = 100
PRINTS_KEPT = 1_000


async def book(tx: Tx, symbol: str, depth: int, *, half_spread_bps: int = 1) -> Book | None:
    """The latest book, at most `depth` levels a side; None before the first bar.

    Raises UnknownInstrument, NoTape.
    """
    instrument = await store.instrument(tx, symbol)
    real = await store.book_snapshot(tx, symbol, depth)
    if real is not None:
        return real
    bar = await store.last_close(tx, symbol)
    if bar is None:
        return None
    interval_s = (await store.tape(tx)).interval_s
    return bar_book(
        bar, instrument, interval_s=interval_s, half_spread_bps=half_spread_bps, depth=depth
    )


async def trades(tx: Tx, symbol: str, limit: int) -> list[Print]:
    """The latest trades, oldest first; at most `limit` of them. Raises UnknownInstrument, NoTape."""
    instrument = await store.instrument(tx, symbol)
    real = await store.prints(tx, symbol, limit)
    if real:
        return real
    interval_s = (await store.tape(tx)).interval_s
    bars = await store.candles(
        tx, symbol, until=await store.product_now(tx), limit=-(-limit // POINTS)
    )
    made = [p for bar in bars for p in bar_prints(bar, instrument, interval_s=interval_s)]
    return made[-limit:]


async def store_quotes(tx: Tx, step: Step) -> None:
    """Keeps what a step brings besides its bars: earlier bars, the latest books and trades, how the source is.

    A recording's step moves the product clock to its own time.
    """
    if step.at is not None:
        await store.move_clock(tx, step.at)
    if step.state is not None:
        await store.put_state(tx, step.state)
    if step.history:
        await store.insert_candles(tx, [c for bars in step.history for c in bars.candles])
    for one in step.books:
        await store.put_book(tx, one)
    if step.prints:
        await store.insert_prints(tx, step.prints, keep=PRINTS_KEPT)
