"""The bar venue: tickets of reference accounts rest in the database and are filled from closed bars by the rules of the
record, so that whoever has the candles can compute the record again."""

from arena.trading.venues.bars.bar_model import BarFill, BarMatch, Matching, match_bar
from arena.trading.venues.bars.keep_rules import keep_rules
from arena.trading.venues.bars.match import BarVenue
from arena.trading.venues.bars.model import Matched, Reason, Rules, RulesChanged, Ticket, TicketType
from arena.trading.venues.bars.store import starved, withdraw

__all__ = [
    "BarFill",
    "BarMatch",
    "BarVenue",
    "Matched",
    "Matching",
    "Reason",
    "Rules",
    "RulesChanged",
    "Ticket",
    "TicketType",
    "keep_rules",
    "match_bar",
    "starved",
    "withdraw",
]
