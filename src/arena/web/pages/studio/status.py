"""The status of a listing in words, and the next step that is obvious from it."""

from dataclasses import dataclass

from arena.evidence import audit
from arena.kit.db import Tx
from arena.marketplace import listings, moderation
from arena.web.page import N_, _

Status = listings.Status
ORDER = (Status.DRAFT, Status.SUBMITTED, Status.LISTED, Status.PAUSED, Status.DELISTED)
# By status: its word, its tone, and what it means for whoever looks for the listing.
STATUS: dict[str, tuple[str, str, str]] = {
    "draft": (N_("Draft"), "plain", N_("Only you and the operators see it.")),
    "submitted": (N_("In review"), "warn", N_("A person reads it and decides.")),
    "listed": (N_("Listed"), "good", N_("Anyone can find it and subscribe.")),
    "paused": (N_("Paused"), "warn", N_("It takes no new subscribers; those there are go on.")),
    "delisted": (N_("Delisted"), "bad", N_("Off the market for good.")),
}


@dataclass(frozen=True, slots=True)
class Step:
    """A thing to do, and where."""

    path: str
    words: str


def next_step(
    listing: listings.Listing, case: moderation.Case | None, burn_in: listings.BurnIn
) -> Step:
    """What its creator would do next with a listing."""
    here = f"/studio/{listing.id}"
    if listing.status is Status.DRAFT:
        if turned_down(listing, case):
            return Step(here, _("Read the answer"))
        return Step(here, _("Submit") if burn_in.passed else _("See what is missing"))
    if listing.status is Status.LISTED:
        return Step(f"/listings/{listing.id}", _("View"))
    if listing.status is Status.PAUSED:
        return Step(here, _("Resume"))
    return Step(here, _("See where it stands"))


def turned_down(listing: listings.Listing, case: moderation.Case | None) -> bool:
    """Whether the newest answer was no, and nothing was changed since."""
    return (
        listing.status is Status.DRAFT
        and case is not None
        and case.state == "rejected"
        and case.version == listing.version
    )


async def take_down_reason(tx: Tx, listing: listings.Listing) -> str | None:
    """Why a moderator took it down; None where its creator did, or it stands."""
    if listing.status is not Status.DELISTED:
        return None
    events = await audit.search(tx, object=listing.id, action="moderation.take_down", limit=1)
    return (events[0].reason or "") if events else None
