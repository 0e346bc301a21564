"""What can be asked of the arena, by subject; both clients inherit all of it."""

from sigma_sdk.operations.accounts import Accounts
from sigma_sdk.operations.collectives import Collectives
from sigma_sdk.operations.feeds import Feeds
from sigma_sdk.operations.lab import Lab
from sigma_sdk.operations.listings import Listings
from sigma_sdk.operations.market_data import MarketData
from sigma_sdk.operations.people import People
from sigma_sdk.operations.signals import Signals
from sigma_sdk.operations.standings import Standings
from sigma_sdk.operations.subscriptions import Subscriptions

__all__ = ["Operations"]


class Operations(
    People,
    Collectives,
    MarketData,
    Feeds,
    Lab,
    Signals,
    Listings,
    Subscriptions,
    Accounts,
    Standings,
):
    """Every operation there is."""
