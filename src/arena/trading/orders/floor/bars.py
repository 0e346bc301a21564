"""A step of candles as books and trades, in the order of their times."""

from collections.abc import Iterator
from decimal import Decimal

from arena.trading.market import Bars, MarketEvent
from arena.trading.orders.floor.state import State
from arena.trading.venues import bar_events

# The bar model's numbers, as in the rules of the record.
HALF_SPREAD_BPS = 1
IMPACT_Y = Decimal("0.8")
PARTICIPATION_BPS = 1000


def events_of(state: State, bars: Bars) -> Iterator[MarketEvent]:
    """What the bars of one step are made into; where times are equal, in the order of the bars."""
    made: list[MarketEvent] = []
    for candle in bars.candles:
        market = state.markets.get(candle.symbol)
        if market is not None:
            made += bar_events(
                candle,
                market.instrument,
                interval_s=bars.interval_s,
                last_id=market.engine.last_id,
                half_spread_bps=HALF_SPREAD_BPS,
                impact_y=IMPACT_Y,
                participation_bps=PARTICIPATION_BPS,
                after=market.last_price,
            )
    return iter(sorted(made, key=lambda event: event.at))
