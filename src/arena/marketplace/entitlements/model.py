"""Who may receive what: the decision, and the two ways of being refused."""

from dataclasses import dataclass
from datetime import datetime

from arena.kit.errors import Forbidden


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a subject may receive a feed's signals, and as which tier.

    `reason` is owner, paid, trial, grace (past due, within the days of grace) or none. `until` is product time,
    exclusive; None means no end. `version` changes whenever the decision does, so that caches can tell.
    """

    allowed: bool
    reason: str
    tier: str | None = None
    until: datetime | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Covered:
    """A feed that a subject may receive, with the decision that says so."""

    feed_id: str
    decision: Decision


NOT_ENTITLED = Decision(False, "none")


class PaymentRequired(Forbidden):
    """These signals are for subscribers. Subscribe to listing {listing_id} with POST /market/subscribe and
    call again with your API key; {listing_url} says what it costs."""

    status = 402


class NotEntitled(Forbidden):
    """You are not entitled to feed {feed_id}, and it is not on offer."""
