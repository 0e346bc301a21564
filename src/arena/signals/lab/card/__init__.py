"""The study of a model and the card that follows from it."""

from arena.signals.lab.card.card import (
    CARD_VERSION,
    BadCard,
    Modelled,
    card_sha,
    configurations_of,
    differences,
    make_card,
)
from arena.signals.lab.card.measure import Measured, measure
from arena.signals.lab.card.study import BadStudy, Study, study_of
from arena.signals.lab.documents import bars_sha
from arena.signals.lab.model import ENGINE_VERSION

__all__ = [
    "CARD_VERSION",
    "ENGINE_VERSION",
    "BadCard",
    "BadStudy",
    "Measured",
    "Modelled",
    "Study",
    "bars_sha",
    "card_sha",
    "configurations_of",
    "differences",
    "make_card",
    "measure",
    "study_of",
]
