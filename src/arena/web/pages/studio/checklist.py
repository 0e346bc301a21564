"""The creator's checklist: each gate green or with its reason; submit, pause, resume, delist."""

from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import field_validator
from starlette.responses import Response

from arena.kit.errors import ArenaError
from arena.marketplace import listings, moderation
from arena.web.page import Filled, Form, Pages, Visit, VisitDep, _
from arena.web.pages.studio.listing_view import listing_page
from arena.web.pages.studio.own import CREATOR, ListingId, own_listing
from arena.web.pages.studio.prices import TIER_WORDS
from arena.web.pages.studio.status import STATUS
from arena.web.views.promised import PROMISE_NAMES

routes = Pages()
TYPED = "delist"  # what is typed to confirm that a listing shall go for good
Verb = Callable[..., Awaitable[listings.Listing]]


class DelistForm(Form):
    """There is no way back, so a word has to be typed."""

    confirm: str = ""

    @field_validator("confirm")
    @classmethod
    def _typed(cls, confirm: str) -> str:
        if confirm.strip().lower() != TYPED:
            raise ValueError(_("Type the word %(word)s.", word=TYPED))
        return confirm


@routes.get("/studio/{listing_id}", gate=CREATOR)
async def show(visit: VisitDep, listing_id: ListingId, check: bool = False) -> Response:
    """With `check=1` all gates are looked at, which computes the whole record again."""
    listing = await own_listing(visit, listing_id)
    form: Filled[Form] = Filled()
    if not check or listing.status is not listings.Status.DRAFT:
        return await _page(visit, listing, form)
    try:
        found = await listings.gates(visit.tx, listing, visit.settings)
    except listings.ChecksBusy as busy:
        form.refusal = busy
        return await _page(visit, listing, form)
    return await _page(visit, listing, form, found=found)


@routes.post("/studio/{listing_id}/submit", gate=CREATOR)
async def submit(visit: VisitDep, listing_id: ListingId) -> Response:
    form = await visit.form(Form)
    listing = await own_listing(visit, listing_id)
    if form.model is not None:
        async with visit.trying(form):
            await moderation.submit(
                visit.tx, listing_id, actor=visit.actor, settings=visit.settings,
                request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(
                f"/studio/{listing_id}",
                said=_("Handed in. You find the answer here when it is given."),
            )
    return await _page(visit, listing, form, found=_gates_of(form.refusal))


@routes.post("/studio/{listing_id}/pause", gate=CREATOR)
async def pause(visit: VisitDep, listing_id: ListingId) -> Response:
    return await _moved(visit, listing_id, listings.pause, _("Paused: no new subscribers for now."))


@routes.post("/studio/{listing_id}/resume", gate=CREATOR)
async def resume(visit: VisitDep, listing_id: ListingId) -> Response:
    return await _moved(visit, listing_id, listings.resume, _("On offer again."))


@routes.post("/studio/{listing_id}/delist", gate=CREATOR)
async def delist(visit: VisitDep, listing_id: ListingId) -> Response:
    form = await visit.form(DelistForm)
    said = _("Off the market. Paid periods are served to their end.")
    return await _moved(visit, listing_id, listings.delist, said, form=form)


async def _moved(
    visit: Visit, listing_id: str, verb: Verb, said: str, *, form: Filled[Any] | None = None
) -> Response:
    form = form or await visit.form(Form)
    listing = await own_listing(visit, listing_id)
    if form.model is not None:
        async with visit.trying(form):
            await verb(visit.tx, listing_id, actor=visit.actor, request_id=visit.call.request_id)
            return visit.go(f"/studio/{listing_id}", said=said)
    return await _page(visit, listing, form)


async def _page(
    visit: Visit,
    listing: listings.Listing,
    form: Filled[Any],
    *,
    found: list[listings.Gate] | None = None,
) -> Response:
    return visit.page(
        "studio/listing.html", status=form.status, form=form, statuses=STATUS, tiers=TIER_WORDS,
        typed=TYPED, promise_names=PROMISE_NAMES, view=await listing_page(visit, listing, found=found),
    )  # fmt: skip


def _gates_of(refusal: ArenaError | None) -> list[listings.Gate] | None:
    """The gates as they stood when the submission was refused for them."""
    if not isinstance(refusal, listings.GatesNotPassed):
        return None
    gates: Any = refusal.facts["gates"]
    return [listings.Gate(**gate) for gate in gates]
