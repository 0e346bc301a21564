"""Chooses where prices come from: what is asked for; else live, where the exchange answers, a folder, the sample."""

import structlog

from arena.kit.settings import Settings
from arena.trading.market.folder import open_folder, reopen_folder
from arena.trading.market.model import NoPrices, Tape, interval_name, wanted_symbols
from arena.trading.market.open_prices import open_prices
from arena.trading.market.recorded_source import open_recorded
from arena.trading.market.sample import sample
from arena.trading.market.source import Source

log = structlog.get_logger()


def choose_source(settings: Settings, tape: Tape | None = None) -> Source:
    """The source to play, with the reason for it.

    With the stored `tape` of an earlier start an automatic choice stays with that tape's source, so that it
    goes on where it stopped. Raises NoPrices with advice, PackChanged, BadPriceFile.
    """
    wanted = settings.source
    if wanted == "auto" and tape is not None:
        wanted = tape.source  # type: ignore[assignment]  # one of the five, as the tape's check says
    if wanted == "live":
        return open_prices(settings)
    if wanted == "recorded":
        return _recorded(settings, tape)
    if wanted == "folder":
        return _folder(settings, tape)
    if wanted == "sample":
        return sample(
            "the tape began with the sample pack" if tape else "the sample pack was asked for"
        )
    return _automatic(settings)


def _automatic(settings: Settings) -> Source:
    try:
        return open_prices(settings)
    except NoPrices as silent:
        why = str(silent.facts.get("why", silent))
    if settings.data is not None:
        try:
            return _folder(settings, None)
        except NoPrices as empty:
            why = f"{why}; {empty.facts.get('why', empty)}"
            log.warning("the folder of candles is of no use", why=why)
    else:
        why = f"{why}; no folder is set (ARENA_DATA)"
    return sample(f"{why}; so the sample pack it is")


def _folder(settings: Settings, tape: Tape | None) -> Source:
    if settings.data is None:
        raise NoPrices(why="ARENA_DATA names no folder")
    if tape is not None and tape.source == "folder" and _asks_for(settings, tape):
        return reopen_folder(settings.data, tape.pack)
    return open_folder(settings.data, symbols=settings.symbols, interval=settings.interval)


def _recorded(settings: Settings, tape: Tape | None) -> Source:
    if settings.data is None:
        raise NoPrices(why="ARENA_DATA names no folder of recorded messages")
    if tape is not None and tape.source == "recorded" and _asks_for(settings, tape):
        return open_recorded(
            settings.data,
            symbols=",".join(tape.pack.symbols),
            interval=interval_name(tape.interval_s),
            only=tape.pack,
        )
    return open_recorded(settings.data, symbols=settings.symbols, interval=settings.interval)


def _asks_for(settings: Settings, tape: Tape) -> bool:
    """Whether the settings name nothing that the tape does not play already."""
    return (
        settings.interval in ("", interval_name(tape.interval_s))
        and wanted_symbols(settings.symbols) in ([], list(tape.pack.symbols))
    )  # fmt: skip
