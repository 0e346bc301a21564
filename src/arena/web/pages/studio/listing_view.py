"""What a creator sees of a listing: its checklist, its place in review, who holds it, and how it changed."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from arena.kit.money import Money
from arena.marketplace import listings, moderation, subscriptions, trust
from arena.money import ledger
from arena.signals import feeds
from arena.signals.lab import cards
from arena.web.draw import Difference, listing_differences
from arena.web.page import Visit
from arena.web.pages.studio.gate_lines import GateLine, checked_lines, known_lines
from arena.web.pages.studio.standing import Standing, standings
from arena.web.pages.studio.status import take_down_reason, turned_down

VERSIONS_MAX = 20
QUEUE_MAX = 200


@dataclass(frozen=True, slots=True)
class Change:
    """A line of the change log, with what is different from the version before; None for the first."""

    version: listings.Version
    changed: Sequence[Difference] | None


@dataclass(frozen=True, slots=True)
class Holding:
    """A tier as it is sold now, or was, with who holds it."""

    tier: str
    price: Money | None
    seats: int | None
    tally: subscriptions.Tally | None


@dataclass(frozen=True, slots=True)
class Checks:
    """The checklist: found just now (`at` is None), or at submission, or only what is known at once."""

    lines: Sequence[GateLine]
    complete: bool
    at: datetime | None = None

    @property
    def passed(self) -> bool:
        return all(line.state == "good" for line in self.lines)

    @property
    def lacking(self) -> int:
        return sum(line.state == "bad" for line in self.lines)

    @property
    def grows(self) -> bool:
        """Whether all that is missing is more of a record."""
        return all(line.needed is not None for line in self.lines if line.state == "bad")


@dataclass(frozen=True, slots=True)
class ListingPage:
    """Everything on the page of one listing. `place` counts from one; None while it is not in review."""

    listing: listings.Listing
    standing: Standing
    model_card: cards.Kept | None
    chosen: listings.Chosen | None
    promises: Sequence[listings.Promise]
    checks: Checks
    score: trust.Score
    case: moderation.Case | None
    turned_down: bool
    taken_down: str | None
    place: int | None
    holdings: Sequence[Holding]
    pending: Money
    history: Sequence[Change]
    older: bool = field(default=False)

    @property
    def holders(self) -> int:
        return sum(h.tally.holders for h in self.holdings if h.tally)


async def listing_page(
    visit: Visit, listing: listings.Listing, *, found: Sequence[listings.Gate] | None = None
) -> ListingPage:
    """`found` are the gates as a check found them just now."""
    tx = visit.tx
    feed = await feeds.feed(tx, listing.feed_id)
    [stands] = await standings(tx, [feed], visit.settings)
    case = await moderation.case_of(tx, listing.id)
    card = await listings.card_of(tx, listing.id)
    history = await listings.versions(tx, listing.id, limit=VERSIONS_MAX + 1)
    return ListingPage(
        listing=listing, standing=stands, model_card=card,
        chosen=None if card is None else await listings.chosen(tx, card),
        promises=await listings.promises(tx, listing, listings.last_midnight(tx.now)),
        checks=_checks(listing, stands, case, found=found, of_card=await listings.card_gates(tx, listing)),
        score=await trust.score(tx, feed), case=case, turned_down=turned_down(listing, case),
        taken_down=await take_down_reason(tx, listing), place=await _place(visit, case),
        holdings=await _holdings(visit, listing),
        pending=await ledger.balance(tx, f"creator:{listing.creator_id}:pending"),
        history=_changes(history)[:VERSIONS_MAX], older=len(history) > VERSIONS_MAX,
    )  # fmt: skip


def _checks(
    listing: listings.Listing,
    stands: Standing,
    case: moderation.Case | None,
    *,
    found: Sequence[listings.Gate] | None,
    of_card: Sequence[listings.Gate],
) -> Checks:
    if found is not None:
        return Checks(checked_lines(found, stands.burn_in), complete=True)
    if listing.status is not listings.Status.DRAFT and case is not None:
        return Checks(checked_lines(case.gates), complete=True, at=case.submitted_at)
    return Checks(known_lines(stands.feed, stands.burn_in, of_card), complete=False)


async def _place(visit: Visit, case: moderation.Case | None) -> int | None:
    """Of those that wait, oldest first; beyond the first two hundred only that it is beyond."""
    if case is None or case.state != "open":
        return None
    waiting = await moderation.cases(visit.tx, "open", limit=QUEUE_MAX)
    ids = [other.id for other in waiting]
    return ids.index(case.id) + 1 if case.id in ids else QUEUE_MAX + 1


async def _holdings(visit: Visit, listing: listings.Listing) -> list[Holding]:
    """The tiers on sale, then those that are sold no more and still held."""
    tallies = (await subscriptions.tally(visit.tx, [listing.id])).get(listing.id, {})
    sold = [Holding(t.tier, t.amount, t.seats, tallies.get(t.tier)) for t in listing.tiers]
    names = {holding.tier for holding in sold}
    return [*sold, *(Holding(t, None, None, tallies[t]) for t in tallies if t not in names)]


def _changes(newest_first: Sequence[listings.Version]) -> list[Change]:
    changes = [
        Change(version, listing_differences(before.body, version.body))
        for version, before in itertools.pairwise(newest_first)
    ]
    first = newest_first[-1:]
    return [*changes, *(Change(version, None) for version in first if version.number == 1)]
