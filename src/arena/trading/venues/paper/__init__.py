"""The paper exchange's matching engine: orders meet a mirrored book, or one made from bars, and one another."""

from arena.trading.venues.paper.bar_events import bar_events
from arena.trading.venues.paper.engine import MatchingEngine
from arena.trading.venues.paper.model import (
    Ended,
    Ending,
    EngineEvent,
    Filled,
    PaperTicket,
    Triggered,
)

__all__ = [
    "Ended",
    "Ending",
    "EngineEvent",
    "Filled",
    "MatchingEngine",
    "PaperTicket",
    "Triggered",
    "bar_events",
]
