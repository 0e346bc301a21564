"""Model cards that the arena keeps: sent by their authors, shown to everybody, computed again where that can be."""

from arena.signals.lab.cards.keep import keep_card
from arena.signals.lab.cards.model import (
    CardOfAnother,
    Code,
    Kept,
    Label,
    MalformedCard,
    NoSuchCard,
    Outcome,
    Reproduction,
)
from arena.signals.lab.cards.pdf import card_pdf
from arena.signals.lab.cards.read import card, cards_of
from arena.signals.lab.cards.reproduced import next_waiting, note_reproduction
from arena.signals.lab.cards.shape import canonical_card

__all__ = [
    "CardOfAnother",
    "Code",
    "Kept",
    "Label",
    "MalformedCard",
    "NoSuchCard",
    "Outcome",
    "Reproduction",
    "canonical_card",
    "card",
    "card_pdf",
    "cards_of",
    "keep_card",
    "next_waiting",
    "note_reproduction",
]
