"""Live trading: orders that go to real exchanges, what became of them, and where books differ."""

from arena.trading.orders.live.desk import LiveDesk
from arena.trading.orders.live.differences import book_difference, close_difference
from arena.trading.orders.live.health import live_health
from arena.trading.orders.live.keys import NEWS, add_key, live_account_id, revoke_key
from arena.trading.orders.live.model import (
    Difference,
    LiveOrder,
    OrderFateUnknown,
    Switch,
    VenueDiffered,
    VenueKey,
)
from arena.trading.orders.live.places import Places, Secret, places_of
from arena.trading.orders.live.store import (
    checks,
    differences,
    healths,
    keys,
    live_accounts,
    open_differences,
    open_orders,
    order,
    switch,
)
from arena.trading.orders.live.switch import consent, turn

__all__ = [
    "NEWS",
    "Difference",
    "LiveDesk",
    "LiveOrder",
    "OrderFateUnknown",
    "Places",
    "Secret",
    "Switch",
    "VenueDiffered",
    "VenueKey",
    "add_key",
    "book_difference",
    "checks",
    "close_difference",
    "consent",
    "differences",
    "healths",
    "keys",
    "live_account_id",
    "live_accounts",
    "live_health",
    "open_differences",
    "open_orders",
    "order",
    "places_of",
    "revoke_key",
    "switch",
    "turn",
]
