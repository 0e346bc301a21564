"""Moderation: submissions are decided by people, with reasons; listings can be taken down."""

from arena.marketplace.moderation.changes import changed, see
from arena.marketplace.moderation.conflict import is_own
from arena.marketplace.moderation.decide import approve, reject, take_down
from arena.marketplace.moderation.model import (
    Case,
    CaseDecided,
    Changed,
    ListingTakenDown,
    NoSuchCase,
    OwnCase,
    Submitted,
    Waiting,
)
from arena.marketplace.moderation.read import case, case_of, cases, cases_of, queue, waiting
from arena.marketplace.moderation.submit import submit

__all__ = [
    "Case",
    "CaseDecided",
    "Changed",
    "ListingTakenDown",
    "NoSuchCase",
    "OwnCase",
    "Submitted",
    "Waiting",
    "approve",
    "case",
    "case_of",
    "cases",
    "cases_of",
    "changed",
    "is_own",
    "queue",
    "reject",
    "see",
    "submit",
    "take_down",
    "waiting",
]
