"""Language models as strategists: asked at the close of bars, within a budget, every word kept."""

from arena.signals.strategists.language_model.answers import decisions, hired, seen_spent
from arena.signals.strategists.language_model.budget import cents_up, price_of
from arena.signals.strategists.language_model.desk import OFF, Desk, bar_lasts_s
from arena.signals.strategists.language_model.employ import Place, dismiss, employ
from arena.signals.strategists.language_model.model import (
    Configuration,
    Decision,
    Hired,
    NoSuchLanguageModel,
    Spent,
)
from arena.signals.strategists.language_model.news import tell
from arena.signals.strategists.language_model.replay import Replayed, replay

__all__ = [
    "OFF",
    "Configuration",
    "Decision",
    "Desk",
    "Hired",
    "NoSuchLanguageModel",
    "Place",
    "Replayed",
    "Spent",
    "bar_lasts_s",
    "cents_up",
    "decisions",
    "dismiss",
    "employ",
    "hired",
    "price_of",
    "replay",
    "seen_spent",
    "tell",
]
