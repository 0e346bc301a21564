"""Strategies' files that the arena keeps for their authors, sealed: to check them, to compute cards again, to host."""

from arena.signals.lab.sources.keep import delete_source, keep_source
from arena.signals.lab.sources.model import (
    SOURCES_MAX,
    HostingOff,
    KeptSource,
    Line,
    NoSuchSource,
    Report,
    SourceDeleted,
    SourceEmpty,
    SourceInUse,
    SourceNotPassed,
    SourceTooLong,
    State,
    TooManySources,
)
from arena.signals.lab.sources.read import (
    cards_naming,
    source,
    source_by_id,
    sources_of,
    text_of,
)
from arena.signals.lab.sources.report import next_card, next_unchecked, note_report
from arena.signals.lab.sources.store import counts

__all__ = [
    "SOURCES_MAX",
    "HostingOff",
    "KeptSource",
    "Line",
    "NoSuchSource",
    "Report",
    "SourceDeleted",
    "SourceEmpty",
    "SourceInUse",
    "SourceNotPassed",
    "SourceTooLong",
    "State",
    "TooManySources",
    "cards_naming",
    "counts",
    "delete_source",
    "keep_source",
    "next_card",
    "next_unchecked",
    "note_report",
    "source",
    "source_by_id",
    "sources_of",
    "text_of",
]
