"""Strategies of creators that the arena runs: checked when they are sent, and at work for feeds, each behind walls."""

from arena.signals.strategists.hosting.begin import (
    begin_hosting,
    end_hosting,
    newest_hosting,
    stop_hosting,
)
from arena.signals.strategists.hosting.check import check_for_ever, check_next, try_hosting
from arena.signals.strategists.hosting.desk import HostingDesk
from arena.signals.strategists.hosting.letters import send_hosting_failed
from arena.signals.strategists.hosting.model import (
    FAILURES_MAX,
    CannotHostNow,
    Hosting,
    HostingFailed,
    HostingStatus,
    NoSuchHosting,
    NotAnOwnModel,
    OtherInterval,
    TooManyHosted,
)
from arena.signals.strategists.hosting.state import (
    OFF,
    HostingState,
    hosting_health,
    hosting_state,
    hosting_works,
    note_hosting,
)
from arena.signals.strategists.hosting.store import every, of_feed, of_owner

__all__ = [
    "FAILURES_MAX",
    "OFF",
    "CannotHostNow",
    "Hosting",
    "HostingDesk",
    "HostingFailed",
    "HostingState",
    "HostingStatus",
    "NoSuchHosting",
    "NotAnOwnModel",
    "OtherInterval",
    "TooManyHosted",
    "begin_hosting",
    "check_for_ever",
    "check_next",
    "end_hosting",
    "every",
    "hosting_health",
    "hosting_state",
    "hosting_works",
    "newest_hosting",
    "note_hosting",
    "of_feed",
    "of_owner",
    "send_hosting_failed",
    "stop_hosting",
    "try_hosting",
]
