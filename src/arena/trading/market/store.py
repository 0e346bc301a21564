"""Instruments, candles and the tape in the database."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from arena.kit.clock import from_iso, iso_ms
from arena.kit.db import Row, Tx
from arena.trading.market.model import (
    Bars,
    BarsOutOfOrder,
    Book,
    Candle,
    Instrument,
    Level,
    NoTape,
    Pack,
    PackFile,
    Print,
    Statistics,
    Tape,
    UnknownInstrument,
    UnknownInterval,
    interval_name,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSTRUMENT = "symbol, base, quote, tick, step, notional_min, status"
_CANDLE = "symbol, open_at, open, high, low, close, volume"


async def instrument(tx: Tx, symbol: str) -> Instrument:
    """Raises UnknownInstrument."""
    row = await tx.fetchrow(f"select {_INSTRUMENT} from instrument where symbol = $1", symbol)
    if row is None:
        raise UnknownInstrument(symbol=symbol)
    return Instrument(*row)


async def instruments(tx: Tx) -> list[Instrument]:
    rows = await tx.fetch(f"select {_INSTRUMENT} from instrument order by symbol")
    return [Instrument(*row) for row in rows]


async def insert_instruments(tx: Tx, known: Sequence[Instrument], source: str) -> None:
    await tx.executemany(
        f"""insert into instrument ({_INSTRUMENT}, source) values ($1, $2, $3, $4, $5, $6, $7, $8)
            on conflict (symbol) do nothing""",
        [(i.symbol, i.base, i.quote, i.tick, i.step, i.notional_min, i.status, source) for i in known],
    )  # fmt: skip


async def refresh_instruments(tx: Tx, known: Sequence[Instrument]) -> None:
    """Steps, least value and status as the source has them now."""
    await tx.executemany(
        "update instrument set tick = $2, step = $3, notional_min = $4, status = $5 where symbol = $1",
        [(i.symbol, i.tick, i.step, i.notional_min, i.status) for i in known],
    )


async def last_close(tx: Tx, symbol: str) -> Candle | None:
    """The last bar of the instrument that has closed; None before the first."""
    row = await tx.fetchrow(
        f"select {_CANDLE} from candle where symbol = $1 order by open_at desc limit 1", symbol
    )
    return Candle(*row) if row else None


async def candles(
    tx: Tx,
    symbol: str,
    *,
    until: datetime,
    limit: int,
    interval_s: int | None = None,
) -> list[Candle]:
    """The last `limit` bars that had closed by `until`, oldest first.

    Coarser intervals are aggregated, aligned to the epoch in UTC; a bar that has not ended by `until` is left
    out. Raises UnknownInterval where `interval_s` is no multiple of the tape's own.
    """
    own_s = await _interval(tx)
    interval_s = interval_s or own_s
    if interval_s == own_s:
        rows = await tx.fetch(
            f"""select {_CANDLE} from candle where symbol = $1 and open_at <= $2
                order by open_at desc limit $3""",
            symbol, until - timedelta(seconds=own_s), limit,
        )  # fmt: skip
        return [Candle(*row) for row in reversed(rows)]
    ratio = _ratio(interval_s, own_s)
    # The last `limit` buckets hold at most limit * ratio bars, so no whole history is aggregated.
    rows = await tx.fetch(
        f"""{_BUCKETS.format(inner='''where symbol = $1 and open_at < date_bin($2, $3, $4)
            order by open_at desc limit $5''')} order by 2 desc limit $6""",
        symbol, timedelta(seconds=interval_s), until, EPOCH, limit * ratio, limit,
    )  # fmt: skip
    return [Candle(*row) for row in reversed(rows)]


async def candles_from(
    tx: Tx,
    symbol: str,
    since: datetime,
    *,
    until: datetime,
    limit: int,
    interval_s: int | None = None,
) -> list[Candle]:
    """The first `limit` bars that open at or after `since` and had closed by `until`, oldest first."""
    own_s = await _interval(tx)
    interval_s = interval_s or own_s
    if interval_s == own_s:
        rows = await tx.fetch(
            f"""select {_CANDLE} from candle where symbol = $1 and open_at >= $2 and open_at <= $3
                order by open_at limit $4""",
            symbol, since, until - timedelta(seconds=own_s), limit,
        )  # fmt: skip
        return [Candle(*row) for row in rows]
    ratio = _ratio(interval_s, own_s)
    bucket = timedelta(seconds=interval_s)
    first = (
        EPOCH + -((EPOCH - since) // bucket) * bucket
    )  # the first bucket that opens at or after it
    rows = await tx.fetch(
        f"""{_BUCKETS.format(inner='''where symbol = $1 and open_at < date_bin($2, $3, $4)
            and open_at >= $7 order by open_at limit $5''')} order by 2 limit $6""",
        symbol, bucket, until, EPOCH, limit * ratio, limit, first,
    )  # fmt: skip
    return [Candle(*row) for row in rows]


_BUCKETS = """
    select symbol, date_bin($2, open_at, $4), (array_agg(open order by open_at))[1], max(high), min(low),
           (array_agg(close order by open_at desc))[1], sum(volume)
    from (select * from candle {inner}) b group by 1, 2"""


async def statistics_24h(tx: Tx, symbol: str) -> Statistics | None:
    """Of the bars that closed in the 24 hours up to the product's time; None where there is none."""
    until, own = await product_now(tx), timedelta(seconds=await _interval(tx))
    row = await tx.fetchrow(
        """select (array_agg(open order by open_at))[1] as open, max(high) as high, min(low) as low,
                  (array_agg(close order by open_at desc))[1] as close, sum(volume) as volume,
                  sum(volume * (high + low + close) / 3) as quote_volume, count(*) as bars
           from candle where symbol = $1 and open_at > $2 and open_at <= $3""",
        symbol, until - own - timedelta(days=1), until - own,
    )  # fmt: skip
    if row is None or not row["bars"]:
        return None
    return Statistics(
        symbol, until - timedelta(days=1), until, row["open"], row["high"], row["low"], row["close"],
        row["volume"], round(row["quote_volume"], 8), round(row["close"] / row["open"] - 1, 8), row["bars"],
    )  # fmt: skip


async def product_now(tx: Tx) -> datetime:
    """The product's time: of a replay where its clock stands, of a live tape (and before any) the time that is."""
    row = await tx.fetchrow("select at, source from product_clock")
    if row is None:
        return tx.now
    at: datetime = row["at"]
    return max(at, tx.now) if row["source"] == "live" else at


async def store_bars(tx: Tx, bars: Bars) -> None:
    """The first act of a step: keeps the bars, moves the tape and the product clock to their close.

    Raises BarsOutOfOrder for a step that was played before, NoTape without a tape.
    """
    columns = zip(
        *((c.symbol, c.open, c.high, c.low, c.close, c.volume) for c in bars.candles), strict=True
    )
    moved = await tx.fetchval(
        """with moved as (
             update tape set next_open_at = $3, steps = steps + 1
             where (next_open_at is null or next_open_at <= $1) and ended_at is null returning 1),
           clock as (
             update product_clock set at = greatest(at, $3), moved_at = clock_timestamp()
             where exists (select from moved)),
           kept as (
             insert into candle (symbol, open_at, open, high, low, close, volume)
             select s, $1, o, h, l, c, v
             from unnest($2::text[], $4::numeric[], $5::numeric[], $6::numeric[], $7::numeric[], $8::numeric[])
               as b(s, o, h, l, c, v)
             where exists (select from moved))
           select count(*) from moved""",
        *_arguments(bars, [list(column) for column in columns]),
    )  # fmt: skip
    if not moved:
        at = await tx.fetchrow("select next_open_at from tape")
        if at is None:
            raise NoTape
        raise BarsOutOfOrder(
            open_at=iso_ms(bars.open_at),
            next_open_at=iso_ms(at["next_open_at"])
            if at["next_open_at"]
            else "nothing: it has ended",
        )


def _arguments(bars: Bars, columns: list[list[Any]]) -> tuple[Any, ...]:
    symbols, *numbers = columns or [[] for _ in range(6)]
    return (bars.open_at, symbols, bars.close_at, *numbers)


async def move_clock(tx: Tx, at: datetime) -> None:
    """The time of a tape goes on between its bars; never back."""
    await tx.execute(
        "update product_clock set at = $1, moved_at = clock_timestamp() where at < $1", at
    )
    tx.tell(f"clock:{iso_ms(at)}")


async def put_state(tx: Tx, state: Mapping[str, Any]) -> None:
    await tx.execute(
        """insert into price_state (state) values ($1)
           on conflict (one) do update set state = excluded.state, at = clock_timestamp()""",
        dict(state),
    )


async def tape(tx: Tx) -> Tape:
    """Raises NoTape before the first start."""
    row = await tx.fetchrow(
        """select source, pack, pack_sha, interval_s, next_open_at, speed, until, steps, ended_at from tape"""
    )
    if row is None:
        raise NoTape
    return Tape(
        row["source"], pack_from(row["pack"]), row["pack_sha"], row["interval_s"], row["next_open_at"],
        row["speed"], row["until"], row["steps"], row["ended_at"], await product_now(tx),
    )  # fmt: skip


def pack_from(manifest: dict[str, Any]) -> Pack:
    return Pack(
        manifest["source"],
        tuple(manifest["symbols"]),
        manifest["interval_s"],
        from_iso(manifest["from"]) if manifest["from"] else None,
        from_iso(manifest["to"]) if manifest["to"] else None,
        tuple(PackFile(f["path"], f["sha256"]) for f in manifest["files"]),
    )


async def _interval(tx: Tx) -> int:
    row: Row | None = await tx.fetchrow("select interval_s from tape")
    if row is None:
        raise NoTape
    return int(row["interval_s"])


def _ratio(interval_s: int, own_s: int) -> int:
    if interval_s < own_s or interval_s % own_s:
        known = [interval_name(own_s * n) for n in (1, 2, 4, 8) if own_s * n <= 86_400]
        raise UnknownInterval(
            interval=interval_name(interval_s), own=interval_name(own_s), known=", ".join(known)
        )
    return interval_s // own_s


async def insert_candles(tx: Tx, made: Sequence[Candle]) -> None:
    """Keeps candles without moving the tape; those known already stay as they are."""
    await tx.executemany(
        f"""insert into candle ({_CANDLE}) values ($1, $2, $3, $4, $5, $6, $7)
            on conflict (symbol, open_at) do nothing""",
        [(c.symbol, c.open_at, c.open, c.high, c.low, c.close, c.volume) for c in made],
    )


async def book_snapshot(tx: Tx, symbol: str, depth: int) -> Book | None:
    row = await tx.fetchrow(
        "select at, bids, asks, model from book_snapshot where symbol = $1", symbol
    )
    if row is None:
        return None
    bids, asks = (
        tuple(Level(Decimal(price), Decimal(quantity)) for price, quantity in row[side][:depth])
        for side in ("bids", "asks")
    )
    return Book(symbol, row["at"], bids, asks, row["model"])


async def put_book(tx: Tx, book: Book) -> None:
    await tx.execute(
        """insert into book_snapshot (symbol, at, bids, asks, model) values ($1, $2, $3, $4, $5)
           on conflict (symbol) do update set at = excluded.at, bids = excluded.bids, asks = excluded.asks,
             model = excluded.model where book_snapshot.at <= excluded.at""",
        book.symbol, book.at,
        *([[level.price, level.quantity] for level in side] for side in (book.bids, book.asks)),
        book.model,
    )  # fmt: skip


async def prints(tx: Tx, symbol: str, limit: int) -> list[Print]:
    """The latest trades of a live exchange, oldest first."""
    rows = await tx.fetch(
        """select symbol, id, at, price, quantity, taker_side from trade_print where symbol = $1
           order by id desc limit $2""",
        symbol, limit,
    )  # fmt: skip
    return [_print(row) for row in reversed(rows)]


def _print(row: Row) -> Print:
    return Print(
        row["symbol"], row["id"], row["at"], row["price"], row["quantity"], row["taker_side"], "exchange"
    )  # fmt: skip


async def insert_prints(tx: Tx, made: Sequence[Print], *, keep: int) -> None:
    """Keeps the trades, and of each symbol only the latest `keep`."""
    await tx.executemany(
        """insert into trade_print (symbol, id, at, price, quantity, taker_side)
           values ($1, $2, $3, $4, $5, $6) on conflict (symbol, id) do nothing""",
        [(p.symbol, p.id, p.at, p.price, p.quantity, p.side) for p in made],
    )
    await tx.execute(
        """delete from trade_print t using unnest($1::text[]) s(symbol)
           where t.symbol = s.symbol and t.id <= (
             select id from trade_print k where k.symbol = s.symbol order by id desc offset $2 limit 1)""",
        sorted({p.symbol for p in made}), keep,
    )  # fmt: skip
