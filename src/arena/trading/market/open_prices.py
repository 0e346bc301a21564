"""Opens live prices of the venues that are set: of one alone, or of two that stand in for each other."""

from dataclasses import replace

import structlog

from arena.kit.settings import Settings
from arena.trading.market.binance import Live, Place, ask, open_live, reason_of
from arena.trading.market.failover import Failover
from arena.trading.market.model import Instrument, NoPrices

log = structlog.get_logger()


def open_prices(settings: Settings) -> Live | Failover:
    """Both venues need not answer now. Raises NoPrices where none does."""
    if not settings.second_rest_url:
        return open_live(settings)
    places = (
        Place(settings.binance_rest_url, settings.binance_stream_url),
        Place(settings.second_rest_url, settings.second_stream_url),
    )
    answers: dict[Place, tuple[Instrument, ...]] = {}
    silent: list[NoPrices] = []
    for place in places:
        try:
            answers[place] = ask(settings, place)
        except NoPrices as broken:
            log.warning("a venue has no prices", host=place.host, why=str(broken.facts["why"]))
            silent.append(broken)
    if not answers:
        raise silent[0]
    instruments = merged(list(answers.values()))
    reason = reason_of(next(iter(answers)))
    venues = [Live(settings, instruments, reason, at=place) for place in places]
    return Failover(venues, silent_s=settings.failover_silent_s, well_s=settings.failover_well_s)


def merged(answers: list[tuple[Instrument, ...]]) -> tuple[Instrument, ...]:
    """What all of those that answered trade, as the first of them has it, in the finest steps of any: so that no
    venue's price falls between two ticks."""
    first, *others = answers
    by_symbol = [{one.symbol: one for one in other} for other in others]
    made = []
    for one in first:
        held = [known[one.symbol] for known in by_symbol if one.symbol in known]
        if len(held) < len(others):
            log.warning("not traded at every venue, so left out", symbol=one.symbol)
            continue
        made.append(
            replace(
                one,
                tick=min([one.tick, *(other.tick for other in held)]),
                step=min([one.step, *(other.step for other in held)]),
            )
        )
    if not made:
        raise NoPrices(why="the venues that are set trade nothing in common")
    return tuple(made)
