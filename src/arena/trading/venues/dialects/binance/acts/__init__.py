"""What can be asked of the dialect, by Binance's own names of ws-api methods; REST asks for the same by path."""

from arena.trading.venues.dialects.binance.acts import (
    account,
    lists,
    market,
    orders,
    user_stream,
)
from arena.trading.venues.dialects.binance.desk import Act

ACTS: dict[str, Act] = {
    act.name: act
    for act in (*market.ACTS, *orders.ACTS, *lists.ACTS, *account.ACTS, *user_stream.ACTS)
}
"""Acts that no ws-api method is called for are REST's only: otherExchangeInfo, tradeFee, apiRestrictions, emptyList,
systemStatus."""

__all__ = ["ACTS"]
