"""Checks a listing's whole record on one's own machine, with code that shares nothing with the arena's."""

from sigma_sdk.verify.checkpoints import CheckpointBook
from sigma_sdk.verify.fees import FeeFinding, verify_fees
from sigma_sdk.verify.report import EXIT_CODES, Finding, Report
from sigma_sdk.verify.run import verify_listing
from sigma_sdk.verify.source import ArenaSource, NotSaved, SavedSource, Source

__all__ = [
    "EXIT_CODES",
    "ArenaSource",
    "CheckpointBook",
    "FeeFinding",
    "Finding",
    "NotSaved",
    "Report",
    "SavedSource",
    "Source",
    "verify_fees",
    "verify_listing",
]
