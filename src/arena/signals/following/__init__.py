"""A signal's target becomes orders for one account."""

from arena.signals.following.digest import digest, fill_row, mark_row
from arena.signals.following.follow import follow, follow_waiting
from arena.signals.following.follower import Follower
from arena.signals.following.model import Act, BarNotInYet, Outcome, Recomputed, Sized
from arena.signals.following.protect import protect
from arena.signals.following.recompute import recompute, record_sha
from arena.signals.following.sizing import size
from arena.signals.following.store import acts

__all__ = [
    "Act",
    "BarNotInYet",
    "Follower",
    "Outcome",
    "Recomputed",
    "Sized",
    "acts",
    "digest",
    "fill_row",
    "follow",
    "follow_waiting",
    "mark_row",
    "protect",
    "recompute",
    "record_sha",
    "size",
]
