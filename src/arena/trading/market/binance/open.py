"""Opens live prices: asks the exchange whether it answers, and what it trades."""

import asyncio
import threading
from concurrent.futures import Future

import structlog

from arena.kit.errors import ArenaError
from arena.kit.settings import Settings
from arena.trading.market.binance import parse
from arena.trading.market.binance.live import Live, Place
from arena.trading.market.binance.rest import Rest, clock_difference_s
from arena.trading.market.model import INTERVALS, Instrument, NoPrices, wanted_symbols

SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT")
ANSWER_S = 3.0
INSTRUMENTS_S = 20.0
log = structlog.get_logger()


def open_live(settings: Settings) -> Live:
    """The live source of the first place, where it answers ping and time within three seconds.

    Blocks up to that long, and then while instruments are read. Raises NoPrices with the reason.
    """
    at = Place(settings.binance_rest_url, settings.binance_stream_url)
    return Live(settings, ask(settings, at), reason_of(at), at=at)


def reason_of(at: Place) -> str:
    return f"{at.rest_url} answered within {ANSWER_S:g} s"


def ask(settings: Settings, at: Place) -> tuple[Instrument, ...]:
    """What of the symbols wanted is traded there. Raises NoPrices, also where one of those wanted is not."""
    wanted = tuple(wanted_symbols(settings.symbols))
    if settings.interval and settings.interval not in INTERVALS:
        raise NoPrices(
            why=f"the exchange has no bars of {settings.interval}, but {', '.join(INTERVALS)}"
        )
    answered: Future[float] = Future()
    found: Future[list[Instrument]] = Future()

    async def asking() -> None:
        async with Rest(at.rest_url) as rest:
            try:
                await rest.ping()
                answered.set_result(clock_difference_s(await rest.time_ms()))
                found.set_result(await rest.instruments(wanted or SYMBOLS))
            except (ArenaError, parse.Malformed) as broken:
                for future in (answered, found):
                    if not future.done():
                        future.set_exception(broken)

    # A thread of its own, given up after the deadline: looking up a name can hang for longer than that.
    threading.Thread(
        target=lambda: asyncio.run(asking()), name="ask the exchange", daemon=True
    ).start()
    try:
        ahead_s = answered.result(ANSWER_S)
        instruments = found.result(INSTRUMENTS_S)
    except TimeoutError:
        raise NoPrices(why=f"{at.rest_url} did not answer within {ANSWER_S:g} s") from None
    except (ArenaError, parse.Malformed) as broken:
        raise NoPrices(why=f"{at.rest_url} is of no use: {broken}") from broken
    missing = [symbol for symbol in wanted if symbol not in {i.symbol for i in instruments}]
    if missing or not instruments:
        known = ", ".join(i.symbol for i in instruments) or "none of those asked for"
        raise NoPrices(
            why=f"{', '.join(missing or SYMBOLS)} is not traded at {at.rest_url}, which has {known}"
        )
    if abs(ahead_s) > 1:
        log.warning(
            "our clock and the exchange's differ", host=at.host, exchange_ahead_s=round(ahead_s, 3)
        )
    return tuple(instruments)
