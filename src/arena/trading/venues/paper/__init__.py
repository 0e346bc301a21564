"""The paper venue: resting tickets filled from closed bars by a documented model."""

from arena.trading.venues.paper.bar_model import BarMatch, match_bar
from arena.trading.venues.paper.keep_rules import keep_rules
from arena.trading.venues.paper.match import PaperVenue
from arena.trading.venues.paper.store import starved, withdraw

__all__ = ["BarMatch", "PaperVenue", "keep_rules", "match_bar", "starved", "withdraw"]
