"""Moderation: submissions are decided by people, with reasons; listings can be taken down."""

from arena.marketplace.moderation.decide import approve, reject, take_down
from arena.marketplace.moderation.model import Case, CaseDecided, ListingTakenDown, NoSuchCase
from arena.marketplace.moderation.read import case_of, cases
from arena.marketplace.moderation.submit import submit

__all__ = [
    "Case",
    "CaseDecided",
    "ListingTakenDown",
    "NoSuchCase",
    "approve",
    "case_of",
    "cases",
    "reject",
    "submit",
    "take_down",
]
