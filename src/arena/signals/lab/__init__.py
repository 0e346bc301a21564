"""Model documents and the lineage they give a signal."""

from arena.signals.lab.bars import BadBars, Bars
from arena.signals.lab.candles import bars_of, load_bars, open_candles
from arena.signals.lab.model import (
    ENGINE_VERSION,
    KINDS,
    UNSAID,
    BadDocument,
    Document,
    DocumentKind,
    NoSuchDocument,
    WrongKindOfDocument,
)
from arena.signals.lab.register import (
    declared,
    document,
    register_document,
    register_documents,
)

__all__ = [
    "ENGINE_VERSION",
    "KINDS",
    "UNSAID",
    "BadBars",
    "BadDocument",
    "Bars",
    "Document",
    "DocumentKind",
    "NoSuchDocument",
    "WrongKindOfDocument",
    "bars_of",
    "declared",
    "document",
    "load_bars",
    "open_candles",
    "register_document",
    "register_documents",
]
