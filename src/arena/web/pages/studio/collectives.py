"""One's collectives and their keys; a new one made in the browser."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field
from starlette.responses import Response

from arena.kit.signing import to_base64
from arena.marketplace import listings
from arena.people import identity
from arena.signals import feeds
from arena.trading import market
from arena.web.page import Filled, Form, Line, Pages, Visit, VisitDep, _
from arena.web.pages.studio import snippets
from arena.web.pages.studio.own import CREATOR, CollectiveId, KeyId, own_collective

routes = Pages()
FEEDS_MAX = 100


class RevokeForm(Form):
    """`last` says that it is meant, where no other key is left."""

    last: bool = False
    reason: Line | None = Field(None, max_length=500)


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key as its owner sees it; `last` is the only one that may still sign."""

    key: identity.CollectiveKey
    public_key: str
    active: bool
    last: bool


@dataclass(frozen=True, slots=True)
class House:
    """A collective with its keys, the newest first, and its feeds with their listings."""

    collective: identity.Collective
    keys: Sequence[KeyLine]
    feeds: Sequence[tuple[feeds.Feed, listings.Listing | None]]


@routes.get("/studio/collectives/new", gate=CREATOR)
async def new(visit: VisitDep) -> Response:
    origin = visit.settings.origin
    return visit.page(
        "studio/new_collective.html", register=snippets.register(origin),
        register_bot=snippets.register_bot(origin),
    )  # fmt: skip


@routes.get("/studio/collectives/{collective_id}", gate=CREATOR)
async def show(visit: VisitDep, collective_id: CollectiveId) -> Response:
    return await _page(visit, collective_id, Filled())


@routes.post("/studio/collectives/{collective_id}/keys/{key_id}/revoke", gate=CREATOR)
async def revoke(visit: VisitDep, collective_id: CollectiveId, key_id: KeyId) -> Response:
    form = await visit.form(RevokeForm)
    await own_collective(visit, collective_id)
    if form.model is not None:
        async with visit.trying(form):
            await identity.revoke_key(
                visit.tx, collective_id, key_id, by=visit.actor.id, last=form.model.last,
                reason=form.model.reason, request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(
                f"/studio/collectives/{collective_id}",
                said=_("Revoked. From now on nothing signed with that key is taken."),
            )
    return await _page(visit, collective_id, form, revoking=key_id)


async def _page(
    visit: Visit, collective_id: str, form: Filled[RevokeForm], *, revoking: str = ""
) -> Response:
    """`revoking` names the key whose form was refused."""
    house = await _house(visit, await own_collective(visit, collective_id))
    origin, symbols = visit.settings.origin, await market.instruments(visit.tx)
    instrument = symbols[0].symbol if symbols else "BTC-USD"
    return visit.page(
        "studio/collective.html", status=form.status, form=form, revoking=revoking, house=house,
        open_feed=snippets.open_feed(origin, instrument=instrument),
        add_key=snippets.add_key(origin, collective_id=collective_id),
    )  # fmt: skip


async def _house(visit: Visit, mine: identity.Collective) -> House:
    now = visit.tx.now
    keys = await identity.keys(visit.tx, mine.id)
    active = sum(key.active(now) for key in keys)
    found = await feeds.feeds_of(visit.tx, [mine.id], limit=FEEDS_MAX)
    listed = await listings.listings_of_feeds(visit.tx, [feed.id for feed in found])
    return House(
        mine,
        [
            KeyLine(
                key, to_base64(key.public_key), key.active(now), key.active(now) and active == 1
            )
            for key in reversed(keys)
        ],
        [(feed, listed.get(feed.id)) for feed in found],
    )
