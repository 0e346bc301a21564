"""Where orders go: the Venue port, tickets, fills."""

from arena.trading.venues.model import (
    Fill,
    Liquidity,
    Matched,
    Reason,
    Rules,
    RulesChanged,
    Ticket,
    TicketType,
    whole_ms,
)
from arena.trading.venues.paper import (
    BarMatch,
    PaperVenue,
    keep_rules,
    match_bar,
    starved,
    withdraw,
)
from arena.trading.venues.venue import Venue

__all__ = [
    "BarMatch",
    "Fill",
    "Liquidity",
    "Matched",
    "PaperVenue",
    "Reason",
    "Rules",
    "RulesChanged",
    "Ticket",
    "TicketType",
    "Venue",
    "keep_rules",
    "match_bar",
    "starved",
    "whole_ms",
    "withdraw",
]
