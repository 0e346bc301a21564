"""Who may receive what: the decision and its history, and the two ways of being refused."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from arena.kit.errors import Forbidden
from arena.marketplace.listings import TIERS

RANKS = ("free", *TIERS)  # in rising order
# Every reason there is; docs/reference/entitlements.md says what each means.
ALLOWING = ("owner", "paid", "trial", "grace", "seat", "comp", "free")
DENYING = (
    "none", "lower_tier", "incomplete", "declined", "past_due", "unpaid", "paused", "canceled", "price_rise",
    "cooling_off", "disputed", "moderation", "listing_delisted", "seat_revoked", "free_ended", "free_closed", "ended",
    "comp_ended", "comp_revoked", "comp_given_back",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a subject may receive a feed's signals, as which tier, and why, or why not.

    `reason` is one of `ALLOWING` or `DENYING`. `until` is product time, exclusive; None means no end. `version` is
    that of the newest row it rests on and changes whenever the decision does, so that caches can tell. `right_id` is
    what it stands on (sub_…, set_…, fol_…, cmp_…), `delay` how much later a free follower is given each signal. The
    other three: whether the subject may change the right's terms, whether it will be charged, whether signals are
    pushed.
    """

    allowed: bool
    reason: str
    tier: str | None = None
    until: datetime | None = None
    version: int = 0
    right_id: str | None = None
    delay: timedelta | None = None
    can_change: bool = False
    can_bill: bool = False
    can_deliver: bool = False

    def reaches(self, tier: str) -> bool:
        """Whether it is of this tier or a higher one."""
        return self.tier is not None and RANKS.index(self.tier) >= RANKS.index(tier)


@dataclass(frozen=True, slots=True)
class Covered:
    """A feed that a subject may receive, with the decision that says so."""

    feed_id: str
    decision: Decision


@dataclass(frozen=True, slots=True)
class Decided:
    """One stretch of time of a right, half-open product time, and the four decisions that held or will hold in it.
    `valid_until` is None for no end. `kind` is subscription, seat, free or complimentary."""

    id: int
    right_id: str
    kind: str
    revision: int
    tier: str
    reason: str
    can_change: bool
    can_access: bool
    can_bill: bool
    can_deliver: bool
    valid_from: datetime
    valid_until: datetime | None


def effective(rows: Sequence[Decided]) -> list[Decided]:
    """What really held when, of the rows of any number of rights: newest first.

    A revision covers all times from its beginning on, so whatever an older one had said for those times never came to
    be. Neighbours that say the same are one.
    """
    found: list[Decided] = []
    begins: dict[str, datetime] = {}  # of each right, where the revisions looked at so far begin
    for right_id in dict.fromkeys(row.right_id for row in rows):
        of_right = [row for row in rows if row.right_id == right_id]
        for revision in sorted({row.revision for row in of_right}, reverse=True):
            together = [row for row in of_right if row.revision == revision]
            cut = begins.get(right_id)
            for row in sorted(together, key=lambda each: each.valid_from, reverse=True):
                _take(found, row, cut)
            start = min(row.valid_from for row in together)
            begins[right_id] = start if cut is None else min(start, cut)
    return sorted(found, key=lambda row: (row.valid_from, row.id), reverse=True)


def _take(found: list[Decided], row: Decided, cut: datetime | None) -> None:
    """Appends the row as far as it came to be; `found` ends with the stretch that follows it."""
    until = row.valid_until
    if cut is not None and (until is None or cut < until):
        until = cut
    if until is not None and until <= row.valid_from:
        return
    row = replace(row, valid_until=until)
    after = found[-1] if found else None
    if after is not None and after.valid_from == until and _says(after) == _says(row):
        found[-1] = replace(after, valid_from=row.valid_from)
    else:
        found.append(row)


def _says(row: Decided) -> tuple[object, ...]:
    return (
        row.right_id,
        row.tier,
        row.reason,
        row.can_change,
        row.can_access,
        row.can_bill,
        row.can_deliver,
    )


NOT_ENTITLED = Decision(False, "none")


class PaymentRequired(Forbidden):
    """These signals are for subscribers. Subscribe to listing {listing_id} with POST /market/subscribe and
    call again with your API key; {listing_url} says what it costs."""

    status = 402


class NotEntitled(Forbidden):
    """You are not entitled to feed {feed_id}, and it is not on offer."""
