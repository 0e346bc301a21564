"""Everything of a creator's at a glance: collectives, feeds with their records, listings with who holds them."""

from collections.abc import Sequence
from dataclasses import dataclass

from arena.kit.money import Money
from arena.marketplace import listings, moderation, subscriptions
from arena.money import ledger
from arena.people import identity
from arena.signals import feeds
from arena.web.page import Visit, _
from arena.web.pages.studio.standing import Standing, standings
from arena.web.pages.studio.status import ORDER, Step, next_step, take_down_reason, turned_down

COLLECTIVES_MAX, FEEDS_MAX, DECISIONS_MAX = 50, 50, 5


@dataclass(frozen=True, slots=True)
class CollectiveLine:
    """A collective with the state of its keys."""

    collective: identity.Collective
    keys_active: int
    keys_ended: int
    feeds: int


@dataclass(frozen=True, slots=True)
class FeedLine:
    """A feed with its record; `listing` where it has one."""

    standing: Standing
    collective: str
    listing: listings.Listing | None


@dataclass(frozen=True, slots=True)
class ListingLine:
    """A listing with who holds it and what to do next; `ready` where all it lacks is to be handed in.

    `taken_down` is the moderator's reason, where that is why it is off the market.
    """

    listing: listings.Listing
    case: moderation.Case | None
    holders: int
    monthly: Money
    share: Money
    step: Step
    ready: bool
    taken_down: str | None


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything on the page. `more` says that there are more feeds than are shown."""

    collectives: Sequence[CollectiveLine]
    feeds: Sequence[FeedLine]
    listings: Sequence[ListingLine]
    pending: Money
    more: bool

    @property
    def holders(self) -> int:
        return sum(line.holders for line in self.listings)

    @property
    def share(self) -> Money:
        return sum((line.share for line in self.listings), Money(0))

    @property
    def decisions(self) -> list[ListingLine]:
        """Those with an answer of a moderator, the newest answer first."""
        answered = [
            (line.case.decided_at, line)
            for line in self.listings
            if line.case is not None and line.case.decided_at is not None
        ]
        answered.sort(key=lambda pair: pair[0], reverse=True)
        return [line for _at, line in answered[:DECISIONS_MAX]]

    @property
    def next(self) -> Step | None:
        """The one thing that brings this creator forward most."""
        if not self.collectives:
            return Step("/studio/collectives/new", _("Make a collective"))
        if not self.feeds:
            first = self.collectives[0].collective
            return Step(f"/studio/collectives/{first.id}#open-a-feed", _("Open a feed"))
        for line in self.listings:
            if turned_down(line.listing, line.case):
                return line.step
        for line in self.listings:
            if line.ready:
                words = _("Submit %(title)s", title=line.listing.words.title)
                return Step(line.step.path, words)
        for feed in self.feeds:
            if feed.listing is None and feed.standing.feed.status == "open":
                name = feed.standing.feed.name
                path = f"/studio/feeds/{feed.standing.feed.id}/list"
                return Step(path, _("Draft a listing of %(name)s", name=name))
        return None


async def desk(visit: Visit) -> Desk:
    """Reads it all; a feed or two beyond what is shown are only counted."""
    tx = visit.tx
    mine = await identity.collectives(tx, owner_id=visit.actor.id, limit=COLLECTIVES_MAX)
    ids = [collective.id for collective in mine]
    keys = await identity.keys_of(tx, ids)
    found = await feeds.feeds_of(tx, ids, limit=FEEDS_MAX + 1)
    shown = found[:FEEDS_MAX]
    listed = await listings.listings_of_feeds(tx, [feed.id for feed in shown])
    names = {collective.id: collective.name for collective in mine}
    lines = [
        FeedLine(stands, names[stands.feed.collective_id], listed.get(stands.feed.id))
        for stands in await standings(tx, shown, visit.settings)
    ]
    return Desk(
        collectives=[
            CollectiveLine(
                collective, active := sum(key.active(tx.now) for key in keys.get(collective.id, ())),
                len(keys.get(collective.id, ())) - active,
                sum(feed.collective_id == collective.id for feed in shown),
            )
            for collective in mine
        ],
        feeds=lines,
        listings=await _listings(visit, lines),
        pending=await ledger.balance(tx, f"creator:{visit.actor.id}:pending"),
        more=len(found) > FEEDS_MAX,
    )  # fmt: skip


async def _listings(visit: Visit, lines: Sequence[FeedLine]) -> list[ListingLine]:
    """In the order of their way to the market, those changed last first."""
    tallies = await subscriptions.tally(visit.tx, [f.listing.id for f in lines if f.listing])
    made = []
    for line in lines:
        if line.listing is None:
            continue
        case = await moderation.case_of(visit.tx, line.listing.id)
        tiers = tallies.get(line.listing.id, {}).values()
        burn_in = line.standing.burn_in
        made.append(
            ListingLine(
                line.listing, case, sum(t.holders for t in tiers),
                sum((t.monthly for t in tiers), Money(0)), sum((t.share for t in tiers), Money(0)),
                next_step(line.listing, case, burn_in),
                line.listing.status is listings.Status.DRAFT and burn_in.passed,
                await take_down_reason(visit.tx, line.listing),
            )
        )  # fmt: skip
    made.sort(key=lambda m: m.listing.updated_at, reverse=True)
    return sorted(made, key=lambda m: ORDER.index(m.listing.status))
