"""What the page of a submission shows, asked for once and put together."""

from dataclasses import dataclass

from markupsafe import Markup

from arena.kit.db import Tx
from arena.kit.money import Money
from arena.kit.settings import Settings
from arena.marketplace import listings, moderation
from arena.people.access import Actor
from arena.signals import feeds
from arena.trading import performance
from arena.web.draw import Difference, listing_differences, sparkline
from arena.web.page import N_, _
from arena.web.page.numbers import signed_percent
from arena.web.views.desk import names_of, other_operators
from arena.web.views.past import PastFeed, past_of

CURVE_POINTS = 60
GATES = {
    "feed_open": N_("The feed is open"),
    "burn_in_days": N_("Days of forward record"),
    "burn_in_fills": N_("Fills"),
    "chain": N_("Signatures, chain and log"),
    "record": N_("The record, computed again"),
    "trials": N_("Trials, registered"),
    "card_lineage": N_("The model card, of the feed's lineage"),
    "disclosures": N_("Disclosures, complete"),
    "identity": N_("Somebody who answers for it"),
}


@dataclass(frozen=True, slots=True)
class GateView:
    """A check in words: whether it passed, and what was found."""

    title: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class RecordView:
    """The record behind the listing. `logged` are the log entries of the first and the last signal."""

    feed: feeds.Feed
    metrics: performance.Metrics
    curve: Markup
    logged: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class CaseView:
    """`again` holds the checks run now, None unless asked for; `before` is the case whose version `changed`
    compares with, None for a first version. `names` are those of the persons and collectives that occur."""

    case: moderation.Case
    listing: listings.Listing
    version: listings.Version
    tiers: list[listings.Tier]
    record: RecordView
    gates: list[GateView]
    again: list[GateView] | None
    busy: bool
    before: moderation.Case | None
    changed: list[Difference]
    earlier: list[moderation.Case]
    past: list[PastFeed]
    own: bool
    others: int
    names: dict[str, str]


async def case_view(
    tx: Tx, case: moderation.Case, *, actor: Actor, settings: Settings, check: bool
) -> CaseView:
    """With `check` the gates are run once more, as far as others do not keep them busy."""
    listing = await listings.listing(tx, case.listing_id)
    version = await listings.version(tx, case.listing_id, case.version)
    assert version is not None, f"{case.listing_id} lacks version {case.version}"
    record = await _record(tx, listing.feed_id)
    cases = await moderation.cases_of(tx, case.listing_id)
    earlier = cases[cases.index(case) + 1 :] if case in cases else []
    before = _compared_with(earlier)
    again, busy = await _again(tx, listing, settings) if check else (None, False)
    people = {case.submitted_by, case.decided_by, listing.creator_id, record.feed.collective_id}
    people |= {other.decided_by for other in earlier}
    return CaseView(
        case=case, listing=listing, version=version, tiers=_tiers(version), record=record,
        gates=[_gate(g["name"], bool(g["passed"]), g["detail"]) for g in case.gates],
        again=again, busy=busy, before=before,
        changed=await _changed(tx, case, before), earlier=earlier,
        past=await past_of(tx, listing.creator_id),
        own=await moderation.is_own(tx, listing.id, actor, submitted_by=case.submitted_by),
        others=await other_operators(tx, actor.id),
        names=await names_of(tx, [id for id in people if id]),
    )  # fmt: skip


def _compared_with(earlier: list[moderation.Case]) -> moderation.Case | None:
    """What was approved last; where nothing was, what was handed in last."""
    approved = [case for case in earlier if case.state == "approved"]
    return next(iter(approved or earlier), None)


async def _changed(
    tx: Tx, case: moderation.Case, before: moderation.Case | None
) -> list[Difference]:
    if before is None:
        return []
    old = await listings.version(tx, case.listing_id, before.version)
    new = await listings.version(tx, case.listing_id, case.version)
    assert old is not None, f"{case.listing_id} lacks version {before.version}"
    assert new is not None, f"{case.listing_id} lacks version {case.version}"
    return listing_differences(old.body, new.body)


async def _again(
    tx: Tx, listing: listings.Listing, settings: Settings
) -> tuple[list[GateView] | None, bool]:
    try:
        found = await listings.gates(tx, listing, settings)
    except listings.ChecksBusy:
        return None, True
    return [_gate(gate.name, gate.passed, gate.detail) for gate in found], False


def _gate(name: str, passed: bool, detail: str) -> GateView:
    return GateView(_(GATES.get(name, name)), passed, detail)


async def _record(tx: Tx, feed_id: str) -> RecordView:
    feed = await feeds.feed(tx, feed_id)
    metrics = await performance.measure(tx, feed.account_id)
    marks = await performance.curve(tx, feed.account_id, points=CURVE_POINTS)
    label = _(
        "Equity of the reference account, %(change)s net, simulated",
        change=signed_percent(metrics.total_return),
    )
    first = await feeds.signal(tx, feed_id, 1)
    last = await feeds.signal(tx, feed_id, feed.last_sequence)
    return RecordView(
        feed, metrics, sparkline([float(mark.equity) for mark in marks], label),
        (first.log_index, last.log_index) if first and last else None,
    )  # fmt: skip


def _tiers(version: listings.Version) -> list[listings.Tier]:
    """The prices as they stand in that version, in rising order of tiers."""
    tiers = version.body["tiers"]
    return [
        listings.Tier(
            name,
            Money(int(tiers[name]["amount"]), tiers[name]["currency"]),
            None if tiers[name]["seats"] is None else int(tiers[name]["seats"]),
            Money(int(tiers[name]["year"]), tiers[name]["currency"])
            if "year" in tiers[name]
            else None,
            int(tiers[name].get("trial_days", 0)),
            int(tiers[name].get("team_seats", 0)),
        )
        for name in listings.TIERS
        if name in tiers
    ]
