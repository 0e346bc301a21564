"""A card's model at work: closed bars go in, and what it wants now comes out."""

from arena.signals.lab.at_work.deciding import AtWork, Row

__all__ = ["AtWork", "Row"]
