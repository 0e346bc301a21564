"""Disclosures: what must stand beside every figure: what kind it is, what it assumes, who earns by it."""

from arena.marketplace.disclosures.assemble import disclose
from arena.marketplace.disclosures.model import HYPOTHETICAL, Disclosures

__all__ = ["HYPOTHETICAL", "Disclosures", "disclose"]
