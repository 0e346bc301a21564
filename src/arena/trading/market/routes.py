"""Market data over HTTP: the clock, instruments, candles, book, trades, statistics, the pack. All public."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import Query, Request
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, PlainSerializer
from starlette.responses import Response

from arena.kit.canonical import sha256_hex
from arena.kit.clock import iso_ms, wall_now
from arena.people.access import CallDep, Routes, public
from arena.trading.market import quotes, store
from arena.trading.market.gaps import LOOK_BACK, Gap, find_gaps
from arena.trading.market.model import INTERVALS, Candle, Instrument, interval_name

routes = Routes("market data")
BARS_READ_MAX = 200_000  # of the tape's own bars, for one answer of coarser ones
OPEN = public("prices are public; a signal's worth is not in them")


def _sane(at: datetime) -> datetime:
    if not 1970 <= at.year <= 2200:
        raise ValueError("a year from 1970 to 2200")
    return at


Interval = Literal["1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d"]
SYMBOL = "^[A-Z0-9_-]{2,30}$"
Symbol = Annotated[
    str,
    Query(pattern=SYMBOL, description="An instrument's symbol.", examples=["BTC-USD"]),
]
SaneTime = Annotated[AwareDatetime, AfterValidator(_sane)]
Time = Annotated[
    datetime, PlainSerializer(iso_ms, return_type=str), Field(examples=["2021-10-27T14:15:00.000Z"])
]
Number = Annotated[
    Decimal,
    PlainSerializer(lambda number: format(number, "f"), return_type=str),
    Field(examples=["59324.96"]),
]


class ClockView(BaseModel):
    """The arena's time. On a replayed tape it runs faster or slower than the wall's."""

    product_time: Time = Field(description="What the arena lives by: signals, burn-in, billing.")
    wall_time: Time = Field(description="The server's own clock, for signatures and sessions.")
    source: str = Field(description="live, folder, sample or recorded.")
    speed: str = Field(description="1x, 900x …, max, pause or auto.")
    step: int = Field(description="Steps of the tape played so far.")
    interval_s: int = Field(description="Length of a step in seconds of product time.")
    next_open_at: Time | None = Field(description="The next bar opens then or later.")
    ended: bool = Field(description="Whether the tape has come to its end.")


class InstrumentView(BaseModel):
    """What is traded; prices are multiples of the tick, quantities of the step."""

    symbol: str = Field(examples=["BTC-USD"])
    base: str
    quote: str
    tick: Number
    step: Number
    notional_min: Number = Field(description="Least value of an order, in quote units.")
    status: Literal["trading", "halted"]


class InstrumentsView(BaseModel):
    data: list[InstrumentView]


class CandleView(BaseModel):
    """A closed bar; volume in base units."""

    open_at: Time
    open: Number
    high: Number
    low: Number
    close: Number
    volume: Number


class GapView(BaseModel):
    """Bars of the tape's own interval that are missing between two that are there."""

    from_: Time = Field(
        serialization_alias="from", description="Open of the first that is missing."
    )
    until: Time = Field(description="Open of the next one that is there.")
    bars: int = Field(description="How many are missing.")
    asked_at: Time | None = Field(
        description="When the exchange was asked for them and had none; null where it was not, or is no exchange."
    )


class CandlesView(BaseModel):
    """Closed bars, oldest first. Where `has_more`, ask again with `from` set to `next`. Gaps stay gaps: `gaps` says
    which bars of the tape's own interval are missing between the first and the last."""

    symbol: str
    interval: str = Field(examples=["15m"])
    data: list[CandleView]
    has_more: bool
    next: Time | None
    gaps: list[GapView] = []


class GapsView(BaseModel):
    """Gaps in the bars of an instrument, oldest first; at most a thousand."""

    symbol: str
    interval: str = Field(examples=["15m"])
    data: list[GapView]


class LevelView(BaseModel):
    price: Number
    quantity: Number


class BookView(BaseModel):
    """Bids and asks, best first. `model` is exchange for a real book, bar for one derived from a candle."""

    symbol: str
    at: Time | None
    model: Literal["exchange", "bar"]
    bids: list[LevelView]
    asks: list[LevelView]


class TradeView(BaseModel):
    id: int
    at: Time
    price: Number
    quantity: Number
    side: Literal["buy", "sell"] = Field(description="The taker's side.")
    model: Literal["exchange", "bar"]


class TradesView(BaseModel):
    symbol: str
    data: list[TradeView]


class StatisticsView(BaseModel):
    """The 24 hours of product time up to now; change is a fraction of the open."""

    symbol: str
    since: Time
    until: Time
    open: Number
    high: Number
    low: Number
    close: Number
    volume: Number
    quote_volume: Number
    change: Number
    bars: int


class AllStatisticsView(BaseModel):
    data: list[StatisticsView]


class PackFileView(BaseModel):
    path: str
    sha256: str


class PackView(BaseModel):
    """What the tape plays. `sha` is the SHA-256 of the RFC 8785 form of `manifest`."""

    sha: str
    manifest: dict[str, object]


@routes.add("GET", "/time", gate=OPEN, response_model=ClockView)
async def read_time(call: CallDep) -> ClockView:
    """The arena's time and the tape's pace."""
    tape = await store.tape(call.tx)
    return ClockView(
        product_time=tape.product_now, wall_time=wall_now(), source=tape.source, speed=tape.speed,
        step=tape.steps, interval_s=tape.interval_s, next_open_at=tape.next_open_at,
        ended=tape.ended_at is not None,
    )  # fmt: skip


@routes.add("GET", "/market-data/instruments", gate=OPEN, response_model=InstrumentsView)
async def read_instruments(call: CallDep) -> InstrumentsView:
    """All instruments with their steps."""
    return InstrumentsView(data=[_view(one) for one in await store.instruments(call.tx)])


class Window(BaseModel):
    """Which bars of which instrument."""

    symbol: str = Field(pattern=SYMBOL, description="An instrument's symbol.", examples=["BTC-USD"])
    interval: Interval | None = Field(None, description="Empty: the tape's own.")
    from_: SaneTime | None = Field(None, alias="from", description="Bars that open then or later.")
    to: SaneTime | None = Field(None, description="Bars that closed by then.")
    limit: int = Field(500, ge=1, le=5000, description="How many at most.")


@routes.add("GET", "/market-data/candles", gate=OPEN, response_model=CandlesView)
async def read_candles(
    call: CallDep,
    request: Request,
    response: Response,
    window: Annotated[Window, Query()],
) -> CandlesView | Response:
    """Closed bars of the tape's own interval or a coarser one, aligned to midnight UTC.

    With `from` the first bars from there on, else the last ones before `to`. Bars made of very many finer
    ones come in shorter answers.
    """
    symbol = window.symbol
    await store.instrument(call.tx, symbol)
    own_s = (await store.tape(call.tx)).interval_s
    interval_s = INTERVALS[window.interval] if window.interval else own_s
    limit = max(1, min(window.limit, BARS_READ_MAX * own_s // interval_s))
    until = await store.product_now(call.tx)
    until = min(until, window.to) if window.to else until
    if window.from_:
        found = await store.candles_from(
            call.tx,
            symbol,
            window.from_,
            until=until,
            limit=limit + 1,
            interval_s=interval_s,
        )
        more = found[limit:]
        found = found[:limit]
    else:
        more = []
        found = await store.candles(
            call.tx, symbol, until=until, limit=limit, interval_s=interval_s
        )
    etag = _etag(symbol, interval_s, found, more)
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers={"ETag": etag})
    response.headers["ETag"] = etag
    missing = await _gaps(call, symbol, found, interval_s)
    return CandlesView(
        symbol=symbol, interval=interval_name(interval_s), data=[_candle(one) for one in found],
        has_more=bool(more), next=more[0].open_at if more else None, gaps=missing,
    )  # fmt: skip


async def _gaps(call: CallDep, symbol: str, found: list[Candle], interval_s: int) -> list[GapView]:
    if not found:
        return []
    until = found[-1].open_at + timedelta(seconds=interval_s)
    held = await find_gaps(call.tx, symbol, since=found[0].open_at, until=until)
    return [_gap(one) for one in held if one.open_at < until]


@routes.add("GET", "/market-data/gaps", gate=OPEN, response_model=GapsView)
async def read_gaps(
    call: CallDep,
    symbol: Symbol,
    since: Annotated[
        SaneTime | None, Query(alias="from", description="Empty: 30 days back.")
    ] = None,
    to: Annotated[SaneTime | None, Query(description="Empty: now.")] = None,
) -> GapsView:
    """Where bars are missing. On a live tape they are filled from the exchange's history every ten minutes, as far as
    it has them."""
    await store.instrument(call.tx, symbol)
    until = to or await store.product_now(call.tx)
    first = since or until - LOOK_BACK
    held = await find_gaps(call.tx, symbol, since=first, until=until)
    own_s = (await store.tape(call.tx)).interval_s
    return GapsView(symbol=symbol, interval=interval_name(own_s), data=[_gap(one) for one in held])


@routes.add("GET", "/market-data/book", gate=OPEN, response_model=BookView)
async def read_book(
    call: CallDep,
    symbol: Symbol,
    depth: Annotated[int, Query(ge=1, le=quotes.DEPTH_MAX, description="Levels a side.")] = 10,
) -> BookView:
    """The order book; empty before the first bar."""
    book = await quotes.book(call.tx, symbol, depth, half_spread_bps=call.settings.half_spread_bps)
    if book is None:
        return BookView(symbol=symbol, at=None, model="bar", bids=[], asks=[])
    return BookView(
        symbol=symbol, at=book.at, model=book.model,
        bids=[LevelView(price=one.price, quantity=one.quantity) for one in book.bids],
        asks=[LevelView(price=one.price, quantity=one.quantity) for one in book.asks],
    )  # fmt: skip


@routes.add("GET", "/market-data/trades", gate=OPEN, response_model=TradesView)
async def read_trades(
    call: CallDep,
    symbol: Symbol,
    limit: Annotated[
        int, Query(ge=1, le=quotes.PRINTS_KEPT, description="How many at most.")
    ] = 100,
) -> TradesView:
    """The latest trades, oldest first."""
    made = await quotes.trades(call.tx, symbol, limit)
    return TradesView(
        symbol=symbol,
        data=[
            TradeView(
                id=p.id, at=p.at, price=p.price, quantity=p.quantity, side=p.side, model=p.model
            )
            for p in made
        ],
    )


@routes.add("GET", "/market-data/statistics", gate=OPEN, response_model=AllStatisticsView)
async def read_statistics(call: CallDep, symbol: Symbol | None = None) -> AllStatisticsView:
    """The last 24 hours of one instrument, or of all."""
    if symbol:
        symbols = [(await store.instrument(call.tx, symbol)).symbol]
    else:
        symbols = [one.symbol for one in await store.instruments(call.tx)]
    found = [await store.statistics_24h(call.tx, one) for one in symbols]
    return AllStatisticsView(
        data=[
            StatisticsView(
                symbol=s.symbol, since=s.since, until=s.until, open=s.open, high=s.high, low=s.low,
                close=s.close, volume=s.volume, quote_volume=s.quote_volume, change=s.change, bars=s.bars,
            )
            for s in found
            if s
        ]
    )  # fmt: skip


@routes.add("GET", "/market-data/pack", gate=OPEN, response_model=PackView)
async def read_pack(call: CallDep, request: Request, response: Response) -> PackView | Response:
    """What the tape plays, file by file with SHA-256."""
    tape = await store.tape(call.tx)
    etag = f'"{tape.pack_sha}"'
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers={"ETag": etag})
    response.headers["ETag"] = etag
    return PackView(sha=tape.pack_sha, manifest=tape.pack.manifest())


def _view(one: Instrument) -> InstrumentView:
    return InstrumentView(
        symbol=one.symbol, base=one.base, quote=one.quote, tick=one.tick, step=one.step,
        notional_min=one.notional_min, status=one.status,
    )  # fmt: skip


def _gap(one: Gap) -> GapView:
    return GapView(from_=one.open_at, until=one.until, bars=one.bars, asked_at=one.asked_at)


def _candle(one: Candle) -> CandleView:
    return CandleView(
        open_at=one.open_at, open=one.open, high=one.high, low=one.low, close=one.close, volume=one.volume
    )  # fmt: skip


def _etag(symbol: str, interval_s: int, found: list[Candle], more: list[Candle]) -> str:
    """A closed bar never changes: the first, the last and the count tell the content of a tape."""
    ends = [f"{c.open_at}:{c.close}:{c.volume}" for c in (*found[:1], *found[-1:], *more[:1])]
    return (
        f'"{sha256_hex(":".join([symbol, str(interval_s), str(len(found)), *ends]).encode())[:32]}"'
    )
