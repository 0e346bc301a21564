"""Language models as strategists: asked at the close of bars, within a budget, every word kept."""

from arena.signals.strategists.language_model.answers import decisions, hired, seen_spent
from arena.signals.strategists.language_model.budget import cents_up
from arena.signals.strategists.language_model.desk import OFF, Desk, bar_lasts_s
from arena.signals.strategists.language_model.employ import Place, dismiss, employ
from arena.signals.strategists.language_model.model import (
    Configuration,
    Decision,
    Hired,
    NoSuchDecision,
    NoSuchLanguageModel,
    Spent,
)
from arena.signals.strategists.language_model.news import tell
from arena.signals.strategists.language_model.prices import BadPrices, Prices, prices
from arena.signals.strategists.language_model.read import (
    Asked,
    Seat,
    Turn,
    asked,
    decision,
    seat,
    seats,
    turns,
)
from arena.signals.strategists.language_model.replay import Replayed, replay
from arena.signals.strategists.language_model.standing import (
    Standing,
    Status,
    in_words,
    language_model_health,
    standing,
)

__all__ = [
    "OFF",
    "Asked",
    "BadPrices",
    "Configuration",
    "Decision",
    "Desk",
    "Hired",
    "NoSuchDecision",
    "NoSuchLanguageModel",
    "Place",
    "Prices",
    "Replayed",
    "Seat",
    "Spent",
    "Standing",
    "Status",
    "Turn",
    "asked",
    "bar_lasts_s",
    "cents_up",
    "decision",
    "decisions",
    "dismiss",
    "employ",
    "hired",
    "in_words",
    "language_model_health",
    "prices",
    "replay",
    "seat",
    "seats",
    "seen_spent",
    "standing",
    "tell",
    "turns",
]
